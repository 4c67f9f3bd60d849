/* Odes on manifolds, through the public interface: gradients and Hessians of whole rollouts, the value function at an
 * optimum, against long double and against each other. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "support/env.h"
#include "support/flyer.h"
#include "support/near.h"
#include "support/richardson.h"
#include "support/rng.h"
#include "support/solver.h"

enum { NX = FLYER_NX, NDX = FLYER_NDX, NU = FLYER_NU, STAGES = 4 };

static const double DT = 0.2, T0 = 2;

/* The cost of a plan's controls from stage k on, from its state there displaced by d. */
typedef struct tail {
  const traj_plan *plan;
  int k;
} tail;

static void cost_of_tail(const long double *d, long double *cost, const void *ctx) {
  const tail *from = ctx;
  const traj_plan *plan = from->plan;
  long double start[NX], x[NX], u[NU], next[NX];
  for (int i = 0; i < NX; i++)
    start[i] = plan->x[from->k * NX + i];
  flyer_exact_retract(start, d, x);
  *cost = 0;
  for (int k = from->k; k < plan->N; k++) {
    for (int i = 0; i < NU; i++)
      u[i] = plan->u[k * NU + i];
    *cost += flyer_exact_cost(x, u);
    flyer_exact_step(T0 + k * (long double)DT, DT, 1, x, u, next);
    memcpy(x, next, sizeof x);
  }
  *cost += flyer_exact_cost(x, NULL);
}

/* With no freedom left to the controls u, the value function is the cost of the rollout itself. */
static traj_ddp *solver_of_rollouts(const double *u) {
  traj_problem problem = flyer_problem(STAGES, DT);
  problem.u_min = problem.u_max = u;
  problem.u_stride = NU;
  traj_ddp_settings settings = solver_settings(TRAJ_DDP);
  settings.run.max_iter = 0;
  return solver_create(&problem, &settings);
}

static const traj_plan *roll_out(traj_ddp *solver, const double *x0) {
  traj_status status = traj_ddp_solve(solver, T0, x0);
  assert_true(status == TRAJ_OK || status == TRAJ_MAX_ITER);
  return traj_ddp_plan(solver);
}

/* Its gradient and its Hessian, of the second order in all that bends. */
static void check_rollout(rng *r) {
  double x0[NX], u[NU * STAGES], unused[NU];
  flyer_draw(r, x0, unused);
  rng_fill(r, u, NU * STAGES, 0.5);
  traj_ddp *solver = solver_of_rollouts(u);
  const traj_plan *plan = roll_out(solver, x0);
  double first = 0, second = 0;
  for (int k = 0; k <= STAGES; k++) {
    const tail from = {.plan = plan, .k = k};
    const double *v = plan->v + k * NDX, *V = plan->V + k * NDX * NDX;
    for (int j = 0; j < NDX; j++) {
      long double slope;
      richardson_slope(cost_of_tail, &from, 1, j, &slope);
      first = fmax(first, fabs((double)(v[j] - slope)) / (1 + fabs(v[j])));
      for (int i = j; i < NDX; i++) {
        double bend = (double)richardson_bend(cost_of_tail, &from, i, j);
        second = fmax(second, fabs(V[i + j * NDX] - bend) / (1 + fabs(bend)));
      }
    }
  }
  print_message("errors of the gradient %.1e, of the Hessian %.1e\n", first, second);
  assert_true(first <= 1e-13 + richardson_error(1) && second <= 1e-11 + richardson_error(2));
  traj_ddp_destroy(solver);
}

static void rollouts_have_exact_gradients_and_hessians(void **state) {
  (void)state;
  rng r = rng_from(env_seed("rollouts", 20261127));
  for (int round = 0, rounds = env_rounds(3, 1); round < rounds; round++)
    check_rollout(&r);
}

/* Displacements from the state `there` of what further displacements d of `here` lead to. */
typedef struct journey {
  long double here[NX], there[NX], gone[NDX];
} journey;

static void seen_from_there(const long double *d, long double *out, const void *ctx) {
  const journey *j = ctx;
  long double all[NDX], x[NX];
  for (int i = 0; i < NDX; i++)
    all[i] = j->gone[i] + d[i];
  flyer_exact_retract(j->here, all, x);
  flyer_exact_difference(j->there, x, out);
}

/* The gradient at x0 (+) h e_j, which lives in the tangent space there, as derivatives by displacements of x0. */
static void gradient_from(traj_ddp *solver, const double *x0, int j, double h, double *gradient) {
  journey away = {.gone = {0}};
  double there[NX];
  away.gone[j] = h;
  for (int i = 0; i < NX; i++)
    away.here[i] = x0[i];
  flyer_exact_retract(away.here, away.gone, away.there);
  for (int i = 0; i < NX; i++)
    there[i] = (double)away.there[i];
  const double *v = roll_out(solver, there)->v;
  for (int i = 0; i < NDX; i++) {
    long double column[NDX];
    richardson_slope(seen_from_there, &away, NDX, i, column);
    gradient[i] = 0;
    for (int l = 0; l < NDX; l++)
      gradient[i] += (double)column[l] * v[l];
  }
}

/* The Hessian is what the gradients around differ by; the connection between their tangent spaces is part of it. */
static void gradients_differ_by_the_hessian(void **state) {
  (void)state;
  const double h = 0.01;
  rng r = rng_from(env_seed("gradients", 20261203));
  double x0[NX], u[NU * STAGES], unused[NU], V[NDX * NDX], worst = 0, raw = 0;
  flyer_draw(&r, x0, unused);
  rng_fill(&r, u, NU * STAGES, 0.5);
  traj_ddp *solver = solver_of_rollouts(u);
  memcpy(V, roll_out(solver, x0)->V, sizeof V);
  for (int j = 0; j < NDX; j++) {
    double side[4][NDX], near[2][NDX];
    for (int s = 0; s < 4; s++)
      gradient_from(solver, x0, j, h * (s < 2 ? s - 2 : s - 1), side[s]);
    for (int s = 0; s < 2; s++) {
      double x[NX], d[NDX] = {0};
      d[j] = s == 0 ? -h : h;
      flyer_retract(x0, d, x, NULL);
      memcpy(near[s], roll_out(solver, x)->v, sizeof near[s]);
    }
    for (int i = 0; i < NDX; i++) {
      double bend = (8 * (side[2][i] - side[1][i]) - (side[3][i] - side[0][i])) / (12 * h);
      worst = fmax(worst, fabs(bend - V[i + j * NDX]) / (1 + fabs(bend)));
      raw = fmax(raw, fabs((near[1][i] - near[0][i]) / (2 * h) - V[i + j * NDX]));
    }
  }
  print_message("differences of gradients are off by %.1e; as if the tangent spaces were one, by %.1e\n", worst, raw);
  assert_true(worst <= 1e-6);
  assert_true(raw >= 1e-2); /* so the test does see the connection */
  traj_ddp_destroy(solver);
}

/* The least cost from x, to the last digit. */
static double least_cost(traj_ddp *solver, const double *x) {
  traj_status status = traj_ddp_solve(solver, T0, x);
  if (status != TRAJ_OK && status != TRAJ_STALLED) solver_print(solver);
  assert_true(status == TRAJ_OK || status == TRAJ_STALLED);
  return traj_ddp_plan(solver)->cost;
}

/* Least costs from x0 displaced by -2 h d, ..., 2 h d. False when limits become active or let go between: there the
 * least cost has no second derivative. */
static bool costs_along(traj_ddp *solver, const double *x0, const double *d, double h, double *cost) {
  bool held[NU * STAGES] = {false};
  for (int side = 0; side < 5; side++) {
    double x[NX], step[NDX];
    for (int i = 0; i < NDX; i++)
      step[i] = (side - 2) * h * d[i];
    flyer_retract(x0, step, x, NULL);
    cost[side] = least_cost(solver, x);
    const traj_plan *plan = traj_ddp_plan(solver);
    for (int i = 0; plan->u_min != NULL && i < NU * STAGES; i++) {
      bool now = plan->u[i] == plan->u_min[i] || plan->u[i] == plan->u_max[i];
      if (side > 0 && now != held[i]) return false;
      held[i] = now;
    }
  }
  return true;
}

/* v and V of the plan are the derivatives of the least cost by the start along any direction. False when there are
 * none: where only damping makes the recursion definite, or limits come and go however near one looks. */
static bool check_optimum(rng *r, const double *limits) {
  double x0[NX], d[NDX], v[NDX], V[NDX * NDX], unused[NU], cost[5], slope = 0, bend = 0, h = 0.005;
  traj_problem problem = flyer_problem(STAGES, DT);
  problem.u_min = limits == NULL ? NULL : limits;
  problem.u_max = limits == NULL ? NULL : limits + NU;
  traj_ddp_settings settings = solver_settings(TRAJ_DDP);
  settings.tolerance = 1e-14;
  traj_ddp *solver = solver_create(&problem, &settings);
  flyer_draw(r, x0, unused);
  for (int i = FLYER_V; i < NX; i++)
    x0[i] *= 0.3; /* from a wilder start there are several optima near each other */
  for (int i = 0; i < 2; i++)
    least_cost(solver, x0);
  memcpy(v, traj_ddp_plan(solver)->v, sizeof v);
  memcpy(V, traj_ddp_plan(solver)->V, sizeof V);
  rng_fill(r, d, NDX, 0.5);
  bool smooth = traj_ddp_get_stats(solver)->max_regularization == 0, found = false;
  for (; smooth && !found && h > 5e-4; h *= 0.5)
    found = costs_along(solver, x0, d, h, cost);
  traj_ddp_destroy(solver);
  if (!found) return false;
  h *= 2;
  for (int i = 0; i < NDX; i++) {
    slope += v[i] * d[i];
    for (int j = 0; j < NDX; j++)
      bend += d[i] * V[i + j * NDX] * d[j];
  }
  double slope_found = (8 * (cost[3] - cost[1]) - (cost[4] - cost[0])) / (12 * h);
  double bend_found = (16 * (cost[3] + cost[1]) - (cost[4] + cost[0]) - 30 * cost[2]) / (12 * h * h);
  print_message("%s: slope %.10g, off by %.1e; bend %.8g, off by %.1e\n", limits == NULL ? "free" : "limits", slope,
                slope_found - slope, bend, bend_found - bend);
  assert_near(slope_found, slope, 1e-6 * (1 + fabs(slope)));
  assert_near(bend_found, bend, 1e-5 * (1 + fabs(bend)));
  return true;
}

static void the_value_function_is_that_of_the_optimum(void **state) {
  (void)state;
  const double limits[2 * NU] = {-0.3, -0.2, -0.3, -0.2, -0.3, -0.1, 0.3, 0.3, 0.2, 0.2, 0.3, 0.4};
  rng r = rng_from(env_seed("optimum", 20261128));
  int free = 0, limited = 0;
  for (int round = 0, rounds = env_rounds(5, 2); round < rounds; round++) {
    free += check_optimum(&r, NULL);
    limited += check_optimum(&r, limits);
  }
  assert_true(free > 0 && limited > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rollouts_have_exact_gradients_and_hessians),
      cmocka_unit_test(gradients_differ_by_the_hessian),
      cmocka_unit_test(the_value_function_is_that_of_the_optimum),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
