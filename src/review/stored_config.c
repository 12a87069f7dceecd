#include "review/stored_config.h"

#include <string.h>

config_t *stored_config(const results_t *results, problems_t *problems) {
    problems_t ignored = {0};
    config_t *config = NULL;
    const char *text = results_config(results);
    config_parse(text, strlen(text), "/config", "", NULL, 0, &config, problems ? problems : &ignored);
    problems_free(&ignored);
    return config;
}
