#include "witness/shooting.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { POINTS = 4 };

/* Of the classical Runge-Kutta method: where a point lies, and its weight. */
static const double NODE[POINTS] = {0, 0.5, 0.5, 1}, WEIGHT[POINTS] = {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6};

static double length(const traj_problem *p, int k) {
  return p->dt_stage != NULL ? p->dt_stage[k] : p->dt;
}

static traj_point place(const traj_problem *p, int k, double later, const double *x, const double *u) {
  assert(p->dt_stage == NULL);
  return (traj_point){.k = k, .t = k * p->dt + later, .x = x, .u = u};
}

/* out = base + h slope, n numbers; base NULL: zero. */
static void moved(int n, const double *base, double h, const double *slope, double *out) {
  for (int i = 0; i < n; i++)
    out[i] = (base == NULL ? 0 : base[i]) + h * slope[i];
}

bool shooting_step(const traj_problem *p, int k, const double *x, const double *u, double *x_next) {
  const traj_model *m = &p->model;
  double point[SHOOTING_NX], slope[SHOOTING_NX] = {0};
  if (m->step != NULL) {
    const traj_point at = place(p, k, 0, x, u);
    return m->step(&at, x_next, m->user) == 0;
  }
  assert(m->integrator == TRAJ_RK4 && m->substeps <= 1);
  const double h = length(p, k);
  memcpy(x_next, x, (size_t)m->nx * sizeof *x);
  for (int i = 0; i < POINTS; i++) {
    moved(m->nx, x, NODE[i] * h, slope, point);
    const traj_point at = place(p, k, NODE[i] * h, point, u);
    if (m->ode(&at, slope, m->user) != 0) return false;
    moved(m->nx, x_next, WEIGHT[i] * h, slope, x_next);
  }
  return true;
}

/* Columns of the ode's derivative by z at a point whose own derivative is given: fx point_by_z + fu [0 I]. */
static bool slope_by_z(const traj_model *m, const traj_point *at, const double *point_by_z, double *out) {
  double fx[SHOOTING_NX * SHOOTING_NX], fu[SHOOTING_NX * SHOOTING_NZ];
  traj_jac jac = {.fx = fx, .fu = fu};
  if (m->jac(at, &jac, m->user) != 0) return false;
  for (int col = 0; col < m->nx + m->nu; col++) {
    for (int row = 0; row < m->nx; row++) {
      double sum = col < m->nx ? 0 : fu[row + (col - m->nx) * m->nx];
      for (int i = 0; i < m->nx; i++)
        sum += fx[row + i * m->nx] * point_by_z[i + col * m->nx];
      out[row + col * m->nx] = sum;
    }
  }
  return true;
}

static void unit(const traj_model *m, double *J) {
  memset(J, 0, (size_t)(m->nx * (m->nx + m->nu)) * sizeof *J);
  for (int i = 0; i < m->nx; i++)
    J[i + i * m->nx] = 1;
}

bool shooting_jacobian(const traj_problem *p, int k, const double *x, const double *u, double *J) {
  const traj_model *m = &p->model;
  const int entries = m->nx * (m->nx + m->nu);
  double point[SHOOTING_NX], slope[SHOOTING_NX] = {0}, start[SHOOTING_NX * SHOOTING_NZ];
  double of_point[SHOOTING_NX * SHOOTING_NZ], of_slope[SHOOTING_NX * SHOOTING_NZ] = {0};
  if (m->step != NULL) {
    const traj_point at = place(p, k, 0, x, u);
    traj_jac jac = {.fx = J, .fu = J + m->nx * m->nx};
    return m->jac(&at, &jac, m->user) == 0;
  }
  const double h = length(p, k);
  unit(m, J);
  unit(m, start);
  for (int i = 0; i < POINTS; i++) {
    moved(m->nx, x, NODE[i] * h, slope, point);
    moved(entries, start, NODE[i] * h, of_slope, of_point);
    const traj_point at = place(p, k, NODE[i] * h, point, u);
    if (m->ode(&at, slope, m->user) != 0 || !slope_by_z(m, &at, of_point, of_slope)) return false;
    moved(entries, J, WEIGHT[i] * h, of_slope, J);
  }
  return true;
}

/* g = J'lambda at z + h e_j. */
static bool gradient(const traj_problem *p, int k, const double *z, int j, double h, const double *lambda, double *g) {
  const int nx = p->model.nx, nz = nx + p->model.nu;
  double there[SHOOTING_NZ], J[SHOOTING_NX * SHOOTING_NZ];
  memcpy(there, z, (size_t)nz * sizeof *z);
  there[j] += h;
  if (!shooting_jacobian(p, k, there, there + nx, J)) return false;
  for (int col = 0; col < nz; col++) {
    g[col] = 0;
    for (int row = 0; row < nx; row++)
      g[col] += J[row + col * nx] * lambda[row];
  }
  return true;
}

bool shooting_curvature(const traj_problem *p, int k, const double *x, const double *u, const double *lambda,
                        double *H) {
  const int nx = p->model.nx, nu = p->model.nu, nz = nx + nu;
  double z[SHOOTING_NZ], up[SHOOTING_NZ], down[SHOOTING_NZ];
  memcpy(z, x, (size_t)nx * sizeof *z);
  memcpy(z + nx, u, (size_t)nu * sizeof *z);
  for (int j = 0; j < nz; j++) {
    const double h = 1e-5 * fmax(1, fabs(z[j]));
    if (!gradient(p, k, z, j, h, lambda, up) || !gradient(p, k, z, j, -h, lambda, down)) return false;
    for (int i = 0; i < nz; i++)
      H[i + j * nz] = (up[i] - down[i]) / (2 * h);
  }
  for (int j = 0; j < nz; j++)
    for (int i = 0; i < j; i++)
      H[i + j * nz] = H[j + i * nz] = 0.5 * (H[i + j * nz] + H[j + i * nz]);
  return true;
}

/* The lower triangle of the Hessian by z from its blocks. */
static void join(int nx, int nu, const traj_quad *q, double *H) {
  const int nz = nx + nu;
  for (int j = 0; j < nz; j++) {
    for (int i = j; i < nz; i++) {
      const double *entry = i < nx   ? &q->lxx[i + j * nx]
                            : j < nx ? &q->lux[i - nx + j * nu]
                                     : &q->luu[i - nx + (j - nx) * nu];
      H[i + j * nz] = H[j + i * nz] = *entry;
    }
  }
}

bool shooting_cost(const traj_problem *p, int k, const double *x, const double *u, double *cost, double *g, double *H) {
  const traj_cost *c = &p->cost;
  const int nx = p->model.nx, nu = u == NULL ? 0 : p->model.nu;
  const traj_point at = place(p, k, 0, x, u);
  double lxx[SHOOTING_NX * SHOOTING_NX], luu[SHOOTING_NZ * SHOOTING_NZ], lux[SHOOTING_NZ * SHOOTING_NX];
  double lx[SHOOTING_NX], lu[SHOOTING_NZ];
  if ((u == NULL ? c->final : c->stage)(&at, cost, c->user) != 0) return false;
  if (g == NULL && H == NULL) return true;
  traj_quad q = {.lx = lx, .lxx = lxx};
  if (u != NULL) q.lu = lu, q.luu = luu, q.lux = lux;
  if ((u == NULL ? c->final_quad : c->stage_quad)(&at, &q, c->user) != 0) return false;
  if (g != NULL) memcpy(g, lx, (size_t)nx * sizeof *g);
  if (g != NULL) memcpy(g + nx, lu, (size_t)nu * sizeof *g);
  if (H != NULL) join(nx, nu, &q, H);
  return true;
}
