/** @file
 *  Quadratic costs with diagonal weights:
 *      l_k = 1/2 sum_i q_i (x_i - xg_i)^2 + 1/2 sum_i r_i (u_i - ug_i)^2,   l_N = 1/2 sum_i qf_i (x_i - xg_i)^2.
 *  QUADRATIC_HOOKS stamps the hooks out for sizes that the compiler knows. */
#ifndef BENCH_PROBLEMS_QUADRATIC_H
#define BENCH_PROBLEMS_QUADRATIC_H

#include <string.h>

#include "traj/problem.h"

/** Weights and goals of a quadratic cost. */
typedef struct quadratic {
  const double *q;  /**< Stage weights of the state, nx. */
  const double *r;  /**< Stage weights of the control, nu. */
  const double *qf; /**< Final weights of the state, nx. */
  const double *xg; /**< Goal of the state, nx. */
  const double *ug; /**< Goal of the control, nu. */
} quadratic;

/** 1/2 sum_i w_i (z_i - goal_i)^2. */
static inline double quadratic_value(int n, const double *w, const double *z, const double *goal) {
  double sum = 0.0;
  for (int i = 0; i < n; ++i) {
    const double d = z[i] - goal[i];
    sum += w[i] * d * d;
  }
  return 0.5 * sum;
}

/** Gradient (n) and Hessian (n x n) of quadratic_value. */
static inline void quadratic_expand(int n, const double *w, const double *z, const double *goal, double *grad,
                                    double *hess) {
  memset(hess, 0, (size_t)(n * n) * sizeof *hess);
  for (int i = 0; i < n; ++i) {
    grad[i] = w[i] * (z[i] - goal[i]);
    hess[i + n * i] = w[i];
  }
}

/** Defines the static hooks name_stage, name_final, name_stage_quad and name_final_quad; user is a quadratic. */
#define QUADRATIC_HOOKS(name, nx, nu)                                              \
  static int name##_stage(const traj_point *at, double *cost, void *user) {        \
    const quadratic *c = user;                                                     \
    *cost = quadratic_value(nx, c->q, at->x, c->xg);                               \
    *cost += quadratic_value(nu, c->r, at->u, c->ug);                              \
    return 0;                                                                      \
  }                                                                                \
  static int name##_final(const traj_point *at, double *cost, void *user) {        \
    const quadratic *c = user;                                                     \
    *cost = quadratic_value(nx, c->qf, at->x, c->xg);                              \
    return 0;                                                                      \
  }                                                                                \
  static int name##_stage_quad(const traj_point *at, traj_quad *out, void *user) { \
    const quadratic *c = user;                                                     \
    quadratic_expand(nx, c->q, at->x, c->xg, out->lx, out->lxx);                   \
    quadratic_expand(nu, c->r, at->u, c->ug, out->lu, out->luu);                   \
    memset(out->lux, 0, sizeof(double[nu * nx]));                                  \
    return 0;                                                                      \
  }                                                                                \
  static int name##_final_quad(const traj_point *at, traj_quad *out, void *user) { \
    const quadratic *c = user;                                                     \
    quadratic_expand(nx, c->qf, at->x, c->xg, out->lx, out->lxx);                  \
    return 0;                                                                      \
  }

/** The initialiser of a traj_cost from hooks of QUADRATIC_HOOKS and a constant quadratic (which no hook changes). */
#define QUADRATIC_COST(name, data)                                                                                  \
  {                                                                                                                 \
    .stage = name##_stage, .final = name##_final, .stage_quad = name##_stage_quad, .final_quad = name##_final_quad, \
    .user = (void *)(data)                                                                                          \
  }

#endif
