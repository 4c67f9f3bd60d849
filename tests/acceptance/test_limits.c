/* Control limits: kept to the last bit, one-sided, infinite, equal, different at each stage and from solve to solve;
 * solutions meet the optimality conditions of the bounded problem. */
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

#include "support/attitude.h"
#include "support/env.h"
#include "support/rng.h"
#include "support/rollout.h"
#include "support/solver.h"
#include "support/watch.h"

enum { NU = ATTITUDE_NU, NDX = ATTITUDE_NDX, N = ATTITUDE_N, CONTROLS = NU * N };

/* The attitude problem with limits of every kind. */
typedef struct bounded {
  traj_problem problem;
  double x0[ATTITUDE_NX], u_min[CONTROLS], u_max[CONTROLS];
} bounded;

static void draw_limits(rng *r, double *low, double *high) {
  *low = -HUGE_VAL;
  *high = HUGE_VAL;
  switch (rng_int(r, 0, 4)) {
    case 0:
      break;
    case 1:
      *low = rng_uniform(r, -0.5, 0.1);
      break;
    case 2:
      *high = rng_uniform(r, -0.1, 0.5);
      break;
    case 3:
      *low = *high = rng_uniform(r, -0.3, 0.3);
      break;
    default:
      *low = rng_uniform(r, -0.6, 0);
      *high = *low + rng_uniform(r, 0, 0.6);
  }
}

static void draw_bounded(rng *r, bounded *b) {
  b->problem = attitude_problem();
  b->problem.u_min = b->u_min;
  b->problem.u_max = b->u_max;
  b->problem.u_stride = NU;
  attitude_start(rng_uniform(r, 0.5, 2.5), b->x0);
  for (int i = 0; i < CONTROLS; i++)
    draw_limits(r, &b->u_min[i], &b->u_max[i]);
}

/* How far a number is from meeting its optimality condition. */
static double violation(double u, double low, double high, double gradient) {
  if (u == low && gradient > 0) return 0;
  if (u == high && gradient < 0) return 0;
  return fabs(gradient);
}

static int row_is_zero(const double *K, int i) {
  for (int j = 0; j < NDX; j++)
    if (K[i + j * NU] != 0) return 0;
  return 1;
}

/* Counts what the limits do to a plan, and checks it. */
typedef struct census {
  int at_limit, free;
  double violation; /* of the optimality conditions */
} census;

static void take_census(const bounded *b, const traj_plan *plan, census *c) {
  const double pushed = 1e-3; /* a gradient that clearly pushes against a limit */
  double gradient[CONTROLS];
  rollout_gradient(&b->problem, b->x0, plan->u, gradient);
  for (int i = 0; i < CONTROLS; i++) {
    const double u = plan->u[i], low = b->u_min[i], high = b->u_max[i];
    assert_true(plan->u_min[i] == low && plan->u_max[i] == high);
    c->violation = fmax(c->violation, violation(u, low, high, gradient[i]));
    const double *K = plan->K + i / NU * NU * NDX;
    if ((u == low || u == high) && (low == high || fabs(gradient[i]) > pushed)) {
      c->at_limit++;
      assert_true(row_is_zero(K, i % NU));
    } else if (u > low && u < high) {
      c->free++;
      assert_false(row_is_zero(K, i % NU));
    }
  }
}

static void limits_of_every_kind(void **state) {
  (void)state;
  rng r = rng_from(env_seed("limits", 20240304));
  census c = {0};
  for (int round = 0, rounds = env_rounds(20, 2); round < rounds; round++) {
    bounded b;
    draw_bounded(&r, &b);
    for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
      traj_ddp_settings settings = solver_settings((traj_ddp_method)method);
      settings.tolerance = 1e-13; /* the gradient goes with the root of the predicted decrease */
      traj_ddp *solver = solver_create(&b.problem, &settings);
      traj_status status = traj_ddp_solve(solver, 0, b.x0);
      if (status != TRAJ_OK) solver_print(solver);
      assert_int_equal(status, TRAJ_OK);
      assert_plan_finite(traj_ddp_plan(solver));
      assert_plan_within_limits(traj_ddp_plan(solver));
      take_census(&b, traj_ddp_plan(solver), &c);
      traj_ddp_destroy(solver);
    }
  }
  print_message("%d controls at a limit, %d free, optimality conditions violated by %.1e\n", c.at_limit, c.free,
                c.violation);
  assert_true(c.at_limit > 0);
  assert_true(c.free > 0);
  assert_true(c.violation <= 2e-6);
}

/* Every control that step and cost see is within the limits. */
static int check_control(const watch_call *call, void *ctx) {
  const bounded *b = ctx;
  if (call->at == NULL || call->at->u == NULL) return call->code;
  for (int i = 0; i < NU; i++) {
    const int at = call->at->k * NU + i;
    assert_true(call->at->u[i] >= b->u_min[at]);
    assert_true(call->at->u[i] <= b->u_max[at]);
  }
  return call->code;
}

static void no_hook_sees_a_control_beyond_the_limits(void **state) {
  (void)state;
  rng r = rng_from(env_seed("limits seen", 20240305));
  bounded b;
  watch w;
  double guess[CONTROLS];
  draw_bounded(&r, &b);
  rng_fill(&r, guess, CONTROLS, 1);
  traj_problem problem = watch_problem(&w, &b.problem);
  w.look = check_control;
  w.ctx = &b;
  traj_ddp *solver = solver_create(&problem, NULL);
  assert_int_equal(traj_ddp_guess(solver, guess), TRAJ_OK);
  assert_int_equal(traj_ddp_solve(solver, 0, b.x0), TRAJ_OK);
  assert_true(w.calls.dynamics > N);
  traj_ddp_destroy(solver);
}

static void infinite_limits_change_nothing(void **state) {
  (void)state;
  double x0[ATTITUDE_NX];
  const double low[NU] = {-HUGE_VAL, -HUGE_VAL, -1e300}, high[NU] = {HUGE_VAL, 1e300, HUGE_VAL};
  const traj_problem open = attitude_problem();
  attitude_start(2, x0);
  for (int sides = 1; sides <= 3; sides++) {
    traj_problem closed = open;
    if (sides & 1) closed.u_min = low;
    if (sides & 2) closed.u_max = high;
    traj_ddp *one = solver_create(&open, NULL), *two = solver_create(&closed, NULL);
    assert_int_equal(traj_ddp_solve(one, 0, x0), TRAJ_OK);
    assert_int_equal(traj_ddp_solve(two, 0, x0), TRAJ_OK);
    const traj_plan *a = traj_ddp_plan(one), *b = traj_ddp_plan(two);
    assert_null(a->u_min);
    assert_non_null(b->u_max);
    assert_memory_equal(a->u, b->u, CONTROLS * sizeof(double));
    assert_memory_equal(a->K, b->K, NDX * CONTROLS * sizeof(double));
    assert_memory_equal(a->V, b->V, NDX * NDX * (N + 1) * sizeof(double));
    traj_ddp_destroy(one);
    traj_ddp_destroy(two);
  }
}

static void all_controls_fixed(void **state) {
  (void)state;
  bounded b = {.problem = attitude_problem()};
  attitude_start(1, b.x0);
  for (int i = 0; i < CONTROLS; i++)
    b.u_min[i] = b.u_max[i] = 0.01 * i - 0.3;
  b.problem.u_min = b.u_min;
  b.problem.u_max = b.u_max;
  b.problem.u_stride = NU;
  traj_ddp *solver = solver_create(&b.problem, NULL);
  assert_int_equal(traj_ddp_solve(solver, 0, b.x0), TRAJ_OK);
  const traj_plan *plan = traj_ddp_plan(solver);
  assert_memory_equal(plan->u, b.u_min, sizeof b.u_min);
  for (int i = 0; i < CONTROLS; i++)
    assert_true(row_is_zero(plan->K + i / NU * NU * NDX, i % NU));
  assert_true(plan->cost == rollout_cost(&b.problem, b.x0, b.u_min));
  traj_ddp_destroy(solver);
}

/* Limits are read anew at each solve; bad ones are named and leave the plan alone. */
static void limits_may_change_between_solves(void **state) {
  (void)state;
  bounded b = {.problem = attitude_problem()};
  attitude_start(1, b.x0);
  b.problem.u_min = b.u_min;
  b.problem.u_max = b.u_max;
  b.problem.u_stride = NU;
  for (int i = 0; i < CONTROLS; i++)
    b.u_min[i] = -1, b.u_max[i] = 1;
  traj_ddp *solver = solver_create(&b.problem, NULL);
  assert_int_equal(traj_ddp_solve(solver, 0, b.x0), TRAJ_OK);
  for (int i = 0; i < CONTROLS; i++)
    b.u_min[i] = -0.1, b.u_max[i] = 0.1;
  assert_int_equal(traj_ddp_solve(solver, 0, b.x0), TRAJ_OK);
  const uint64_t digest = plan_digest(traj_ddp_plan(solver));
  assert_plan_within_limits(traj_ddp_plan(solver));
  assert_true(traj_ddp_plan(solver)->u_max[CONTROLS - 1] == 0.1);
  const int at = 7 * NU + 2;
  const double bad[] = {(double)NAN, 0.2};
  const char *const field[] = {"u_min", "u_max"}; /* a maximum below its minimum is the one at fault */
  for (int i = 0; i < 2; i++) {
    b.u_min[at] = bad[i];
    assert_int_equal(traj_ddp_solve(solver, 0, b.x0), TRAJ_E_ARG);
    const traj_diag *diag = &traj_ddp_get_stats(solver)->diag;
    assert_string_equal(diag->field, field[i]);
    assert_int_equal(diag->k, 7);
    assert_int_equal(diag->row, 2);
    assert_true(plan_digest(traj_ddp_plan(solver)) == digest);
  }
  traj_ddp_destroy(solver);
}

/* The oscillator may use half of what it would like to. Where the limits hold it, its curvature is negative: no reason
 * for regularisation, which would make full second order creep. */
static void negative_curvature_at_a_limit(void **state) {
  (void)state;
  bench_problem b = *bench_problem_find("vanderpol");
  const traj_ddp_settings settings = solver_settings(TRAJ_DDP);
  traj_ddp *solver = solver_create(&b.problem, &settings);
  assert_int_equal(solver_run(solver, &b), TRAJ_OK);
  double most = 0;
  for (int k = 0; k < b.problem.N; k++)
    most = fmax(most, fabs(traj_ddp_plan(solver)->u[k]));
  traj_ddp_destroy(solver);
  const double low = -0.5 * most, high = 0.5 * most;
  b.problem.u_min = &low;
  b.problem.u_max = &high;
  solver = solver_create(&b.problem, &settings);
  assert_int_equal(solver_run(solver, &b), TRAJ_OK);
  const int taken = traj_ddp_get_stats(solver)->iterations;
  print_message("%d iterations\n", taken);
  assert_in_range(taken, 1, 40);
  traj_ddp_destroy(solver);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(limits_of_every_kind),
      cmocka_unit_test(no_hook_sees_a_control_beyond_the_limits),
      cmocka_unit_test(infinite_limits_change_nothing),
      cmocka_unit_test(all_controls_fixed),
      cmocka_unit_test(limits_may_change_between_solves),
      cmocka_unit_test(negative_curvature_at_a_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
