/* Any number of workers, on threads or one after another in any order, finds the same plan by the same way: plan, stats
 * and iteration rows are the same bits. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdlib.h>
#include <string.h>

#include "problems/problems.h"
#include "support/attitude.h"
#include "support/env.h"
#include "support/rigged.h"
#include "support/same_plan.h"
#include "support/sequence.h"
#include "support/solver.h"
#include "traj/extra.h"

enum { MOST_WORKERS = 8, MOST_ROWS = 64 };

/* What a solve left behind. */
typedef struct story {
  kept_plan kept;
  traj_ddp_stats stats;
  traj_iteration rows[MOST_ROWS];
  traj_history history;
} story;

/* Controls (NULL: zero), states (NULL: those that follow) and the state at stage 0. */
typedef struct start {
  const double *u, *x, *x0;
} start;

/* Two ticks of a controller: a cold solve, then one that is warm. */
static void tell(story *s, const traj_problem *problem, traj_ddp_settings settings, start from) {
  s->history = (traj_history){.rows = s->rows, .capacity = MOST_ROWS};
  settings.run.iteration = traj_record_iteration;
  settings.run.iteration_user = &s->history;
  traj_ddp *solver = solver_create(problem, &settings);
  assert_int_equal(traj_ddp_guess_states(solver, from.x, from.u), TRAJ_OK);
  assert_true(traj_ddp_solve(solver, 0, from.x0) >= TRAJ_OK);
  assert_int_equal(traj_ddp_shift(solver, 1), TRAJ_OK);
  assert_true(traj_ddp_solve(solver, 0, traj_ddp_plan(solver)->x + problem->model.nx) >= TRAJ_OK);
  s->kept = keep_plan(traj_ddp_plan(solver));
  s->stats = *traj_ddp_get_stats(solver);
  traj_ddp_destroy(solver);
}

/* All but the calls. */
static void assert_same_story(const story *a, const story *b) {
  assert_same_plan(a->kept.plan, b->kept.plan);
  const traj_ddp_stats *s = &a->stats, *t = &b->stats;
  assert_int_equal(s->status, t->status);
  assert_int_equal(s->diag.status, t->diag.status);
  assert_ptr_equal(s->diag.hook, t->diag.hook);
  assert_int_equal(s->diag.k, t->diag.k);
  assert_int_equal(s->iterations, t->iterations);
  assert_int_equal(s->backward_passes, t->backward_passes);
  assert_int_equal(s->candidates, t->candidates);
  const size_t numbers = offsetof(traj_ddp_stats, calls) - offsetof(traj_ddp_stats, initial_cost);
  assert_memory_equal(&s->initial_cost, &t->initial_cost, numbers);
  assert_int_equal(a->history.count, b->history.count);
  for (int i = 0; i < a->history.count; i++) {
    assert_int_equal(a->rows[i].iteration, b->rows[i].iteration);
    const size_t in_row = sizeof(traj_iteration) - offsetof(traj_iteration, cost);
    assert_memory_equal(&a->rows[i].cost, &b->rows[i].cost, in_row);
  }
}

/* The ways in which work is shared. */
typedef struct ways {
  traj_pool *pools[MOST_WORKERS + 1]; /* of so many workers */
  bool threads;                       /* hooks that write nothing can run on threads */
} ways;

static void check(const ways *w, const traj_problem *problem, traj_ddp_settings settings, start from, int least) {
  story alone, shared;
  tell(&alone, problem, settings, from);
  for (int workers = least; workers <= MOST_WORKERS; workers += env_rounds(1, 3)) {
    for (int order = FORWARDS; order <= SHUFFLED; order += env_rounds(1, 2)) {
      sequence s = sequence_of((sequence_order)order, workers, (uint64_t)workers);
      sequence_install(&s, &settings.run);
      tell(&shared, problem, settings, from);
      assert_same_story(&shared, &alone);
      assert_true(workers == 1 ? s.runs == 0 : s.runs > 0);
      if (order == FORWARDS && workers == 1)
        assert_memory_equal(&shared.stats.calls, &alone.stats.calls, sizeof(traj_calls));
      free(shared.kept.block);
    }
    if (!w->threads) continue;
    settings.run.parallel = traj_pool_run;
    settings.run.parallel_user = w->pools[workers];
    tell(&shared, problem, settings, from);
    assert_same_story(&shared, &alone);
    free(shared.kept.block);
  }
  free(alone.kept.block);
}

static ways ways_open(void) {
  ways w = {.threads = true};
  for (int workers = 1; workers <= MOST_WORKERS; workers++)
    assert_int_equal(traj_pool_create(&w.pools[workers], workers), TRAJ_OK);
  return w;
}

static void ways_close(ways *w) {
  for (int workers = 1; workers <= MOST_WORKERS; workers++)
    traj_pool_destroy(w->pools[workers]);
}

static void check_problem(const ways *w, const bench_problem *b, traj_ddp_method method, bool differences) {
  const int nx = b->problem.model.nx;
  traj_problem problem = b->problem;
  traj_ddp_settings settings = solver_settings(method);
  settings.run.max_iter = problem.model.nx > 20 || differences ? 2 : env_rounds(8, 3);
  const int most_stages = differences ? 20 : env_rounds(500, 20);
  if (problem.N > most_stages) problem.N = most_stages;
  if (differences) {
    problem.model.jac = NULL;
    problem.model.hess = NULL;
    problem.cost.stage_quad = problem.cost.final_quad = NULL;
  }
  double *guess = malloc((size_t)(b->problem.N * b->problem.model.nu) * sizeof *guess);
  assert_non_null(guess);
  bench_problem_guess(b, guess);
  double *still = malloc((size_t)(nx * (b->problem.N + 1)) * sizeof *still);
  assert_non_null(still);
  for (int k = 0; k <= b->problem.N; k++)
    memcpy(still + k * nx, b->x0, (size_t)nx * sizeof *still);
  check(w, &problem, settings, (start){guess, NULL, b->x0}, 1);
  if (!differences) check(w, &problem, settings, (start){guess, still, b->x0}, 1);
  free(still);
  free(guess);
}

static void test_benchmark_problems(void **state) {
  (void)state;
  ways w = ways_open();
  int count = 0;
  for (const bench_problem *b; (b = bench_problem_at(count)) != NULL; count++) {
    if (b->problem.model.nx > env_rounds(100, 30)) continue;
    for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
      check_problem(&w, b, (traj_ddp_method)method, false);
      if (b->problem.model.nx <= 12) check_problem(&w, b, (traj_ddp_method)method, true);
    }
  }
  assert_true(count > 5);
  ways_close(&w);
}

/* Residuals, tangent spaces, forward differences, few stages: hooks that count, one at a time. */
static void test_rigged_forms(void **state) {
  (void)state;
  const ways w = {.threads = false};
  for (int i = 0; i < rigged_form_count; i++) {
    rigged r;
    if (rigged_forms[i].workers > 1) continue;
    rigged_prepare(&r, &rigged_forms[i]);
    check(&w, &r.problem, r.settings, (start){.x0 = rigged_start(&r)}, 2);
    assert_int_equal(r.wild, 0);
  }
}

static void test_manifold(void **state) {
  (void)state;
  ways w = ways_open();
  double turned[ATTITUDE_NX];
  attitude_start(2, turned);
  double still[ATTITUDE_NX * (ATTITUDE_N + 1)];
  for (int k = 0; k <= ATTITUDE_N; k++)
    memcpy(still + k * ATTITUDE_NX, turned, sizeof turned);
  traj_problem problem = attitude_problem();
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    traj_ddp_settings settings = solver_settings((traj_ddp_method)method);
    settings.run.max_iter = 4;
    check(&w, &problem, settings, (start){.x0 = turned}, 2);
    check(&w, &problem, settings, (start){.x = still, .x0 = turned}, 2);
  }
  ways_close(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_benchmark_problems),
      cmocka_unit_test(test_rigged_forms),
      cmocka_unit_test(test_manifold),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
