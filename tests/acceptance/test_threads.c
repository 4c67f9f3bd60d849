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
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "problems/problems.h"
#include "support/env.h"
#include "support/lq.h"
#include "support/same_plan.h"
#include "support/solver.h"
#include "traj/covariance.h"
#include "traj/extra.h"
#include "traj/lqr.h"
#include "traj/steady.h"

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

enum { NX = 3, NU = 2, N = 20 };

/* What the linear solvers say about one problem. */
typedef struct linear_answers {
  double V[NX * NX * (N + 1)], u[NU * N], steady[NX * NX], P[NX * NX * (N + 1)], cost;
} linear_answers;

/* One thread's part in it. */
typedef struct linear_task {
  const traj_lqr_problem *problem;
  linear_answers said;
  bool fine;
  pthread_t thread;
} linear_task;

static bool ask_lqr(const traj_lqr_problem *problem, linear_answers *to) {
  static const double x0[NX] = {1, -2, 3};
  double work[NX * (3 * NX + NU + 1)];
  traj_lqr *lqr;
  if (traj_lqr_create(&lqr, traj_heap(), problem, NULL) != TRAJ_OK) return false;
  bool fine = traj_lqr_factor(lqr, NULL) == TRAJ_OK && traj_lqr_solve(lqr, 0, x0) == TRAJ_OK;
  const traj_plan *plan = traj_lqr_plan(lqr);
  fine = fine && traj_plan_covariance(plan, problem, problem->Sigma.data, to->P, &to->cost, work, NULL) == TRAJ_OK;
  if (fine) {
    memcpy(to->V, plan->V, sizeof to->V);
    memcpy(to->u, plan->u, sizeof to->u);
  }
  traj_lqr_destroy(lqr);
  return fine;
}

static bool ask_steady(const traj_lqr_problem *problem, linear_answers *to) {
  traj_steady *steady;
  if (traj_steady_create(&steady, traj_heap(), problem, NULL) != TRAJ_OK) return false;
  bool fine = traj_steady_solve(steady, NULL) == TRAJ_OK;
  if (fine) memcpy(to->steady, traj_steady_get_policy(steady)->V, sizeof to->steady);
  traj_steady_destroy(steady);
  return fine;
}

static void *ask(void *arg) {
  linear_task *t = arg;
  t->fine = ask_lqr(t->problem, &t->said) && ask_steady(t->problem, &t->said);
  return NULL;
}

static void test_linear(void **state) {
  (void)state;
  static linear_task tasks[THREADS], alone;
  rng dice = rng_from(env_seed("threads, linear", 64));
  lq_kind kind = {.nx = NX, .nu = NU, .N = N, .rank = NX, .growth = 1.2, .condition = 10, .effort = 1, .final = 1};
  kind.affine = kind.cross = kind.noise = true;
  lq l = lq_draw(&dice, &kind);
  alone.problem = &l.problem;
  ask(&alone);
  assert_true(alone.fine);
  for (int i = 0; i < THREADS; i++) {
    tasks[i] = (linear_task){.problem = &l.problem};
    assert_int_equal(pthread_create(&tasks[i].thread, NULL, ask, &tasks[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(pthread_join(tasks[i].thread, NULL), 0);
    assert_true(tasks[i].fine);
    assert_memory_equal(&tasks[i].said, &alone.said, sizeof alone.said);
  }
  lq_free(&l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_one_problem),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_linear),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
