/* A unit mass pushed to rest at the origin with a bounded force, linear and convex: state (position, velocity), h = .1,
 *     x1+ = x1 + h x2 + h^2 / 2 u,   x2+ = x2 + h u,   |u| <= 1
 *     stage h (.5 x1^2 + .05 x2^2 + .005 u^2),   final 5 x1^2 + 5 x2^2. */
#include <string.h>

#include "problems/quadratic.h"
#include "problems/registry.h"

static int step(const traj_point *at, double *next, void *user) {
  (void)user;
  next[0] = at->x[0] + 0.1 * at->x[1] + 0.005 * at->u[0];
  next[1] = at->x[1] + 0.1 * at->u[0];
  return 0;
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  (void)at;
  (void)user;
  static const double fx[4] = {1.0, 0.0, 0.1, 1.0};
  memcpy(out->fx, fx, sizeof fx);
  out->fu[0] = 0.005;
  out->fu[1] = 0.1;
  return 0;
}

static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  (void)at;
  (void)lambda;
  (void)user;
  memset(out->lxx, 0, sizeof(double[4]));
  memset(out->lux, 0, sizeof(double[2]));
  out->luu[0] = 0.0;
  return 0;
}

QUADRATIC_HOOKS(cost, 2, 1)

static const double zero[2] = {0.0, 0.0};

static const quadratic weights = {
    .q = (const double[]){0.1, 0.01},
    .r = (const double[]){0.001},
    .qf = (const double[]){10.0, 10.0},
    .xg = zero,
    .ug = zero,
};

const bench_problem bench_double_integrator_box = {
    .name = "double_integrator_box",
    .purpose = BENCH_ACCEPTANCE,
    .problem = {.N = 60,
                .dt = 0.1,
                .model = {.nx = 2, .nu = 1, .step = step, .jac = jac, .hess = hess},
                .cost = QUADRATIC_COST(cost, &weights),
                .u_min = (const double[]){-1.0},
                .u_max = (const double[]){1.0}},
    .x0 = (const double[]){3.0, 1.0},
    .guess = 0.0,
    .optima = (const double[]){14.824948666692},
    .n_optima = 1,
};
