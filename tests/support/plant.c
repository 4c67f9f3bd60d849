#include "support/plant.h"

#include <math.h>
#include <string.h>

plant plant_new(void) {
  return (plant){.floor = -HUGE_VAL};
}

void plant_f(double t, const double *x, const double *u, double *f) {
  f[0] = sin(x[1]) * u[0] + 0.3 * cos(t) * x[2];
  f[1] = x[0] * x[2] - 0.5 * x[1] * x[1] + u[0] * u[1];
  f[2] = exp(-0.25 * x[0] * x[0]) + u[1] * sin(t) - 0.5 * x[2] * u[0];
}

void plant_jacobian(double t, const double *x, const double *u, double *jacobian) {
  const double columns[PLANT_Z][PLANT_X] = {{0, x[2], -0.5 * x[0] * exp(-0.25 * x[0] * x[0])},
                                            {cos(x[1]) * u[0], -x[1], 0},
                                            {0.3 * cos(t), x[0], -0.5 * u[0]},
                                            {sin(x[1]), u[1], -0.5 * x[2]},
                                            {0, u[0], sin(t)}};
  memcpy(jacobian, columns, sizeof columns);
}

void plant_hessian(double t, const double *x, const double *u, const double *lambda, double *hessian) {
  double bump = exp(-0.25 * x[0] * x[0]);
  (void)t; /* it multiplies linear terms only */
  const double columns[PLANT_Z][PLANT_Z] = {{lambda[2] * (0.25 * x[0] * x[0] - 0.5) * bump, 0, lambda[1], 0, 0},
                                            {0, -lambda[0] * sin(x[1]) * u[0] - lambda[1], 0, lambda[0] * cos(x[1]), 0},
                                            {lambda[1], 0, 0, -0.5 * lambda[2], 0},
                                            {0, lambda[0] * cos(x[1]), -0.5 * lambda[2], 0, lambda[1]},
                                            {0, 0, 0, lambda[1], 0}};
  memcpy(hessian, columns, sizeof columns);
}

static int f_hook(const traj_point *at, double *f, void *user) {
  plant *p = user;
  p->f++;
  if (at->x[0] < p->floor) return 1;
  plant_f(at->t, at->x, at->u, f);
  return 0;
}

static int jac_hook(const traj_point *at, traj_jac *out, void *user) {
  plant *p = user;
  double jacobian[PLANT_X * PLANT_Z];
  p->jac++;
  plant_jacobian(at->t, at->x, at->u, jacobian);
  memcpy(out->fx, jacobian, PLANT_X * PLANT_X * sizeof(double));
  memcpy(out->fu, jacobian + PLANT_X * PLANT_X, PLANT_X * PLANT_U * sizeof(double));
  return 0;
}

static int hess_hook(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  plant *p = user;
  double h[PLANT_Z * PLANT_Z];
  p->hess++;
  plant_hessian(at->t, at->x, at->u, lambda, h);
  for (int j = 0; j < PLANT_X; j++) {
    for (int i = 0; i < PLANT_X; i++)
      out->lxx[i + j * PLANT_X] = i >= j ? h[i + j * PLANT_Z] : (double)NAN;
    for (int i = 0; i < PLANT_U; i++)
      out->lux[i + j * PLANT_U] = h[PLANT_X + i + j * PLANT_Z];
  }
  for (int j = 0; j < PLANT_U; j++) {
    for (int i = 0; i < PLANT_U; i++)
      out->luu[i + j * PLANT_U] = i >= j ? h[PLANT_X + i + (PLANT_X + j) * PLANT_Z] : (double)NAN;
  }
  return 0;
}

traj_model plant_step_model(plant *p) {
  return (traj_model){.nx = PLANT_X, .nu = PLANT_U, .step = f_hook, .jac = jac_hook, .hess = hess_hook, .user = p};
}

traj_model plant_ode_model(plant *p) {
  return (traj_model){.nx = PLANT_X, .nu = PLANT_U, .ode = f_hook, .jac = jac_hook, .hess = hess_hook, .user = p};
}
