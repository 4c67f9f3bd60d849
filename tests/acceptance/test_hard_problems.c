/* The problems of the robustness table: their derivative hooks, solves of them from random guesses, and what the table
 * finds fault with. */
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

#include "problems/problems.h"
#include "problems/verdict.h"
#include "support/env.h"
#include "support/solver.h"
#include "support/toy_plan.h"

/* Along the rollout of a random guess; the horizon is cut, for what comes later may have grown beyond measure. */
static void derivatives_match_differences(void **state) {
  (void)state;
  const uint64_t seed = env_seed("hard_problems", 1);
  const int guesses = env_rounds(5, 1);
  const bench_problem *b;
  for (int i = 0; (b = bench_hard_problem_at(i)) != NULL; i++) {
    const int N = b->problem.N, entries = N * b->problem.model.nu;
    double *u = malloc((size_t)entries * sizeof *u);
    assert_non_null(u);
    traj_ddp *solver = solver_create(&b->problem, NULL);
    assert_int_equal(traj_ddp_horizon(solver, N < 30 ? N : 30), TRAJ_OK);
    for (int g = 0; g < guesses; g++) {
      traj_derivative_report report;
      bench_problem_random_guess(b, seed + (uint64_t)g, u);
      assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
      traj_status status = traj_ddp_check_derivatives(solver, 0, b->x0, &report);
      print_message("%-16s %6ld entries, largest error %.0e\n", b->name, report.checked, report.error);
      if (status != TRAJ_OK) solver_print(solver);
      assert_int_equal(status, TRAJ_OK);
    }
    traj_ddp_destroy(solver);
    free(u);
  }
}

static void every_problem_is_found(void **state) {
  (void)state;
  const bench_problem *b;
  for (int i = 0; (b = bench_hard_problem_at(i)) != NULL; i++) {
    assert_ptr_equal(bench_problem_find(b->name), b);
    assert_int_equal(b->purpose, BENCH_ROBUSTNESS);
    assert_true(b->spread > 0 && b->x0 != NULL && b->n_optima == 0);
  }
  assert_null(bench_hard_problem_at(-1));
}

/* A few iterations each, by every method, from controls. */
static void solves_end_as_they_may(void **state) {
  (void)state;
  const uint64_t seed = env_seed("hard_problems", 1);
  const bench_problem *b;
  for (int i = 0; (b = bench_hard_problem_at(i)) != NULL; i++) {
    double *u = malloc((size_t)b->problem.N * (size_t)b->problem.model.nu * sizeof *u);
    assert_non_null(u);
    bench_problem_random_guess(b, seed, u);
    for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
      traj_ddp_settings settings = solver_settings((traj_ddp_method)method);
      settings.run.max_iter = env_rounds(20, 2);
      traj_ddp *solver = solver_create(&b->problem, &settings);
      assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
      const traj_status status = traj_ddp_solve(solver, 0, b->x0);
      const char *wrong = bench_verdict(status, traj_ddp_plan(solver), traj_ddp_get_stats(solver)->initial_cost);
      if (wrong != NULL) fail_msg("%s: %s", b->name, wrong);
      assert_true(traj_ddp_get_stats(solver)->cost < traj_ddp_get_stats(solver)->initial_cost);
      traj_ddp_destroy(solver);
    }
    free(u);
  }
}

enum { NUMBERS = (TOY_N + 1) * TOY_NX * TOY_NX }; /* in the largest array of the plan below */

/* The toy plan with a policy. */
static traj_plan whole_plan(void) {
  static const double zeros[NUMBERS];
  traj_plan plan = toy_plan();
  plan.K = plan.V = plan.v = zeros;
  return plan;
}

static void the_verdict_lets_good_plans_pass(void **state) {
  (void)state;
  traj_plan plan = whole_plan();
  assert_null(bench_verdict(TRAJ_OK, &plan, plan.cost));
  assert_null(bench_verdict(TRAJ_STALLED, &plan, HUGE_VAL));
  plan.u_min = plan.u_max = NULL;
  assert_null(bench_verdict(TRAJ_OK, &plan, plan.cost));
  plan.gap = 1e-9; /* no rollout as yet: its cost says nothing */
  assert_null(bench_verdict(TRAJ_MAX_ITER, &plan, plan.cost - 1));
}

static void the_verdict_finds_errors_and_ascents(void **state) {
  (void)state;
  traj_plan plan = whole_plan();
  assert_string_equal(bench_verdict(TRAJ_E_DIVERGED, NULL, HUGE_VAL), "TRAJ_E_DIVERGED");
  assert_string_equal(bench_verdict(TRAJ_OK, &plan, nextafter(plan.cost, 0)), "the plan is worse than its guess");
  plan.gap = 1e-9;
  assert_string_equal(bench_verdict(TRAJ_OK, &plan, HUGE_VAL), "converged with a gap");
}

static void the_verdict_finds_numbers_that_are_not_finite(void **state) {
  (void)state;
  const double wrong[NUMBERS] = {[3] = (double)NAN};
  for (int i = 0; i < 7; i++) {
    traj_plan bad = whole_plan();
    const double **const arrays[] = {&bad.x, &bad.u, &bad.K, &bad.V, &bad.v};
    if (i < 5) *arrays[i] = wrong;
    if (i == 5) bad.cost = (double)NAN;
    if (i == 6) bad.gap = HUGE_VAL;
    assert_string_equal(bench_verdict(TRAJ_MAX_ITER, &bad, HUGE_VAL), "a number of the plan is not finite");
  }
}

static void the_verdict_finds_controls_beyond_their_limits(void **state) {
  (void)state;
  traj_plan bad = whole_plan();
  double u[TOY_N * TOY_NU];
  for (int i = 0; i < TOY_N * TOY_NU; i++)
    u[i] = bad.u[i];
  bad.u = u;
  u[2] = nextafter(bad.u_min[2], -HUGE_VAL);
  assert_string_equal(bench_verdict(TRAJ_OK, &bad, HUGE_VAL), "a control is beyond its limits");
  u[2] = nextafter(bad.u_max[2], HUGE_VAL);
  assert_string_equal(bench_verdict(TRAJ_OK, &bad, HUGE_VAL), "a control is beyond its limits");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_problem_is_found),
      cmocka_unit_test(derivatives_match_differences),
      cmocka_unit_test(solves_end_as_they_may),
      cmocka_unit_test(the_verdict_lets_good_plans_pass),
      cmocka_unit_test(the_verdict_finds_errors_and_ascents),
      cmocka_unit_test(the_verdict_finds_numbers_that_are_not_finite),
      cmocka_unit_test(the_verdict_finds_controls_beyond_their_limits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
