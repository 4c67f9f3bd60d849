/* Entries about TRAJ_OK with a plan that nobody wanted: there is a better one elsewhere. */
#include <math.h>

#include "docs/symptoms/symptoms.h"

static int effort(const traj_point *at, double *cost, void *user) {
  (void)user;
  *cost = 0.001 * at->u[0] * at->u[0];
  return 0;
}

static int lowness(const traj_point *at, double *cost, void *user) {
  (void)user;
  *cost = 100 * (1 + cos(at->x[0])) + 5 * at->x[1] * at->x[1];
  return 0;
}

static void symmetric(void **state) {
  const double hanging[2] = {0, 0};
  double nudge[100] = {0.1};
  attempt a = attempt_at((traj_problem){.N = 100,
                                        .dt = 0.05,
                                        .model = {.nx = 2, .nu = 1, .ode = pendulum},
                                        .cost = {.stage = effort, .final = lowness}},
                         hanging);
  const outcome ill = try_out(*state, "from zero", &a);
  assert_true(ill.stats.status == TRAJ_OK && ill.stats.iterations == 0 && ill.stats.gradient == 0);
  assert_true(ill.stats.max_regularization > 0 && isnan(ill.stats.expected));
  a.u = nudge;
  const outcome cured = try_out(*state, "from a nudge", &a);
  assert_true(cured.stats.status == TRAJ_OK && fabs(fabs(cured.end[0]) - 3.14) < 0.01);
}

static void out_of_reach(void **state) {
  const double aside[2] = {1, 0}, Qf[2] = {100, 100}, R[1] = {0.01}, least[1] = {-1}, most[1] = {1};
  traj_tracking wishes = {.nx = 2, .nu = 1, .R = R, .Qf = Qf};
  attempt a = attempt_at((traj_problem){.N = 15,
                                        .dt = 0.1,
                                        .model = {.nx = 2, .nu = 1, .ode = mass},
                                        .cost = traj_tracking_cost(&wishes),
                                        .u_min = least,
                                        .u_max = most},
                         aside);
  const outcome ill = try_out(*state, "1.5 s", &a);
  assert_true(ill.stats.status == TRAJ_OK && ill.at_limit == 14 && fabs(ill.end[0]) > 0.3);
  a.problem.N = 25;
  const outcome cured = try_out(*state, "2.5 s", &a);
  assert_true(cured.stats.status == TRAJ_OK && cured.at_limit == 0 && fabs(cured.end[0]) < 1e-3);
}

static const traj_part circle[] = {{TRAJ_ANGLE, 1}, {0}};
static const double goal[1] = {-3}; /* rad */

static int turn(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  dxdt[0] = at->u[0];
  return 0;
}

static int rate(const traj_point *at, double *r, void *user) {
  (void)user;
  r[0] = 0.1 * at->u[0];
  return 0;
}

static int miss(const traj_point *at, double *r, void *user) {
  (void)user;
  r[0] = 10 * (at->x[0] - goal[0]);
  return 0;
}

static int miss_on_circle(const traj_point *at, double *r, void *user) {
  (void)user;
  traj_manifold_difference(goal, at->x, r, (void *)circle);
  r[0] *= 10;
  return 0;
}

static void long_way(void **state) {
  const double start[1] = {3};
  attempt a = attempt_at((traj_problem){.N = 20,
                                        .dt = 0.1,
                                        .model = {.nx = 1, .nu = 1, .ode = turn},
                                        .cost = {.nr = 1, .residual = rate, .nr_final = 1, .final_residual = miss}},
                         start);
  const outcome ill = try_out(*state, "a number", &a);
  assert_true(ill.stats.status == TRAJ_OK && ill.end[0] < 0);
  a.problem.model.parts = circle;
  a.problem.cost.final_residual = miss_on_circle;
  const outcome cured = try_out(*state, "an angle", &a);
  assert_true(cured.stats.status == TRAJ_OK && cured.end[0] > 3 && cured.stats.cost < 0.01 * ill.stats.cost);
}

static const struct CMUnitTest tests[] = {
    ENTRY("The guess is symmetric", symmetric),
    ENTRY("The limits leave no way", out_of_reach),
    ENTRY("An angle goes the long way round", long_way),
};
const part wrong_places = {tests, sizeof tests / sizeof *tests};
