/* A model in C behind `harsanyi run`, with nothing but docs/protocol.md: output j of a mask is the sum of its inputs
 * times j + 1. To try it:
 *
 *     cc -O2 -o linear linear.c
 *     model: {backend: process, command: [./linear]}
 */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum { SOCKET = 3, MEMORY = 4, OPEN = 1, HELLO, SAMPLE, BATCH, RESULT, OUTPUTS = 3, FLOAT32 = 1, FLOAT64 = 2 };

typedef struct {
    char magic[4];
    uint16_t version, kind;
    uint32_t slot, count;
    uint64_t first;
} header_t;

typedef struct {
    header_t header;
    uint32_t takes, x_type, device, local_rank;
    char output[256];
} open_t;

typedef struct {
    header_t header;
    uint32_t takes, type, outputs, zero;
    unsigned char digest[32];
    char engine[64], version[64], output[256];
} hello_t;

typedef struct {
    header_t header;
    uint64_t memory;
    int64_t index, label, target;
    uint32_t players, rank, rows, columns;
    uint64_t shape[8], x, baseline, map, input[2], output[2];
} sample_t;

typedef struct {
    header_t header;
    uint32_t type, columns;
} result_t;

static header_t header(uint16_t kind) {
    return (header_t){.magic = {'H', 'R', 'S', 'Y'}, .version = 1, .kind = kind};
}

static void compute(const sample_t *sample, char *memory, uint32_t slot) {
    const float *x = (const float *)(void *)(memory + sample->input[slot]);
    double *y = (double *)(void *)(memory + sample->output[slot]);
    uint64_t elements = 1;
    for (uint32_t i = 0; i < sample->rank; i++)
        elements *= sample->shape[i];
    for (uint32_t row = 0; row < sample->rows; row++) {
        double sum = 0;
        for (uint64_t e = 0; e < elements; e++)
            sum += (double)x[row * elements + e];
        for (uint32_t j = 0; j < OUTPUTS; j++)
            y[row * OUTPUTS + j] = sum * (j + 1);
    }
}

int main(void) {
    hello_t hello = {.header = header(HELLO), .type = FLOAT32, .outputs = OUTPUTS, .engine = "linear", .version = "1"};
    sample_t sample = {.memory = 0};
    char *memory = NULL, packet[sizeof(open_t)]; /* the longest that comes */
    while (recv(SOCKET, packet, sizeof packet, 0) > 0) {
        header_t got;
        memcpy(&got, packet, sizeof got);
        if (got.kind == OPEN) {
            send(SOCKET, &hello, sizeof hello, 0);
        } else if (got.kind == SAMPLE) {
            if (memory)
                munmap(memory, sample.memory);
            memcpy(&sample, packet, sizeof sample);
            memory = mmap(NULL, sample.memory, PROT_READ | PROT_WRITE, MAP_SHARED, MEMORY, 0);
            if (memory == MAP_FAILED)
                return 1;
        } else if (got.kind == BATCH && memory) {
            compute(&sample, memory, got.slot);
            result_t result = {.header = got, .type = FLOAT64, .columns = OUTPUTS};
            result.header.kind = RESULT;
            send(SOCKET, &result, sizeof result, 0);
        }
    }
    return 0;
}
