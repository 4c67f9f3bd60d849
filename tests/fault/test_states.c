/* Bad states in a guess, and hooks that fail while there are defects: refused or gone around, with the last good plan
 * in place and the next solve that of a fresh solver. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problems/problems.h"
#include "support/env.h"
#include "support/refusal.h"
#include "support/solver.h"
#include "support/trial.h"

enum { N = 50, NX = 4 };

static const double bad_numbers[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};

/* A solver of CP50 that only shows what it would start from. */
static traj_ddp *idle_solver(void) {
  traj_ddp_settings settings = solver_settings(TRAJ_ILQR);
  settings.run.max_iter = 0;
  return solver_create(&bench_problem_find("CP50")->problem, &settings);
}

/* The cost of the start that the guess gives. */
static double start_cost(traj_ddp *solver) {
  assert_int_equal(traj_ddp_solve(solver, 0, bench_problem_find("CP50")->x0), TRAJ_MAX_ITER);
  return traj_ddp_get_stats(solver)->initial_cost;
}

static void expect_refused(traj_ddp *solver, const double *x, const double *u, const char *field, int k, int row,
                           double value) {
  assert_int_equal(traj_ddp_guess_states(solver, x, u), TRAJ_E_ARG);
  traj_diag expected = refusal_of_field(TRAJ_E_ARG, field, value);
  expected.k = k;
  expected.row = row;
  assert_diag(&traj_ddp_get_stats(solver)->diag, expected);
}

/* Each entry in turn; the guess before stays, states and controls. */
static void not_finite_is_refused(void **state) {
  (void)state;
  double x[NX * (N + 1)], u[N];
  for (int i = 0; i < NX * (N + 1); i++)
    x[i] = 0.01 * i;
  for (int i = 0; i < N; i++)
    u[i] = 0.1 * i;
  traj_ddp *solver = idle_solver(), *untouched = idle_solver();
  assert_int_equal(traj_ddp_guess_states(untouched, x, u), TRAJ_OK);
  assert_int_equal(traj_ddp_guess_states(solver, x, u), TRAJ_OK);
  for (int b = 0; b < 3; b++) {
    for (int i = 0; i < NX * (N + 1); i++) {
      double other[NX * (N + 1)] = {0};
      other[i] = bad_numbers[b];
      expect_refused(solver, other, NULL, "x", i / NX, i % NX, bad_numbers[b]);
    }
    for (int i = 0; i < N; i++) {
      double zero[NX * (N + 1)] = {0}, other[N] = {0};
      other[i] = bad_numbers[b];
      expect_refused(solver, zero, other, "u", i, 0, bad_numbers[b]);
    }
  }
  assert_true(start_cost(solver) == start_cost(untouched));
  traj_ddp_destroy(solver);
  traj_ddp_destroy(untouched);
  assert_int_equal(traj_ddp_guess_states(NULL, x, u), TRAJ_E_ARG);
}

/* The longer horizon is not looked at. */
static void reads_no_more_than_the_horizon(void **state) {
  (void)state;
  double x[NX * 11] = {0}, u[10] = {0};
  traj_ddp *solver = idle_solver();
  assert_int_equal(traj_ddp_horizon(solver, 10), TRAJ_OK);
  assert_int_equal(traj_ddp_guess_states(solver, x, u), TRAJ_OK);
  assert_true(isfinite(start_cost(solver)));
  traj_ddp_destroy(solver);
}

/* Defined near the origin only. */
static int narrow(const traj_point *at, double *x_next, void *user) {
  (void)user;
  *x_next = at->x[0] + at->u[0];
  return fabs(at->x[0]) > 10 ? 3 : 0;
}

static int effort(const traj_point *at, double *cost, void *user) {
  (void)user;
  *cost = at->u[0] * at->u[0] + at->x[0] * at->x[0];
  return 0;
}

/* A state where a hook is not defined is named, and the plan before stays. */
static void undefined_states(void **state) {
  (void)state;
  const traj_problem problem = {
      .N = 8, .dt = 1, .model = {.nx = 1, .nu = 1, .step = narrow}, .cost = {.stage = effort}};
  const double x0[1] = {1};
  traj_ddp *solver = solver_create(&problem, NULL);
  assert_int_equal(traj_ddp_solve(solver, 0, x0), TRAJ_OK);
  const double cost = traj_ddp_plan(solver)->cost;
  for (int k = 1; k < 8; k++) {
    double x[9] = {0};
    x[k] = 11;
    assert_int_equal(traj_ddp_guess_states(solver, x, NULL), TRAJ_OK);
    assert_int_equal(traj_ddp_solve(solver, 0, x0), TRAJ_E_DIVERGED);
    const traj_diag *diag = &traj_ddp_get_stats(solver)->diag;
    assert_string_equal(diag->hook, "model.step");
    assert_int_equal(diag->k, k);
    assert_true(diag->value == 3 && traj_ddp_plan(solver)->cost == cost);
  }
  traj_ddp_destroy(solver);
}

/* States of any size: a plan, or a reason. */
static void extreme_states(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  const double sizes[] = {DBL_MAX, 1e300, 1e154, 1e100, 1e30, 1e8, 1e-300, DBL_TRUE_MIN};
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    traj_ddp_settings settings = solver_settings((traj_ddp_method)method);
    settings.run.max_iter = 60;
    traj_ddp *solver = solver_create(&b->problem, &settings);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
      double x[NX * (N + 1)];
      for (int i = 0; i < NX * (N + 1); i++)
        x[i] = i % 3 == 0 ? sizes[s] : -sizes[s];
      assert_int_equal(traj_ddp_guess_states(solver, x, NULL), TRAJ_OK);
      traj_status status = traj_ddp_solve(solver, 0, b->x0);
      if (status >= TRAJ_OK) {
        assert_plan_finite(traj_ddp_plan(solver));
        assert_true(traj_ddp_plan(solver)->gap == 0);
      } else {
        assert_non_null(traj_ddp_get_stats(solver)->diag.hook);
      }
      assert_true(sizes[s] > 1 || status >= TRAJ_OK);
    }
    traj_ddp_destroy(solver);
  }
}

/* The solver's own plan as the guess, also with states and controls of one piece of memory. */
static void own_plan_as_states(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  traj_ddp *solver = solver_create(&b->problem, NULL);
  assert_int_equal(solver_run(solver, b), TRAJ_OK);
  kept_plan kept = keep_plan(traj_ddp_plan(solver));
  const traj_plan *plan = traj_ddp_plan(solver);
  assert_int_equal(traj_ddp_guess_states(solver, plan->x, plan->u), TRAJ_OK);
  assert_int_equal(traj_ddp_solve(solver, 0, b->x0), TRAJ_OK);
  assert_int_equal(traj_ddp_get_stats(solver)->iterations, 0);
  assert_memory_equal(plan->u, kept.plan->u, sizeof(double) * N);
  assert_int_equal(traj_ddp_guess_states(solver, plan->x, plan->x), TRAJ_OK);
  assert_true(traj_ddp_solve(solver, 0, b->x0) >= TRAJ_OK);
  free(kept.block);
  traj_ddp_destroy(solver);
}

/* Every hook at many of its calls, with codes of both signs and with numbers that are not finite. */
static void failing_hooks(void **state) {
  (void)state;
  const double values[] = {(double)NAN, HUGE_VAL, -1e308, 1e-310};
  for (int i = 0; i < rigged_form_count; i++) {
    trial t;
    int attacks = 0;
    trial_begin_at_states(&t, &rigged_forms[i]);
    for (int hook = 0; hook < HOOKS; hook++) {
      const int stride = 1 + t.calls[hook] / env_rounds(40, 4);
      for (int call = 0; call < t.calls[hook]; call += call < 2 * RIGGED_N ? 1 : stride, attacks += 3) {
        attack a = {.kind = RETURN_CODE, .hook = (hook_id)hook, .call = call, .code = -5};
        traj_status status = trial_attack(&t, a);
        if (!trial_in_spare_candidate(&t, status)) assert_int_equal(status, TRAJ_E_CALLBACK);
        a.code = 5;
        a.onwards = call % 2;
        trial_attack(&t, a);
        a = (attack){.kind = WRITE_VALUE, .hook = (hook_id)hook, .call = call, .value = values[call % 4]};
        a.entry = call % t.entries[hook];
        trial_attack(&t, a);
      }
    }
    assert_true(attacks > 100);
    trial_end(&t);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(not_finite_is_refused), cmocka_unit_test(reads_no_more_than_the_horizon),
      cmocka_unit_test(undefined_states),      cmocka_unit_test(extreme_states),
      cmocka_unit_test(own_plan_as_states),    cmocka_unit_test(failing_hooks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
