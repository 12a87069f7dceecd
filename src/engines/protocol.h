/* What harsanyi and the process of a model say to each other: packets over a socket, and where arrays lie in the memory
 * that both map. docs/protocol.md explains it to those who write the other side; this is the same as C.
 *
 * Every packet is one of these structs, as it lies in the memory of a little-endian machine; there are no gaps. Texts
 * are UTF-8 and end with a NUL.
 */
#ifndef HARSANYI_ENGINES_PROTOCOL_H
#define HARSANYI_ENGINES_PROTOCOL_H

#include "base/failure.h"

#include <stddef.h>
#include <stdint.h>

enum {
    PROTOCOL_MAGIC = 0x59535248, /* "HRSY" */
    PROTOCOL_VERSION = 1,
    PROTOCOL_SOCKET = 3, /* descriptors of the child */
    PROTOCOL_MEMORY = 4,
    PROTOCOL_SLOTS = 2, /* batches under way at once */
    PROTOCOL_AXES = 8,
    PROTOCOL_NAME = 256,
    PROTOCOL_WORD = 64,
    PROTOCOL_TEXT = 512,
    PROTOCOL_NAMES = 1024,
    PROTOCOL_TABLE = 512, /* bytes at the start of an output slot, where several outputs are wanted: u32 [2, 64] */
    PROTOCOL_COLUMNS_MAX = 1 << 24 /* numbers that a model may give for one mask */
};

typedef enum {
    PROTOCOL_OPEN = 1, /* to the child: what is wanted of it */
    PROTOCOL_HELLO,    /* from it: what it is */
    PROTOCOL_SAMPLE,   /* to it: what the next batches are about */
    PROTOCOL_BATCH,    /* to it: a slot is filled; a header alone */
    PROTOCOL_RESULT,   /* from it: the outputs of a slot */
    PROTOCOL_FAILED    /* from it: a slot that it has no outputs for */
} protocol_kind_t;

/* Types of numbers: of /x in the samples file, of the rows that a model is given, of its outputs. */
typedef enum { PROTOCOL_F32 = 1, PROTOCOL_F64, PROTOCOL_I32, PROTOCOL_I64 } protocol_type_t;

typedef struct {
    uint32_t magic;
    uint16_t version, kind;
    uint32_t slot, count; /* BATCH, RESULT, FAILED: which slot, and how many masks ... */
    uint64_t first;       /* ... from which on; else 0 */
} protocol_header_t;

typedef struct {
    protocol_header_t header;
    uint32_t takes;             /* takes_t: 0 masked inputs, 1 masks */
    uint32_t x_type;            /* of /x */
    uint32_t device;            /* device_t: 0 auto, 1 cpu, 2 cuda */
    uint32_t local_rank;        /* of this process among those of the machine */
    char output[PROTOCOL_NAME]; /* which of several outputs are wanted, a line each; empty: the only one */
} protocol_open_t;

typedef struct {
    protocol_header_t header;
    uint32_t takes;   /* as it was asked for */
    uint32_t type;    /* of the rows in memory */
    uint32_t outputs; /* numbers for each mask; 0: not known yet */
    uint32_t zero;
    unsigned char digest[32]; /* of all that decides its numbers and that harsanyi cannot see */
    char engine[PROTOCOL_WORD], engine_version[PROTOCOL_WORD]; /* what computes, as "torch" and "2.9.1" */
    char output[PROTOCOL_NAME]; /* of several outputs the one that is given; else empty. Where several are wanted it
                                   says nothing */
    /* Which of /constants it uses, a line each; empty, and where the packet ends before it: all. */
    char constants[PROTOCOL_NAMES];
} protocol_hello_t;

/* Places are bytes from the start of the memory, multiples of 64. */
typedef struct {
    protocol_header_t header;
    uint64_t memory; /* bytes to map */
    int64_t index, label, target;
    uint32_t players, rank, rows, columns; /* columns: numbers of a row that there is room for in outputs */
    uint64_t shape[PROTOCOL_AXES];         /* [rank] of one sample */
    uint64_t x, baseline;                  /* f64 [shape] */
    uint64_t map;                          /* i32 [shape]: the player of each element, -1: never masked */
    uint64_t input[PROTOCOL_SLOTS];        /* inputs: [rows, shape] of the type in HELLO; masks: u8 [rows, players] */
    uint64_t output[PROTOCOL_SLOTS];       /* f32 or f64 [rows, columns of the RESULT]; where several outputs are wanted
                                              PROTOCOL_TABLE bytes with how many numbers each gives, and of which
                                              type, then [rows, width] of each, at multiples of 8 bytes */
    uint64_t names;                        /* [players] texts of PROTOCOL_NAME bytes; 0: there are none */
    uint64_t constant;                     /* protocol_constant_t [constants] */
    uint32_t constants, zero;
} protocol_sample_t;

/* What /constants holds for the sample. */
typedef struct {
    char name[PROTOCOL_WORD];
    uint32_t type, rank;
    uint64_t shape[PROTOCOL_AXES];
    uint64_t at; /* f64 [shape] */
} protocol_constant_t;

typedef struct {
    protocol_header_t header;
    uint32_t type;    /* f32 or f64 */
    uint32_t columns; /* numbers for each mask; more than there is room for: nothing was written, a larger memory is
                         asked for, and the batch comes again */
} protocol_result_t;

typedef struct {
    protocol_header_t header;
    uint32_t certain; /* 1: would fail again; 0: might not */
    char text[PROTOCOL_TEXT];
} protocol_failed_t;

/* A packet from a child. */
typedef union {
    protocol_header_t header;
    protocol_hello_t hello;
    protocol_result_t result;
    protocol_failed_t failed;
} protocol_answer_t;

/* The header of a packet to a child. */
protocol_header_t protocol_header(protocol_kind_t kind, uint32_t slot, uint64_t first, uint32_t count);

/* Reads a packet of `size` bytes from a child: which is of this version and a kind that a child may send, holds values
 * that exist, texts that end and harm no terminal. STATUS_CERTAIN: it does not; *answer is then undefined. */
status_t protocol_read(const void *packet, size_t size, protocol_answer_t *answer, failure_t *why);

#endif
