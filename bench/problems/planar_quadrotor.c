/* A quadrotor in the plane that starts upside down, its rotors unable to pull: state (x, z, th, vx, vz, w), thrusts u1
 * and u2 at the arms,
 *     vx' = -F sin th,   vz' = F cos th - g,   w' = L (u2 - u1) / J,   F = (u1 + u2) / m,   0 <= u <= 3 m g / 2. */
#include <math.h>
#include <string.h>

#include "problems/quadratic.h"
#include "problems/registry.h"

enum { PX, PZ, TH, VX, VZ, W, NX };

static const double m = 0.5, J = 0.004, L = 0.175, g = 9.81;

static int ode(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  const double *x = at->x, *u = at->u, F = (u[0] + u[1]) / m;
  dxdt[PX] = x[VX];
  dxdt[PZ] = x[VZ];
  dxdt[TH] = x[W];
  dxdt[VX] = -F * sin(x[TH]);
  dxdt[VZ] = F * cos(x[TH]) - g;
  dxdt[W] = L * (u[1] - u[0]) / J;
  return 0;
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  (void)user;
  const double s = sin(at->x[TH]), c = cos(at->x[TH]), F = (at->u[0] + at->u[1]) / m;
  memset(out->fx, 0, sizeof(double[NX * NX]));
  memset(out->fu, 0, sizeof(double[NX * 2]));
  for (int i = 0; i < 3; ++i)
    out->fx[i + NX * (VX + i)] = 1.0;
  out->fx[VX + NX * TH] = -F * c;
  out->fx[VZ + NX * TH] = -F * s;
  for (int j = 0; j < 2; ++j) {
    out->fu[VX + NX * j] = -s / m;
    out->fu[VZ + NX * j] = c / m;
    out->fu[W + NX * j] = (j == 0 ? -L : L) / J;
  }
  return 0;
}

static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  (void)user;
  const double s = sin(at->x[TH]), c = cos(at->x[TH]), F = (at->u[0] + at->u[1]) / m;
  memset(out->lxx, 0, sizeof(double[NX * NX]));
  memset(out->lux, 0, sizeof(double[2 * NX]));
  memset(out->luu, 0, sizeof(double[4]));
  out->lxx[TH + NX * TH] = F * (lambda[VX] * s - lambda[VZ] * c);
  for (int i = 0; i < 2; ++i)
    out->lux[i + 2 * TH] = -(lambda[VX] * c + lambda[VZ] * s) / m;
  return 0;
}

QUADRATIC_HOOKS(cost, NX, 2)

#define HOVER (0.5 * 0.5 * 9.81)

static const quadratic weights = {
    .q = (const double[NX]){0.01, 0.01, 0.01, 0.01, 0.01, 0.01},
    .r = (const double[2]){0.1, 0.1},
    .qf = (const double[NX]){100.0, 100.0, 100.0, 100.0, 100.0, 100.0},
    .xg = (const double[NX]){[PX] = 1.0, [PZ] = 0.5},
    .ug = (const double[2]){HOVER, HOVER},
};

const bench_problem bench_planar_quadrotor = {
    .name = "planar_quadrotor",
    .purpose = BENCH_ROBUSTNESS,
    .problem = {.N = 100,
                .dt = 0.03,
                .model = {.nx = NX, .nu = 2, .ode = ode, .jac = jac, .hess = hess},
                .cost = QUADRATIC_COST(cost, &weights),
                .u_min = (const double[]){0.0, 0.0},
                .u_max = (const double[]){3.0 * HOVER, 3.0 * HOVER}},
    .x0 = (const double[NX]){[TH] = 3.141592653589793},
    .guess = HOVER,
    .spread = 0.1,
};
