/* Van der Pol's oscillator brought to rest: state (x1, x2),
 *     dx1 = mu (1 - x2^2) x1 - x2 + u,   dx2 = x1
 *     stage .05 (x1^2 + x2^2 + u^2) (h = .1 times 1/2),   final 5 (x1^2 + x2^2)
 * vanderpol: mu = 1, without limits; vanderpol_box: |u| <= .75; vanderpol_stiff: mu = 20, from the cycle. Ipopt
 * (multiple shooting, complex-step Jacobian) confirms the optima: 1.462937913334 and, up to what is left of its
 * barrier, 1.614624988412. */
#include <string.h>

#include "problems/quadratic.h"
#include "problems/registry.h"

static int ode(const traj_point *at, double *dxdt, void *user) {
  const double mu = *(const double *)user;
  const double x1 = at->x[0], x2 = at->x[1];
  dxdt[0] = mu * (1.0 - x2 * x2) * x1 - x2 + at->u[0];
  dxdt[1] = x1;
  return 0;
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  const double mu = *(const double *)user;
  const double x1 = at->x[0], x2 = at->x[1];
  out->fx[0] = mu * (1.0 - x2 * x2);
  out->fx[1] = 1.0;
  out->fx[2] = -2.0 * mu * x1 * x2 - 1.0;
  out->fx[3] = 0.0;
  out->fu[0] = 1.0;
  out->fu[1] = 0.0;
  return 0;
}

static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  const double mu = *(const double *)user;
  memset(out->lux, 0, sizeof(double[2]));
  out->luu[0] = 0.0;
  out->lxx[0] = 0.0;
  out->lxx[1] = out->lxx[2] = -2.0 * mu * lambda[0] * at->x[1];
  out->lxx[3] = -2.0 * mu * lambda[0] * at->x[0];
  return 0;
}

QUADRATIC_HOOKS(cost, 2, 1)

static const double mild = 1.0, stiff = 20.0; /* mu */
static const double start[2] = {0.0, 1.0};
static const double zero[2] = {0.0, 0.0};

static const quadratic weights = {
    .q = (const double[]){0.1, 0.1},
    .r = (const double[]){0.1},
    .qf = (const double[]){10.0, 10.0},
    .xg = zero,
    .ug = zero,
};

#define MODEL(mu) \
  { .nx = 2, .nu = 1, .ode = ode, .integrator = TRAJ_RK4, .jac = jac, .hess = hess, .user = (void *)&(mu) }

const bench_problem bench_vanderpol = {
    .name = "vanderpol",
    .purpose = BENCH_ACCEPTANCE,
    .problem = {.N = 100, .dt = 0.1, .model = MODEL(mild), .cost = QUADRATIC_COST(cost, &weights)},
    .x0 = start,
    .guess = 0.0,
    .optima = (const double[]){1.462937913334},
    .n_optima = 1,
};

const bench_problem bench_vanderpol_box = {
    .name = "vanderpol_box",
    .purpose = BENCH_ACCEPTANCE,
    .problem = {.N = 100,
                .dt = 0.1,
                .model = MODEL(mild),
                .cost = QUADRATIC_COST(cost, &weights),
                .u_min = (const double[]){-0.75},
                .u_max = (const double[]){0.75}},
    .x0 = start,
    .guess = 0.0,
    .optima = (const double[]){1.614624988287},
    .n_optima = 1,
};

/* As 1/2 (.1 |x|^2 + .001 u^2) and 50 |x|^2. */
static const quadratic weights_stiff = {
    .q = (const double[]){0.1, 0.1},
    .r = (const double[]){0.001},
    .qf = (const double[]){100.0, 100.0},
    .xg = zero,
    .ug = zero,
};

/* From the outer turn of the cycle, where rates reach -60, which four steps per stage follow, to where they are 20. */
const bench_problem bench_vanderpol_stiff = {
    .name = "vanderpol_stiff",
    .purpose = BENCH_ROBUSTNESS,
    .problem =
        {.N = 100,
         .dt = 0.05,
         .model = {.nx = 2, .nu = 1, .ode = ode, .substeps = 4, .jac = jac, .hess = hess, .user = (void *)&stiff},
         .cost = QUADRATIC_COST(cost, &weights_stiff)},
    .x0 = (const double[]){0.0, 2.0},
    .guess = 0.0,
    .spread = 10.0,
};
