#include "run/report.h"

#include "base/memory.h"
#include "base/progress.h"
#include "base/text.h"
#include "run/context.h"
#include "run/scheduler.h"

#include <math.h>

/* The masks of each rank, or of more than 16 ranks the least, mean and most. */
static void print_ranks(sweep_t *s) {
    enum { LISTED_MAX = 16 };
    const report_t *r = &s->report;
    text_t line CLEANUP(text_free) = {0};
    uint64_t least = UINT64_MAX, most = 0;
    int workers = plan_workers(s->ranks);
    for (int w = 0; w < workers; w++) {
        if (workers <= LISTED_MAX)
            text_add(&line, "%srank %d: %llu", w ? ", " : "", s->worker ? w : w + 1,
                     (unsigned long long)r->by_worker[w]);
        least = r->by_worker[w] < least ? r->by_worker[w] : least;
        most = r->by_worker[w] > most ? r->by_worker[w] : most;
    }
    if (workers > LISTED_MAX)
        text_add(&line, "%d ranks: least %llu, mean %.0f, most %llu", workers, (unsigned long long)least,
                 (double)r->masks / workers, (unsigned long long)most);
    log_info(&s->log, "masks evaluated by %s", line.chars);
    if (r->masks_for_noise > 0)
        log_info(&s->log, "in addition %llu masks to estimate the noise of v", (unsigned long long)r->masks_for_noise);
}

static void print_times(log_t *log, const report_t *r, int workers) {
    double all = r->sweep * workers;
    if (all <= 0 || r->masks == 0)
        return;
    double known = r->engine + r->fill + r->score + r->transform + r->solving + r->statistics + r->reading;
    char solving[48] = "";
    if (r->solving > 0)
        snprintf(solving, sizeof solving, "sparse interactions %.1f %%, ", 100 * r->solving / all);
    log_info(
        log,
        "time of the evaluating ranks: engine %.1f %%, fill %.1f %%, score %.1f %%, transform %.1f %%, %sstatistics "
        "%.1f %%, reading samples %.1f %%, other work %.1f %%, waiting %.1f %%",
        100 * r->engine / all, 100 * r->fill / all, 100 * r->score / all, 100 * r->transform / all, solving,
        100 * r->statistics / all, 100 * r->reading / all, 100 * (r->evaluating - known) / all,
        100 * (all - r->evaluating) / all);
}

/* The whole run; the time that mpirun takes to start is not known here. */
static void print_whole(log_t *log, const report_t *r) {
    double whole = r->start + r->sweep + r->across;
    log_info(
        log,
        "the whole run took %.2f s: start %.2f s (%.1f %%), sweep %.2f s (%.1f %%), statistics across samples %.2f "
        "s (%.1f %%)",
        whole, r->start, 100 * r->start / whole, r->sweep, 100 * r->sweep / whole, r->across, 100 * r->across / whole);
}

/* The time that the ranks could not have saved is the larger of their mean work and the longest unit. */
static void print_rank_0(log_t *log, const report_t *r, int workers) {
    double mean = r->evaluating / workers, ideal = mean > r->longest_unit ? mean : r->longest_unit;
    if (r->first_to_last <= 0 || r->sweep <= 0)
        return;
    log_info(log, "rank 0 was busy %.2f %% of the time with units and messages, %.2f %% with writing (I/O)",
             100 * r->managing / r->sweep, 100 * r->writer.processor / r->sweep);
    log_info(log,
             "first unit to last result: %.3f s, %.1f %% of it needed: a rank evaluated %.3f s on average, the longest "
             "unit took %.3f s",
             r->first_to_last, fmin(100, 100 * ideal / r->first_to_last), mean, r->longest_unit);
}

/* What split samples cost in addition to evaluation: seconds and shares of the sweep. The writer works while masks are
 * evaluated, so it costs only its processor time. */
static void print_split(log_t *log, const report_t *r) {
    double combining =
        r->combine.transform + r->combine.statistics + r->combine.checksums + r->combine.reading + r->combine.writing;
    if (combining <= 0 || r->sweep <= 0)
        return;
    log_info(log,
             "split samples: combining took %.2f s (%.1f %%): transform %.2f s, statistics %.2f s, checksums %.2f s, "
             "reading %.2f s (%.2f GB), writing %.2f s (%.2f GB)",
             combining, 100 * combining / r->sweep, r->combine.transform, r->combine.statistics, r->combine.checksums,
             r->combine.reading, 1e-9 * r->combine.bytes_read, r->combine.writing, 1e-9 * r->combine.bytes_written);
    log_info(log,
             "rank 0 received %.2f GB in %.2f s (%.1f %%); its writer wrote %.2f GB with %.2f s of processor time "
             "(%.1f %%) and waited %.2f s (%.1f %%) for the disk",
             1e-9 * r->received.bytes, r->received.seconds, 100 * r->received.seconds / r->sweep,
             1e-9 * r->writer.bytes, r->writer.processor, 100 * r->writer.processor / r->sweep, r->writer.syncing,
             100 * r->writer.syncing / r->sweep);
}

void report_print(sweep_t *s, const results_count_t *count, bool gave_up, bool stopped) {
    const report_t *r = &s->report;
    log_t *log = &s->log;
    int workers = plan_workers(s->ranks);
    char whole[48] = ""; /* also in hours and minutes */
    if (r->sweep >= 60)
        snprintf(whole, sizeof whole, " (%s)", progress_duration(r->sweep).text);
    print_ranks(s);
    print_times(log, r, workers);
    print_rank_0(log, r, workers);
    print_split(log, r);
    print_whole(log, r);
    log_info(log, "memory: at most %.0f MB resident on any rank", r->megabytes);
    log_info(log, "%lld %s done, %lld failed, %lld left; %s masks, %s masks/s; the sweep took %.2f s%s",
             (long long)count->done, results_word(s->results), (long long)count->failed, (long long)count->pending,
             progress_count((double)r->masks).text, progress_count(r->sweep > 0 ? (double)r->masks / r->sweep : 0).text,
             r->sweep, whole);
    log_info(log, "results: %s", s->file);
    if (gave_up)
        log_warning(
            log,
            "the first %d samples all failed for the same reason, so the others were not tried; fix that and type the "
            "same command with --retry-failed",
            EARLY_STOP);
    else if (count->pending > 0)
        log_info(log, "next: type the same command again; it resumes where this run stopped");
    else if (stopped)
        log_info(log, "stopped before the statistics across samples were made; next: type the same command again; it "
                      "makes them");
    else if (count->failed > 0)
        log_info(log, "next: harsanyi status %s shows why samples failed, harsanyi show %s shows the results", s->file,
                 s->file);
    else if (s->options->shards > 0)
        log_info(log, "next: once all %d shards are complete, harsanyi merge", s->options->shards);
    else
        log_info(log, "next: harsanyi show %s", s->file);
}
