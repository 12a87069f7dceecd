/* place/diagnosis: from made-up places to what is said of them, and what is not. */
#include "place/diagnosis.h"
#include "support/test.h"

enum { RANKS = 6 };

static doctor_rank_t ranks[RANKS];
static doctor_t place;
static problems_t wrong, warnings;

/* Six ranks on two machines, n1 with ranks 0, 1 and 5, each with a core of its own; all is well. */
static int make_place(void **state) {
    place = (doctor_t){.ranks = RANKS, .by_rank = ranks};
    place.disk = (disk_t){.folder = "/results",
                          .type = "nfs4",
                          .options = "rw,vers=4.2,local_lock=none",
                          .free = (uint64_t)1 << 40,
                          .size = (uint64_t)1 << 41,
                          .allocates = true,
                          .renames = true,
                          .excludes = true,
                          .sync_seconds = 0.002};
    for (int r = 0; r < RANKS; r++) {
        ranks[r] = (doctor_rank_t){
            .host = "n1",
            .online = 4,
            .memory = {.bytes = (uint64_t)64 << 30, .room = (uint64_t)60 << 30, .from = "/proc/meminfo"},
            .slurm_memory = DOCTOR_UNLIMITED,
            .addresses = (uint64_t)1 << 30,
            .address_limit = DOCTOR_UNLIMITED,
            .data_limit = DOCTOR_UNLIMITED,
            .file_limit = DOCTOR_UNLIMITED,
            .open_files = 1024,
            .engine = "1.31.1",
            .instructions = "x86-64 avx2",
            .shared = r == 0 ? SHARED_UNTRIED : SHARED_LOCKED};
        if (r > 1 && r < 5)
            ranks[r].host[1] = '2';
        CPU_ZERO(&ranks[r].cores);
        CPU_SET((size_t)(r == 5 ? 3 : r % 4), &ranks[r].cores);
    }
    return 0;
}

static int forget(void **state) {
    problems_free(&wrong);
    problems_free(&warnings);
    return 0;
}

/* One problem of this kind, with these words, and nothing else; then all is well again. */
static void only(const problems_t *problems, const char *words) {
    forget(NULL);
    diagnosis_make(&place, &wrong, &warnings);
    assert_int_equal(wrong.count + warnings.count, 1);
    assert_int_equal(problems->count, 1);
    assert_non_null(strstr(problems->texts[0], words));
    make_place(NULL);
}

static void only_wrong(const char *words) {
    only(&wrong, words);
}

static void only_warned(const char *words) {
    only(&warnings, words);
}

#ifdef HARSANYI_HAVE_ONNXRUNTIME
#define without_engine only_wrong
#else
#define without_engine only_warned
#endif

TEST(a_good_place_is_left_alone) {
    int count;
    diagnosis_make(&place, &wrong, &warnings);
    assert_int_equal(wrong.count + warnings.count, 0);
    doctor_host_t *hosts = diagnosis_hosts(&place, &count);
    assert_int_equal(count, 2);
    assert_string_equal(hosts[0].name, "n1");
    assert_int_equal(hosts[0].ranks, 3);
    assert_int_equal(hosts[0].cores, 3); /* 0, 1 and 3 */
    assert_int_equal(hosts[1].ranks, 3);
    assert_int_equal(hosts[1].cores, 3);
    assert_ptr_equal(hosts[1].first, &ranks[2]);
    free(hosts);
}

TEST(ranks_that_share_cores_are_warned_of) {
    for (int r = 0; r < RANKS; r++) {
        CPU_ZERO(&ranks[r].cores);
        CPU_SET(0, &ranks[r].cores);
    }
    only_warned("n1: 3 ranks share 1 core that they are bound to");
    assert_non_null(strstr(warnings.texts[0], "mpirun --bind-to none"));
    assert_non_null(strstr(warnings.texts[0], "(also on 1 other machine)"));
    for (int r = 0; r < RANKS; r++)
        ranks[r].processors = strcmp(ranks[r].host, "n2") == 0 ? 1.5 : 8;
    only_warned("n2: 3 ranks share 1.5 cores (the quota of its control group)");
}

TEST(little_memory_is_told) {
    ranks[0].memory.room = (uint64_t)300 << 20;
    only_warned("n1: only 100.0 MiB of memory is left for each of 3 ranks (/proc/meminfo)");
    ranks[0].memory.room = (uint64_t)30 << 20;
    only_wrong("n1: only 10.0 MiB of memory");
    ranks[2].slurm_memory = (uint64_t)600 << 20;
    only_warned("n2: only 200.0 MiB of memory is left for each of 3 ranks (Slurm's --mem)");
}

TEST(limits_of_the_shell_are_told) {
    ranks[0].address_limit = (uint64_t)2 << 30;
    only_warned("n1: each process may use only 2.0 GiB of addresses: run ulimit -v unlimited");
    ranks[0].address_limit = ranks[0].addresses + 1000;
    only_wrong("of addresses");
    ranks[0].data_limit = 1 << 20;
    only_wrong("1.0 MiB of data: run ulimit -d unlimited");
    ranks[0].open_files = 70;
    only_warned("may open only 70 files at once: run ulimit -n 88");
    ranks[0].open_files = 20;
    only_wrong("may open only 20 files");
    ranks[0].file_limit = (uint64_t)1 << 32;
    only_warned("files may grow only to 4.0 GiB: run ulimit -f unlimited");
    ranks[0].file_limit = 512;
    only_wrong("512 B");
}

TEST(ranks_that_differ_are_told) {
    snprintf(ranks[4].instructions, sizeof ranks[4].instructions, "x86-64 avx2 avx512f");
    only_wrong("rank 4 on n2 has a different processor from rank 0 (x86-64 avx2 avx512f, rank 0: x86-64 avx2)");
    snprintf(ranks[3].engine, sizeof ranks[3].engine, "1.20.0");
    only_wrong("rank 3 on n2 has a different ONNX Runtime from rank 0 (1.20.0, rank 0: 1.31.1)");
    for (int r = 0; r < RANKS; r++) {
        ranks[r].engine[0] = '\0';
        snprintf(ranks[r].engine_problem, sizeof ranks[r].engine_problem, "not found");
    }
    without_engine("n1: cannot run ONNX models: not found (also on 1 other machine)");
}

TEST(copies_that_do_not_see_each_other_are_told) {
    failed(&place.launch, STATUS_INPUT, "type srun --mpi=pmix");
    only_wrong("type srun --mpi=pmix");
}

TEST(the_folder_is_judged) {
    disk_t *disk = &place.disk;
    failed(&place.disk_problem, STATUS_INPUT, "/results: read-only");
    only_wrong("/results: read-only");
    disk->free = (uint64_t)100 << 20;
    only_warned("100.0 MiB are free");
    disk->free = 0;
    only_wrong("0 B are free");
    disk->allocates = false;
    only_warned("space cannot be reserved on this nfs4");
    disk->sync_seconds = 0.7;
    only_warned("a durable write takes 0.7 s");
    disk->renames = false;
    only_wrong("a file cannot replace another");
    disk->excludes = false;
    only_wrong("two processes can create the same file");
    snprintf(disk->type, sizeof disk->type, "overlay");
    only_warned("a container's own layer");
}

TEST(locks_that_fail_are_told) {
    place.disk.locks = DISK_LOCKS_FAIL;
    snprintf(place.disk.lock_error, sizeof place.disk.lock_error, "No locks available");
    only_warned("locks do not work on this nfs4 (No locks available)");
    place.disk.locks = DISK_LOCKS_NOTHING;
    only_warned("two processes got the same lock");
    snprintf(place.disk.options, sizeof place.disk.options, "rw,local_lock=flock,addr=1");
    only_warned("work only within one machine");
    ranks[3].shared = ranks[4].shared = SHARED_FREE;
    only_warned("locks on this nfs4 do not reach n2");
    ranks[4].shared = SHARED_NOT;
    only_warned("/results is not visible on n2");
}

int main(void) {
    return run_all(make_place, forget);
}
