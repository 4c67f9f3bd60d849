#include "support/plant_cost.h"

// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

#include "support/plant.h"

enum { NX = PLANT_X, NU = PLANT_U, NZ = PLANT_Z, NR = PLANT_X };

const double plant_weight[NR] = {0.5, -1.5, 2};
const double plant_rest[NU] = {1, -1};

static const double *control_of(const traj_point *at) {
  return at->u == NULL ? plant_rest : at->u;
}

static void put(const plant_fault *f, const char *field, double *out, const double *values, int count) {
  for (int i = 0; i < count; i++) {
    if (strcmp(f->field, field) != 0 || i != f->at) out[i] = values[i];
  }
}

static int residual(const traj_point *at, double *r, void *user) {
  double f[NR];
  plant_f(at->t, at->x, control_of(at), f);
  put(user, "r", r, f, NR);
  return ((const plant_fault *)user)->code;
}

static int residual_jac(const traj_point *at, traj_jac *out, void *user) {
  double j[NR * NZ];
  assert_true((at->u == NULL) == (out->fu == NULL));
  plant_jacobian(at->t, at->x, control_of(at), j);
  put(user, "fx", out->fx, j, NR * NX);
  if (out->fu != NULL) put(user, "fu", out->fu, j + NR * NX, NR * NU);
  return ((const plant_fault *)user)->code;
}

double plant_weighted(double t, const double *x, const double *u) {
  double f[NR];
  plant_f(t, x, u, f);
  return plant_weight[0] * f[0] + plant_weight[1] * f[1] + plant_weight[2] * f[2];
}

static int scalar(const traj_point *at, double *cost, void *user) {
  double value = plant_weighted(at->t, at->x, control_of(at));
  put(user, "cost", cost, &value, 1);
  return ((const plant_fault *)user)->code;
}

static int scalar_quad(const traj_point *at, traj_quad *out, void *user) {
  double j[NR * NZ], h[NZ * NZ], g[NZ] = {0}, lxx[NX * NX], luu[NU * NU], lux[NU * NX];
  plant_jacobian(at->t, at->x, control_of(at), j);
  plant_hessian(at->t, at->x, control_of(at), plant_weight, h);
  for (int i = 0; i < NR * NZ; i++)
    g[i / NR] += plant_weight[i % NR] * j[i];
  for (int i = 0; i < NX * NX; i++)
    lxx[i] = h[i % NX + i / NX * NZ];
  for (int i = 0; i < NU * NU; i++)
    luu[i] = h[NX + i % NU + (NX + i / NU) * NZ];
  for (int i = 0; i < NU * NX; i++)
    lux[i] = h[NX + i % NU + i / NU * NZ];
  put(user, "lx", out->lx, g, NX);
  put(user, "lxx", out->lxx, lxx, NX * NX);
  assert_true((at->u == NULL) == (out->lu == NULL && out->luu == NULL && out->lux == NULL));
  if (at->u == NULL) return ((const plant_fault *)user)->code;
  put(user, "lu", out->lu, g + NX, NU);
  put(user, "luu", out->luu, luu, NU * NU);
  put(user, "lux", out->lux, lux, NU * NX);
  return ((const plant_fault *)user)->code;
}

const traj_cost plant_scalar_cost = {
    .stage = scalar, .stage_quad = scalar_quad, .final = scalar, .final_quad = scalar_quad};
const traj_cost plant_residual_cost = {.residual = residual,
                                       .residual_jac = residual_jac,
                                       .final_residual = residual,
                                       .final_residual_jac = residual_jac,
                                       .nr = NR,
                                       .nr_final = NR};
