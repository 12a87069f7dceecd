#include "run/report.h"

#include "base/progress.h"
#include "base/text.h"

/* The masks of each rank, or of more than 16 ranks the least, mean and most. */
static void print_ranks(log_t *log, const manager_report_t *r, bool evaluator) {
    enum { LISTED_MAX = 16 };
    text_t line = {0};
    uint64_t least = UINT64_MAX, most = 0;
    for (int w = 0; w < r->workers; w++) {
        if (r->workers <= LISTED_MAX)
            text_add(&line, "%srank %d: %llu", w ? ", " : "", evaluator ? w : w + 1,
                     (unsigned long long)r->by_worker[w]);
        least = r->by_worker[w] < least ? r->by_worker[w] : least;
        most = r->by_worker[w] > most ? r->by_worker[w] : most;
    }
    if (r->workers > LISTED_MAX)
        text_add(&line, "%d ranks: least %llu, mean %.0f, most %llu", r->workers, (unsigned long long)least,
                 (double)r->masks / r->workers, (unsigned long long)most);
    log_info(log, "masks evaluated by %s", line.chars ? line.chars : "no rank");
    if (r->masks_for_noise > 0)
        log_info(log, "in addition %llu masks on moved inputs, to estimate the noise of v",
                 (unsigned long long)r->masks_for_noise);
    text_free(&line);
}

static void print_times(log_t *log, const manager_report_t *r) {
    double all = r->seconds * r->workers;
    if (all <= 0 || r->masks == 0)
        return;
    double known = r->engine + r->fill + r->score + r->transform + r->statistics + r->reading;
    log_info(log,
             "time of the evaluating ranks: engine %.1f %%, fill %.1f %%, score %.1f %%, transform %.1f %%, statistics "
             "%.1f %%, reading samples %.1f %%, other work %.1f %%, waiting %.1f %%",
             100 * r->engine / all, 100 * r->fill / all, 100 * r->score / all, 100 * r->transform / all,
             100 * r->statistics / all, 100 * r->reading / all, 100 * (r->evaluating - known) / all,
             100 * (all - r->evaluating) / all);
}

/* The whole run; the time that mpirun takes to start is not known here. */
static void print_whole(log_t *log, const manager_report_t *r) {
    double whole = r->start + r->seconds + r->across;
    log_info(
        log,
        "the whole run took %.2f s: start %.2f s (%.1f %%), sweep %.2f s (%.1f %%), statistics across samples %.2f "
        "s (%.1f %%)",
        whole, r->start, 100 * r->start / whole, r->seconds, 100 * r->seconds / whole, r->across,
        100 * r->across / whole);
}

/* The time that the ranks could not have saved is the larger of their mean work and the longest unit. */
static void print_rank_0(log_t *log, const manager_report_t *r) {
    double mean = r->evaluating / r->workers, ideal = mean > r->longest_unit ? mean : r->longest_unit;
    if (r->first_to_last <= 0 || r->seconds <= 0)
        return;
    log_info(log, "rank 0 was busy %.2f %% of the time with units and messages, %.2f %% with writing (I/O)",
             100 * r->managing / r->seconds, 100 * r->writing / r->seconds);
    log_info(log,
             "first unit to last result: %.3f s, %.1f %% of it needed: a rank evaluated %.3f s on average, the longest "
             "unit took %.3f s",
             r->first_to_last, 100 * ideal / r->first_to_last, mean, r->longest_unit);
}

/* What split samples cost in addition to evaluation: seconds and shares of the sweep. The writer works while masks are
 * evaluated, so it costs only its processor time. */
static void print_split(log_t *log, const manager_report_t *r) {
    const combine_times_t *c = &r->combine;
    double combining = c->transform + c->statistics + c->checksums + c->reading + c->writing;
    if (combining <= 0 || r->seconds <= 0)
        return;
    log_info(log,
             "split samples: combining took %.2f s (%.1f %%): transform %.2f s, statistics %.2f s, checksums %.2f s, "
             "reading %.2f s (%.2f GB), writing %.2f s (%.2f GB)",
             combining, 100 * combining / r->seconds, c->transform, c->statistics, c->checksums, c->reading,
             1e-9 * c->bytes_read, c->writing, 1e-9 * c->bytes_written);
    log_info(log,
             "rank 0 received %.2f GB in %.2f s (%.1f %%); its writer wrote %.2f GB with %.2f s of processor time "
             "(%.1f %%) and waited %.2f s (%.1f %%) for the disk",
             1e-9 * r->received_bytes, r->receiving, 100 * r->receiving / r->seconds, 1e-9 * r->written_bytes,
             r->writing, 100 * r->writing / r->seconds, r->syncing, 100 * r->syncing / r->seconds);
}

void report_print(log_t *log, const manager_report_t *r, bool evaluator, const char *path, int shards,
                  const results_count_t *count) {
    char masks[32], rate[32], duration[32];
    progress_count((double)r->masks, masks);
    progress_count(r->seconds > 0 ? (double)r->masks / r->seconds : 0, rate);
    progress_duration(r->seconds, duration);
    print_ranks(log, r, evaluator);
    print_times(log, r);
    print_rank_0(log, r);
    print_split(log, r);
    print_whole(log, r);
    log_info(log, "memory: at most %.0f MB resident on any rank", r->megabytes);
    log_info(log, "%lld samples done, %lld failed, %lld left; %s masks, %s masks/s; the sweep took %.2f s (%s)",
             (long long)count->done, (long long)count->failed, (long long)count->pending, masks, rate, r->seconds,
             duration);
    log_info(log, "results: %s", path);
    if (r->gave_up)
        log_warning(
            log,
            "the first %d samples all failed for the same reason, so the others were not tried; fix that and type the "
            "same command with --retry-failed",
            EARLY_STOP);
    else if (count->pending > 0)
        log_info(log, "next: type the same command again; it resumes where this run stopped");
    else if (r->status == STATUS_STOPPED)
        log_info(log, "stopped before the statistics across samples were made; next: type the same command again; it "
                      "makes them");
    else if (count->failed > 0)
        log_info(log, "next: harsanyi status %s shows why samples failed, harsanyi show %s shows the results", path,
                 path);
    else if (shards > 0)
        log_info(log, "next: once all %d shards are complete, harsanyi merge", shards);
    else
        log_info(log, "next: harsanyi show %s", path);
}
