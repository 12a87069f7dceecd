/* A config: one that is accepted must come back from its canonical form, which is what results files hold. */
#include "fuzz/fuzz.h"

#include "config/config.h"

#include <string.h>

static void round_trip(const config_t *config) {
    problems_t problems = {0};
    config_t *again = NULL;
    text_t canonical = {0}, science = {0}, differences = {0};
    config_canonical(config, &canonical);
    config_science(config, &science);
    status_t status = config_parse(canonical.chars, canonical.length, "/config", "", NULL, 0, &again, &problems);
    if (status != STATUS_OK)
        problems_print(&problems, stderr);
    fuzz_expect(status == STATUS_OK, "the canonical form of a config is a config");
    config_differences(config, again, &differences);
    fuzz_expect(differences.length == 0, "the canonical form says the same");
    text_free(&canonical);
    text_free(&science);
    text_free(&differences);
    config_free(&again);
    problems_free(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    problems_t problems = {0};
    config_t *config = NULL;
    /* Behind the last NUL: a --set. */
    char set[128] = "";
    const uint8_t *nul = size ? memrchr(data, '\0', size) : NULL;
    size_t length = nul ? (size_t)(nul - data) : size, rest = nul ? size - length - 1 : 0;
    if (rest > 0 && rest < sizeof set)
        memcpy(set, nul + 1, rest);
    else
        length = size;
    const char *const sets[] = {set};
    status_t status =
        config_parse((const char *)data, length, "fuzz.yaml", "folder/", sets, *set != '\0', &config, &problems);
    fuzz_expect((status == STATUS_OK) == (config != NULL), "a config comes with STATUS_OK alone");
    fuzz_expect((status == STATUS_OK) == (problems.count == 0), "what is refused is explained");
    if (config)
        round_trip(config);
    config_free(&config);
    problems_free(&problems);
    return 0;
}
