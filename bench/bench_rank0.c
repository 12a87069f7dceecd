/* mpirun -n R bench_rank0 [BITS [ROUNDS]]: how many units a second rank 0 can hand out and take back, beside what MPI
 * itself reaches in the same run. 2^BITS (default 18) units of one mask of a constant game, so that nothing but the
 * scheduler, the messages and the waiting is left: the scheduler and the workers (remote_run) are those of a sweep,
 * rank 0's loop is manager.c's without a results file. The scheduler is told that a mask took 20 s, more than a unit
 * may be worth, so that it makes the smallest units. The other side: as many 64-byte messages there and back, two under
 * way per rank, blocking calls, nothing else. Both in turn, ROUNDS (default 5) times; the best and the median of each.
 * Seconds of processor time, all ranks together, tell what the machine would reach if nothing else ran. Prints one JSON
 * object. */
#include "base/clock.h"
#include "run/comm.h"
#include "run/remote.h"
#include "run/scheduler.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { BITS_DEFAULT = 18, BITS_MAX = 26, ROUNDS_DEFAULT = 5, ROUNDS_MAX = 99, RAW_BYTES = 64 };
static const double CLAIMED_SECONDS = 20.0;

typedef struct {
    scheduler_t *scheduler;
    int workers;
    uint64_t units; /* taken back */
} rank0_t;

static void check(status_t status, const failure_t *why) {
    if (status != STATUS_OK) {
        fprintf(stderr, "bench_rank0: %s\n", why->text);
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
}

/* ---- what every rank has ---- */

static config_t *make_config(int bits) {
    char text[256];
    config_t *config = NULL;
    problems_t problems = {0};
    int length = snprintf(text, sizeof text,
                          "model: {backend: game, game: constant, samples: 1, players: %d}\n"
                          "statistics: {noise_sigma: none}\noutput: {file: none.h5}\n",
                          bits);
    if (config_parse(text, (size_t)length, "bench_rank0", ".", NULL, 0, &config, &problems) != STATUS_OK)
        problems_print(&problems, stderr);
    problems_free(&problems);
    return config;
}

/* Answers messages until an empty one comes. */
static void work_raw(void) {
    char bytes[RAW_BYTES] = "";
    MPI_Status status;
    int length = 1;
    while (length > 0) {
        MPI_Recv(bytes, RAW_BYTES, MPI_BYTE, 0, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
        MPI_Get_count(&status, MPI_BYTE, &length);
        comm_send(bytes, length, 0, TAG_RESULT);
    }
}

/* Processor time of all ranks together, on rank 0. */
static double processor_seconds(void) {
    struct rusage use;
    double mine, all = 0;
    getrusage(RUSAGE_SELF, &use);
    mine = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           1e-6 * (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
    MPI_Reduce(&mine, &all, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
    return all;
}

static void work(int bits, int rounds) {
    failure_t why = {0};
    inputs_t *inputs = NULL;
    worker_t *worker = NULL;
    config_t *config = make_config(bits);
    if (!config) {
        MPI_Abort(MPI_COMM_WORLD, 1);
        return;
    }
    fields_t fields = fields_layout(families_wanted(NULL), bits, config->statistics.indices);
    check(inputs_open_light(config, &inputs, &why), &why);
    check(worker_create(inputs, &fields, &worker, &why), &why);
    for (int i = 0; i < rounds; i++) {
        processor_seconds();
        work_raw();
        processor_seconds();
        remote_run(worker, &why);
        processor_seconds();
    }
    worker_destroy(&worker);
    inputs_close(&inputs);
    config_free(&config);
}

/* ---- rank 0 ---- */

static bool feed(rank0_t *r, int worker, int depth) {
    unit_t unit;
    bool any = false;
    while (scheduler_in_flight(r->scheduler, worker) < depth && scheduler_next(r->scheduler, worker, &unit)) {
        comm_send(&unit, (int)sizeof unit, worker + 1, TAG_UNIT);
        any = true;
    }
    return any;
}

static bool give_out(rank0_t *r) {
    bool any = false;
    for (int depth = 1; depth <= UNITS_IN_FLIGHT; depth++)
        for (int w = 0; w < r->workers; w++)
            any |= feed(r, w, depth);
    return any;
}

static void take(rank0_t *r, int source, int bytes) {
    message_t message = {0};
    reader_t reader;
    result_head_t head;
    part_head_t part;
    const double *data;
    failure_t why;
    message_grow(&message, (size_t)bytes);
    comm_receive(message.bytes, bytes, source, TAG_RESULT);
    check(wire_read_head(&reader, message.bytes, message.length, &head, &why), &why);
    check(wire_read_part(&reader, &part, &data, &why), &why);
    scheduler_report(r->scheduler, scheduler_find(r->scheduler, source - 1, head.unit_id), part.row,
                     part.info.error_kind, part.bad_mask, part.info.error);
    scheduler_finish_unit(r->scheduler, source - 1, head.unit_id, CLAIMED_SECONDS, 1);
    feed(r, source - 1, UNITS_IN_FLIGHT);
    r->units++;
    message_free(&message);
}

static void hand_out(rank0_t *r) {
    nap_t nap = {0};
    int source, tag, bytes;
    while (!scheduler_finished(r->scheduler) || r->units == 0) {
        bool any = false;
        while (comm_probe(&source, &tag, &bytes)) {
            take(r, source, bytes);
            any = true;
        }
        any |= give_out(r);
        if (any)
            comm_wake(&nap);
        else
            comm_nap(&nap);
    }
}

/* Stops the workers of a sweep; returns when all have said goodbye. */
static void stop(int ranks) {
    for (int rank = 1; rank < ranks; rank++)
        comm_send(NULL, 0, rank, TAG_STOP);
    for (int rank = 1; rank < ranks; rank++)
        comm_receive(NULL, 0, rank, TAG_BYE);
}

/* Units a second through the scheduler. */
static double sweep(int ranks, int bits) {
    rank0_t r = {.workers = ranks - 1};
    scheduler_spec_t spec = {.samples = 1,
                             .players = &bits,
                             .block_bits = bits < 16 ? bits : 16,
                             .workers = ranks - 1,
                             .seconds_per_mask = CLAIMED_SECONDS};
    r.scheduler = scheduler_create(&spec);
    double began = clock_seconds();
    hand_out(&r);
    double seconds = clock_seconds() - began;
    stop(ranks);
    scheduler_destroy(&r.scheduler);
    return (double)r.units / seconds;
}

/* Messages there and back a second, of `count`. */
static double raw(int ranks, uint64_t count) {
    char bytes[RAW_BYTES] = "";
    uint64_t sent = 0, back = 0;
    double began = clock_seconds();
    for (int depth = 0; depth < UNITS_IN_FLIGHT; depth++)
        for (int rank = 1; rank < ranks; rank++, sent++)
            comm_send(bytes, RAW_BYTES, rank, TAG_UNIT);
    for (; back < sent; back++) {
        MPI_Status status;
        MPI_Recv(bytes, RAW_BYTES, MPI_BYTE, MPI_ANY_SOURCE, TAG_RESULT, MPI_COMM_WORLD, &status);
        if (sent < count) {
            comm_send(bytes, RAW_BYTES, status.MPI_SOURCE, TAG_UNIT);
            sent++;
        }
    }
    double seconds = clock_seconds() - began;
    for (int rank = 1; rank < ranks; rank++) {
        comm_send(bytes, 0, rank, TAG_UNIT);
        comm_receive(bytes, 0, rank, TAG_RESULT);
    }
    return (double)sent / seconds;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts. */
static void print_rates(const char *name, double *rates, int rounds, double processor, uint64_t units) {
    qsort(rates, (size_t)rounds, sizeof *rates, ascending);
    printf("\"%s\": {\"best_per_second\": %.0f, \"median_per_second\": %.0f, \"processor_seconds_per_unit\": %.3g}",
           name, rates[rounds - 1], rates[rounds / 2], processor / (double)(units * (uint64_t)rounds));
}

static void manage(int ranks, int bits, int rounds) {
    double sweeps[ROUNDS_MAX] = {0}, raws[ROUNDS_MAX] = {0}, of_sweeps = 0, of_raws = 0;
    uint64_t units = (uint64_t)1 << bits;
    for (int i = 0; i < rounds; i++) {
        double start = processor_seconds();
        raws[i] = raw(ranks, units);
        double between = processor_seconds();
        sweeps[i] = sweep(ranks, bits);
        of_raws += between - start;
        of_sweeps += processor_seconds() - between;
    }
    printf("{\"ranks\": %d, \"units\": %llu, \"rounds\": %d, ", ranks, (unsigned long long)units, rounds);
    print_rates("units", sweeps, rounds, of_sweeps, units);
    printf(", ");
    print_rates("messages", raws, rounds, of_raws, units);
    printf(", \"ratio_of_best\": %.3f}\n", sweeps[rounds - 1] / raws[rounds - 1]);
}

/* An argument between 1 and `most`; 0 when it is not one. */
static int number(int argc, char **argv, int at, int fallback, int most) {
    long given = argc > at ? strtol(argv[at], NULL, 10) : fallback;
    return given >= 1 && given <= most ? (int)given : 0;
}

int main(int argc, char **argv) {
    int provided, rank, ranks;
    int bits = number(argc, argv, 1, BITS_DEFAULT, BITS_MAX),
        rounds = number(argc, argv, 2, ROUNDS_DEFAULT, ROUNDS_MAX);
    setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    if (ranks >= 2 && bits && rounds && rank == 0)
        manage(ranks, bits, rounds);
    else if (ranks >= 2 && bits && rounds)
        work(bits, rounds);
    else if (rank == 0)
        fprintf(stderr, "usage: mpirun -n R bench_rank0 [BITS [ROUNDS]]: R >= 2, BITS 1 ... %d, ROUNDS 1 ... %d\n",
                BITS_MAX, ROUNDS_MAX);
    MPI_Finalize();
    return 0;
}
