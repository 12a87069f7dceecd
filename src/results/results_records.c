#include "results/results_records.h"

#include "hdf5/h5.h"

#include <stdio.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are stored as they lie in memory: little-endian");

typedef enum { MEMBER_TEXT, MEMBER_I32, MEMBER_U64, MEMBER_F64 } member_kind_t;

/* A member of a record: `bytes` bytes at `in_struct` of the struct; in the file members follow each other without gaps
 * in the order of the table. */
typedef struct {
    const char *name;
    member_kind_t kind;
    size_t in_struct, bytes;
} member_t;

#define MEMBER(record, name, kind)                                                                                     \
    { #name, kind, offsetof(record, name), sizeof(((record *)0)->name) }

static const member_t RUN[] = {
    MEMBER(results_run_t, started, MEMBER_TEXT),  MEMBER(results_run_t, host, MEMBER_TEXT),
    MEMBER(results_run_t, mpi, MEMBER_TEXT),      MEMBER(results_run_t, hdf5, MEMBER_TEXT),
    MEMBER(results_run_t, compiler, MEMBER_TEXT), MEMBER(results_run_t, slurm_job, MEMBER_TEXT),
    MEMBER(results_run_t, exit, MEMBER_TEXT),     MEMBER(results_run_t, engine, MEMBER_TEXT),
    MEMBER(results_run_t, ranks, MEMBER_I32),     MEMBER(results_run_t, slurm_restart, MEMBER_I32),
    MEMBER(results_run_t, masks, MEMBER_U64),     MEMBER(results_run_t, masks_for_target, MEMBER_U64),
    MEMBER(results_run_t, seconds, MEMBER_F64),
};

static const member_t HEARTBEAT[] = {
    MEMBER(results_heartbeat_t, time, MEMBER_F64),
    MEMBER(results_heartbeat_t, start, MEMBER_F64),
    MEMBER(results_heartbeat_t, masks_at_start, MEMBER_U64),
    MEMBER(results_heartbeat_t, masks_now, MEMBER_U64),
    MEMBER(results_heartbeat_t, id, MEMBER_U64),
    MEMBER(results_heartbeat_t, ranks, MEMBER_I32),
    MEMBER(results_heartbeat_t, silent, MEMBER_I32),
    MEMBER(results_heartbeat_t, first_silent, MEMBER_I32),
};

enum { RUN_MEMBERS = sizeof RUN / sizeof *RUN, HEARTBEAT_MEMBERS = sizeof HEARTBEAT / sizeof *HEARTBEAT };

static hid_t member_type(const member_t *member) {
    switch (member->kind) {
    case MEMBER_TEXT:
        return h5_text_type(member->bytes);
    case MEMBER_I32:
        return H5Tcopy(H5T_STD_I32LE);
    case MEMBER_U64:
        return H5Tcopy(H5T_STD_U64LE);
    case MEMBER_F64:
        return H5Tcopy(H5T_IEEE_F64LE);
    }
    return H5I_INVALID_HID;
}

static hid_t record_type(const member_t *members, int count, size_t bytes) {
    hid_t type = H5Tcreate(H5T_COMPOUND, bytes);
    size_t offset = 0;
    for (int i = 0; i < count && type >= 0; i++) {
        hid_t part H5_OWNED = member_type(&members[i]);
        if (part < 0 || H5Tinsert(type, members[i].name, offset, part) < 0)
            h5_release(&type);
        offset += members[i].bytes;
    }
    return type;
}

/* Texts are NUL-padded behind their end, so that no stray memory gets into the file. */
static void encode(const member_t *members, int count, const void *record, unsigned char *bytes) {
    for (int i = 0; i < count; bytes += members[i].bytes, i++) {
        const char *from = (const char *)record + members[i].in_struct;
        if (members[i].kind == MEMBER_TEXT) {
            memset(bytes, 0, members[i].bytes);
            memcpy(bytes, from, strnlen(from, members[i].bytes));
        } else {
            memcpy(bytes, from, members[i].bytes);
        }
    }
}

/* The last byte of a text is always NUL, whatever the file holds. */
static void decode(const member_t *members, int count, const unsigned char *bytes, void *record) {
    for (int i = 0; i < count; bytes += members[i].bytes, i++) {
        char *to = (char *)record + members[i].in_struct;
        memcpy(to, bytes, members[i].bytes);
        if (members[i].kind == MEMBER_TEXT)
            to[members[i].bytes - 1] = '\0';
    }
}

hid_t results_run_type(void) {
    return record_type(RUN, RUN_MEMBERS, RUN_BYTES);
}

hid_t results_heartbeat_type(void) {
    return record_type(HEARTBEAT, HEARTBEAT_MEMBERS, HEARTBEAT_BYTES);
}

void results_run_encode(const results_run_t *run, unsigned char bytes[RUN_BYTES]) {
    encode(RUN, RUN_MEMBERS, run, bytes);
}

void results_run_decode(const unsigned char bytes[RUN_BYTES], results_run_t *run) {
    decode(RUN, RUN_MEMBERS, bytes, run);
}

void results_heartbeat_encode(const results_heartbeat_t *beat, unsigned char bytes[HEARTBEAT_BYTES]) {
    encode(HEARTBEAT, HEARTBEAT_MEMBERS, beat, bytes);
}

void results_heartbeat_decode(const unsigned char bytes[HEARTBEAT_BYTES], results_heartbeat_t *beat) {
    decode(HEARTBEAT, HEARTBEAT_MEMBERS, bytes, beat);
}

void results_hdf5_version(char text[32]) {
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, 32, "%u.%u.%u", major, minor, release);
}
