#include "base/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void progress_start(progress_t *p, log_t *log, uint64_t masks_at_start, double now) {
    bool terminal = isatty(STDERR_FILENO) == 1 || getenv(PROGRESS_TERMINAL) != NULL;
    *p = (progress_t){.log = log,
                      .terminal = terminal,
                      .started = now,
                      .shown = now,
                      .interval = terminal ? 0.5 : 2.0,
                      .masks_at_start = masks_at_start};
}

progress_text_t progress_duration(double seconds) {
    progress_text_t out;
    long s = seconds < 0 ? 0 : seconds > 1e9 ? 1000000000 : (long)(seconds + 0.5);
    if (s >= 3600)
        snprintf(out.text, sizeof out.text, "%ld h %02ld min", s / 3600, s % 3600 / 60);
    else if (s >= 60)
        snprintf(out.text, sizeof out.text, "%ld min %02ld s", s / 60, s % 60);
    else
        snprintf(out.text, sizeof out.text, "%ld s", s);
    return out;
}

progress_text_t progress_count(double count) {
    progress_text_t out;
    if (count >= 1e9)
        snprintf(out.text, sizeof out.text, "%.2f G", count / 1e9);
    else if (count >= 1e6)
        snprintf(out.text, sizeof out.text, "%.2f M", count / 1e6);
    else if (count >= 1e4)
        snprintf(out.text, sizeof out.text, "%.1f k", count / 1e3);
    else if (count < 10) /* a slow model evaluates less than one mask per second */
        snprintf(out.text, sizeof out.text, "%.2g", count);
    else
        snprintf(out.text, sizeof out.text, "%.0f", count);
    return out;
}

progress_text_t progress_bytes(double bytes) {
    progress_text_t out;
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t unit = 0;
    for (; bytes >= 1024 && unit < 5; unit++)
        bytes /= 1024;
    snprintf(out.text, sizeof out.text, "%.*f %s", unit ? 1 : 0, bytes, units[unit]);
    return out;
}

void progress_show(progress_t *p, const progress_now_t *s, double now) {
    if (now - p->shown < p->interval)
        return;
    p->shown = now;
    if (!p->terminal && p->interval < 60)
        p->interval *= 1.5;
    char failures[48] = "";
    double rate = (double)(s->masks_done - p->masks_at_start) / (now - p->started);
    if (s->failed > 0)
        snprintf(failures, sizeof failures, ", %lld failed", (long long)s->failed);
    log_line(p->log, p->terminal ? LEVEL_LIVE : LEVEL_INFO, "%lld of %lld %s%s, %.1f %% of masks, %s masks/s, %s left",
             (long long)(s->done + s->failed), (long long)s->samples, s->word ? s->word : "samples", failures,
             s->masks ? 100.0 * (double)s->masks_done / (double)s->masks : 100.0, progress_count(rate).text,
             rate > 0 ? progress_duration((double)(s->masks - s->masks_done) / rate).text : "unknown");
}
