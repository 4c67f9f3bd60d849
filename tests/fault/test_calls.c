/* Arguments of the calls on a solver: NULL, numbers that are not finite, counts out of range. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <float.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "support/pair.h"
#include "support/refusal.h"
#include "support/rigged.h"

static const rigged_form form = {.limits = true, .first = true};
static const double bad_numbers[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};

static void test_no_solver(void **state) {
  (void)state;
  const double x0[RIGGED_NX] = {0};
  traj_derivative_report report;
  assert_int_equal(traj_ddp_solve(NULL, 0, x0), TRAJ_E_ARG);
  assert_int_equal(traj_ddp_guess(NULL, x0), TRAJ_E_ARG);
  assert_int_equal(traj_ddp_shift(NULL, 1), TRAJ_E_ARG);
  assert_int_equal(traj_ddp_horizon(NULL, 1), TRAJ_E_ARG);
  assert_int_equal(traj_ddp_check_derivatives(NULL, 0, x0, &report), TRAJ_E_ARG);
  assert_int_equal(report.checked, 0);
  assert_no_diag(&report.worst);
  assert_int_equal(traj_ddp_check_derivatives(NULL, 0, x0, NULL), TRAJ_E_ARG);
  assert_null(traj_ddp_plan(NULL));
  assert_null(traj_ddp_get_stats(NULL));
  traj_ddp_destroy(NULL);
  traj_ddp_defaults(NULL);
}

/* Each pointer of size, init and create that may not be NULL. */
static void test_no_pointers(void **state) {
  (void)state;
  rigged r;
  rigged_prepare(&r, &form);
  traj_diag diag;
  char block[1];
  assert_int_equal(traj_ddp_size(&r.problem, &r.settings, NULL, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "size", 0));
  assert_int_equal(traj_ddp_init(NULL, block, 1, &r.problem, &r.settings, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "solver", 0));
  traj_ddp *solver = (traj_ddp *)(void *)&r;
  assert_int_equal(traj_ddp_init(&solver, NULL, SIZE_MAX, &r.problem, &r.settings, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "block", 0));
  assert_null(solver);
  ledger books = {.calls = 0};
  traj_allocator allocator = ledger_allocator(&books);
  assert_int_equal(traj_ddp_create(NULL, &allocator, &r.problem, &r.settings, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "solver", 0));
  assert_int_equal(books.calls, 0);
}

/* What every solver says before its first solve: nothing, and no plan. */
static void test_before_first_solve(void **state) {
  (void)state;
  rigged r;
  pair p;
  rigged_prepare(&r, &form);
  pair_begin(&p, &r.problem, &r.settings);
  assert_null(traj_ddp_plan(p.victim));
  assert_int_equal(traj_ddp_get_stats(p.victim)->status, TRAJ_OK);
  assert_no_diag(&traj_ddp_get_stats(p.victim)->diag);
  pair_assert_refused(&p, traj_ddp_solve(p.victim, 0, NULL), refusal_of_field(TRAJ_E_ARG, "x0", 0));
  pair_assert_refused(&p, traj_ddp_shift(p.victim, -1), refusal_of_field(TRAJ_E_ARG, "n", -1));
  pair_solve(&p, rigged_start(&r));
  pair_end(&p);
}

/* Solve and the check of the derivatives take the same place and time, and refuse the same. */
static void refuse_start(pair *p, const double *good, double t0, const double *x0, traj_diag expected) {
  traj_derivative_report report;
  pair_assert_refused(p, traj_ddp_solve(p->victim, t0, x0), expected);
  pair_solve(p, good);
  pair_assert_refused(p, traj_ddp_check_derivatives(p->victim, t0, x0, &report), expected);
  assert_int_equal(report.checked, 0);
  pair_solve(p, good);
}

static void test_start(void **state) {
  (void)state;
  rigged r;
  pair p;
  rigged_prepare(&r, &form);
  pair_begin(&p, &r.problem, &r.settings);
  const double *good = rigged_start(&r);
  refuse_start(&p, good, 0, NULL, refusal_of_field(TRAJ_E_ARG, "x0", 0));
  for (int i = 0; i < 3; i++) {
    refuse_start(&p, good, bad_numbers[i], good, refusal_of_field(TRAJ_E_ARG, "t0", bad_numbers[i]));
    for (int row = 0; row < RIGGED_NX; row++) {
      double x0[RIGGED_NX];
      memcpy(x0, good, sizeof(x0));
      x0[row] = bad_numbers[i];
      traj_diag expected = refusal_of_field(TRAJ_E_ARG, "x0", bad_numbers[i]);
      expected.row = row;
      refuse_start(&p, good, 0, x0, expected);
    }
  }
  pair_end(&p);
}

/* A time that is finite itself, but not at a later stage. */
static void test_times_overflow(void **state) {
  (void)state;
  static const double dt_stage[RIGGED_N] = {1, 1, DBL_MAX, 1, 1};
  rigged r;
  traj_diag expected = refusal_of_field(TRAJ_E_ARG, "t0", DBL_MAX);
  for (int varying = 0; varying < 2; varying++) {
    pair p;
    rigged_prepare(&r, &form);
    if (varying) r.problem.dt_stage = dt_stage;
    r.problem.dt = DBL_MAX / 4;
    expected.k = varying ? 3 : 1;
    pair_begin(&p, &r.problem, &r.settings);
    pair_assert_refused(&p, traj_ddp_solve(p.victim, DBL_MAX, rigged_start(&r)), expected);
    pair_end(&p);
  }
}

static void test_guess(void **state) {
  (void)state;
  double u[RIGGED_N][RIGGED_NU];
  rigged r;
  pair p;
  rigged_prepare(&r, &form);
  pair_begin(&p, &r.problem, &r.settings);
  for (int i = 0; i < 3; i++) {
    for (int k = 0; k < RIGGED_N; k++) {
      for (int row = 0; row < RIGGED_NU; row++) {
        memset(u, 0, sizeof(u));
        u[k][row] = bad_numbers[i];
        traj_diag expected = {.status = TRAJ_E_ARG, .field = "u", .k = k, .row = row, .col = -1};
        expected.value = bad_numbers[i];
        pair_assert_refused(&p, traj_ddp_guess(p.victim, u[0]), expected);
        pair_solve(&p, rigged_start(&r));
      }
    }
  }
  /* Past the horizon nothing is read. */
  memset(u, 0, sizeof(u));
  u[RIGGED_N - 1][0] = (double)NAN;
  assert_int_equal(traj_ddp_horizon(p.victim, RIGGED_N - 1), TRAJ_OK);
  assert_int_equal(traj_ddp_guess(p.victim, u[0]), TRAJ_OK);
  pair_end(&p);
}

/* Absurd but finite guesses: the limits of one control clip it, the other one throws the rollout out of the numbers. */
static void test_absurd_guess(void **state) {
  (void)state;
  double u[RIGGED_N][RIGGED_NU] = {{0}};
  rigged r;
  pair p;
  rigged_prepare(&r, &form);
  pair_begin(&p, &r.problem, &r.settings);
  pair_solve(&p, rigged_start(&r));
  u[1][0] = 1e200;
  assert_int_equal(traj_ddp_guess(p.victim, u[0]), TRAJ_OK);
  traj_diag expected = {.status = TRAJ_E_DIVERGED, .field = "cost", .hook = "cost.stage", .k = 1, .row = 0, .col = -1};
  expected.value = HUGE_VAL;
  pair_assert_refused(&p, traj_ddp_solve(p.victim, 0, rigged_start(&r)), expected);
  assert_int_equal(traj_ddp_guess(p.victim, NULL), TRAJ_OK);
  assert_int_equal(traj_ddp_guess(p.spared, NULL), TRAJ_OK);
  pair_solve(&p, rigged_start(&r));
  pair_end(&p);
}

static void test_counts(void **state) {
  (void)state;
  static const int horizons[] = {0, -1, INT_MIN, RIGGED_N + 1, INT_MAX}, shifts[] = {-1, -RIGGED_N, INT_MIN};
  rigged r;
  pair p;
  rigged_prepare(&r, &form);
  pair_begin(&p, &r.problem, &r.settings);
  for (size_t i = 0; i < sizeof(horizons) / sizeof(horizons[0]); i++) {
    pair_assert_refused(&p, traj_ddp_horizon(p.victim, horizons[i]), refusal_of_field(TRAJ_E_ARG, "n", horizons[i]));
    pair_solve(&p, rigged_start(&r));
  }
  for (size_t i = 0; i < sizeof(shifts) / sizeof(shifts[0]); i++) {
    pair_assert_refused(&p, traj_ddp_shift(p.victim, shifts[i]), refusal_of_field(TRAJ_E_ARG, "n", shifts[i]));
    pair_solve(&p, rigged_start(&r));
  }
  assert_int_equal(traj_ddp_shift(p.victim, INT_MAX), TRAJ_OK); /* every stage gets the last control */
  assert_int_equal(traj_ddp_shift(p.spared, RIGGED_N), TRAJ_OK);
  pair_solve(&p, rigged_start(&r));
  pair_end(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_no_solver),          cmocka_unit_test(test_no_pointers),
      cmocka_unit_test(test_before_first_solve), cmocka_unit_test(test_start),
      cmocka_unit_test(test_times_overflow),     cmocka_unit_test(test_guess),
      cmocka_unit_test(test_absurd_guess),       cmocka_unit_test(test_counts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
