/* Examines the place where a sweep would run: every rank looks around and reports to rank 0. place/diagnosis.h judges
 * the findings. */
#ifndef HARSANYI_PLACE_DOCTOR_H
#define HARSANYI_PLACE_DOCTOR_H

#include "base/failure.h"
#include "model/model.h"
#include "place/disk.h"
#include "place/limits.h"

#include <sched.h>
#include <stdint.h>

enum { DOCTOR_HOST = 64, DOCTOR_TEXT = 256 };
#define DOCTOR_UNLIMITED UINT64_MAX

typedef enum {
    SHARED_UNTRIED, /* on rank 0's machine */
    SHARED_LOCKED,  /* rank 0's lock on a file in the folder holds here too */
    SHARED_FREE,    /* the file is visible, but not its lock */
    SHARED_NOT      /* the folder is not visible */
} doctor_shared_t;

/* The findings of one rank; sent as it is. */
typedef struct {
    char host[DOCTOR_HOST];
    cpu_set_t cores;       /* that it may use */
    int32_t online;        /* cores of its machine */
    double processors;     /* of time that control groups grant; 0: not limited */
    memory_limit_t memory; /* the tightest of those that it shares with its neighbours; bytes 0: unknown */
    uint64_t slurm_memory; /* bytes that the job may take on a node; DOCTOR_UNLIMITED: unknown */
    uint64_t addresses;    /* VmSize now */
    uint64_t address_limit, data_limit, file_limit; /* RLIMIT_AS, _DATA, _FSIZE; DOCTOR_UNLIMITED */
    uint64_t open_files;                            /* RLIMIT_NOFILE */
    char engine[DOCTOR_TEXT];                       /* "1.31.1"; "": none, for the reason in ... */
    char engine_problem[FAILURE_TEXT];
    char library[DOCTOR_TEXT], providers[DOCTOR_TEXT], instructions[MODEL_TEXT];
    char devices[DOCTOR_TEXT]; /* "nvidia0 nvidia1, CUDA_VISIBLE_DEVICES=0"; "": none */
    int32_t shared;            /* doctor_shared_t */
} doctor_rank_t;

typedef struct {
    int ranks;
    doctor_rank_t *by_rank; /* [ranks], owned */
    char launcher[DOCTOR_TEXT], mpi[DOCTOR_TEXT];
    failure_t launch; /* STATUS_OK, or copies that do not see each other, with what to type */
    disk_t disk;
    failure_t disk_problem; /* STATUS_OK, or why nothing can be written there */
} doctor_t;

/* The ranks that look around, and how they reach each other: the caller has MPI. All three calls are collective. */
typedef struct {
    int rank, ranks;
    char mpi[DOCTOR_TEXT];                                  /* the library, "Open MPI v4.1.4" */
    void (*broadcast)(void *data, int bytes);               /* from rank 0 to all */
    void (*gather)(const void *mine, int bytes, void *all); /* into all [ranks * bytes] of rank 0 */
    void (*barrier)(void);
} doctor_world_t;

/* Collective. *out is whole on rank 0. */
void doctor_look(const char *folder, const doctor_world_t *world, doctor_t *out);
void doctor_free(doctor_t *doctor);

#endif
