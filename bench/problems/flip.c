/* A quadrotor in space that starts upside down, its attitude a unit quaternion q: state (p, q, v, w), 13 numbers with
 * 12 displacements; four rotors that push along the z axis of the body, and only push,
 *     q' = q (0, w) / 2,   m v' = (u1 + u2 + u3 + u4) up(q) - m g,   J w' = torques - w x J w,   0 <= u <= 2.5 m g / 4.
 * Costs are residuals: near a place, level and ahead (the vector part of q is zero), slow. */
#include <math.h>
#include <string.h>

#include "problems/registry.h"

enum { P = 0, Q = 3, V = 7, W = 10, NX = 13, NDX = 12, NU = 4, TURN = 3, MISSES = 12 };

static const double m = 0.5, g = 9.81;
static const double J[3] = {0.0023, 0.0023, 0.004};

/* Torques about the axes of the body per thrust of each rotor. */
static const double torque[3][NU] = {
    {0.0, 0.175, 0.0, -0.175}, {-0.175, 0.0, 0.175, 0.0}, {0.0245, -0.0245, 0.0245, -0.0245}};

static const traj_part parts[] = {{TRAJ_FLAT, 3}, {TRAJ_QUATERNION, 1}, {TRAJ_FLAT, 6}, {0}};

/* Half of a (0, e_j), for the axes j. */
static inline void half_turns(const double *a, double turn[3][4]) {
  const double all[3][4] = {{-a[1], a[0], a[3], -a[2]}, {-a[2], -a[3], a[0], a[1]}, {-a[3], a[2], -a[1], a[0]}};
  for (int j = 0; j < 3; ++j)
    for (int i = 0; i < 4; ++i)
      turn[j][i] = 0.5 * all[j][i];
}

static inline double lift(const double *u) {
  return (u[0] + u[1] + u[2] + u[3]) / m;
}

/* The z axis of the body, and its derivatives by q. */
static inline void upwards(const double *q, double *up) {
  up[0] = 2.0 * (q[1] * q[3] + q[0] * q[2]);
  up[1] = 2.0 * (q[2] * q[3] - q[0] * q[1]);
  up[2] = q[0] * q[0] - q[1] * q[1] - q[2] * q[2] + q[3] * q[3];
}

static inline void upwards_by_q(const double *q, double up_q[4][3]) {
  const double all[4][3] = {{q[2], -q[1], q[0]}, {q[3], -q[0], -q[1]}, {q[0], q[3], -q[2]}, {q[1], q[2], q[3]}};
  for (int a = 0; a < 4; ++a)
    for (int i = 0; i < 3; ++i)
      up_q[a][i] = 2.0 * all[a][i];
}

static int ode(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  const double *x = at->x, *w = at->x + W, *u = at->u, F = lift(u);
  double up[3], turn[3][4];
  upwards(x + Q, up);
  half_turns(x + Q, turn);
  for (int i = 0; i < 4; ++i)
    dxdt[Q + i] = turn[0][i] * w[0] + turn[1][i] * w[1] + turn[2][i] * w[2];
  for (int i = 0; i < 3; ++i) {
    const int j = (i + 1) % 3, k = (i + 2) % 3;
    const double *t = torque[i];
    dxdt[P + i] = x[V + i];
    dxdt[V + i] = F * up[i] - (i == 2 ? g : 0.0);
    dxdt[W + i] = (t[0] * u[0] + t[1] * u[1] + t[2] * u[2] + t[3] * u[3] + (J[j] - J[k]) * w[j] * w[k]) / J[i];
  }
  return 0;
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  (void)user;
  const double *q = at->x + Q, *w = at->x + W, F = lift(at->u);
  double up[3], up_q[4][3], turn[3][4];
  upwards(q, up);
  upwards_by_q(q, up_q);
  half_turns(q, turn);
  memset(out->fx, 0, sizeof(double[NX * NX]));
  memset(out->fu, 0, sizeof(double[NX * NU]));
  for (int a = 0; a < 4; ++a) {
    const double unit[4] = {a == 0, a == 1, a == 2, a == 3};
    double spin[3][4];
    half_turns(unit, spin);
    for (int i = 0; i < 4; ++i)
      out->fx[Q + i + NX * (Q + a)] = spin[0][i] * w[0] + spin[1][i] * w[1] + spin[2][i] * w[2];
    for (int i = 0; i < 3; ++i)
      out->fx[V + i + NX * (Q + a)] = F * up_q[a][i];
  }
  for (int j = 0; j < 3; ++j) {
    const int k = (j + 1) % 3, l = (j + 2) % 3;
    out->fx[P + j + NX * (V + j)] = 1.0;
    memcpy(out->fx + Q + NX * (W + j), turn[j], sizeof turn[j]);
    out->fx[W + k + NX * (W + j)] = (J[l] - J[j]) * w[l] / J[k];
    out->fx[W + l + NX * (W + j)] = (J[j] - J[k]) * w[k] / J[l];
  }
  for (int r = 0; r < NU; ++r)
    for (int i = 0; i < 3; ++i) {
      out->fu[V + i + NX * r] = up[i] / m;
      out->fu[W + i + NX * r] = torque[i][r] / J[i];
    }
  return 0;
}

/* Writes an entry of the lower triangle (i >= j) and its mirror image. */
static inline void set(double *lxx, int i, int j, double value) {
  lxx[i + NX * j] = lxx[j + NX * i] = value;
}

/* lambda (q (0, e_j)) = -(lambda (0, e_j)) q, so that turns of lambda are what bends q and w together. */
static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  (void)user;
  const double *lv = lambda + V, *lw = lambda + W, twice = 2.0 * lift(at->u);
  double up_q[4][3], turn[3][4];
  upwards_by_q(at->x + Q, up_q);
  half_turns(lambda + Q, turn);
  memset(out->lxx, 0, sizeof(double[NX * NX]));
  memset(out->luu, 0, sizeof(double[NU * NU]));
  memset(out->lux, 0, sizeof(double[NU * NX]));
  for (int j = 0; j < 3; ++j) {
    const int k = (j + 1) % 3, l = (j + 2) % 3;
    for (int a = 0; a < 4; ++a)
      set(out->lxx, W + j, Q + a, -turn[j][a]);
    set(out->lxx, W + (k > l ? k : l), W + (k > l ? l : k), lw[j] * (J[k] - J[l]) / J[j]);
  }
  set(out->lxx, Q + 2, Q + 0, twice * lv[0]);
  set(out->lxx, Q + 3, Q + 1, twice * lv[0]);
  set(out->lxx, Q + 3, Q + 2, twice * lv[1]);
  set(out->lxx, Q + 1, Q + 0, -twice * lv[1]);
  for (int a = 0; a < 4; ++a) {
    set(out->lxx, Q + a, Q + a, (a == 0 || a == 3 ? twice : -twice) * lv[2]);
    for (int r = 0; r < NU; ++r)
      out->lux[r + NU * (Q + a)] = (lv[0] * up_q[a][0] + lv[1] * up_q[a][1] + lv[2] * up_q[a][2]) / m;
  }
  return 0;
}

#define HOVER (0.5 * 9.81 / 4.0)

static const double goal[3] = {1.0, -1.0, 0.5};
static const double on_the_way = 0.1, at_the_end = 10.0, effort = 0.3; /* roots of weights */

/* weight (p - goal, 2 vec q, v, w). */
static void misses(const double *x, double root, double *r) {
  for (int i = 0; i < 3; ++i) {
    r[i] = root * (x[P + i] - goal[i]);
    r[3 + i] = root * 2.0 * x[Q + 1 + i];
    r[6 + i] = root * x[V + i];
    r[9 + i] = root * x[W + i];
  }
}

/* Its derivatives in the tangent space, into rows 0..11 of a matrix of so many: vec(q Exp(d)) = vec q + (q0 d + vec q x
 * d) / 2 + ... */
static void misses_jac(const double *x, double root, int rows, double *fx) {
  const double *q = x + Q;
  memset(fx, 0, (size_t)(rows * NDX) * sizeof *fx);
  for (int i = 0; i < MISSES; ++i)
    if (i < TURN || i >= TURN + 3) fx[i + rows * i] = root;
  for (int j = 0; j < 3; ++j) {
    const int k = (j + 1) % 3, l = (j + 2) % 3;
    double *column = fx + rows * (TURN + j) + TURN;
    column[j] = root * q[0];
    column[k] = root * q[1 + l];
    column[l] = -root * q[1 + k];
  }
}

static int residual(const traj_point *at, double *r, void *user) {
  (void)user;
  misses(at->x, on_the_way, r);
  for (int i = 0; i < NU; ++i)
    r[MISSES + i] = effort * (at->u[i] - HOVER);
  return 0;
}

static int residual_jac(const traj_point *at, traj_jac *out, void *user) {
  enum { ROWS = MISSES + NU };
  (void)user;
  misses_jac(at->x, on_the_way, ROWS, out->fx);
  memset(out->fu, 0, sizeof(double[ROWS * NU]));
  for (int i = 0; i < NU; ++i)
    out->fu[MISSES + i + ROWS * i] = effort;
  return 0;
}

static int final_residual(const traj_point *at, double *r, void *user) {
  (void)user;
  misses(at->x, at_the_end, r);
  return 0;
}

static int final_residual_jac(const traj_point *at, traj_jac *out, void *user) {
  (void)user;
  misses_jac(at->x, at_the_end, MISSES, out->fx);
  return 0;
}

#define SAME4(v) v, v, v, v

const bench_problem bench_flip = {
    .name = "flip",
    .purpose = BENCH_ROBUSTNESS,
    .problem = {.N = 100,
                .dt = 0.02,
                .model = {.nx = NX, .ndx = NDX, .nu = NU, .ode = ode, .jac = jac, .hess = hess, .parts = parts},
                .cost = {.nr = MISSES + NU,
                         .nr_final = MISSES,
                         .residual = residual,
                         .final_residual = final_residual,
                         .residual_jac = residual_jac,
                         .final_residual_jac = final_residual_jac},
                .u_min = (const double[]){SAME4(0.0)},
                .u_max = (const double[]){SAME4(2.5 * HOVER)}},
    .x0 = (const double[NX]){[Q + 1] = 1.0},
    .guess = HOVER,
    .spread = 0.1,
};
