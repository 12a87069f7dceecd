#include "cli/plan_json.h"

#include "cli/display.h"
#include "cli/to_json.h"

#include <math.h>

/* Bytes and evaluations; past 2^53 a double knows no more digits. */
static json_t *whole(double x) {
    return isfinite(x) && x < 9e15 ? json_integer((json_int_t)x) : to_json_number(x);
}

static json_t *warnings_of(const problems_t *problems) {
    json_t *list = json_array();
    for (size_t i = 0; i < problems->count && i < PROBLEMS_MAX; i++)
        json_array_append_new(list, to_json_text(display_problem(problems, i)));
    return list;
}

status_t plan_json_print(const plan_json_t *t, FILE *out, failure_t *why) {
    json_t *object = json_pack(
        "{s:o, s:I, s:{s:i, s:i}, s:i, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o}", "output", to_json_text(t->output),
        "samples", (json_int_t)t->samples, "players", "min", t->players_min, "max", t->players_max, "baselines",
        t->baselines, "evaluations", whole(t->evaluations), "results_bytes", whole(t->results_bytes), "rank_bytes",
        whole(t->rank_bytes), "rank_0_bytes", whole(t->rank_0_bytes), "core_seconds", to_json_number(t->core_seconds),
        "ranks", (json_int_t)t->ranks, "seconds", to_json_number(t->seconds), "longest_shard_seconds",
        to_json_number(t->longest_shard_seconds), "warnings", warnings_of(t->warnings));
    return to_json_print(object, out, why);
}
