/* traj_ddp_check_derivatives as a call of the solver: what it refuses, reports and leaves alone. What it finds is in
 * unit/core/test_derivative_check.c, hooks that fail in fault/test_derivative_check.c. */
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

#include "support/solver.h"
#include "support/spoiled.h"

enum { N = 6 };

static const double x0[2] = {0.5, -0.25};

/* A pendulum with every hook. */
static traj_problem pendulum(void) {
  traj_problem problem = bench_problem_find("pendulum")->problem;
  problem.N = N;
  return problem;
}

static void assert_nothing_reported(const traj_derivative_report *report) {
  assert_int_equal(report->checked, 0);
  assert_int_equal(report->suspicious, 0);
  assert_int_equal(report->worst.status, TRAJ_OK);
  assert_null(report->worst.hook);
}

static traj_derivative_report something(void) {
  return (traj_derivative_report){.checked = 1, .suspicious = 2, .worst = {.hook = "none", .status = TRAJ_E_FILE}};
}

static void bad_arguments_are_refused(void **state) {
  (void)state;
  const traj_problem problem = pendulum();
  const double not_finite[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
  traj_ddp *solver = solver_create(&problem, NULL);
  const traj_diag *diag = &traj_ddp_get_stats(solver)->diag;
  traj_derivative_report report = something();
  assert_int_equal(traj_ddp_check_derivatives(NULL, 0, x0, &report), TRAJ_E_ARG);
  assert_nothing_reported(&report);
  report = something();
  assert_int_equal(traj_ddp_check_derivatives(solver, 0, NULL, &report), TRAJ_E_ARG);
  assert_nothing_reported(&report);
  assert_string_equal(diag->field, "x0");
  for (int i = 0; i < 3; i++) {
    const double wrong[2] = {0, not_finite[i]};
    report = something();
    assert_int_equal(traj_ddp_check_derivatives(solver, 0, wrong, &report), TRAJ_E_ARG);
    assert_nothing_reported(&report);
    assert_string_equal(diag->field, "x0");
    assert_int_equal(diag->row, 1);
    assert_int_equal(traj_ddp_check_derivatives(solver, not_finite[i], x0, NULL), TRAJ_E_ARG);
    assert_string_equal(diag->field, "t0");
  }
  assert_int_equal(traj_ddp_check_derivatives(solver, 0, x0, NULL), TRAJ_OK);
  assert_int_equal(diag->status, TRAJ_OK);
  traj_ddp_destroy(solver);
}

/* Entries of the outputs that are read: 2 x 3 of jac, and of a quad 3 + 6 (2 + 3 at the end), of hess 6. */
static void all_entries_of_the_hooks_that_there_are_count(void **state) {
  (void)state;
  for (int hooks = 0; hooks < 16; hooks++) {
    traj_problem problem = pendulum();
    if (!(hooks & 1)) problem.model.jac = NULL;
    if (!(hooks & 2)) problem.model.hess = NULL;
    if (!(hooks & 4)) problem.cost.stage_quad = NULL;
    if (!(hooks & 8)) problem.cost.final_quad = NULL;
    const int per_stage = (hooks & 1 ? 6 : 0) + (hooks & 2 ? 6 : 0) + (hooks & 4 ? 9 : 0);
    traj_ddp *solver = solver_create(&problem, NULL);
    for (int n = 1; n <= N; n += N - 1) {
      traj_derivative_report report;
      assert_int_equal(traj_ddp_horizon(solver, n), TRAJ_OK);
      assert_int_equal(traj_ddp_check_derivatives(solver, 0, x0, &report), TRAJ_OK);
      assert_int_equal(report.checked, n * per_stage + (hooks & 8 ? 5 : 0));
      assert_int_equal(report.suspicious, 0);
      assert_true(report.error < 1e-6);
    }
    traj_ddp_destroy(solver);
  }
}

/* The same mistake at each stage in turn, and at the final one. */
static void the_stage_is_named(void **state) {
  (void)state;
  const traj_problem right = pendulum();
  spoiled w;
  const traj_problem wrong = spoiled_problem(&w, &right);
  traj_ddp *solver = solver_create(&wrong, NULL);
  w.share = 1e-3;
  for (int k = 0; k <= N; k++) {
    traj_derivative_report report;
    char text[256];
    w.where = (spot){.hook = WATCH_QUAD, .field = SPOILED_LXX, .k = k, .row = 1, .col = 0};
    assert_int_equal(traj_ddp_check_derivatives(solver, 0, x0, &report), TRAJ_E_DERIVATIVE);
    const traj_diag *diag = &traj_ddp_get_stats(solver)->diag;
    assert_int_equal(report.suspicious, 1);
    assert_int_equal(diag->k, k);
    assert_string_equal(diag->hook, k < N ? "cost.stage_quad" : "cost.final_quad");
    assert_string_equal(diag->field, "lxx");
    assert_int_equal(diag->row, 1);
    assert_int_equal(diag->col, 0);
    assert_true(traj_diag_text(diag, text, sizeof text) > 0);
    assert_non_null(strstr(text, "lxx"));
  }
  traj_ddp_destroy(solver);
}

/* Calls the check again from the first call of each kind of hook. */
typedef struct intruder {
  traj_ddp *solver;
  int refused;
} intruder;

static int intrude(const watch_call *call, void *ctx) {
  intruder *i = ctx;
  traj_derivative_report report = something();
  traj_status status = traj_ddp_check_derivatives(i->solver, 0, x0, &report);
  assert_nothing_reported(&report);
  i->refused += status == TRAJ_E_BUSY;
  return status == TRAJ_E_BUSY ? call->code : -1;
}

static void a_hook_cannot_start_a_check(void **state) {
  (void)state;
  const traj_problem inner = pendulum();
  watch w;
  intruder i = {.refused = 0};
  const traj_problem problem = watch_problem(&w, &inner);
  i.solver = solver_create(&problem, NULL);
  w.look = intrude;
  w.ctx = &i;
  assert_int_equal(traj_ddp_check_derivatives(i.solver, 0, x0, NULL), TRAJ_OK);
  assert_true(i.refused > 1000);
  assert_int_equal(traj_ddp_solve(i.solver, 0, x0), TRAJ_OK);
  traj_ddp_destroy(i.solver);
}

/* What a hook answers about one call. */
typedef struct answer {
  watch_hook hook;
  int k, code;
  bool nan;
} answer;

static int answer_with(const watch_call *call, void *ctx) {
  const answer *a = ctx;
  if (call->hook != a->hook || call->at->k != a->k) return call->code;
  if (a->nan) call->out[0] = (double)NAN;
  return a->code;
}

static void derivative_hooks_that_fail_are_named(void **state) {
  (void)state;
  const traj_problem inner = pendulum();
  const watch_hook hooks[] = {WATCH_JAC, WATCH_HESS, WATCH_QUAD, WATCH_QUAD};
  const char *const names[] = {"model.jac", "model.hess", "cost.stage_quad", "cost.final_quad"};
  const char *const fields[] = {"fx", "lxx", "lx", "lx"};
  for (int h = 0; h < 4; h++) {
    const int k = h < 3 ? 2 : N;
    const answer answers[] = {{hooks[h], k, -7, false}, {hooks[h], k, 7, false}, {hooks[h], k, 0, true}};
    for (int i = 0; i < 3; i++) {
      watch w;
      answer a = answers[i];
      const traj_problem problem = watch_problem(&w, &inner);
      traj_ddp *solver = solver_create(&problem, NULL);
      w.look = answer_with;
      w.ctx = &a;
      const traj_status expected = a.nan ? TRAJ_E_NOT_FINITE : TRAJ_E_CALLBACK;
      assert_int_equal(traj_ddp_check_derivatives(solver, 0, x0, NULL), expected);
      const traj_diag *diag = &traj_ddp_get_stats(solver)->diag;
      assert_string_equal(diag->hook, names[h]);
      assert_int_equal(diag->k, k);
      if (a.nan) {
        assert_string_equal(diag->field, fields[h]);
        assert_true(isnan(diag->value));
      } else {
        assert_true(diag->value == a.code);
      }
      traj_ddp_destroy(solver);
    }
  }
}

/* Two solvers go the same way; one of them is checked in between. */
static void plan_and_guess_stay(void **state) {
  (void)state;
  const traj_problem problem = pendulum();
  traj_ddp *checked = solver_create(&problem, NULL), *spared = solver_create(&problem, NULL);
  assert_null(traj_ddp_plan(checked));
  assert_int_equal(traj_ddp_check_derivatives(checked, 0, x0, NULL), TRAJ_OK);
  assert_null(traj_ddp_plan(checked));
  for (int tick = 0; tick < 5; tick++) {
    const double now[2] = {x0[0] + 0.1 * tick, x0[1]}, elsewhere[2] = {-2, 3};
    assert_int_equal(traj_ddp_solve(checked, tick, now), traj_ddp_solve(spared, tick, now));
    const uint64_t digest = plan_digest(traj_ddp_plan(spared));
    assert_true(plan_digest(traj_ddp_plan(checked)) == digest);
    assert_int_equal(traj_ddp_check_derivatives(checked, 9, elsewhere, NULL), TRAJ_OK);
    assert_int_equal(traj_ddp_check_derivatives(checked, 9, NULL, NULL), TRAJ_E_ARG);
    assert_true(plan_digest(traj_ddp_plan(checked)) == digest);
    assert_int_equal(traj_ddp_shift(checked, 1), traj_ddp_shift(spared, 1));
  }
  traj_ddp_destroy(checked);
  traj_ddp_destroy(spared);
}

/* The horizon is cut for time where stages are large. */
static void the_benchmark_problems_are_right(void **state) {
  (void)state;
  const bench_problem *b;
  for (int n = 0; (b = bench_problem_at(n)) != NULL; n++) {
    const int size = b->problem.model.nx + b->problem.model.nu, most = 1 + 6000 / (size * size);
    double *u = calloc((size_t)b->problem.N * (size_t)b->problem.model.nu, sizeof *u);
    assert_non_null(u);
    bench_problem_guess(b, u);
    traj_ddp *solver = solver_create(&b->problem, NULL);
    traj_derivative_report guess, solution;
    assert_int_equal(traj_ddp_horizon(solver, b->problem.N < most ? b->problem.N : most), TRAJ_OK);
    assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
    assert_int_equal(traj_ddp_check_derivatives(solver, 0, b->x0, &guess), TRAJ_OK);
    assert_true(traj_ddp_solve(solver, 0, b->x0) >= 0);
    assert_int_equal(traj_ddp_check_derivatives(solver, 0, b->x0, &solution), TRAJ_OK);
    print_message("%-22s %6ld entries, largest error %.0e at the guess, %.0e at the solution\n", b->name, guess.checked,
                  guess.error, solution.error);
    traj_ddp_destroy(solver);
    free(u);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bad_arguments_are_refused),
      cmocka_unit_test(all_entries_of_the_hooks_that_there_are_count),
      cmocka_unit_test(the_stage_is_named),
      cmocka_unit_test(a_hook_cannot_start_a_check),
      cmocka_unit_test(derivative_hooks_that_fail_are_named),
      cmocka_unit_test(plan_and_guess_stay),
      cmocka_unit_test(the_benchmark_problems_are_right),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
