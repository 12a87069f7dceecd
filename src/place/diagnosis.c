#include "place/diagnosis.h"

#include "base/memory.h"
#include "base/progress.h"
#include "place/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that a rank needs at the least, and that suffice for almost every model. */
static const uint64_t RANK_LEAST = 96u << 20, RANK_COMFORT = 512u << 20;
static const uint64_t DISK_LEAST = 16u << 20, DISK_COMFORT = 1u << 30;
static const uint64_t FILES_LEAST = 64;
static const double SYNC_SLOW = 0.1; /* the writer commits two to ten times a second */

enum { ADVICE = 1024 };

/* ---- machines ---- */

static doctor_host_t *find_host(doctor_host_t *hosts, int count, const char *name) {
    for (int h = 0; h < count; h++)
        if (strcmp(hosts[h].name, name) == 0)
            return &hosts[h];
    return NULL;
}

/* How many cores the ranks of a machine may use together. */
static int count_cores(const doctor_t *d, const char *name) {
    cpu_set_t all;
    CPU_ZERO(&all);
    for (int r = 0; r < d->ranks; r++)
        if (strcmp(d->by_rank[r].host, name) == 0)
            CPU_OR(&all, &all, &d->by_rank[r].cores);
    return CPU_COUNT(&all);
}

doctor_host_t *diagnosis_hosts(const doctor_t *d, int *count) {
    doctor_host_t *hosts = memory_need((size_t)d->ranks, sizeof *hosts, "the machines");
    *count = 0;
    for (int r = 0; r < d->ranks; r++) {
        const doctor_rank_t *rank = &d->by_rank[r];
        doctor_host_t *host = find_host(hosts, *count, rank->host);
        if (!host) {
            host = &hosts[(*count)++];
            *host = (doctor_host_t){.name = rank->host, .first = rank, .cores = count_cores(d, rank->host)};
            host->processors = rank->processors > 0 && rank->processors < host->cores ? rank->processors : host->cores;
        }
        host->ranks++;
    }
    return hosts;
}

/* ---- checks of a machine: each writes a problem into `text` and says what it would do to a run ---- */

typedef enum { FINE, COULD_BE_BETTER, WOULD_FAIL } verdict_t;

typedef verdict_t (*check_t)(const doctor_host_t *host, char text[ADVICE]);

/* What so many bytes would do to a run that fails below `least`, and suffice for almost every model from `comfort` on.
 */
static verdict_t judge(uint64_t bytes, uint64_t least, uint64_t comfort) {
    return bytes < least ? WOULD_FAIL : bytes < comfort ? COULD_BE_BETTER : FINE;
}

static verdict_t check_cores(const doctor_host_t *h, char text[ADVICE]) {
    if (h->cores == 0 || h->ranks <= h->processors)
        return FINE;
    bool bound = h->cores < h->first->online && h->processors >= h->cores;
    snprintf(text, ADVICE, "%s: %d ranks share %.3g core%s%s: start fewer ranks there (mpirun -n, --ntasks-per-node)%s",
             h->name, h->ranks, h->processors, h->processors > 1 ? "s" : "",
             bound                      ? " that they are bound to"
             : h->processors < h->cores ? " (the quota of its control group)"
                                        : "",
             bound ? ", or free them (mpirun --bind-to none; srun --cpu-bind=none, --cpus-per-task)" : "");
    return COULD_BE_BETTER;
}

/* Memory for each rank of a machine by the tightest known limit; UINT64_MAX: unknown. */
static uint64_t memory_per_rank(const doctor_host_t *h, const char **from) {
    uint64_t room = h->first->memory.bytes ? h->first->memory.room : UINT64_MAX;
    *from = h->first->memory.from;
    if (h->first->slurm_memory < room) {
        room = h->first->slurm_memory;
        *from = "Slurm's --mem";
    }
    return room == UINT64_MAX ? room : room / (uint64_t)h->ranks;
}

static verdict_t check_memory(const doctor_host_t *h, char text[ADVICE]) {
    const char *from;
    uint64_t own = memory_per_rank(h, &from);
    snprintf(
        text, ADVICE,
        "%s: only %s of memory is left for each of %d ranks (%s): request more (--mem), or start fewer ranks there; "
        "harsanyi plan shows what a rank needs",
        h->name, progress_bytes((double)own).text, h->ranks, from);
    return judge(own, RANK_LEAST, RANK_COMFORT);
}

/* Address space: what is already mapped counts too. */
static verdict_t check_addresses(const doctor_host_t *h, char text[ADVICE]) {
    uint64_t limit = h->first->address_limit, data = h->first->data_limit, own = h->first->addresses;
    uint64_t left = limit == DOCTOR_UNLIMITED ? UINT64_MAX : limit > own ? limit - own : 0;
    left = data < left ? data : left;
    snprintf(text, ADVICE, "%s: each process may use only %s of %s: run ulimit -%c unlimited before harsanyi", h->name,
             progress_bytes((double)(data < limit ? data : limit)).text, data < limit ? "data" : "addresses",
             data < limit ? 'd' : 'v');
    return judge(left, 2 * RANK_LEAST, 4 * RANK_COMFORT);
}

static verdict_t check_engine(const doctor_host_t *h, char text[ADVICE]) {
    snprintf(text, ADVICE, "%s: cannot run ONNX models: %.900s", h->name, h->first->engine_problem);
#ifdef HARSANYI_HAVE_ONNXRUNTIME
    const verdict_t without = WOULD_FAIL;
#else
    const verdict_t without = COULD_BE_BETTER; /* other backends run */
#endif
    return h->first->engine[0] ? FINE : without;
}

/* ---- the same on all ranks ---- */

static void compare_ranks(const doctor_t *d, problems_t *wrong) {
    const doctor_rank_t *lead = &d->by_rank[0];
    for (int r = 1; r < d->ranks; r++) {
        const doctor_rank_t *rank = &d->by_rank[r];
        bool engine = strcmp(lead->engine, rank->engine) != 0;
        if (!engine && strcmp(lead->instructions, rank->instructions) == 0)
            continue;
        problems_add(
            wrong,
            "rank %d on %s has a different %s from rank 0 (%s, rank 0: %s), so their bits may differ: use nodes of "
            "one kind with one engine, or run with --accept-engine",
            r, rank->host, engine ? "ONNX Runtime" : "processor", engine ? rank->engine : rank->instructions,
            engine ? lead->engine : lead->instructions);
        return;
    }
}

/* ---- rank 0 and the folder ---- */

static void check_lead(const doctor_t *d, problems_t *wrong, problems_t *warnings) {
    const doctor_rank_t *lead = &d->by_rank[0];
    uint64_t wanted = FILES_LEAST + 4 * (uint64_t)d->ranks; /* several connections to each rank */
    if (lead->open_files < wanted)
        problems_add(lead->open_files < FILES_LEAST ? wrong : warnings,
                     "rank 0 of %d may open only %llu files at once: run ulimit -n %llu before harsanyi", d->ranks,
                     (unsigned long long)lead->open_files, (unsigned long long)wanted);
    if (lead->file_limit == DOCTOR_UNLIMITED)
        return;
    problems_add(lead->file_limit < DISK_LEAST ? wrong : warnings,
                 "files may grow only to %s: run ulimit -f unlimited before harsanyi",
                 progress_bytes((double)lead->file_limit).text);
}

static void check_locks(const disk_t *disk, problems_t *warnings) {
    if (disk->locks == DISK_LOCKS_WORK) {
        if (disk_has_option(disk->options, "local_lock=all") || disk_has_option(disk->options, "local_lock=flock") ||
            disk_has_option(disk->options, "nolock") || disk_has_option(disk->options, "localflock"))
            problems_add(
                warnings,
                "%s: locks on this %s work only within one machine (see its mount options), so the heartbeat in "
                "the results file keeps a second sweep out; after a crash the next start on another machine "
                "waits for 15 s. You need not change anything",
                disk->folder, disk->type);
        return;
    }
    problems_add(
        warnings,
        "%s: locks do not work on this %s (%s), so the heartbeat in the results file keeps a second sweep out; after a "
        "crash the next start waits for 15 s. You need not change anything, but another file system, or a mount with "
        "locks (Lustre: -o flock), is safer",
        disk->folder, disk->type,
        disk->locks == DISK_LOCKS_FAIL ? disk->lock_error : "two processes got the same lock");
}

static void check_space(const disk_t *disk, problems_t *wrong, problems_t *warnings) {
    const progress_text_t left = progress_bytes((double)disk->free);
    if (disk->free < DISK_COMFORT)
        problems_add(
            disk->free < DISK_LEAST ? wrong : warnings,
            "%s: only %s are free: make room, or give another folder; harsanyi plan shows how large results are",
            disk->folder, left.text);
    if (!disk->allocates)
        problems_add(
            warnings,
            "%s: space cannot be reserved on this %s, so a full disk is noticed late: compare the %s that are free "
            "with the size that harsanyi plan shows",
            disk->folder, disk->type, left.text);
}

static void check_disk(const doctor_t *d, problems_t *wrong, problems_t *warnings) {
    const disk_t *disk = &d->disk;
    if (d->disk_problem.status != STATUS_OK) {
        problems_add(wrong, "%s", d->disk_problem.text);
        return;
    }
    check_space(disk, wrong, warnings);
    check_locks(disk, warnings);
    if (!disk->renames || !disk->excludes)
        problems_add(wrong, "%s: on this %s %s; write results elsewhere", disk->folder, disk->type,
                     disk->renames ? "two processes can create the same file" : "a file cannot replace another");
    if (disk->sync_seconds > SYNC_SLOW)
        problems_add(
            warnings,
            "%s: a durable write takes %.2g s on this %s: a sweep of many small samples may wait for it; write "
            "to a faster file system and copy the results",
            disk->folder, disk->sync_seconds, disk->type);
    if (strcmp(disk->type, "tmpfs") == 0 || strcmp(disk->type, "overlay") == 0)
        problems_add(warnings,
                     "%s: %s, so results disappear with the %s: give another folder (in a container: one "
                     "mounted from the host)",
                     disk->folder,
                     strcmp(disk->type, "tmpfs") == 0 ? "this is memory" : "this is a container's own layer",
                     strcmp(disk->type, "tmpfs") == 0 ? "machine's next start" : "container");
}

static void check_sharing(const doctor_t *d, problems_t *warnings) {
    for (int r = 1; r < d->ranks; r++) {
        const doctor_rank_t *rank = &d->by_rank[r];
        if (rank->shared == SHARED_FREE)
            problems_add(warnings,
                         "%s: locks on this %s do not reach %s: the heartbeat in the results file keeps a second sweep "
                         "out. You need not change anything",
                         d->disk.folder, d->disk.type, rank->host);
        if (rank->shared == SHARED_NOT)
            problems_add(warnings,
                         "%s is not visible on %s: only rank 0 writes there, but to resume with rank 0 on another "
                         "machine you need a shared folder",
                         d->disk.folder, rank->host);
        if (rank->shared == SHARED_FREE || rank->shared == SHARED_NOT)
            return;
    }
}

/* ---- all of it ---- */

/* Reports the first machine with a problem of this verdict, and how many others have it. */
static void check_hosts(const doctor_host_t *hosts, int count, check_t check, verdict_t verdict, problems_t *problems) {
    char first[ADVICE] = "", text[ADVICE];
    int others = -1;
    for (int h = 0; h < count; h++)
        if (check(&hosts[h], text) == verdict && others++ < 0)
            memcpy(first, text, sizeof first);
    if (others > 0)
        problems_add(problems, "%s (also on %d other machine%s)", first, others, others == 1 ? "" : "s");
    else if (others == 0)
        problems_add(problems, "%s", first);
}

void diagnosis_make(const doctor_t *d, problems_t *wrong, problems_t *warnings) {
    static const check_t checks[] = {check_cores, check_memory, check_addresses, check_engine};
    int count;
    doctor_host_t *hosts OWNED = diagnosis_hosts(d, &count);
    if (d->launch.status != STATUS_OK)
        problems_add(wrong, "%s", d->launch.text);
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        check_hosts(hosts, count, checks[i], WOULD_FAIL, wrong);
        check_hosts(hosts, count, checks[i], COULD_BE_BETTER, warnings);
    }
    compare_ranks(d, wrong);
    check_lead(d, wrong, warnings);
    check_disk(d, wrong, warnings);
    check_sharing(d, warnings);
}
