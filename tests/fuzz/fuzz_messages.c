/* Messages from workers: what wire_read_* say is in them must be there. */
#include "fuzz/fuzz.h"

#include "run/wire.h"

#include <stdlib.h>
#include <string.h>

static double take_apart(const void *bytes, size_t size) {
    reader_t reader;
    result_head_t head;
    failure_t why;
    double sum = 0;
    if (wire_read_head(&reader, bytes, size, &head, &why) != STATUS_OK)
        return 0;
    for (int64_t i = 0; i < head.parts; i++) {
        part_head_t part;
        const double *data;
        if (wire_read_part(&reader, &part, &data, &why) != STATUS_OK)
            break;
        for (uint64_t k = 0; k < part.doubles; k++)
            sum += data[k];
        fuzz_expect(strlen(part.info.error) < sizeof part.info.error, "the text of an error ends");
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static volatile double sum;
    void *copy = malloc(size ? size : 1); /* aligned, as received messages are */
    fuzz_expect(copy != NULL, "memory");
    memcpy(copy, data, size);
    sum = take_apart(copy, size);
    free(copy);
    (void)sum;
    return 0;
}
