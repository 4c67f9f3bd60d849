/* A mass pushed along a line where two wells wait, the left one a little deeper; it starts at rest on the ridge between
 * them, where costs curve downwards: state (p, v),
 *     p' = v,   v' = u - .1 v,   stage .02 W + .005 v^2 + .005 u^2,   final 5 W + v^2,   W = (p^2 - 1)^2 + .1 p. */
#include <string.h>

#include "problems/registry.h"

typedef struct weights {
  double well, motion, push;
} weights;

static const weights on_the_way = {.well = 0.02, .motion = 0.005, .push = 0.005};
static const weights at_the_end = {.well = 5.0, .motion = 1.0};

static int ode(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  dxdt[0] = at->x[1];
  dxdt[1] = at->u[0] - 0.1 * at->x[1];
  return 0;
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  (void)at;
  (void)user;
  static const double fx[4] = {0.0, 0.0, 1.0, -0.1};
  memcpy(out->fx, fx, sizeof fx);
  out->fu[0] = 0.0;
  out->fu[1] = 1.0;
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

static inline const weights *weights_at(const traj_point *at) {
  return at->u != NULL ? &on_the_way : &at_the_end;
}

static int cost(const traj_point *at, double *value, void *user) {
  (void)user;
  const weights *c = weights_at(at);
  const double p = at->x[0], v = at->x[1], off = p * p - 1.0;
  *value = c->well * (off * off + 0.1 * p) + c->motion * v * v;
  if (at->u != NULL) *value += c->push * at->u[0] * at->u[0];
  return 0;
}

static int cost_quad(const traj_point *at, traj_quad *out, void *user) {
  (void)user;
  const weights *c = weights_at(at);
  const double p = at->x[0];
  out->lx[0] = c->well * (4.0 * p * (p * p - 1.0) + 0.1);
  out->lx[1] = 2.0 * c->motion * at->x[1];
  out->lxx[0] = c->well * (12.0 * p * p - 4.0);
  out->lxx[1] = out->lxx[2] = 0.0;
  out->lxx[3] = 2.0 * c->motion;
  if (at->u == NULL) return 0;
  out->lu[0] = 2.0 * c->push * at->u[0];
  out->luu[0] = 2.0 * c->push;
  memset(out->lux, 0, sizeof(double[2]));
  return 0;
}

const bench_problem bench_double_well = {
    .name = "double_well",
    .purpose = BENCH_ROBUSTNESS,
    .problem = {.N = 100,
                .dt = 0.05,
                .model = {.nx = 2, .nu = 1, .ode = ode, .jac = jac, .hess = hess},
                .cost = {.stage = cost, .final = cost, .stage_quad = cost_quad, .final_quad = cost_quad}},
    .x0 = (const double[]){0.0, 0.0},
    .guess = 0.0,
    .spread = 1.0,
};
