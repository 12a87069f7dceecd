/* A samples file: opened, scanned, every sample loaded. The last byte of the file says with which options. */
#include "fuzz/fuzz.h"

#include "samples/samples.h"

#include <string.h>

enum { LOADED_MAX = 4 };

static samples_options_t options_of(unsigned byte, const char *path) {
    return (samples_options_t){.file = path,
                               .select_all = true,
                               .players = (players_t)(byte % 3),
                               .baseline = (baseline_t)(byte / 3 % 4),
                               .baseline_number = 0.5,
                               .grid = {1, 2},
                               .max_players = 12};
}

static void use(samples_t *samples, problems_t *problems, unsigned byte) {
    failure_t why;
    digest_t *digest = NULL;
    char hex[DIGEST_HEX];
    if (digest_start(&digest, &why) != STATUS_OK)
        return;
    status_t status = samples_scan(samples, byte & 64, byte & 128 ? 3 : -1, digest, problems, &why);
    digest_finish(&digest, hex);
    if (status != STATUS_OK || problems->count)
        return;
    for (int64_t k = 0; k < samples_count(samples) && k < LOADED_MAX; k++) {
        sample_t sample;
        if (samples_load(samples, k, &sample, &why) != STATUS_OK)
            return; /* names need no loaded sample, but one that is good */
        fuzz_expect(sample.n >= 1 && sample.n <= 12, "as many players as are allowed");
        for (size_t i = 0; i < sample.elements; i++)
            fuzz_expect(sample.players[i] >= -1 && sample.players[i] < sample.n, "players are below n");
        for (int i = 0; i < sample.n; i++) {
            const char *name = samples_selected_name(samples, k, i);
            fuzz_expect(!name || strlen(name) < 256, "names are short");
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    const char *path = fuzz_file_make("a.h5", data, size);
    samples_options_t options = options_of(data[size - 1], path);
    samples_t *samples = NULL;
    problems_t problems = {0};
    failure_t why = {0};
    status_t status = samples_open(&options, &samples, &problems, &why);
    fuzz_expect(status == STATUS_OK || status == STATUS_INPUT, "a bad file is the user's business");
    if (status == STATUS_OK && !problems.count)
        use(samples, &problems, data[size - 1]);
    samples_close(&samples);
    problems_free(&problems);
    fuzz_file_remove(path);
    fuzz_hdf5_settle();
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
    return fuzz_hdf5_mutate(data, size, capacity, seed);
}
