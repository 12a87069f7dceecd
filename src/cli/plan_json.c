#include "cli/plan_json.h"

#include "cli/display.h"

#include <jansson.h>
#include <math.h>

static json_t *number(double x) {
    return isfinite(x) ? json_real(x) : json_null();
}

/* Bytes and evaluations; past 2^53 no more digits are known than a double has. */
static json_t *whole(double x) {
    return isfinite(x) && x < 9e15 ? json_integer((json_int_t)x) : number(x);
}

/* JSON holds UTF-8 only. */
static json_t *string(const char *text) {
    text_t clean = {0};
    display_add_clean(&clean, text);
    json_t *json = json_string(clean.chars ? clean.chars : "");
    text_free(&clean);
    return json;
}

static json_t *warnings_of(const problems_t *problems) {
    json_t *list = json_array();
    for (size_t i = 0; i < problems->count && i < PROBLEMS_MAX; i++)
        json_array_append_new(list, string(problems->texts[i] ? problems->texts[i] : "(out of memory)"));
    return list;
}

status_t plan_json_print(const plan_json_t *t, FILE *out, failure_t *why) {
    json_t *object =
        json_pack("{s:o, s:I, s:{s:i, s:i}, s:i, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o}", "output",
                  string(t->output), "samples", (json_int_t)t->samples, "players", "min", t->players_min, "max",
                  t->players_max, "baselines", t->baselines, "evaluations", whole(t->evaluations), "results_bytes",
                  whole(t->results_bytes), "rank_bytes", whole(t->rank_bytes), "rank_0_bytes", whole(t->rank_0_bytes),
                  "core_seconds", number(t->core_seconds), "ranks", (json_int_t)t->ranks, "seconds", number(t->seconds),
                  "longest_shard_seconds", number(t->longest_shard_seconds), "warnings", warnings_of(t->warnings));
    if (!object)
        return failed(why, STATUS_INTERNAL, "out of memory for what is told");
    status_t status = json_dumpf(object, out, JSON_INDENT(1)) == 0 && fputc('\n', out) != EOF
                          ? STATUS_OK
                          : failed(why, STATUS_INTERNAL, "what is told cannot be written");
    json_decref(object);
    return status;
}
