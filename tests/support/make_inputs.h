/* For tests that need a model and samples: a config in a string, opened as rank 0 would. */
#ifndef HARSANYI_TESTS_SUPPORT_MAKE_INPUTS_H
#define HARSANYI_TESTS_SUPPORT_MAKE_INPUTS_H

#include "config/config.h"
#include "plan/inputs.h"
#include "support/test.h"

typedef struct {
    config_t *config;
    inputs_t *inputs;
} made_inputs_t;

/* Paths in the config start from `folder`. */
static inline made_inputs_t make_inputs_in(const char *folder, const char *yaml) {
    made_inputs_t made = {0};
    problems_t problems = {0};
    failure_t why = {0};
    if (config_parse(yaml, strlen(yaml), "test", folder, NULL, 0, &made.config, &problems) != STATUS_OK ||
        inputs_open(made.config, &made.inputs, &problems, &why) != STATUS_OK) {
        problems_print(&problems, stderr);
        print_error("%s\n", why.text);
    }
    assert_non_null(made.inputs);
    return made;
}

static inline made_inputs_t make_inputs(const char *yaml) {
    return make_inputs_in("/tmp", yaml);
}

static inline void free_inputs(made_inputs_t *made) {
    inputs_close(&made->inputs);
    config_free(&made->config);
}

#endif
