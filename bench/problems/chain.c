/* M unit masses in a row between two walls, joined by M + 1 springs of force 10 d + 5 d^3 and slowed by .1 per
 * velocity; control j pushes mass floor((2 j + 1) M / (2 nu)). State (q, v); q_-1 = q_M = 0 are the walls.
 * Semi-implicit Euler: v_i+ = v_i + h (S(q_i+1 - q_i) - S(q_i - q_i-1) - .1 v_i + u_j),   q_i+ = q_i + h v_i+,   S(d) =
 * 10 d + 5 d^3 chain24 and chain60 have 12 and 30 masses. */
#include <string.h>

#include "problems/quadratic.h"
#include "problems/registry.h"

typedef struct chain {
  int masses, controls;
} chain;

static const double h = 0.05, damping = 0.1;

static inline double force(double d) {
  return (10.0 + 5.0 * d * d) * d;
}

static inline double stiffness(double d) {
  return 10.0 + 15.0 * d * d;
}

/* The stretch of the spring to the left of mass i = 0..M. */
static inline double stretch(const double *q, int masses, int i) {
  return (i < masses ? q[i] : 0.0) - (i > 0 ? q[i - 1] : 0.0);
}

/* The mass that control j pushes. */
static inline int pushed(const chain *c, int j) {
  return (2 * j + 1) * c->masses / (2 * c->controls);
}

static int step(const traj_point *at, double *next, void *user) {
  const chain *c = user;
  const int M = c->masses;
  const double *q = at->x, *v = q + M;
  double *q_next = next, *v_next = next + M;
  double left = force(stretch(q, M, 0));
  for (int i = 0; i < M; ++i) {
    const double right = force(stretch(q, M, i + 1));
    v_next[i] = v[i] + h * (right - left - damping * v[i]);
    left = right;
  }
  for (int j = 0; j < c->controls; ++j)
    v_next[pushed(c, j)] += h * at->u[j];
  for (int i = 0; i < M; ++i)
    q_next[i] = q[i] + h * v_next[i];
  return 0;
}

/* Rows of v+ first; a row of q+ is the unit row plus h times the row of v+. */
static int jac(const traj_point *at, traj_jac *out, void *user) {
  const chain *c = user;
  const int M = c->masses, nx = 2 * M;
  double *fx = out->fx, *fu = out->fu;
  memset(fx, 0, (size_t)(nx * nx) * sizeof *fx);
  memset(fu, 0, (size_t)(nx * c->controls) * sizeof *fu);
  double left = h * stiffness(stretch(at->x, M, 0));
  for (int i = 0; i < M; ++i) {
    const double right = h * stiffness(stretch(at->x, M, i + 1));
    double *column = fx + nx * i; /* of q_i, then of v_i */
    if (i > 0) column[M + i - 1] = left;
    column[M + i] = -(left + right);
    if (i + 1 < M) column[M + i + 1] = right;
    if (i > 0) column[i - 1] = h * left;
    column[i] = 1.0 - h * (left + right);
    if (i + 1 < M) column[i + 1] = h * right;
    column = fx + nx * (M + i);
    column[M + i] = 1.0 - h * damping;
    column[i] = h * (1.0 - h * damping);
    left = right;
  }
  for (int j = 0; j < c->controls; ++j) {
    const int i = pushed(c, j);
    fu[M + i + nx * j] = h;
    fu[i + nx * j] = h * h;
  }
  return 0;
}

/* v+ and q+ are weighted together by w_i = lambda_v,i + h lambda_q,i; the spring between masses i - 1 and i of stretch
 * d then adds h 30 d (w_i-1 - w_i) [1 -1; -1 1]. */
static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  const chain *c = user;
  const int M = c->masses, nx = 2 * M, nu = c->controls;
  double *lxx = out->lxx;
  memset(lxx, 0, (size_t)(nx * nx) * sizeof *lxx);
  memset(out->luu, 0, (size_t)(nu * nu) * sizeof *lxx);
  memset(out->lux, 0, (size_t)(nu * nx) * sizeof *lxx);
  double w_left = 0.0;
  for (int i = 0; i <= M; ++i) {
    const double w_right = i < M ? lambda[M + i] + h * lambda[i] : 0.0;
    const double curvature = h * 30.0 * stretch(at->x, M, i) * (w_left - w_right);
    if (i > 0) lxx[(nx + 1) * (i - 1)] += curvature;
    if (i < M) lxx[(nx + 1) * i] += curvature;
    if (i > 0 && i < M) lxx[i + nx * (i - 1)] = lxx[i - 1 + nx * i] = -curvature;
    w_left = w_right;
  }
  return 0;
}

QUADRATIC_HOOKS(cost24, 24, 6)
QUADRATIC_HOOKS(cost60, 60, 15)

static const chain plant24 = {.masses = 12, .controls = 6};
static const chain plant60 = {.masses = 30, .controls = 15};

#define SAME12(v) v, v, v, v, v, v, v, v, v, v, v, v
#define SAME60(v) SAME12(v), SAME12(v), SAME12(v), SAME12(v), SAME12(v)

static const double zero[60] = {0.0};
static const double tenth[60] = {SAME60(0.1)};
static const double ten[60] = {SAME60(10.0)};
static const quadratic weights = {.q = tenth, .r = tenth, .qf = ten, .xg = zero, .ug = zero};

/* q_i(0) = sin(2 pi (i + 1) / (M + 1)), v(0) = 0. */
static const double start24[24] = {
    0.46472317204376851,  0.82298386589365635,  0.99270887409805397,  0.93501624268541483,
    0.66312265824079519,  0.23931566428755768,  -0.23931566428755743, -0.66312265824079497,
    -0.93501624268541472, -0.99270887409805397, -0.82298386589365702, -0.4647231720437684,
};
static const double start60[60] = {
    0.20129852008866006,  0.39435585511331855,  0.57126821509479231,  0.72479278722911988,  0.84864425749475092,
    0.93775213214708042,  0.98846832432811138,  0.99871650717105276,  0.96807711886620429,  0.89780453957074158,
    0.79077573693769887,  0.65137248272222226,  0.48530196253108104,  0.29936312297335804,  0.10116832198743272,
    -0.10116832198743204, -0.29936312297335821, -0.48530196253108082, -0.65137248272222203, -0.79077573693769865,
    -0.89780453957074169, -0.96807711886620407, -0.99871650717105276, -0.98846832432811138, -0.93775213214708042,
    -0.84864425749475103, -0.72479278722911999, -0.57126821509479242, -0.39435585511331872, -0.20129852008866114,
};

#define MODEL(plant, NX, NU) \
  { .nx = NX, .nu = NU, .step = step, .jac = jac, .hess = hess, .user = (void *)(plant) }

const bench_problem bench_chain24 = {
    .name = "chain24",
    .purpose = BENCH_PEERS,
    .problem = {.N = 100, .dt = 0.05, .model = MODEL(&plant24, 24, 6), .cost = QUADRATIC_COST(cost24, &weights)},
    .x0 = start24,
    .guess = 0.0,
    .spread = 1.0,
    .optima = (const double[]){24.74446369811},
    .n_optima = 1,
};

const bench_problem bench_chain60 = {
    .name = "chain60",
    .purpose = BENCH_PEERS,
    .problem = {.N = 100, .dt = 0.05, .model = MODEL(&plant60, 60, 15), .cost = QUADRATIC_COST(cost60, &weights)},
    .x0 = start60,
    .guess = 0.0,
    .spread = 1.0,
    .optima = (const double[]){28.08635147232},
    .n_optima = 1,
};
