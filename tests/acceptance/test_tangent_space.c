/* States that live on a manifold: a rigid body's attitude as a unit quaternion, with derivatives, gains and values in
 * the tangent space. */
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

#include "problems/problems.h"
#include "support/attitude.h"
#include "support/env.h"
#include "support/near.h"
#include "support/rk4.h"
#include "support/rng.h"
#include "support/rollout.h"
#include "support/solver.h"

enum { NX = ATTITUDE_NX, NDX = ATTITUDE_NDX, NU = ATTITUDE_NU, NZ = NDX + NU, CONTROLS = NU * ATTITUDE_N };

/* A place, with the multipliers of the next displacement. What is differenced are functions of z = (dx, du). */
typedef struct place {
  traj_problem problem;
  double x[NX], u[NU], x_next[NX], lambda[NDX];
  int final;
} place;

static void at_displaced(const place *p, const double *z, double *x, double *u) {
  p->problem.model.retract(p->x, z, x, NULL);
  for (int i = 0; i < NU; i++)
    u[i] = p->u[i] + z[NDX + i];
}

static void dynamics(const place *p, const double *z, double *out) {
  double x[NX], u[NU], next[NX];
  at_displaced(p, z, x, u);
  const traj_point at = {.x = x, .u = u};
  p->problem.model.step(&at, next, NULL);
  p->problem.model.difference(p->x_next, next, out, NULL);
}

static double contracted(const place *p, const double *z) {
  double out[NDX], sum = 0;
  dynamics(p, z, out);
  for (int i = 0; i < NDX; i++)
    sum += p->lambda[i] * out[i];
  return sum;
}

static double cost(const place *p, const double *z) {
  double x[NX], u[NU], value;
  at_displaced(p, z, x, u);
  const traj_point at = {.k = p->final ? ATTITUDE_N : 0, .x = x, .u = p->final ? NULL : u};
  (p->final ? p->problem.cost.final : p->problem.cost.stage)(&at, &value, NULL);
  return value;
}

/* Fourth-order central difference of the slope of f along z_i, with z_j displaced by hj. */
static double slope(const place *p, double (*f)(const place *, const double *), int i, int j, double hj) {
  const double h = 4e-3;
  double side[4];
  for (int s = 0; s < 4; s++) {
    double z[NZ] = {0};
    z[j] += hj;
    z[i] += h * (s < 2 ? s - 2 : s - 1);
    side[s] = f(p, z);
  }
  return (8 * (side[2] - side[1]) - (side[3] - side[0])) / (12 * h);
}

static double second_slope(const place *p, double (*f)(const place *, const double *), int i, int j) {
  const double h = 4e-3;
  double near = slope(p, f, i, j, h) - slope(p, f, i, j, -h),
         far = slope(p, f, i, j, 2 * h) - slope(p, f, i, j, -2 * h);
  return (8 * near - far) / (12 * h);
}

/* Compares lxx, luu, lux with second differences. */
static void check_hessian(const place *p, double (*f)(const place *, const double *), const traj_quad *q, int n) {
  for (int j = 0; j < n; j++) {
    for (int i = j; i < n; i++) {
      double given = i < NDX   ? q->lxx[i + j * NDX]
                     : j < NDX ? q->lux[i - NDX + j * NU]
                               : q->luu[i - NDX + (j - NDX) * NU];
      assert_near(given, second_slope(p, f, i, j), 1e-7 * (1 + fabs(given)));
    }
  }
}

static void check_place(place *p) {
  double fx[NDX * NDX], fu[NDX * NU], lx[NDX], lu[NU], lxx[NDX * NDX], luu[NU * NU], lux[NU * NDX];
  const traj_point at = {.x = p->x, .u = p->u};
  traj_jac jac = {.fx = fx, .fu = fu};
  traj_quad quad = {.lx = lx, .lu = lu, .lxx = lxx, .luu = luu, .lux = lux};
  p->problem.model.step(&at, p->x_next, NULL);
  p->problem.model.jac(&at, &jac, NULL);
  for (int row = 0; row < NDX; row++) {
    place one = *p;
    memset(one.lambda, 0, sizeof one.lambda);
    one.lambda[row] = 1;
    for (int j = 0; j < NZ; j++)
      assert_near(j < NDX ? fx[row + j * NDX] : fu[row + (j - NDX) * NDX], slope(&one, contracted, j, 0, 0), 1e-8);
  }
  p->problem.model.hess(&at, p->lambda, &quad, NULL);
  check_hessian(p, contracted, &quad, NZ);
  for (p->final = 0; p->final < 2; p->final++) {
    const traj_point here = {.k = p->final ? ATTITUDE_N : 0, .x = p->x, .u = p->final ? NULL : p->u};
    (p->final ? p->problem.cost.final_quad : p->problem.cost.stage_quad)(&here, &quad, NULL);
    for (int j = 0; j < (p->final ? NDX : NZ); j++)
      assert_near(j < NDX ? lx[j] : lu[j - NDX], slope(p, cost, j, 0, 0), 1e-7);
    check_hessian(p, cost, &quad, p->final ? NDX : NZ);
  }
}

static void derivatives_are_those_on_the_manifold(void **state) {
  (void)state;
  rng r = rng_from(env_seed("tangent_space", 20240303));
  for (int round = 0, rounds = env_rounds(50, 5); round < rounds; round++) {
    place p = {.problem = attitude_problem()};
    attitude_start(rng_uniform(&r, 0, 2.8), p.x);
    rng_fill(&r, p.x + 4, 3, 3);
    rng_fill(&r, p.u, NU, 1);
    rng_fill(&r, p.lambda, NDX, 1);
    check_place(&p);
  }
}

/* The library's own check, at every stage of a rollout that turns by nearly pi. */
static void the_derivative_check_agrees(void **state) {
  (void)state;
  const traj_problem problem = attitude_problem();
  double x0[NX];
  traj_derivative_report report;
  attitude_start(3.1, x0);
  traj_ddp *solver = solver_create(&problem, NULL);
  assert_int_equal(traj_ddp_check_derivatives(solver, 0, x0, &report), TRAJ_OK);
  print_message("%ld entries, largest error %.1e\n", report.checked, report.error);
  assert_true(report.checked >= ATTITUDE_N * NDX * NZ);
  traj_ddp_destroy(solver);
}

/* Largest entry of the gradient of the total cost. */
static double steepest(const traj_problem *p, const double *x0, const double *u) {
  double gradient[CONTROLS], worst = 0;
  rollout_gradient(p, x0, u, gradient);
  for (int i = 0; i < CONTROLS; i++)
    worst = fmax(worst, fabs(gradient[i]));
  return worst;
}

typedef struct answer {
  double cost, u[CONTROLS];
  int iterations;
} answer;

static answer solve(const traj_problem *problem, traj_ddp_method method, const double *x0) {
  answer out;
  traj_ddp_settings settings = solver_settings(method);
  settings.tolerance = 1e-11;
  traj_ddp *solver = solver_create(problem, &settings);
  traj_status status = traj_ddp_solve(solver, 0, x0);
  if (status != TRAJ_OK) solver_print(solver);
  assert_int_equal(status, TRAJ_OK);
  const traj_plan *plan = traj_ddp_plan(solver);
  assert_plan_finite(plan);
  for (int k = 0; k <= plan->N; k++) { /* the states are still unit quaternions */
    double norm = 0;
    for (int i = 0; i < 4; i++)
      norm += plan->x[k * NX + i] * plan->x[k * NX + i];
    assert_near(norm, 1, 1e-12);
  }
  out.cost = plan->cost;
  out.iterations = traj_ddp_get_stats(solver)->iterations;
  memcpy(out.u, plan->u, sizeof out.u);
  traj_ddp_destroy(solver);
  return out;
}

static void assert_same_answer(const answer *got, const answer *expected, const char *what) {
  double worst = 0;
  for (int i = 0; i < CONTROLS; i++)
    worst = fmax(worst, fabs(got->u[i] - expected->u[i]));
  print_message("  %-28s %3d iterations, cost differs by %.1e, controls by %.1e\n", what, got->iterations,
                got->cost - expected->cost, worst);
  assert_near(got->cost, expected->cost, 1e-9 * (1 + expected->cost));
  assert_true(worst <= 1e-4);
}

static void check_turn(double angle) {
  double x0[NX];
  attitude_start(angle, x0);
  const traj_problem all = attitude_problem(), ambient = attitude_problem_ambient();
  traj_problem none = all;
  none.model.jac = NULL;
  none.model.hess = NULL;
  none.cost.stage_quad = none.cost.final_quad = NULL;
  const answer best = solve(&all, TRAJ_DDP, x0);
  double slope_left = steepest(&all, x0, best.u);
  print_message("turn by %.4f: cost %.12g, %d iterations, gradient by differences %.1e\n", angle, best.cost,
                best.iterations, slope_left);
  assert_true(slope_left <= 1e-6 * (1 + best.cost));
  const answer ilqr = solve(&all, TRAJ_ILQR, x0), ddp_none = solve(&none, TRAJ_DDP, x0);
  const answer ilqr_none = solve(&none, TRAJ_ILQR, x0), other = solve(&ambient, TRAJ_DDP, x0);
  assert_same_answer(&ilqr, &best, "iLQR, all hooks");
  assert_same_answer(&ddp_none, &best, "DDP, no hooks");
  assert_same_answer(&ilqr_none, &best, "iLQR, no hooks");
  assert_same_answer(&other, &best, "DDP, Euclidean, no hooks");
}

static void every_road_leads_to_the_same_optimum(void **state) {
  (void)state;
  const double angles[] = {0.1, 1, 2, 3, 3.14, 3.1415};
  for (size_t i = 0; i < sizeof angles / sizeof angles[0]; i++)
    check_turn(angles[i]);
}

static int trivial_retract(const double *x, const double *dx, double *out, void *user) {
  (void)user;
  for (int i = 0; i < RK4_NX; i++)
    out[i] = x[i] + dx[i];
  return 0;
}

static int trivial_difference(const double *a, const double *b, double *out, void *user) {
  (void)user;
  for (int i = 0; i < RK4_NX; i++)
    out[i] = b[i] - a[i];
  return 0;
}

/* A Euclidean problem said to be a manifold: with all hooks the same bits, without them the same optimum. */
static void trivial_tangent_space_changes_nothing(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  rk4 user_side = {.ode = b->problem.model, .dt = b->problem.dt};
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    const traj_ddp_settings settings = solver_settings((traj_ddp_method)method);
    traj_problem flat = b->problem, curved;
    flat.model = rk4_model(&user_side);
    curved = flat;
    curved.model.retract = trivial_retract;
    curved.model.difference = trivial_difference;
    traj_ddp *one = solver_create(&flat, &settings), *two = solver_create(&curved, &settings);
    assert_int_equal(solver_run(one, b), TRAJ_OK);
    assert_int_equal(solver_run(two, b), TRAJ_OK);
    assert_true(plan_digest(traj_ddp_plan(one)) == plan_digest(traj_ddp_plan(two)));
    assert_true(traj_ddp_get_stats(two)->calls.difference > 0);
    traj_ddp_destroy(one);
    traj_ddp_destroy(two);
    curved.model.jac = NULL;
    curved.model.hess = NULL;
    curved.cost.stage_quad = curved.cost.final_quad = NULL;
    traj_ddp *three = solver_create(&curved, &settings);
    assert_int_equal(solver_run(three, b), TRAJ_OK);
    assert_near(traj_ddp_plan(three)->cost, b->optima[0], 1e-7);
    traj_ddp_destroy(three);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(derivatives_are_those_on_the_manifold),
      cmocka_unit_test(the_derivative_check_agrees),
      cmocka_unit_test(every_road_leads_to_the_same_optimum),
      cmocka_unit_test(trivial_tangent_space_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
