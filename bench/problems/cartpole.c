/* A pole of length l (a point mass m_p at its end) on a cart m_c pushed by a force u: state (p, th, dp, dth), th = 0
 * hanging, s = sin th, c = cos th, D = m_c + m_p s^2:
 *     ddp  = a = (u + m_p s (l dth^2 + g c)) / D
 *     ddth = b = -(u c + m_p l dth^2 c s + (m_c + m_p) g s) / (l D) = -(c a + g s) / l
 * cartpole: swing up with cost on the way; CP50: swing up and one metre aside; cartpole_a: swing up on CP50's plant. */
#include <math.h>
#include <string.h>

#include "problems/quadratic.h"
#include "problems/registry.h"

typedef struct cartpole {
  double m_c, m_p, l;
} cartpole;

static const double g = 9.81;

/* The cart's acceleration a(th, w, u), w = dth, with its first derivatives. */
typedef struct cart {
  double s, c, D, D_th, a, a_th, a_w, a_u;
} cart;

static int ode(const traj_point *at, double *dxdt, void *user) {
  const cartpole *m = user;
  const double s = sin(at->x[1]), c = cos(at->x[1]), w = at->x[3];
  const double a = (at->u[0] + m->m_p * s * (m->l * w * w + g * c)) / (m->m_c + m->m_p * s * s);
  dxdt[0] = at->x[2];
  dxdt[1] = w;
  dxdt[2] = a;
  dxdt[3] = -(c * a + g * s) / m->l;
  return 0;
}

/* With a = n / D: a_z = (n_z - a D_z) / D. */
static inline cart cart_derivatives(const cartpole *m, const traj_point *at) {
  const double s = sin(at->x[1]), c = cos(at->x[1]), w = at->x[3];
  const double pull = m->l * w * w + g * c;
  cart d = {.s = s, .c = c, .D = m->m_c + m->m_p * s * s, .D_th = 2.0 * m->m_p * s * c};
  d.a_u = 1.0 / d.D;
  d.a = (at->u[0] + m->m_p * s * pull) * d.a_u;
  d.a_th = (m->m_p * (c * pull - g * s * s) - d.a * d.D_th) * d.a_u;
  d.a_w = 2.0 * m->m_p * m->l * s * w * d.a_u;
  return d;
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  const cartpole *m = user;
  const cart d = cart_derivatives(m, at);
  const double r = -1.0 / m->l;
  memset(out->fx, 0, sizeof(double[16]));
  out->fx[0 + 4 * 2] = 1.0;
  out->fx[1 + 4 * 3] = 1.0;
  out->fx[2 + 4 * 1] = d.a_th;
  out->fx[2 + 4 * 3] = d.a_w;
  out->fx[3 + 4 * 1] = r * (d.c * d.a_th - d.s * d.a + g * d.c);
  out->fx[3 + 4 * 3] = r * d.c * d.a_w;
  out->fu[0] = 0.0;
  out->fu[1] = 0.0;
  out->fu[2] = d.a_u;
  out->fu[3] = r * d.c * d.a_u;
  return 0;
}

/* With b = -(c a + g s) / l: lambda_2 d2a + lambda_3 d2b = alpha d2a + beta (terms with derivatives of c and s),
 * alpha = lambda_2 - lambda_3 c / l, beta = lambda_3 / l. */
static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  const cartpole *m = user;
  const cart d = cart_derivatives(m, at);
  const double s = d.s, c = d.c, w = at->x[3], mp = m->m_p, l = m->l;
  const double beta = lambda[3] / l, alpha = lambda[2] - beta * c;
  const double n_thth = -mp * s * (l * w * w + 4.0 * g * c), D_thth = 2.0 * mp * (c * c - s * s);
  const double a_thth = (n_thth - 2.0 * d.a_th * d.D_th - d.a * D_thth) * d.a_u;
  const double a_thw = (2.0 * mp * l * c * w - d.a_w * d.D_th) * d.a_u;
  const double a_ww = 2.0 * mp * l * s * d.a_u;
  const double a_thu = -d.a_u * d.D_th * d.a_u;
  memset(out->lxx, 0, sizeof(double[16]));
  memset(out->lux, 0, sizeof(double[4]));
  out->luu[0] = 0.0;
  out->lxx[1 + 4 * 1] = alpha * a_thth + beta * (2.0 * s * d.a_th + c * d.a + g * s);
  out->lxx[3 + 4 * 1] = out->lxx[1 + 4 * 3] = alpha * a_thw + beta * s * d.a_w;
  out->lxx[3 + 4 * 3] = alpha * a_ww;
  out->lux[1] = alpha * a_thu + beta * s * d.a_u;
  return 0;
}

QUADRATIC_HOOKS(cost, 4, 1)

static const cartpole plant = {.m_c = 1.0, .m_p = 0.2, .l = 0.5};
static const cartpole plant_cp50 = {.m_c = 1.0, .m_p = 0.3, .l = 0.5};

static const double start[4] = {0.0, 0.0, 0.0, 0.0};
static const double zero[4] = {0.0, 0.0, 0.0, 0.0};
static const double up[4] = {0.0, 3.141592653589793, 0.0, 0.0};
static const double up_aside[4] = {1.0, 3.141592653589793, 0.0, 0.0};
static const double hundred[4] = {100.0, 100.0, 100.0, 100.0};

static const quadratic weights = {
    .q = (const double[]){0.01, 0.01, 0.01, 0.01},
    .r = (const double[]){0.001},
    .qf = hundred,
    .xg = up,
    .ug = zero,
};

/* Stage 1/2 h .1 u^2 with h = .04, final 1/2 100 |x - xg|^2. */
static const quadratic weights_cp50 = {
    .q = zero,
    .r = (const double[]){0.04 * 0.1},
    .qf = hundred,
    .xg = up_aside,
    .ug = zero,
};

/* Stage .04 (.01 u^2 + .1 p^2), final 50 p^2 + 100 (th - pi)^2 + 5 dp^2 + 5 dth^2. */
static const quadratic weights_a = {
    .q = (const double[]){2.0 * 0.04 * 0.1, 0.0, 0.0, 0.0},
    .r = (const double[]){2.0 * 0.04 * 0.01},
    .qf = (const double[]){100.0, 200.0, 10.0, 10.0},
    .xg = up,
    .ug = zero,
};

#define MODEL(parameters) \
  { .nx = 4, .nu = 1, .ode = ode, .integrator = TRAJ_RK4, .jac = jac, .hess = hess, .user = (void *)(parameters) }

const bench_problem bench_cartpole = {
    .name = "cartpole",
    .purpose = BENCH_PEERS,
    .problem = {.N = 200, .dt = 0.01, .model = MODEL(&plant), .cost = QUADRATIC_COST(cost, &weights)},
    .x0 = start,
    .guess = 0.01,
    .spread = 3.0,
    .optima = (const double[]){18.27185539649},
    .n_optima = 1,
};

const bench_problem bench_cp50 = {
    .name = "CP50",
    .purpose = BENCH_ACCEPTANCE,
    .problem = {.N = 50, .dt = 0.04, .model = MODEL(&plant_cp50), .cost = QUADRATIC_COST(cost, &weights_cp50)},
    .x0 = start,
    .guess = 0.0,
    .optima = (const double[]){2.8785012393},
    .n_optima = 1,
};

const bench_problem bench_cartpole_a = {
    .name = "cartpole_a",
    .purpose = BENCH_ACCEPTANCE,
    .problem = {.N = 50, .dt = 0.04, .model = MODEL(&plant_cp50), .cost = QUADRATIC_COST(cost, &weights_a)},
    .x0 = start,
    .guess = 0.0,
    .optima = (const double[]){0.710915664055},
    .n_optima = 1,
};
