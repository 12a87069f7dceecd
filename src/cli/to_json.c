#include "cli/to_json.h"

#include "base/memory.h"
#include "cli/display.h"

#include <math.h>
#include <stdlib.h>

json_t *to_json_number(double x) {
    return isfinite(x) ? json_real(x) : json_null();
}

json_t *to_json_text(const char *text) {
    char *clean = display_cleaned(text);
    json_t *json = json_string(clean);
    free(clean);
    if (!json)
        memory_ended("the JSON output");
    return json;
}

status_t to_json_print(json_t *object, failure_t *why) {
    if (!object)
        memory_ended("the JSON output");
    bool written = json_dumpf(object, stdout, JSON_INDENT(1)) == 0 && putchar('\n') != EOF;
    json_decref(object);
    return written ? STATUS_OK : failed(why, STATUS_INTERNAL, "the JSON output cannot be written");
}
