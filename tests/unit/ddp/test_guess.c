/* What a solver shows of its plan and how it keeps its guess; what solves start from is tested by
 * tests/acceptance/test_guess.c. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <stdlib.h>

#include "ddp/ddp.h"
#include "problems/problems.h"
#include "support/attitude.h"
#include "support/refusal.h"
#include "support/same_plan.h"
#include "support/solver.h"

static void test_no_solver(void **state) {
  (void)state;
  const double u[1] = {0};
  assert_int_equal(traj_ddp_guess(NULL, u), TRAJ_E_ARG);
  assert_int_equal(traj_ddp_horizon(NULL, 1), TRAJ_E_ARG);
  assert_int_equal(traj_ddp_shift(NULL, 1), TRAJ_E_ARG);
  assert_null(traj_ddp_plan(NULL));
  assert_null(traj_ddp_get_stats(NULL));
}

static void test_nothing_before_the_first_solve(void **state) {
  (void)state;
  traj_ddp *solver = solver_create(&bench_problem_find("car")->problem, NULL);
  assert_null(traj_ddp_plan(solver));
  const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
  assert_int_equal(stats->status, TRAJ_OK);
  assert_int_equal(stats->iterations, 0);
  assert_no_diag(&stats->diag);
  traj_ddp_destroy(solver);
}

static void test_plan_of_a_limited_problem(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("car");
  traj_problem problem = b->problem;
  double u_min[] = {-0.5, -2}, u_max[] = {0.5, 2};
  problem.u_min = u_min;
  problem.u_max = u_max;
  traj_ddp_settings settings = solver_settings(TRAJ_ILQR);
  settings.run.max_iter = 1;
  traj_ddp *solver = solver_create(&problem, &settings);
  assert_int_equal(traj_ddp_horizon(solver, 40), TRAJ_OK);
  assert_int_equal(traj_ddp_solve(solver, 3, b->x0), TRAJ_MAX_ITER);
  u_min[0] = u_max[0] = 0; /* the plan has copies of its own */
  const traj_plan *plan = traj_ddp_plan(solver);
  assert_int_equal(plan->N, 40);
  assert_int_equal(plan->nx, 4);
  assert_int_equal(plan->ndx, 4);
  assert_int_equal(plan->nu, 2);
  assert_true(plan->t[0] == 3);
  assert_memory_equal(plan->x, b->x0, 4 * sizeof(double));
  assert_null(plan->difference);
  for (int k = 0; k < 40; k++) {
    assert_true(plan->u_min[2 * k] == -0.5 && plan->u_min[2 * k + 1] == -2);
    assert_true(plan->u_max[2 * k] == 0.5 && plan->u_max[2 * k + 1] == 2);
  }
  assert_plan_within_limits(plan);
  traj_ddp_destroy(solver);
}

static void test_plan_of_a_manifold(void **state) {
  (void)state;
  traj_problem problem = attitude_problem();
  double x0[ATTITUDE_NX];
  int user;
  attitude_start(1, x0);
  problem.model.user = &user;
  traj_ddp *solver = solver_create(&problem, NULL);
  assert_int_equal(traj_ddp_solve(solver, 0, x0), TRAJ_OK);
  const traj_plan *plan = traj_ddp_plan(solver);
  assert_int_equal(plan->nx, ATTITUDE_NX);
  assert_int_equal(plan->ndx, ATTITUDE_NDX);
  assert_true(plan->difference == problem.model.difference);
  assert_ptr_equal(plan->user, &user);
  assert_null(plan->u_min);
  assert_null(plan->u_max);
  traj_ddp_destroy(solver);
}

/* Shifts add up; what the plan's policy is moved by is their sum, and never beyond the horizon. */
static void test_shifts_add_up(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  traj_ddp *solver = solver_create(&b->problem, NULL);
  assert_int_equal(traj_ddp_shift(solver, 2), TRAJ_OK);
  assert_true(solver->shifted < 0); /* there is no plan that the guess could be related to */
  assert_int_equal(solver_run(solver, b), TRAJ_OK);
  assert_int_equal(solver->shifted, 0);
  assert_int_equal(traj_ddp_shift(solver, 2), TRAJ_OK);
  assert_int_equal(traj_ddp_shift(solver, 3), TRAJ_OK);
  assert_int_equal(solver->shifted, 5);
  assert_memory_equal(solver->guess, traj_ddp_plan(solver)->u + 5, 45 * sizeof(double));
  for (int i = 0; i < 3; i++)
    assert_int_equal(traj_ddp_shift(solver, 2000000000), TRAJ_OK); /* no sum overflows */
  assert_in_range(solver->shifted, 49, 50);
  for (int k = 0; k < 50; k++)
    assert_true(solver->guess[k] == traj_ddp_plan(solver)->u[49]);
  assert_int_equal(traj_ddp_guess(solver, NULL), TRAJ_OK);
  assert_true(solver->shifted < 0);
  traj_ddp_destroy(solver);
}

/* A plan of fewer stages becomes a guess of all: the rest repeats its last control. */
/* The place in the plan does not depend on the horizon that a shift is made under. */
static void test_shift_under_another_horizon(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  traj_ddp *solver = solver_create(&b->problem, NULL);
  assert_true(solver_run(solver, b) >= 0);
  assert_int_equal(traj_ddp_shift(solver, 30), TRAJ_OK);
  assert_int_equal(traj_ddp_horizon(solver, 10), TRAJ_OK);
  assert_int_equal(traj_ddp_shift(solver, 1), TRAJ_OK);
  assert_int_equal(solver->shifted, 31);
  assert_int_equal(traj_ddp_shift(solver, 0), TRAJ_OK);
  assert_int_equal(solver->shifted, 31);
  double last = solver->guess[9];
  assert_int_equal(traj_ddp_horizon(solver, 20), TRAJ_OK); /* the new stages repeat the last control */
  for (int k = 10; k < 20; k++)
    assert_true(solver->guess[k] == last);
  traj_ddp_destroy(solver);
}

static void test_plan_fills_the_guess(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  traj_ddp *solver = solver_create(&b->problem, NULL);
  assert_int_equal(traj_ddp_horizon(solver, 30), TRAJ_OK);
  assert_true(traj_ddp_solve(solver, 0, b->x0) >= 0);
  const double *u = traj_ddp_plan(solver)->u;
  assert_memory_equal(solver->guess, u, 30 * sizeof(double));
  for (int k = 30; k < 50; k++)
    assert_true(solver->guess[k] == u[29]);
  traj_ddp_destroy(solver);
}

/* A guess resets the regularisation, a shift does not. */
static void test_guess_resets_the_regularization(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  traj_ddp *solver = solver_create(&b->problem, NULL);
  solver->regularization = (tj_regularization){.mu = 3, .rate = 2};
  assert_int_equal(traj_ddp_shift(solver, 1), TRAJ_OK);
  assert_int_equal(traj_ddp_horizon(solver, 20), TRAJ_OK);
  assert_true(solver->regularization.mu == 3);
  const double bad[50] = {(double)NAN};
  assert_int_equal(traj_ddp_guess(solver, bad), TRAJ_E_ARG);
  assert_true(solver->regularization.mu == 3);
  assert_int_equal(traj_ddp_guess(solver, NULL), TRAJ_OK);
  assert_true(solver->regularization.mu == 0);
  traj_ddp_destroy(solver);
}

/* Plan and iterate trade places by pointer; a solve that fails leaves the plan where it was. */
static void test_publish_trades_places(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  traj_ddp *solver = solver_create(&b->problem, NULL);
  assert_int_equal(solver_run(solver, b), TRAJ_OK);
  kept_plan first = keep_plan(traj_ddp_plan(solver));
  const double *shown = traj_ddp_plan(solver)->x;
  assert_int_equal(traj_ddp_solve(solver, 0, NULL), TRAJ_E_ARG);
  assert_ptr_equal(traj_ddp_plan(solver)->x, shown);
  assert_same_plan(traj_ddp_plan(solver), first.plan);
  assert_int_equal(traj_ddp_solve(solver, 0, b->x0), TRAJ_OK);
  assert_ptr_not_equal(traj_ddp_plan(solver)->x, shown);
  assert_ptr_equal(solver->current.x, shown);
  assert_memory_equal(shown, first.plan->x, 4 * 51 * sizeof(double));
  free(first.block);
  traj_ddp_destroy(solver);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_no_solver),
      cmocka_unit_test(test_nothing_before_the_first_solve),
      cmocka_unit_test(test_plan_of_a_limited_problem),
      cmocka_unit_test(test_plan_of_a_manifold),
      cmocka_unit_test(test_shifts_add_up),
      cmocka_unit_test(test_shift_under_another_horizon),
      cmocka_unit_test(test_plan_fills_the_guess),
      cmocka_unit_test(test_guess_resets_the_regularization),
      cmocka_unit_test(test_publish_trades_places),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
