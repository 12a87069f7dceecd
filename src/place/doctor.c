#include "place/doctor.h"

#include "base/memory.h"
#include "place/launcher.h"
#ifdef HARSANYI_HAVE_ONNXRUNTIME
#include "engines/onnx_library.h"
#endif

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- one rank ---- */

/* MiB in an environment variable of Slurm, as bytes. */
static bool mebibytes_in(const char *variable, uint64_t *bytes) {
    const char *text = getenv(variable);
    char *end;
    unsigned long long number = text ? strtoull(text, &end, 10) : 0;
    *bytes = (uint64_t)number << 20;
    return number > 0 && number < 1ULL << 40;
}

static uint64_t slurm_memory(void) {
    uint64_t bytes;
    const char *text = getenv("SLURM_CPUS_ON_NODE");
    unsigned long cores = text ? strtoul(text, NULL, 10) : 0;
    if (mebibytes_in("SLURM_MEM_PER_NODE", &bytes))
        return bytes;
    if (mebibytes_in("SLURM_MEM_PER_CPU", &bytes))
        return bytes * (cores > 0 && cores < 1UL << 16 ? cores : 1);
    return DOCTOR_UNLIMITED;
}

#ifdef HARSANYI_HAVE_ONNXRUNTIME
static void look_at_engine(doctor_rank_t *me) {
    onnx_library_t library = {0};
    failure_t why;
    if (onnx_library_open(NULL, &library, &why) != STATUS_OK) {
        snprintf(me->engine_problem, sizeof me->engine_problem, "%s", why.text);
        return;
    }
    snprintf(me->engine, sizeof me->engine, "%s", library.version);
    snprintf(me->library, sizeof me->library, "%s", onnx_library_path(&library));
    onnx_library_providers(&library, me->providers, sizeof me->providers);
}
#else
static void look_at_engine(doctor_rank_t *me) {
    snprintf(me->engine_problem, sizeof me->engine_problem, "this build has no ONNX Runtime backend");
}
#endif

/* GPUs that the kernel shows, and which of them this rank may use. */
static void look_at_devices(doctor_rank_t *me) {
    static const char *const variables[] = {"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "SLURM_STEP_GPUS"};
    size_t used = 0, size = sizeof me->devices;
    DIR *folder = opendir("/dev");
    for (struct dirent *entry; folder && used < size && (entry = readdir(folder));) {
        const char *digits = entry->d_name + strlen("nvidia");
        bool nvidia = strncmp(entry->d_name, "nvidia", strlen("nvidia")) == 0 && *digits &&
                      digits[strspn(digits, "0123456789")] == '\0';
        if (nvidia || strcmp(entry->d_name, "kfd") == 0)
            used += (size_t)snprintf(me->devices + used, size - used, "%s%s", used ? " " : "", entry->d_name);
    }
    if (folder)
        closedir(folder);
    for (size_t i = 0; i < sizeof variables / sizeof *variables && used < size; i++)
        if (getenv(variables[i]))
            used += (size_t)snprintf(me->devices + used, size - used, "%s%s=%.60s", used ? ", " : "", variables[i],
                                     getenv(variables[i]));
}

static void look_around(doctor_rank_t *me) {
    memory_limits_t limits;
    memset(me, 0, sizeof *me); /* all of it is sent */
    snprintf(me->host, sizeof me->host, "unknown");
    gethostname(me->host, sizeof me->host - 1);
    if (sched_getaffinity(0, sizeof me->cores, &me->cores) != 0)
        CPU_ZERO(&me->cores);
    me->online = (int32_t)sysconf(_SC_NPROCESSORS_ONLN);
    me->processors = limits_processors("");
    limits_memory("", &limits);
    if (limits_tightest(&limits))
        me->memory = *limits_tightest(&limits);
    me->slurm_memory = slurm_memory();
    me->addresses = limits_own("").addresses;
    me->address_limit = limits_resource(RLIMIT_AS);
    me->data_limit = limits_resource(RLIMIT_DATA);
    me->file_limit = limits_resource(RLIMIT_FSIZE);
    me->open_files = limits_resource(RLIMIT_NOFILE);
    model_instruction_set(me->instructions);
    look_at_engine(me);
    look_at_devices(me);
}

/* ---- the folder, from other machines ---- */

static doctor_shared_t try_lock(const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return SHARED_NOT;
    doctor_shared_t shared = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK ? SHARED_LOCKED : SHARED_FREE;
    close(fd);
    return shared;
}

/* Collective: rank 0 holds a lock, and ranks on other machines try to share it. */
static void try_sharing(const doctor_world_t *world, const doctor_t *d, doctor_rank_t *me) {
    struct {
        char path[PATH_MAX], host[DOCTOR_HOST];
    } lead = {"", ""};
    int fd = -1;
    if (world->rank == 0) {
        snprintf(lead.host, sizeof lead.host, "%s", me->host);
        if (d->disk_problem.status == STATUS_OK && d->disk.folder[0] && d->disk.locks == DISK_LOCKS_WORK)
            fd = disk_make_file(d->disk.folder, lead.path, NULL);
        if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
            lead.path[0] = '\0';
    }
    char made[PATH_MAX];
    snprintf(made, sizeof made, "%s", lead.path);
    world->broadcast(&lead, (int)sizeof lead);
    if (lead.path[0] && strcmp(lead.host, me->host) != 0)
        me->shared = (int32_t)try_lock(lead.path);
    world->barrier();
    if (fd >= 0) {
        unlink(made);
        close(fd);
    }
}

/* ---- all of it ---- */

void doctor_look(const char *folder, const doctor_world_t *world, doctor_t *out) {
    doctor_rank_t me;
    *out = (doctor_t){.ranks = world->ranks};
    snprintf(out->mpi, sizeof out->mpi, "%s", world->mpi);
    launcher_describe(out->launcher, sizeof out->launcher);
    if (launcher_rank() == 0) /* also of copies that do not see each other */
        out->disk_problem.status = disk_probe(folder, &out->disk, &out->disk_problem);
    look_around(&me);
    out->launch.status = launcher_check(out->ranks, &out->launch);
    try_sharing(world, out, &me);
    if (world->rank == 0)
        out->by_rank = memory_need((size_t)out->ranks, sizeof *out->by_rank, "the findings of the ranks");
    world->gather(&me, (int)sizeof me, out->by_rank);
}

void doctor_free(doctor_t *doctor) {
    free(doctor->by_rank);
    *doctor = (doctor_t){0};
}
