#include "base/memory.h"
#include "cli/commands.h"
#include "cli/display.h"
#include "place/diagnosis.h"
#include "run/doctor_run.h"

#include <string.h>

enum { HOSTS_SHOWN = 16 };

static const option_t OPTIONS[] = {
    OPTION_TEXT("output", 'o', "DIR", "the folder for the results; the current one when not given"), {0}};

/* ---- what was found ---- */

static void print_host(const doctor_host_t *h) {
    printf("%-13s %d rank%s on %d of %d cores", h->name, h->ranks, h->ranks == 1 ? "" : "s", h->cores,
           (int)h->first->online);
    if (h->processors < h->cores)
        printf(", whose control group grants the time of %.3g", h->processors);
    if (h->first->memory.bytes)
        printf("; %s of %s of memory left (%s)", progress_bytes((double)h->first->memory.room).text,
               progress_bytes((double)h->first->memory.bytes).text, h->first->memory.from);
    if (h->first->slurm_memory != DOCTOR_UNLIMITED)
        printf("; Slurm: %s", progress_bytes((double)h->first->slurm_memory).text);
    printf("\n");
}

static void print_hosts(const doctor_t *d, const doctor_host_t *hosts, int count) {
    printf("%-13s %s; %s\n", "launcher", d->launcher, d->mpi);
    printf("%-13s %d on %d machine%s\n", "ranks", d->ranks, count, count == 1 ? "" : "s");
    for (int h = 0; h < count && h < HOSTS_SHOWN; h++)
        print_host(&hosts[h]);
    if (count > HOSTS_SHOWN)
        printf("%-13s %d more machines\n", "", count - HOSTS_SHOWN);
}

static void print_engine(const doctor_rank_t *lead) {
    printf("%-13s %s\n", "processor", lead->instructions);
    if (lead->engine[0])
        printf("%-13s ONNX Runtime %s: %s; %s\n", "engine", lead->engine, lead->library, lead->providers);
    else
        printf("%-13s no ONNX Runtime\n", "engine");
}

/* Neighboring ranks with the same devices share a line. */
static void print_devices(const doctor_t *d) {
    for (int r = 0, last; r < d->ranks; r = last + 1) {
        const doctor_rank_t *rank = &d->by_rank[r];
        for (last = r; last + 1 < d->ranks && strcmp(d->by_rank[last + 1].devices, rank->devices) == 0;)
            last++;
        printf("%-13s ", r == 0 ? "devices" : "");
        if (r == last)
            printf("rank %d", r);
        else
            printf("ranks %d to %d", r, last);
        printf(": %s\n", rank->devices[0] ? rank->devices : "none");
    }
}

static const char *locks_text(const disk_t *disk) {
    return disk->locks == DISK_LOCKS_WORK ? "work" : disk->locks == DISK_LOCKS_FAIL ? "are refused" : "hold nothing";
}

static void print_disk(const doctor_t *d) {
    const disk_t *disk = &d->disk;
    printf("%-13s %s", "folder", disk->folder);
    if (!disk->type[0]) {
        printf("\n");
        return;
    }
    printf(": %s, %s of %s free", disk->type, progress_bytes((double)disk->free).text,
           progress_bytes((double)disk->size).text);
    if (d->disk_problem.status == STATUS_OK)
        printf(", fallocate %s, fdatasync %.2g ms, locks %s, rename %s", disk->allocates ? "works" : "does not work",
               1e3 * disk->sync_seconds, locks_text(disk), disk->renames ? "replaces" : "does not replace");
    printf("\n");
}

/* ---- the verdict ---- */

static void print_all(const char *what, const problems_t *problems) {
    for (size_t i = 0; i < problems->count && i < PROBLEMS_MAX; i++)
        printf("- %s: %s\n", what, problems->texts[i]);
}

/* Returns whether the place is fit for a run. */
static bool report(const doctor_t *d) {
    problems_t wrong CLEANUP(problems_free) = {0}, warnings CLEANUP(problems_free) = {0};
    int count;
    doctor_host_t *hosts OWNED = diagnosis_hosts(d, &count);
    print_hosts(d, hosts, count);
    print_engine(&d->by_rank[0]);
    print_devices(d);
    print_disk(d);
    diagnosis_make(d, &wrong, &warnings);
    bool fit = wrong.count == 0;
    printf("\n");
    print_all("would make a run fail", &wrong);
    print_all("warning", &warnings);
    printf("%s%s\n", fit ? "fit for a run" : "not fit for a run",
           warnings.count + wrong.count > 0 ? "" : ": nothing to change");
    return fit;
}

static status_t run(const options_t *options, int *code, failure_t *why) {
    const char *folder = options_text(options, "output");
    doctor_t doctor;
    (void)why;
    *code = doctor_run(folder ? folder : ".", &doctor) && !report(&doctor) ? 1 : 0;
    doctor_free(&doctor);
    return STATUS_OK;
}

const command_t COMMAND_DOCTOR = {
    .name = "doctor",
    .summary = "checks launcher, cores, memory, engine and file system before a run, and says what to change",
    .operands = "",
    .options = OPTIONS,
    .about =
        "Start it like a run, under mpirun or srun: then every rank checks its own machine. The files that test the\n"
        "file system in DIR are removed again.\n\n"
        "Exit codes: 0 fit for a run, perhaps with warnings; 1 a run would fail.\n",
    .example = "mpirun -n 4 harsanyi doctor -o /scratch/me\n"
               "srun --mpi=pmix -n 64 harsanyi doctor -o /scratch/me\n",
    .on_every_rank = true,
    .run = run,
};
