/* Many threads, each with a solver of its own, on one problem that none of them writes to: all find what one alone
 * finds. Some of them share a pool as well. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <pthread.h>
#include <stdlib.h>

#include "problems/problems.h"
#include "support/env.h"
#include "support/same_plan.h"
#include "support/solver.h"
#include "traj/extra.h"

enum { THREADS = 64 };

/* What every thread is to find, and one thread's place. */
typedef struct task {
  const bench_problem *bench;
  traj_ddp_settings settings;
  const double *guess;
  const traj_plan *expected;
  const char *differs; /* NULL: nothing */
  pthread_t thread;
} task;

/* No assertions here: CMocka's leave a test by longjmp, which a thread cannot do. */
static void *solve_twice(void *arg) {
  task *t = arg;
  traj_ddp *solver;
  t->differs = "create";
  if (traj_ddp_create(&solver, traj_heap(), &t->bench->problem, &t->settings, NULL) != TRAJ_OK) return NULL;
  t->differs = NULL;
  for (int round = 0; round < 2 && t->differs == NULL; round++) {
    const traj_status status = traj_ddp_guess(solver, t->guess);
    if (status != TRAJ_OK || traj_ddp_solve(solver, 0, t->bench->x0) < TRAJ_OK) {
      t->differs = traj_status_name(traj_ddp_get_stats(solver)->status);
    } else {
      t->differs = plan_difference(traj_ddp_plan(solver), t->expected);
    }
  }
  traj_ddp_destroy(solver);
  return NULL;
}

static void check(const char *name, traj_ddp_method method) {
  static task tasks[THREADS];
  traj_pool *pool;
  const bench_problem *b = bench_problem_find(name);
  traj_ddp_settings settings = solver_settings(method);
  settings.run.max_iter = env_rounds(5, 2);
  traj_ddp *alone = solver_create(&b->problem, &settings);
  assert_true(solver_run(alone, b) >= TRAJ_OK);
  double *guess = malloc((size_t)(b->problem.N * b->problem.model.nu) * sizeof *guess);
  assert_non_null(guess);
  bench_problem_guess(b, guess);
  assert_int_equal(traj_pool_create(&pool, 3), TRAJ_OK);
  for (int i = 0; i < THREADS; i++) {
    tasks[i] = (task){.bench = b, .settings = settings, .guess = guess, .expected = traj_ddp_plan(alone)};
    if (i % 4 == 0) {
      tasks[i].settings.run.workers = 3;
      tasks[i].settings.run.parallel = traj_pool_run;
      tasks[i].settings.run.parallel_user = pool;
    }
    assert_int_equal(pthread_create(&tasks[i].thread, NULL, solve_twice, &tasks[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(pthread_join(tasks[i].thread, NULL), 0);
    if (tasks[i].differs != NULL) fail_msg("%s, thread %d: %s", name, i, tasks[i].differs);
  }
  traj_pool_destroy(pool);
  traj_ddp_destroy(alone);
  free(guess);
}

static void test_one_problem(void **state) {
  (void)state;
  check("CP50", TRAJ_ILQR);
  check("CP50", TRAJ_DDP);
  check("quadrotor", TRAJ_ILQR);
}

/* The box QP. */
static void test_limits(void **state) {
  (void)state;
  check("double_integrator_box", TRAJ_ILQR);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_problem), cmocka_unit_test(test_limits)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
