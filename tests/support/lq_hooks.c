#include "support/lq_hooks.h"

#include <string.h>

#include "support/lq.h"

/* y += A x, or with the symmetric A of which the lower triangle is given. NULL: zero. */
static void add_apply(const double *A, int rows, int cols, const double *x, double *y) {
  for (int j = 0; A != NULL && j < cols; j++)
    for (int i = 0; i < rows; i++)
      y[i] += A[i + j * rows] * x[j];
}

static void add_apply_symmetric(const double *A, int n, const double *x, double *y) {
  for (int j = 0; A != NULL && j < n; j++)
    for (int i = 0; i < n; i++)
      y[i] += A[i >= j ? i + j * n : j + i * n] * x[j];
}

static double dot(const double *a, const double *b, int n) {
  double sum = 0;
  for (int i = 0; a != NULL && i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

static int step(const traj_point *at, double *x_next, void *user) {
  const traj_lqr_problem *p = user;
  const double *c = lq_at(p->c, at->k);
  for (int i = 0; i < p->nx; i++)
    x_next[i] = c == NULL ? 0 : c[i];
  add_apply(lq_at(p->A, at->k), p->nx, p->nx, at->x, x_next);
  add_apply(lq_at(p->B, at->k), p->nx, p->nu, at->u, x_next);
  return 0;
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  const traj_lqr_problem *p = user;
  memcpy(out->fx, lq_at(p->A, at->k), (size_t)(p->nx * p->nx) * sizeof(double));
  memcpy(out->fu, lq_at(p->B, at->k), (size_t)(p->nx * p->nu) * sizeof(double));
  return 0;
}

/* Copies a matrix, zero for NULL. The upper triangles that lq draws are NaN: nobody may read them. */
static void put(double *to, const double *from, int n) {
  for (int i = 0; i < n; i++)
    to[i] = from == NULL ? 0 : from[i];
}

static int stage_quad(const traj_point *at, traj_quad *out, void *user) {
  const traj_lqr_problem *p = user;
  int nx = p->nx, nu = p->nu, k = at->k;
  put(out->lxx, lq_at(p->Q, k), nx * nx);
  put(out->luu, lq_at(p->R, k), nu * nu);
  put(out->lux, lq_at(p->S, k), nu * nx);
  put(out->lx, lq_at(p->q, k), nx);
  put(out->lu, lq_at(p->r, k), nu);
  add_apply_symmetric(lq_at(p->Q, k), nx, at->x, out->lx);
  add_apply_symmetric(lq_at(p->R, k), nu, at->u, out->lu);
  add_apply(lq_at(p->S, k), nu, nx, at->x, out->lu);
  const double *S = lq_at(p->S, k);
  for (int j = 0; S != NULL && j < nx; j++)
    out->lx[j] += dot(S + j * nu, at->u, nu);
  return 0;
}

static int stage(const traj_point *at, double *cost, void *user) {
  const traj_lqr_problem *p = user;
  int k = at->k;
  double Qx[LQ_HOOKS_NX] = {0}, Ru[LQ_HOOKS_NU] = {0}, Sx[LQ_HOOKS_NU] = {0};
  add_apply_symmetric(lq_at(p->Q, k), p->nx, at->x, Qx);
  add_apply_symmetric(lq_at(p->R, k), p->nu, at->u, Ru);
  add_apply(lq_at(p->S, k), p->nu, p->nx, at->x, Sx);
  *cost = 0.5 * dot(Qx, at->x, p->nx) + 0.5 * dot(Ru, at->u, p->nu) + dot(Sx, at->u, p->nu);
  *cost += dot(lq_at(p->q, k), at->x, p->nx) + dot(lq_at(p->r, k), at->u, p->nu);
  return 0;
}

static int final_quad(const traj_point *at, traj_quad *out, void *user) {
  const traj_lqr_problem *p = user;
  put(out->lxx, p->Q_N, p->nx * p->nx);
  put(out->lx, p->q_N, p->nx);
  add_apply_symmetric(p->Q_N, p->nx, at->x, out->lx);
  return 0;
}

static int final(const traj_point *at, double *cost, void *user) {
  const traj_lqr_problem *p = user;
  double Qx[LQ_HOOKS_NX] = {0};
  add_apply_symmetric(p->Q_N, p->nx, at->x, Qx);
  *cost = 0.5 * dot(Qx, at->x, p->nx) + dot(p->q_N, at->x, p->nx);
  return 0;
}

traj_problem lq_hooks(traj_lqr_problem *p) {
  return (traj_problem){
      .N = p->N,
      .model = {.nx = p->nx, .nu = p->nu, .step = step, .jac = jac, .user = p},
      .cost = {.stage = stage, .final = final, .stage_quad = stage_quad, .final_quad = final_quad, .user = p},
  };
}
