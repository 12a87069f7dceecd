#include "cli/warnings.h"

#include "cli/display.h"

status_t warnings_print(const results_t *results, FILE *out, failure_t *why) {
    results_warning_t texts[RESULTS_WARNINGS];
    int count = 0;
    TRY(results_read_warnings(results, texts, &count, why));
    for (int i = 0; i < count; i++) {
        fprintf(out, "warning: ");
        display_clean(out, texts[i]);
        fputc('\n', out);
    }
    return STATUS_OK;
}
