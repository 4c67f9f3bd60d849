/* The solve: what it refuses, why it ends, and what its stats say. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <string.h>

#include "ddp/ddp.h"
#include "problems/problems.h"
#include "support/env.h"
#include "support/near.h"
#include "support/refusal.h"
#include "support/solver.h"
#include "support/watch.h"

static void test_refusals(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("car");
  traj_ddp *solver = solver_create(&b->problem, NULL);
  const traj_diag *diag = &traj_ddp_get_stats(solver)->diag;
  assert_int_equal(traj_ddp_solve(NULL, 0, b->x0), TRAJ_E_ARG);
  assert_int_equal(traj_ddp_solve(solver, 0, NULL), TRAJ_E_ARG);
  assert_diag(diag, refusal_of_field(TRAJ_E_ARG, "x0", 0));
  const double bad_t0[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
  for (int i = 0; i < 3; i++) {
    assert_int_equal(traj_ddp_solve(solver, bad_t0[i], b->x0), TRAJ_E_ARG);
    assert_diag(diag, refusal_of_field(TRAJ_E_ARG, "t0", bad_t0[i]));
  }
  double x0[4];
  memcpy(x0, b->x0, sizeof x0);
  x0[2] = (double)NAN;
  traj_diag expected = refusal_of_field(TRAJ_E_ARG, "x0", x0[2]);
  expected.row = 2;
  assert_int_equal(traj_ddp_solve(solver, 0, x0), TRAJ_E_ARG);
  assert_diag(diag, expected);
  assert_int_equal(traj_ddp_get_stats(solver)->status, TRAJ_E_ARG);
  assert_null(traj_ddp_plan(solver));
  traj_ddp_destroy(solver);
}

/* On a problem that its model describes exactly the decrease found is the one promised. */
static void test_stats_of_an_exact_model(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("double_integrator_box");
  traj_problem open = b->problem;
  open.u_min = open.u_max = NULL;
  traj_ddp *solver = solver_create(&open, NULL);
  assert_int_equal(traj_ddp_solve(solver, 0, b->x0), TRAJ_OK);
  const traj_ddp_stats *s = traj_ddp_get_stats(solver);
  assert_int_equal(s->status, TRAJ_OK);
  assert_int_equal(s->iterations, 1);
  assert_int_equal(s->candidates, 1);
  assert_int_equal(s->backward_passes, 2);
  assert_true(s->step == 1);
  assert_near(s->actual, s->predicted, 1e-12 * s->predicted);
  assert_near(s->initial_cost - s->actual, s->cost, 1e-12 * s->initial_cost);
  assert_true(s->cost == traj_ddp_plan(solver)->cost);
  assert_true(s->expected <= 1e-12);
  assert_true(s->gradient <= 1e-9);
  assert_true(s->regularization == 0 && s->max_regularization == 0);
  assert_no_diag(&s->diag);
  traj_ddp_destroy(solver);
}

/* Converged: the gradient or the promised decrease is at most tolerance times 1 + |J|. */
static void test_tolerance(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  int first = -1, last = 0;
  const double least = pow(10, -env_rounds(12, 5));
  for (double tolerance = 1; tolerance > least; tolerance *= 1e-2) {
    traj_ddp_settings settings = solver_settings(TRAJ_ILQR);
    settings.tolerance = tolerance;
    traj_ddp *solver = solver_create(&b->problem, &settings);
    assert_int_equal(solver_run(solver, b), TRAJ_OK);
    const traj_ddp_stats *s = traj_ddp_get_stats(solver);
    const double allowed = tolerance * (1 + fabs(s->cost));
    assert_true(s->gradient <= allowed || s->expected <= allowed);
    assert_true(s->iterations >= last);
    last = s->iterations;
    if (first < 0) first = last;
    traj_ddp_destroy(solver);
  }
  assert_true(last > first);
}

static void test_zero_tolerance_goes_on_until_nothing_improves(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  traj_ddp_settings settings = solver_settings(TRAJ_DDP);
  settings.tolerance = 0;
  traj_ddp *solver = solver_create(&b->problem, &settings);
  assert_int_equal(solver_run(solver, b), TRAJ_STALLED);
  const traj_ddp_stats *s = traj_ddp_get_stats(solver);
  assert_near(s->cost, b->optima[0], 1e-10);
  assert_true(s->expected <= 1e-13);
  assert_no_diag(&s->diag); /* it stalls at the optimum: nothing is to be explained */
  traj_ddp_destroy(solver);
}

/* Every candidate is refused: the cost seems to rise everywhere but at the guess. */
static int raise_cost(const watch_call *call, void *ctx) {
  long *spared = ctx;
  if (call->hook == WATCH_COST && (*spared)-- <= 0) *call->out += 1e6;
  return call->code;
}

static void test_refused_candidates_stall(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("double_integrator_box");
  watch w;
  const traj_problem problem = watch_problem(&w, &b->problem);
  long spared = b->problem.N + 1;
  w.look = raise_cost;
  w.ctx = &spared;
  traj_ddp *solver = solver_create(&problem, NULL);
  assert_int_equal(traj_ddp_solve(solver, 0, b->x0), TRAJ_STALLED);
  const traj_ddp_stats *s = traj_ddp_get_stats(solver);
  assert_true(s->cost == s->initial_cost);
  assert_true(s->max_regularization > 0);
  assert_true(s->candidates > s->iterations);
  assert_true(s->step == 0);
  assert_plan_finite(traj_ddp_plan(solver));
  spared = 1000000000; /* the stall is not handed on */
  assert_int_equal(traj_ddp_solve(solver, 0, b->x0), TRAJ_OK);
  assert_near(traj_ddp_plan(solver)->cost, b->optima[0], 1e-7 * (1 + b->optima[0]));
  traj_ddp_destroy(solver);
}

static int forget(const watch_call *call, void *ctx) {
  const watch_hook *hook = ctx;
  if (call->hook == *hook && call->at->k == 5) call->out[1] = (double)NAN;
  return call->code;
}

static void test_unwritten_derivative_is_named(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("double_integrator_box");
  const struct {
    watch_hook hook;
    const char *name, *field;
    int col;
  } cases[] = {{WATCH_JAC, "model.jac", "fx", 0},
               {WATCH_QUAD, "cost.stage_quad", "lx", -1},
               {WATCH_HESS, "model.hess", "lxx", 0}};
  for (int i = 0; i < 3; i++) {
    watch w;
    const traj_problem problem = watch_problem(&w, &b->problem);
    watch_hook hook = cases[i].hook;
    w.look = forget;
    w.ctx = &hook;
    const traj_ddp_settings settings = solver_settings(TRAJ_DDP);
    traj_ddp *solver = solver_create(&problem, &settings);
    assert_int_equal(traj_ddp_solve(solver, 0, b->x0), TRAJ_E_NOT_FINITE);
    const traj_diag *diag = &traj_ddp_get_stats(solver)->diag;
    assert_string_equal(diag->hook, cases[i].name);
    assert_string_equal(diag->field, cases[i].field);
    assert_int_equal(diag->k, 5);
    assert_int_equal(diag->row, 1);
    assert_int_equal(diag->col, cases[i].col);
    assert_null(traj_ddp_plan(solver));
    traj_ddp_destroy(solver);
  }
}

/* One row for the guess and one for each iteration; together they tell the story that the stats end. */
typedef struct story {
  int rows;
  double cost;
  traj_iteration last;
} story;

static int follow(const traj_iteration *row, void *user) {
  story *s = user;
  assert_int_equal(row->iteration, s->rows);
  if (row->iteration == 0) {
    assert_true(row->predicted == 0 && row->actual == 0 && row->step == 0);
  } else if (row->step > 0) {
    assert_true(row->predicted > 0);
    assert_true(row->actual > 0);
    assert_near(s->cost - row->actual, row->cost, 1e-12 * (1 + fabs(s->cost)));
  } else {
    assert_true(row->cost == s->cost);
  }
  assert_true(row->gradient >= 0);
  assert_true(row->regularization >= 0);
  s->rows++;
  s->cost = row->cost;
  s->last = *row;
  return 0;
}

static void test_iteration_rows(void **state) {
  (void)state;
  const bench_problem *b;
  for (int n = 0; (b = bench_problem_at(n)) != NULL; n++) {
    story told = {0};
    traj_ddp_settings settings = solver_settings(TRAJ_DDP);
    settings.run.iteration = follow;
    settings.run.iteration_user = &told;
    settings.run.max_iter = env_rounds(40, 2);
    traj_ddp *solver = solver_create(&b->problem, &settings);
    assert_true(solver_run(solver, b) >= 0);
    const traj_ddp_stats *s = traj_ddp_get_stats(solver);
    assert_int_equal(told.rows, s->iterations + 1);
    assert_true(told.last.cost == s->cost);
    traj_ddp_destroy(solver);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_stats_of_an_exact_model),
      cmocka_unit_test(test_tolerance),
      cmocka_unit_test(test_zero_tolerance_goes_on_until_nothing_improves),
      cmocka_unit_test(test_refused_candidates_stall),
      cmocka_unit_test(test_unwritten_derivative_is_named),
      cmocka_unit_test(test_iteration_rows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
