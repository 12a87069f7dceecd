#include "results/results_types.h"

#include "hdf5/h5.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are stored as they lie in memory: little-endian");

/* `bytes` bytes at `at`, in the struct and in the file. */
typedef struct {
    const char *name;
    type_t type;
    size_t at, bytes;
} member_t;

#define MEMBER(record, name, type)                                                                                     \
    { #name, type, offsetof(record, name), sizeof(((record *)0)->name) }

static const member_t RUN[] = {
    MEMBER(results_run_t, started, TYPE_TEXT),  MEMBER(results_run_t, host, TYPE_TEXT),
    MEMBER(results_run_t, mpi, TYPE_TEXT),      MEMBER(results_run_t, hdf5, TYPE_TEXT),
    MEMBER(results_run_t, compiler, TYPE_TEXT), MEMBER(results_run_t, slurm_job, TYPE_TEXT),
    MEMBER(results_run_t, exit, TYPE_TEXT),     MEMBER(results_run_t, engine, TYPE_TEXT),
    MEMBER(results_run_t, ranks, TYPE_I32),     MEMBER(results_run_t, slurm_restart, TYPE_I32),
    MEMBER(results_run_t, masks, TYPE_U64),     MEMBER(results_run_t, masks_for_target, TYPE_U64),
    MEMBER(results_run_t, seconds, TYPE_F64),
};
enum { RUN_MEMBERS = sizeof RUN / sizeof *RUN };
_Static_assert(RUN_BYTES == 544, "the file's record has no gaps");

static const member_t HEARTBEAT[] = {
    MEMBER(results_heartbeat_t, time, TYPE_F64),
    MEMBER(results_heartbeat_t, start, TYPE_F64),
    MEMBER(results_heartbeat_t, masks_at_start, TYPE_U64),
    MEMBER(results_heartbeat_t, masks_now, TYPE_U64),
    MEMBER(results_heartbeat_t, id, TYPE_U64),
    MEMBER(results_heartbeat_t, ranks, TYPE_I32),
    MEMBER(results_heartbeat_t, silent, TYPE_I32),
    MEMBER(results_heartbeat_t, first_silent, TYPE_I32),
};

static hid_t record_type(const member_t *members, size_t count, size_t bytes) {
    hid_t type = H5Tcreate(H5T_COMPOUND, bytes);
    for (size_t i = 0; i < count && type >= 0; i++) {
        hid_t part H5_OWNED = results_type(members[i].type, members[i].bytes);
        if (part < 0 || H5Tinsert(type, members[i].name, members[i].at, part) < 0)
            h5_release(&type);
    }
    return type;
}

hid_t results_type(type_t type, size_t width) {
    const hid_t numbers[] = {[TYPE_F64] = H5T_IEEE_F64LE, [TYPE_I64] = H5T_STD_I64LE, [TYPE_I32] = H5T_STD_I32LE,
                             [TYPE_U64] = H5T_STD_U64LE,  [TYPE_U32] = H5T_STD_U32LE, [TYPE_U8] = H5T_STD_U8LE};
    return type == TYPE_TEXT        ? h5_text_type(width)
           : type == TYPE_RUN       ? record_type(RUN, RUN_MEMBERS, RUN_BYTES)
           : type == TYPE_HEARTBEAT ? record_type(HEARTBEAT, sizeof HEARTBEAT / sizeof *HEARTBEAT, HEARTBEAT_BYTES)
                                    : H5Tcopy(numbers[type]);
}

void results_end_texts(results_run_t *run) {
    for (size_t i = 0; i < RUN_MEMBERS; i++) {
        char *text = (char *)run + RUN[i].at;
        size_t length = RUN[i].type == TYPE_TEXT ? strnlen(text, RUN[i].bytes - 1) : RUN[i].bytes;
        memset(text + length, 0, RUN[i].bytes - length);
    }
}
