/* A damped pendulum with a torque: state (th, w), th = 0 hanging,
 *     dth = w,   dw = gain u - damping w - gravity sin th.
 * pendulum:   swing up with cost on the way, dw = (u - .1 w - 9.81 * .5 sin th) / .25.
 * pendulum_a: swing up with a final cost only, dw = u - .1 w - 9.81 sin th. */
#include <math.h>
#include <string.h>

#include "problems/quadratic.h"
#include "problems/registry.h"

typedef struct pendulum {
  double gain, damping, gravity;
} pendulum;

static int ode(const traj_point *at, double *dxdt, void *user) {
  const pendulum *p = user;
  const double th = at->x[0], w = at->x[1];
  dxdt[0] = w;
  dxdt[1] = p->gain * at->u[0] - p->damping * w - p->gravity * sin(th);
  return 0;
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  const pendulum *p = user;
  out->fx[0] = 0.0;
  out->fx[1] = -p->gravity * cos(at->x[0]);
  out->fx[2] = 1.0;
  out->fx[3] = -p->damping;
  out->fu[0] = 0.0;
  out->fu[1] = p->gain;
  return 0;
}

/* Only d2 dw / dth2 = gravity sin th is not zero. */
static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  const pendulum *p = user;
  memset(out->lxx, 0, sizeof(double[4]));
  memset(out->lux, 0, sizeof(double[2]));
  out->luu[0] = 0.0;
  out->lxx[0] = lambda[1] * p->gravity * sin(at->x[0]);
  return 0;
}

QUADRATIC_HOOKS(cost, 2, 1)

static const pendulum plant = {.gain = 1.0 / 0.25, .damping = 0.1 / 0.25, .gravity = 9.81 * 0.5 / 0.25};
static const pendulum plant_a = {.gain = 1.0, .damping = 0.1, .gravity = 9.81};

static const double start[2] = {0.0, 0.0};
static const double zero[2] = {0.0, 0.0};
static const double up[2] = {3.141592653589793, 0.0};

static const quadratic weights = {
    .q = (const double[]){0.1, 0.1},
    .r = (const double[]){0.02},
    .qf = (const double[]){100.0, 100.0},
    .xg = up,
    .ug = zero,
};

/* Stage .05 * .05 u^2, final 50 (th - pi)^2 + 5 w^2. */
static const quadratic weights_a = {
    .q = zero,
    .r = (const double[]){2.0 * 0.05 * 0.05},
    .qf = (const double[]){100.0, 10.0},
    .xg = up,
    .ug = zero,
};

#define MODEL(parameters) \
  { .nx = 2, .nu = 1, .ode = ode, .integrator = TRAJ_RK4, .jac = jac, .hess = hess, .user = (void *)(parameters) }

const bench_problem bench_pendulum = {
    .name = "pendulum",
    .purpose = BENCH_PEERS,
    .problem = {.N = 100, .dt = 0.05, .model = MODEL(&plant), .cost = QUADRATIC_COST(cost, &weights)},
    .x0 = start,
    .guess = 0.0,
    .spread = 2.0,
    .optima = (const double[]){15.09466595491},
    .n_optima = 1,
};

const bench_problem bench_pendulum_a = {
    .name = "pendulum_a",
    .purpose = BENCH_ACCEPTANCE,
    .problem = {.N = 100, .dt = 0.05, .model = MODEL(&plant_a), .cost = QUADRATIC_COST(cost, &weights_a)},
    .x0 = start,
    .guess = 0.0,
    .optima = (const double[]){1.177542663619},
    .n_optima = 1,
};
