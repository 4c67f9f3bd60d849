#include "support/rk4.h"

#include <string.h>

enum { NX = RK4_NX, NU = RK4_NU, NZ = NX + NU, POINTS = 4 };

/* Where each point of the method stands in units of dt, and its weight in the sum. */
static const double node[POINTS] = {0, 0.5, 0.5, 1};
static const double weight[POINTS] = {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6};

/* The points of one step and, when asked for, their derivatives. */
typedef struct trace {
  double t[POINTS];
  double x[POINTS][NX];     /* where the ode is evaluated */
  double slope[POINTS][NX]; /* its value */
  double fx[POINTS][NX * NX];
  double x_by_z[POINTS][NX * NZ];     /* of the points by z = (x, u) */
  double slope_by_z[POINTS][NX * NZ]; /* of the values */
} trace;

static traj_point point(const traj_point *at, const trace *tr, int i) {
  return (traj_point){.k = at->k, .worker = at->worker, .t = tr->t[i], .x = tr->x[i], .u = at->u};
}

/* slope_by_z = fx x_by_z + fu [0 I]. */
static int linearise(const rk4 *r, const traj_point *at, trace *tr, int i) {
  double fu[NX * NU];
  traj_point here = point(at, tr, i);
  traj_jac out = {.fx = tr->fx[i], .fu = fu};
  int code = r->ode.jac(&here, &out, r->ode.user);
  for (int col = 0; col < NZ; col++) {
    for (int row = 0; row < NX; row++) {
      double sum = col < NX ? 0 : fu[row + (col - NX) * NX];
      for (int l = 0; l < NX; l++)
        sum += tr->fx[i][row + l * NX] * tr->x_by_z[i][l + col * NX];
      tr->slope_by_z[i][row + col * NX] = sum;
    }
  }
  return code;
}

static int walk(const rk4 *r, const traj_point *at, int with_derivatives, trace *tr) {
  int code = 0;
  memset(tr->x_by_z, 0, sizeof tr->x_by_z);
  for (int i = 0; i < POINTS && code == 0; i++) {
    double h = node[i] * r->dt;
    tr->t[i] = at->t + h;
    for (int row = 0; row < NX; row++)
      tr->x[i][row] = at->x[row] + (i > 0 ? h * tr->slope[i - 1][row] : 0);
    traj_point here = point(at, tr, i);
    code = r->ode.ode(&here, tr->slope[i], r->ode.user);
    if (!with_derivatives || code != 0) continue;
    for (int row = 0; row < NX; row++)
      tr->x_by_z[i][row + row * NX] = 1;
    for (int e = 0; i > 0 && e < NX * NZ; e++)
      tr->x_by_z[i][e] += h * tr->slope_by_z[i - 1][e];
    code = linearise(r, at, tr, i);
  }
  return code;
}

static int step(const traj_point *at, double *x_next, void *user) {
  const rk4 *r = user;
  trace tr;
  int code = walk(r, at, 0, &tr);
  for (int row = 0; row < NX && code == 0; row++) {
    x_next[row] = at->x[row];
    for (int i = 0; i < POINTS; i++)
      x_next[row] += r->dt * weight[i] * tr.slope[i][row];
  }
  return code;
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  const rk4 *r = user;
  trace tr;
  int code = walk(r, at, 1, &tr);
  for (int col = 0; col < NZ && code == 0; col++) {
    for (int row = 0; row < NX; row++) {
      double sum = row == col;
      for (int i = 0; i < POINTS; i++)
        sum += r->dt * weight[i] * tr.slope_by_z[i][row + col * NX];
      *(col < NX ? &out->fx[row + col * NX] : &out->fu[row + (col - NX) * NX]) = sum;
    }
  }
  return code;
}

/* H += Z' W Z, with Z = [x_by_z; 0 I] and W the second derivatives of the ode at a point, contracted with kappa. */
static int add_curvature(const rk4 *r, const traj_point *at, const trace *tr, int i, const double *kappa, double *H) {
  double lxx[NX * NX], luu[NU * NU], lux[NU * NX], Z[NZ * NZ] = {0}, W[NZ * NZ];
  traj_quad out = {.lxx = lxx, .luu = luu, .lux = lux};
  traj_point here = point(at, tr, i);
  int code = r->ode.hess(&here, kappa, &out, r->ode.user);
  for (int col = 0; col < NZ; col++) {
    if (col >= NX) Z[col + col * NZ] = 1;
    memcpy(Z + col * NZ, tr->x_by_z[i] + col * NX, NX * sizeof *Z);
    for (int row = 0; row < NZ; row++) {
      int a = row < col ? row : col, b = row < col ? col : row; /* W is symmetric: a <= b */
      W[row + col * NZ] = b < NX ? lxx[b + a * NX] : a < NX ? lux[b - NX + a * NU] : luu[b - NX + (a - NX) * NU];
    }
  }
  for (int p = 0; p < NZ * NZ; p++)
    for (int q = 0; q < NZ * NZ; q++)
      H[p] += Z[q % NZ + p % NZ * NZ] * W[q] * Z[q / NZ + p / NZ * NZ];
  return code;
}

static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  const rk4 *r = user;
  trace tr;
  double H[NZ * NZ] = {0}, next[NX] = {0}; /* adjoint of the point after, times its dependence on this slope */
  int code = walk(r, at, 1, &tr);
  for (int i = POINTS - 1; i >= 0 && code == 0; i--) {
    double kappa[NX];
    for (int row = 0; row < NX; row++)
      kappa[row] = r->dt * weight[i] * lambda[row] + next[row];
    code = add_curvature(r, at, &tr, i, kappa, H);
    for (int row = 0; row < NX; row++) {
      next[row] = 0;
      for (int l = 0; l < NX; l++)
        next[row] += node[i] * r->dt * tr.fx[i][l + row * NX] * kappa[l];
    }
  }
  for (int col = 0; col < NZ; col++) {
    for (int row = 0; row < NZ; row++) {
      double entry = H[row + col * NZ];
      if (row < NX && col < NX) out->lxx[row + col * NX] = entry;
      if (row >= NX && col < NX) out->lux[row - NX + col * NU] = entry;
      if (row >= NX && col >= NX) out->luu[row - NX + (col - NX) * NU] = entry;
    }
  }
  return code;
}

traj_model rk4_model(rk4 *r) {
  return (traj_model){.nx = NX, .nu = NU, .step = step, .jac = jac, .hess = hess, .user = r};
}
