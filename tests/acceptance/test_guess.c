/* Guess, shift and horizon: what each solve starts from. */
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
#include <string.h>

#include "problems/problems.h"
#include "support/refusal.h"
#include "support/rk4.h"
#include "support/same_plan.h"
#include "support/solver.h"

enum { N = 50 };

/* A solver of CP50 that only shows what it would start from. */
static traj_ddp *idle_solver(void) {
  traj_ddp_settings settings = solver_settings(TRAJ_ILQR);
  settings.run.max_iter = 0;
  return solver_create(&bench_problem_find("CP50")->problem, &settings);
}

static const double *start_controls(traj_ddp *solver) {
  assert_int_equal(traj_ddp_solve(solver, 0, bench_problem_find("CP50")->x0), TRAJ_MAX_ITER);
  return traj_ddp_plan(solver)->u;
}

static void numbered(double *u) {
  for (int k = 0; k < N; k++)
    u[k] = 0.01 * k + 0.1;
}

static void fresh_solver_guesses_zero(void **state) {
  (void)state;
  const double zero[N] = {0};
  traj_ddp *solver = idle_solver();
  assert_null(traj_ddp_plan(solver));
  assert_memory_equal(start_controls(solver), zero, sizeof zero);
  double u[N];
  numbered(u);
  assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
  assert_memory_equal(start_controls(solver), u, sizeof u);
  assert_int_equal(traj_ddp_guess(solver, NULL), TRAJ_OK);
  assert_memory_equal(start_controls(solver), zero, sizeof zero);
  traj_ddp_destroy(solver);
}

static void shift_repeats_the_last_control(void **state) {
  (void)state;
  double u[N], expected[N];
  numbered(u);
  for (int n = 0; n <= N + 3; n++) {
    traj_ddp *solver = idle_solver();
    assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
    assert_int_equal(traj_ddp_shift(solver, n), TRAJ_OK);
    for (int k = 0; k < N; k++)
      expected[k] = u[k + n < N ? k + n : N - 1];
    assert_memory_equal(start_controls(solver), expected, sizeof expected);
    traj_ddp_destroy(solver);
  }
  traj_ddp *solver = idle_solver();
  assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
  assert_int_equal(traj_ddp_shift(solver, -1), TRAJ_E_ARG);
  assert_diag(&traj_ddp_get_stats(solver)->diag, refusal_of_field(TRAJ_E_ARG, "n", -1));
  assert_memory_equal(start_controls(solver), u, sizeof u);
  traj_ddp_destroy(solver);
}

static void longer_horizon_repeats_the_last_control(void **state) {
  (void)state;
  double u[N], expected[N];
  numbered(u);
  for (int n = 1; n <= N; n += n < 4 ? 1 : 23) {
    traj_ddp *solver = idle_solver();
    assert_int_equal(traj_ddp_horizon(solver, n), TRAJ_OK);
    assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
    assert_int_equal(traj_ddp_horizon(solver, N), TRAJ_OK);
    for (int k = 0; k < N; k++)
      expected[k] = u[k < n ? k : n - 1];
    assert_memory_equal(start_controls(solver), expected, sizeof expected);
    assert_int_equal(traj_ddp_plan(solver)->N, N);
    traj_ddp_destroy(solver);
  }
}

/* The stages of a plan keep its controls; those that come to it may be corrected by its feedback. */
static void longer_horizon_keeps_the_plan(void **state) {
  (void)state;
  double u[N];
  numbered(u);
  traj_ddp *solver = idle_solver();
  assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
  assert_int_equal(traj_ddp_horizon(solver, 20), TRAJ_OK);
  start_controls(solver);
  assert_int_equal(traj_ddp_plan(solver)->N, 20);
  assert_int_equal(traj_ddp_horizon(solver, N), TRAJ_OK);
  assert_memory_equal(start_controls(solver), u, 20 * sizeof *u);
  assert_int_equal(traj_ddp_plan(solver)->N, N);
  traj_ddp_destroy(solver);
}

static void shorter_horizon_keeps_its_controls(void **state) {
  (void)state;
  double u[N];
  numbered(u);
  traj_ddp *solver = idle_solver();
  assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
  assert_int_equal(traj_ddp_horizon(solver, 20), TRAJ_OK);
  assert_memory_equal(start_controls(solver), u, 20 * sizeof *u);
  const int bad[] = {0, -1, N + 1};
  for (int i = 0; i < 3; i++) {
    assert_int_equal(traj_ddp_horizon(solver, bad[i]), TRAJ_E_ARG);
    assert_diag(&traj_ddp_get_stats(solver)->diag, refusal_of_field(TRAJ_E_ARG, "n", bad[i]));
    start_controls(solver);
    assert_int_equal(traj_ddp_plan(solver)->N, 20);
  }
  traj_ddp_destroy(solver);
}

/* A shorter horizon is the shorter problem: the same bits as of a solver made for it. */
static void shorter_horizon_is_the_shorter_problem(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  traj_problem shorter = b->problem;
  shorter.N = 30;
  traj_ddp *one = solver_create(&b->problem, NULL), *two = solver_create(&shorter, NULL);
  assert_int_equal(traj_ddp_horizon(one, 30), TRAJ_OK);
  assert_true(traj_ddp_solve(one, 0, b->x0) >= 0);
  assert_true(traj_ddp_solve(two, 0, b->x0) >= 0);
  assert_same_plan(traj_ddp_plan(one), traj_ddp_plan(two));
  traj_ddp_destroy(one);
  traj_ddp_destroy(two);
}

static void bad_guess_is_refused(void **state) {
  (void)state;
  double u[N], bad[N];
  numbered(u);
  traj_ddp *solver = idle_solver();
  assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
  memcpy(bad, u, sizeof bad);
  bad[31] = HUGE_VAL;
  assert_int_equal(traj_ddp_guess(solver, bad), TRAJ_E_ARG);
  traj_diag expected = refusal_of_field(TRAJ_E_ARG, "u", HUGE_VAL);
  expected.k = 31;
  expected.row = 0;
  assert_diag(&traj_ddp_get_stats(solver)->diag, expected);
  assert_memory_equal(start_controls(solver), u, sizeof u);
  traj_ddp_destroy(solver);
}

/* The controls of the solver's own plan are a fine guess. */
static void own_plan_as_guess(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  traj_ddp *solver = solver_create(&b->problem, NULL);
  assert_int_equal(solver_run(solver, b), TRAJ_OK);
  kept_plan plan = keep_plan(traj_ddp_plan(solver));
  assert_int_equal(traj_ddp_guess(solver, traj_ddp_plan(solver)->u), TRAJ_OK);
  assert_int_equal(traj_ddp_solve(solver, 0, b->x0), TRAJ_OK);
  assert_int_equal(traj_ddp_get_stats(solver)->iterations, 0);
  assert_memory_equal(traj_ddp_plan(solver)->u, plan.plan->u, N * sizeof(double));
  free(plan.block);
  traj_ddp_destroy(solver);
}

static void second_solve_starts_at_the_plan(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    const traj_ddp_settings settings = solver_settings((traj_ddp_method)method);
    traj_ddp *solver = solver_create(&b->problem, &settings);
    assert_int_equal(solver_run(solver, b), TRAJ_OK);
    kept_plan first = keep_plan(traj_ddp_plan(solver));
    assert_int_equal(traj_ddp_solve(solver, 0, b->x0), TRAJ_OK);
    const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
    assert_int_equal(stats->iterations, 0);
    assert_true(stats->initial_cost == first.plan->cost);
    assert_memory_equal(traj_ddp_plan(solver)->u, first.plan->u, N * sizeof(double));
    free(first.block);
    traj_ddp_destroy(solver);
  }
}

/* Receding horizon: solve, apply the first control, shift. The world is the model: the pole stays up, and no tick takes
 * as many iterations as the first. */
static void receding_horizon(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  rk4 world = {.ode = b->problem.model, .dt = b->problem.dt};
  const traj_model step = rk4_model(&world);
  const traj_ddp_settings settings = solver_settings(TRAJ_DDP);
  traj_ddp *solver = solver_create(&b->problem, &settings);
  double x[RK4_NX], next[RK4_NX], t = 0;
  int most = 0, first = 0;
  memcpy(x, b->x0, sizeof x);
  for (int tick = 0; tick < 100; tick++) {
    assert_int_equal(traj_ddp_solve(solver, t, x), TRAJ_OK);
    const traj_plan *plan = traj_ddp_plan(solver);
    const int iterations = traj_ddp_get_stats(solver)->iterations;
    assert_true(plan->t[0] == t);
    if (tick == 0) first = iterations;
    if (tick > 0 && iterations > most) most = iterations;
    const traj_point at = {.t = t, .x = x, .u = plan->u};
    assert_int_equal(step.step(&at, next, step.user), 0);
    memcpy(x, next, sizeof x);
    t = plan->t[1];
    assert_int_equal(traj_ddp_shift(solver, 1), TRAJ_OK);
  }
  print_message("%d iterations at the first tick, at most %d later; p %.3f, theta %.3f\n", first, most, x[0], x[1]);
  assert_true(most < first);
  assert_true(fabs(x[1] - 3.141592653589793) < 0.1);
  traj_ddp_destroy(solver);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fresh_solver_guesses_zero),
      cmocka_unit_test(shift_repeats_the_last_control),
      cmocka_unit_test(longer_horizon_repeats_the_last_control),
      cmocka_unit_test(longer_horizon_keeps_the_plan),
      cmocka_unit_test(shorter_horizon_keeps_its_controls),
      cmocka_unit_test(shorter_horizon_is_the_shorter_problem),
      cmocka_unit_test(bad_guess_is_refused),
      cmocka_unit_test(own_plan_as_guess),
      cmocka_unit_test(second_solve_starts_at_the_plan),
      cmocka_unit_test(receding_horizon),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
