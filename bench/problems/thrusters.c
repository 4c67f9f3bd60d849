/* A plate that floats in the plane, turned and moved by eight jets that only push, two at each corner, where three
 * controls would do: state (x, y, th, vx, vy, w), R the rotation by th, jets j of direction d_j at places c_j,
 *     m (vx', vy') = R sum_j d_j u_j,   J w' = sum_j (c_j x d_j) u_j,   0 <= u <= 1. */
#include <math.h>
#include <string.h>

#include "problems/quadratic.h"
#include "problems/registry.h"

enum { TH = 2, V = 3, W = 5, NX = 6, NU = 8 };

static const double m = 2.0, J = 0.5;

/* Forces along the axes of the plate and torque, of each jet at full thrust; the plate is 1 long and .6 wide. */
static const double jets[NU][3] = {{-1, 0, 0.3}, {0, -1, -0.5}, {-1, 0, -0.3}, {0, 1, 0.5},
                                   {1, 0, 0.3},  {0, 1, -0.5},  {1, 0, -0.3},  {0, -1, 0.5}};

/* Accelerations along the axes of the plate, and that of its turn. */
static inline void push(const double *u, double *along) {
  memset(along, 0, sizeof(double[3]));
  for (int j = 0; j < NU; ++j)
    for (int i = 0; i < 3; ++i)
      along[i] += jets[j][i] / (i < 2 ? m : J) * u[j];
}

static int ode(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  const double s = sin(at->x[TH]), c = cos(at->x[TH]);
  double along[3];
  push(at->u, along);
  memcpy(dxdt, at->x + V, sizeof(double[3]));
  dxdt[V] = c * along[0] - s * along[1];
  dxdt[V + 1] = s * along[0] + c * along[1];
  dxdt[W] = along[2];
  return 0;
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  (void)user;
  const double s = sin(at->x[TH]), c = cos(at->x[TH]);
  double along[3];
  push(at->u, along);
  memset(out->fx, 0, sizeof(double[NX * NX]));
  memset(out->fu, 0, sizeof(double[NX * NU]));
  for (int i = 0; i < 3; ++i)
    out->fx[i + NX * (V + i)] = 1.0;
  out->fx[V + NX * TH] = -s * along[0] - c * along[1];
  out->fx[V + 1 + NX * TH] = c * along[0] - s * along[1];
  for (int j = 0; j < NU; ++j) {
    out->fu[V + NX * j] = (c * jets[j][0] - s * jets[j][1]) / m;
    out->fu[V + 1 + NX * j] = (s * jets[j][0] + c * jets[j][1]) / m;
    out->fu[W + NX * j] = jets[j][2] / J;
  }
  return 0;
}

/* With lambda_v turned into the plate, l = R' lambda_v: l (dir) bends as -l a by th twice, and by th and u as l x d. */
static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  (void)user;
  const double s = sin(at->x[TH]), c = cos(at->x[TH]);
  const double l0 = c * lambda[V] + s * lambda[V + 1], l1 = c * lambda[V + 1] - s * lambda[V];
  double along[3];
  push(at->u, along);
  memset(out->lxx, 0, sizeof(double[NX * NX]));
  memset(out->lux, 0, sizeof(double[NU * NX]));
  memset(out->luu, 0, sizeof(double[NU * NU]));
  out->lxx[TH + NX * TH] = -(l0 * along[0] + l1 * along[1]);
  for (int j = 0; j < NU; ++j)
    out->lux[j + NU * TH] = (l1 * jets[j][0] - l0 * jets[j][1]) / m;
  return 0;
}

QUADRATIC_HOOKS(cost, NX, NU)

#define SAME8(v) v, v, v, v, v, v, v, v

static const double zero[NU] = {0.0};

static const quadratic weights = {
    .q = (const double[NX]){0.01, 0.01, 0.01, 0.01, 0.01, 0.01},
    .r = (const double[NU]){SAME8(0.01)},
    .qf = (const double[NX]){100.0, 100.0, 100.0, 100.0, 100.0, 100.0},
    .xg = (const double[NX]){2.0, -1.0, 2.5},
    .ug = zero,
};

const bench_problem bench_thrusters = {
    .name = "thrusters",
    .purpose = BENCH_ROBUSTNESS,
    .problem = {.N = 80,
                .dt = 0.1,
                .model = {.nx = NX, .nu = NU, .ode = ode, .jac = jac, .hess = hess},
                .cost = QUADRATIC_COST(cost, &weights),
                .u_min = zero,
                .u_max = (const double[NU]){SAME8(1.0)}},
    .x0 = zero,
    .guess = 0.5,
    .spread = 0.5,
};
