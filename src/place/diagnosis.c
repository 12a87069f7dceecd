#include "place/diagnosis.h"

#include "base/progress.h"
#include "place/mounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that a rank takes at the very least, and with which nearly every model is fine. */
static const uint64_t RANK_LEAST = 96u << 20, RANK_COMFORT = 512u << 20;
static const uint64_t DISK_LEAST = 16u << 20, DISK_COMFORT = 1u << 30;
static const uint64_t FILES_LEAST = 64;
static const double SYNC_SLOW = 0.1; /* the writer commits every 0.5 s */

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
    doctor_host_t *hosts = calloc((size_t)d->ranks, sizeof *hosts);
    *count = 0;
    for (int r = 0; hosts && r < d->ranks; r++) {
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

/* ---- what a machine may lack: each writes what is to be said, and leaves `text` empty when all is well ---- */

typedef void (*check_t)(const doctor_host_t *host, char text[ADVICE]);

static void check_cores(const doctor_host_t *h, char text[ADVICE]) {
    if (h->cores == 0 || h->ranks <= h->processors)
        return;
    bool bound = h->cores < h->first->online && h->processors >= h->cores;
    snprintf(text, ADVICE, "%s: %d ranks share %.3g core%s%s: start fewer ranks there (mpirun -n, --ntasks-per-node)%s",
             h->name, h->ranks, h->processors, h->processors > 1 ? "s" : "",
             bound                      ? " of the machine's, which they are bound to"
             : h->processors < h->cores ? " (the quota of its control group)"
                                        : "",
             bound ? ", or free them (mpirun --bind-to none; srun --cpu-bind=none, --cpus-per-task)" : "");
}

/* Memory for each rank of a machine, by the tightest of what is known; UINT64_MAX: unknown. */
static uint64_t memory_per_rank(const doctor_host_t *h, const char **from) {
    uint64_t room = h->first->memory.bytes ? h->first->memory.room : UINT64_MAX;
    *from = h->first->memory.from;
    if (h->first->slurm_memory < room) {
        room = h->first->slurm_memory;
        *from = "Slurm's --mem";
    }
    return room == UINT64_MAX ? room : room / (uint64_t)h->ranks;
}

static void say_memory(const doctor_host_t *h, uint64_t least, uint64_t most, char text[ADVICE]) {
    const char *from;
    char bytes[32];
    uint64_t own = memory_per_rank(h, &from);
    if (own < least || own >= most)
        return;
    progress_bytes((double)own, bytes);
    snprintf(text, ADVICE,
             "%s: %s of memory are left for each of %d ranks (%s): ask for more (--mem), or start fewer ranks there; "
             "harsanyi plan tells what a rank takes",
             h->name, bytes, h->ranks, from);
}

static void check_memory(const doctor_host_t *h, char text[ADVICE]) {
    say_memory(h, 0, RANK_LEAST, text);
}

static void check_memory_comfort(const doctor_host_t *h, char text[ADVICE]) {
    say_memory(h, RANK_LEAST, RANK_COMFORT, text);
}

/* Addresses: what is mapped already counts too. */
static void say_addresses(const doctor_host_t *h, uint64_t least, uint64_t most, char text[ADVICE]) {
    uint64_t limit = h->first->address_limit, data = h->first->data_limit, own = h->first->addresses;
    char bytes[32];
    uint64_t left = limit == DOCTOR_UNLIMITED ? UINT64_MAX : limit > own ? limit - own : 0;
    left = data < left ? data : left;
    if (left < least || left >= most)
        return;
    progress_bytes((double)(data < limit ? data : limit), bytes);
    snprintf(text, ADVICE, "%s: each process may only have %s of %s: ulimit -%c unlimited, before harsanyi", h->name,
             bytes, data < limit ? "data" : "addresses", data < limit ? 'd' : 'v');
}

static void check_addresses(const doctor_host_t *h, char text[ADVICE]) {
    say_addresses(h, 0, 2 * RANK_LEAST, text);
}

static void check_addresses_comfort(const doctor_host_t *h, char text[ADVICE]) {
    say_addresses(h, 2 * RANK_LEAST, 4 * RANK_COMFORT, text);
}

/* ---- the same on all ranks ---- */

static void check_engine(const doctor_host_t *h, char text[ADVICE]) {
    if (!h->first->engine[0])
        snprintf(text, ADVICE, "%s: models in ONNX files cannot be run: %.900s", h->name, h->first->engine_problem);
}

static void compare_ranks(const doctor_t *d, problems_t *wrong) {
    const doctor_rank_t *lead = &d->by_rank[0];
    for (int r = 1; r < d->ranks; r++) {
        const doctor_rank_t *rank = &d->by_rank[r];
        bool engine = strcmp(lead->engine, rank->engine) != 0;
        if (!engine && strcmp(lead->instructions, rank->instructions) == 0)
            continue;
        problems_add(
            wrong,
            "rank %d on %s has another %s than rank 0 (%s, rank 0: %s), so their bits may differ: use nodes of "
            "one kind with one engine, or run --accept-engine",
            r, rank->host, engine ? "ONNX Runtime" : "processor", engine ? rank->engine : rank->instructions,
            engine ? lead->engine : lead->instructions);
        return;
    }
}

/* ---- rank 0 and the folder ---- */

static void check_lead(const doctor_t *d, problems_t *wrong, problems_t *warnings) {
    const doctor_rank_t *lead = &d->by_rank[0];
    uint64_t wanted = FILES_LEAST + 4 * (uint64_t)d->ranks; /* connections to all ranks, of some kinds */
    char bytes[32];
    if (lead->open_files < wanted)
        problems_add(lead->open_files < FILES_LEAST ? wrong : warnings,
                     "rank 0 of %d may only open %llu files at once: ulimit -n %llu, before harsanyi", d->ranks,
                     (unsigned long long)lead->open_files, (unsigned long long)wanted);
    if (lead->file_limit == DOCTOR_UNLIMITED)
        return;
    progress_bytes((double)lead->file_limit, bytes);
    problems_add(lead->file_limit < DISK_LEAST ? wrong : warnings,
                 "files may only grow to %s: ulimit -f unlimited, before harsanyi", bytes);
}

static void check_locks(const disk_t *disk, problems_t *warnings) {
    if (disk->locks == DISK_LOCKS_WORK) {
        if (mounts_option(disk->options, "local_lock=all") || mounts_option(disk->options, "local_lock=flock") ||
            mounts_option(disk->options, "nolock") || mounts_option(disk->options, "localflock"))
            problems_add(warnings,
                         "%s: locks on this %s hold within one machine only (its mount options say so), so the "
                         "heartbeat in the results file keeps a second sweep from it; after a crash the next start on "
                         "another machine waits for 15 s. Nothing must be changed",
                         disk->folder, disk->type);
        return;
    }
    problems_add(
        warnings,
        "%s: locks do not work on this %s (%s), so the heartbeat in the results file keeps a second sweep from it; "
        "after a crash the next start waits for 15 s. Nothing must be changed, but "
        "results on another file system, or its mount with locks (Lustre: -o flock), are safer",
        disk->folder, disk->type, disk->locks == DISK_LOCKS_FAIL ? disk->lock_error : "two processes got the same one");
}

static void check_space(const disk_t *disk, problems_t *wrong, problems_t *warnings) {
    char bytes[32];
    progress_bytes((double)disk->free, bytes);
    if (disk->free < DISK_COMFORT)
        problems_add(disk->free < DISK_LEAST ? wrong : warnings,
                     "%s: %s are free: make room, or give another folder; harsanyi plan tells how large results are",
                     disk->folder, bytes);
    if (!disk->allocates)
        problems_add(
            warnings,
            "%s: space cannot be reserved on this %s, so a full disk is found only when it is full: compare the "
            "%s that are free with what harsanyi plan tells",
            disk->folder, disk->type, bytes);
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
        problems_add(wrong, "%s: on this %s %s: write results elsewhere", disk->folder, disk->type,
                     disk->renames ? "two processes can make the same file" : "a file cannot be replaced by another");
    if (disk->sync_seconds > SYNC_SLOW)
        problems_add(warnings,
                     "%s: a write takes %.2g s to be safe on this %s: a sweep of many small samples may wait for it; "
                     "write to a faster file system and copy the results",
                     disk->folder, disk->sync_seconds, disk->type);
    if (strcmp(disk->type, "tmpfs") == 0 || strcmp(disk->type, "overlay") == 0)
        problems_add(warnings,
                     "%s: %s, so results are gone with the %s: give another folder (a container: one of the "
                     "host's, bound into it)",
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
                         "from it. Nothing must be changed",
                         d->disk.folder, d->disk.type, rank->host);
        if (rank->shared == SHARED_NOT)
            problems_add(warnings,
                         "%s is not seen on %s: only rank 0 writes there, but a sweep that goes on with rank 0 on "
                         "another machine needs a folder that all share",
                         d->disk.folder, rank->host);
        if (rank->shared == SHARED_FREE || rank->shared == SHARED_NOT)
            return;
    }
}

/* ---- all of it ---- */

/* The first machine's trouble, and on how many others it is found. */
static void check_hosts(const doctor_host_t *hosts, int count, check_t check, problems_t *problems) {
    char first[ADVICE] = "", text[ADVICE];
    int others = 0;
    for (int h = 0; h < count; h++) {
        char *to = first[0] ? text : first;
        text[0] = '\0';
        check(&hosts[h], to);
        others += to == text && text[0];
    }
    if (first[0] && others > 0)
        problems_add(problems, "%s (and so on %d other machine%s)", first, others, others == 1 ? "" : "s");
    else if (first[0])
        problems_add(problems, "%s", first);
}

status_t diagnosis_make(const doctor_t *d, problems_t *wrong, problems_t *warnings, failure_t *why) {
    int count;
    doctor_host_t *hosts = diagnosis_hosts(d, &count);
    if (!hosts)
        return failed(why, STATUS_INTERNAL, "out of memory for %d ranks", d->ranks);
    if (d->launch.status != STATUS_OK)
        problems_add(wrong, "%s", d->launch.text);
    check_hosts(hosts, count, check_cores, warnings);
    check_hosts(hosts, count, check_memory, wrong);
    check_hosts(hosts, count, check_memory_comfort, warnings);
    check_hosts(hosts, count, check_addresses, wrong);
    check_hosts(hosts, count, check_addresses_comfort, warnings);
    check_hosts(hosts, count, check_engine, wrong);
    compare_ranks(d, wrong);
    check_lead(d, wrong, warnings);
    check_disk(d, wrong, warnings);
    check_sharing(d, warnings);
    free(hosts);
    return STATUS_OK;
}
