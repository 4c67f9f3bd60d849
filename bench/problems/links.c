/* n uniform rods in a row, the first hung from a pivot, moved by torques in their joints against gravity and damping.
 * State (th, w): angles of the rods themselves (not of the joints), 0 hanging. Rods i and j are coupled by
 *     C_ij = c_ij cos(th_i - th_j),   S_ij = c_ij sin(th_i - th_j),
 *     c_ij = m l^2 (n - 1 - max(i, j) + (1/3 if i = j, else 1/2)),
 * and with weight_i = m g l (n - 1/2 - i) and the torque t_i in joint i (t_n = 0) their accelerations a solve
 *     sum_j C_ij a_j + S_ij w_j^2 + weight_i sin th_i = t_i - t_i+1,
 *     t_i = u - damping (w_i - w_i-1) - rotor (a_i - a_i-1).
 *
 * acrobot: two rods, a motor in the elbow only, swung up. arm7: seven rods, seven motors, the tip brought to a point.
 */
#include <math.h>
#include <string.h>

#include "problems/quadratic.h"
#include "problems/registry.h"

enum { MOST = 7, MOST_X = 2 * MOST, MOST_Z = 3 * MOST };

typedef struct rods {
  int n, idle; /* rods; joints without a motor, the first ones */
  double m, l, rotor, damping;
} rods;

static const double g = 9.81;

/* Rods at a place: couplings, root of the mass matrix (lower triangle), accelerations. */
typedef struct motion {
  double C[MOST][MOST], S[MOST][MOST], L[MOST][MOST], a[MOST];
} motion;

static inline double weight(const rods *r, int i) {
  return r->m * g * r->l * (r->n - 0.5 - i);
}

static void couple(const rods *r, const double *th, motion *o) {
  const double unit = r->m * r->l * r->l;
  for (int i = 0; i < r->n; ++i) {
    o->C[i][i] = unit * (r->n - 1 - i + 1.0 / 3.0);
    o->S[i][i] = 0.0;
    for (int j = 0; j < i; ++j) {
      const double c = unit * (r->n - 0.5 - i);
      o->C[i][j] = o->C[j][i] = c * cos(th[i] - th[j]);
      o->S[i][j] = c * sin(th[i] - th[j]);
      o->S[j][i] = -o->S[i][j];
    }
  }
}

/* Joint i's rotor turns by th_i - th_i-1: its share of the mass matrix. */
static inline double rotors(const rods *r, int i, int j) {
  return i == j ? (i + 1 < r->n ? 2.0 : 1.0) * r->rotor : i == j + 1 ? -r->rotor : 0.0;
}

/* Mass matrix C + rotors = L L'. */
static void factor(const rods *r, motion *o) {
  for (int j = 0; j < r->n; ++j)
    for (int i = j; i < r->n; ++i) {
      double sum = o->C[i][j] + rotors(r, i, j);
      for (int k = 0; k < j; ++k)
        sum -= o->L[i][k] * o->L[j][k];
      o->L[i][j] = i == j ? sqrt(sum) : sum / o->L[j][j];
    }
}

/* b = (L L')^-1 b. */
static void divide(int n, const motion *o, double *b) {
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < i; ++k)
      b[i] -= o->L[i][k] * b[k];
    b[i] /= o->L[i][i];
  }
  for (int i = n; i-- > 0;) {
    for (int k = i + 1; k < n; ++k)
      b[i] -= o->L[k][i] * b[k];
    b[i] /= o->L[i][i];
  }
}

static void move(const rods *r, const traj_point *at, motion *o) {
  const int n = r->n;
  const double *th = at->x, *w = at->x + n;
  couple(r, th, o);
  factor(r, o);
  memset(o->a, 0, sizeof o->a);
  for (int i = 0; i < n; ++i) {
    const double torque = (i < r->idle ? 0.0 : at->u[i - r->idle]) - r->damping * (w[i] - (i > 0 ? w[i - 1] : 0.0));
    o->a[i] += torque - weight(r, i) * sin(th[i]);
    if (i > 0) o->a[i - 1] -= torque;
    for (int j = 0; j < n; ++j)
      o->a[i] -= o->S[i][j] * w[j] * w[j];
  }
  divide(n, o, o->a);
}

static int ode(const traj_point *at, double *dxdt, void *user) {
  const rods *r = user;
  motion o;
  move(r, at, &o);
  memcpy(dxdt, at->x + r->n, (size_t)r->n * sizeof *dxdt);
  memcpy(dxdt + r->n, o.a, (size_t)r->n * sizeof *dxdt);
  return 0;
}

/* Rows of derivatives of a by z = (th, w, u): L L' a_z = -(what the equation changes by z, a held). */
static void bend(const rods *r, const traj_point *at, const motion *o, double a_z[MOST_Z][MOST]) {
  const int n = r->n;
  const double *th = at->x, *w = at->x + n, d = r->damping;
  memset(a_z, 0, sizeof(double[MOST_Z][MOST]));
  for (int k = 0; k < n; ++k) {
    double *by_th = a_z[k], *by_w = a_z[n + k];
    by_th[k] = -weight(r, k) * cos(th[k]);
    for (int i = 0; i < n; ++i) {
      by_w[i] = -2.0 * o->S[i][k] * w[k];
      if (i == k) continue;
      by_th[i] = o->C[i][k] * w[k] * w[k] - o->S[i][k] * o->a[k];
      by_th[k] += o->S[k][i] * o->a[i] - o->C[k][i] * w[i] * w[i];
    }
    by_w[k] -= d;
    if (k > 0) by_w[k - 1] += d;
    if (k + 1 < n) by_w[k] -= d;
    if (k + 1 < n) by_w[k + 1] += d;
  }
  for (int k = r->idle; k < n; ++k) {
    a_z[2 * n + k - r->idle][k] = 1.0;
    if (k > 0) a_z[2 * n + k - r->idle][k - 1] = -1.0;
  }
  for (int z = 0; z < 3 * n - r->idle; ++z)
    divide(n, o, a_z[z]);
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  const rods *r = user;
  const int n = r->n, nx = 2 * n, nu = n - r->idle;
  double a_z[MOST_Z][MOST];
  motion o;
  move(r, at, &o);
  bend(r, at, &o, a_z);
  memset(out->fx, 0, (size_t)(nx * nx) * sizeof *out->fx);
  memset(out->fu, 0, (size_t)(nx * nu) * sizeof *out->fu);
  for (int i = 0; i < n; ++i)
    out->fx[i + nx * (n + i)] = 1.0;
  for (int z = 0; z < nx + nu; ++z)
    memcpy((z < nx ? out->fx + nx * z : out->fu + nx * (z - nx)) + n, a_z[z], (size_t)n * sizeof(double));
  return 0;
}

/* With e = (L L')^-1 lambda_w and the equation written as q(a, z) = 0, lambda_w d2a = -e (q_yz + C_y a_z + C_z a_y).
 * This adds -e q_yz, where both are angles or rates. */
static void bend_twice(const rods *r, const traj_point *at, const motion *o, const double *e, double *lxx) {
  const int n = r->n, nx = 2 * n;
  const double *th = at->x, *w = at->x + n;
  for (int k = 0; k < n; ++k) {
    double *by_th = lxx + nx * k, *by_w = lxx + nx * (n + k);
    by_th[k] += e[k] * weight(r, k) * sin(th[k]);
    for (int i = 0; i < n; ++i) {
      if (i == k) continue;
      const double pair = e[i] * (o->C[i][k] * o->a[k] + o->S[i][k] * w[k] * w[k]);
      by_th[i] -= pair;
      lxx[k + nx * i] -= pair;
      by_th[k] += pair;
      lxx[i + nx * i] += pair;
      by_w[i] -= 2.0 * e[i] * o->C[i][k] * w[k];
      by_w[k] += 2.0 * e[i] * o->C[i][k] * w[k];
      by_w[n + k] -= 2.0 * e[i] * o->S[i][k];
    }
  }
}

/* The same for -e (C_y a_z + C_z a_y): e C_y v = sum_j turn_j v_j for the angle y = th_k. */
static void bend_mass(const rods *r, const motion *o, const double *e, double a_z[MOST_Z][MOST], traj_quad *out) {
  const int n = r->n, nx = 2 * n, nu = n - r->idle;
  for (int k = 0; k < n; ++k) {
    double turn[MOST] = {0.0};
    for (int j = 0; j < n; ++j) {
      turn[j] -= e[k] * o->S[k][j];
      turn[k] += e[j] * o->S[j][k];
    }
    for (int z = 0; z < nx + nu; ++z) {
      double sum = 0.0;
      for (int j = 0; j < n; ++j)
        sum += turn[j] * a_z[z][j];
      if (z >= nx) {
        out->lux[(z - nx) + nu * k] -= sum;
      } else {
        out->lxx[k + nx * z] -= sum;
        out->lxx[z + nx * k] -= sum;
      }
    }
  }
}

static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  const rods *r = user;
  const int n = r->n, nx = 2 * n, nu = n - r->idle;
  double a_z[MOST_Z][MOST], e[MOST] = {0.0};
  motion o;
  move(r, at, &o);
  bend(r, at, &o, a_z);
  memcpy(e, lambda + n, (size_t)n * sizeof *e);
  divide(n, &o, e);
  memset(out->lxx, 0, (size_t)(nx * nx) * sizeof *out->lxx);
  memset(out->lux, 0, (size_t)(nu * nx) * sizeof *out->lux);
  memset(out->luu, 0, (size_t)(nu * nu) * sizeof *out->luu);
  bend_twice(r, at, &o, e, out->lxx);
  for (int k = 0; k < n; ++k) /* by rate and angle, as by angle and rate */
    for (int i = 0; i < n; ++i)
      out->lxx[n + k + nx * i] = out->lxx[i + nx * (n + k)];
  bend_mass(r, &o, e, a_z, out);
  return 0;
}

QUADRATIC_HOOKS(acrobot, 4, 1)

/* On the way 1/2 slow |w|^2 + 1/2 effort |u|^2; at the end 1/2 near |tip - target|^2 + 1/2 rest |w|^2, where tip = l
 * sum (sin th, -cos th). */
typedef struct reach {
  rods arm;
  double target[2], slow, effort, near, rest;
} reach;

static inline double squares(int n, const double *z) {
  double sum = 0.0;
  for (int i = 0; i < n; ++i)
    sum += z[i] * z[i];
  return sum;
}

static inline void miss(const reach *c, const double *th, double *off) {
  off[0] = -c->target[0];
  off[1] = -c->target[1];
  for (int i = 0; i < c->arm.n; ++i) {
    off[0] += c->arm.l * sin(th[i]);
    off[1] -= c->arm.l * cos(th[i]);
  }
}

static int reach_stage(const traj_point *at, double *cost, void *user) {
  const reach *c = user;
  *cost = 0.5 * (c->slow * squares(c->arm.n, at->x + c->arm.n) + c->effort * squares(c->arm.n, at->u));
  return 0;
}

static int reach_final(const traj_point *at, double *cost, void *user) {
  const reach *c = user;
  double off[2];
  miss(c, at->x, off);
  *cost = 0.5 * (c->near * squares(2, off) + c->rest * squares(c->arm.n, at->x + c->arm.n));
  return 0;
}

/* The part of the rates, of weight each; that of the angles is zero. */
static void slow_down(int n, double each, const double *w, traj_quad *out) {
  const int nx = 2 * n;
  memset(out->lx, 0, (size_t)nx * sizeof *out->lx);
  memset(out->lxx, 0, (size_t)(nx * nx) * sizeof *out->lxx);
  for (int i = n; i < nx; ++i) {
    out->lx[i] = each * w[i - n];
    out->lxx[i + nx * i] = each;
  }
}

static int reach_stage_quad(const traj_point *at, traj_quad *out, void *user) {
  const reach *c = user;
  const int n = c->arm.n;
  slow_down(n, c->slow, at->x + n, out);
  memset(out->luu, 0, (size_t)(n * n) * sizeof *out->luu);
  memset(out->lux, 0, (size_t)(n * 2 * n) * sizeof *out->lux);
  for (int i = 0; i < n; ++i) {
    out->lu[i] = c->effort * at->u[i];
    out->luu[i + n * i] = c->effort;
  }
  return 0;
}

static int reach_final_quad(const traj_point *at, traj_quad *out, void *user) {
  const reach *c = user;
  const int n = c->arm.n, nx = 2 * n;
  const double *th = at->x, scale = c->near * c->arm.l;
  double off[2];
  miss(c, th, off);
  slow_down(n, c->rest, th + n, out);
  for (int i = 0; i < n; ++i) {
    out->lx[i] = scale * (off[0] * cos(th[i]) + off[1] * sin(th[i]));
    for (int j = 0; j < n; ++j)
      out->lxx[j + nx * i] = scale * c->arm.l * cos(th[i] - th[j]);
    out->lxx[i + nx * i] += scale * (off[1] * cos(th[i]) - off[0] * sin(th[i]));
  }
  return 0;
}

static const double zero[MOST_X] = {0.0};
static const rods acrobot = {.n = 2, .idle = 1, .m = 1.0, .l = 1.0, .damping = 0.1};
static const quadratic acrobot_weights = {
    .q = (const double[]){0.01, 0.01, 0.01, 0.01},
    .r = (const double[]){0.01},
    .qf = (const double[]){100.0, 100.0, 100.0, 100.0},
    .xg = (const double[]){3.141592653589793, 3.141592653589793, 0.0, 0.0},
    .ug = zero,
};

static const reach arm = {.arm = {.n = 7, .idle = 0, .m = 0.5, .l = 0.3, .rotor = 0.02, .damping = 0.1},
                          .target = {0.8, 1.2},
                          .slow = 0.01,
                          .effort = 0.01,
                          .near = 1000.0,
                          .rest = 10.0};

const bench_problem bench_acrobot = {
    .name = "acrobot",
    .purpose = BENCH_ROBUSTNESS,
    .problem = {.N = 200,
                .dt = 0.02,
                .model = {.nx = 4, .nu = 1, .ode = ode, .jac = jac, .hess = hess, .user = (void *)&acrobot},
                .cost = QUADRATIC_COST(acrobot, &acrobot_weights)},
    .x0 = zero,
    .guess = 0.0,
    .spread = 3.0,
};

const bench_problem bench_arm7 = {
    .name = "arm7",
    .purpose = BENCH_ROBUSTNESS,
    .problem = {.N = 50,
                .dt = 0.02,
                .model = {.nx = 14, .nu = 7, .ode = ode, .jac = jac, .hess = hess, .user = (void *)&arm.arm},
                .cost = {.stage = reach_stage,
                         .final = reach_final,
                         .stage_quad = reach_stage_quad,
                         .final_quad = reach_final_quad,
                         .user = (void *)&arm}},
    .x0 = zero,
    .guess = 0.0,
    .spread = 1.0,
};
