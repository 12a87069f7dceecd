/* review/verify_sparse: a solution is in order, and everything that may be wrong with one is seen. */
#include "review/verify_sparse.h"
#include "support/make_results.h"
#include "support/scratch_path.h"

enum { N = 6, MASKS = 1 << N };

static const stats_settings_t BOTH = {
    .salience = 0.05,
    .min_output = NAN,
    .assumed_order_limit = -1,
    .noise_sigma = NAN,
    .top = 10,
    .sparse = {.kinds = SPARSE_AND_OR, .denoise = 0.04, .gap = 1e-3, .max_iterations = 5000}};

/* A solved row and where complaints go. */
typedef struct {
    fields_t fields;
    finished_row_t row;
    double *memory;
    results_t *results;
    problems_t problems;
    verify_at_t at;
} world_t;

static world_t world;

static double *number(field_id_t id) {
    return fields_at(&world.fields, world.row.numbers, FIELD_COUNT + (int)id);
}

static void solve(const stats_settings_t *settings) {
    const int32_t players = N;
    finish_t *finish;
    failure_t why = {0};
    world.fields = fields_layout(families_wanted(settings), N, 0);
    world.memory = new_numbers(finished_doubles(&world.fields, N));
    world.row = finished_at(&world.fields, N, world.memory);
    for (int s = 0; s < MASKS; s++)
        world.row.values[s] = 3 + sin(s * s) + 2 * ((s & 5) == 5) - ((s & 24) != 0);
    assert_ok(finish_create(settings, &world.fields, &finish, &why));
    assert_ok(finish_row(finish, NAN, &world.row, &why));
    finish_destroy(&finish);
    static made_lists_t lists;
    results_spec_t spec = made_spec(1, &players, N, &lists);
    spec.families = world.fields.families;
    world.results = make_results_with(path, &spec);
    world.at = (verify_at_t){world.results, 0, &world.problems};
}

static int forget(void **state) {
    free(world.memory);
    results_close(&world.results);
    problems_free(&world.problems);
    world = (world_t){0};
    return remove_path(state);
}

static void check(const stats_settings_t *settings, const char *says) {
    problems_free(&world.problems);
    world.problems = (problems_t){0};
    verify_sparse(&world.at, &world.row, &settings->sparse);
    if (says && (world.problems.count == 0 || !strstr(world.problems.texts[0], says)))
        fail_msg("expected `%s`, found `%s`", says, world.problems.count ? world.problems.texts[0] : "nothing");
    if (!says && world.problems.count > 0)
        fail_msg("%s", world.problems.texts[0]);
}

TEST_WITH(solutions_are_in_order, make_path, forget) {
    solve(&BOTH);
    check(&BOTH, NULL);
    forget(state);
    stats_settings_t one = BOTH;
    one.sparse.kinds = SPARSE_AND;
    solve(&one);
    check(&one, NULL);
    forget(state);
    one.sparse.denoise = 0; /* the Moebius transform itself */
    one.sparse.tie = SOLVE_NO_TIE;
    solve(&one);
    check(&one, NULL);
}

/* A number of the row is changed and set back. */
static void change(double *at, double to, const char *says) {
    double before = *at;
    *at = to;
    check(&BOTH, says);
    *at = before;
    check(&BOTH, NULL);
}

TEST_WITH(what_is_wrong_is_seen, make_path, forget) {
    double *and, * or, *dual;
    solve(&BOTH);
    and = world.row.effects + MASKS;
    or = and+MASKS;
    dual = or +MASKS;
    change(&and[3], and[3] + 5, "outside the band");
    change(& or [5], or [5] + 5, "outside the band");
    change(&and[0], and[0] + 5, "outside the band");
    change(number(FIELD_ZETA), *number(FIELD_ZETA) * 2, "/sparse/zeta");
    change(number(FIELD_L1), *number(FIELD_L1) * 1.001, "/sparse/l1");
    change(number(FIELD_OBJECTIVE), *number(FIELD_OBJECTIVE) * 1.001, "/sparse/objective");
    change(number(FIELD_GAP), *number(FIELD_GAP) + 1e-4, "/sparse/gap");
    change(number(FIELD_CONVERGED), 0, "/sparse/converged");
    change(number(FIELD_LOWER_BOUND), *number(FIELD_LOWER_BOUND) * 1.01, "/sparse/gap");
    change(&dual[1], dual[1] + 1, "sums to");
    *number(FIELD_LOWER_BOUND) *= 1.0005;
    *number(FIELD_GAP) = 1 - *number(FIELD_LOWER_BOUND) / *number(FIELD_OBJECTIVE);
    check(&BOTH, "but the dual proves");
    (void)state;
}

/* The OR of one player is its AND, so none is stored; moving strength from one to the other keeps v and l1. */
TEST_WITH(ors_of_one_player_are_seen, make_path, forget) {
    (void)state;
    solve(&BOTH);
    double *and = world.row.effects + MASKS, * or = and+MASKS;
    or [4] = and[4];
    and[4] = 0;
    check(&BOTH, or [4] != 0 ? "OR of one player" : NULL);
}

int main(void) {
    return run_all(NULL, NULL);
}
