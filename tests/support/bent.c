#include "support/bent.h"

#include <math.h>
#include <string.h>

#include "support/jet.h"

enum { NX = BENT_NX, NU = BENT_NU, NZ = NX + NU, NR = 3, NR_FINAL = 2 };

/* The scaled variables of a point; of the state only where there is no control. */
static int variables(const bent *b, const traj_point *at, bool exact, jet *y) {
  int n = at->u == NULL ? NX : NZ;
  for (int i = 0; i < n; i++)
    y[i] = jet_scale(1 / b->s, jet_variable(exact ? n : 0, i, i < NX ? at->x[i] : at->u[i - NX]));
  return n;
}

static void dynamics(const bent *b, const traj_point *at, bool exact, jet *f) {
  jet y[NZ];
  variables(b, at, exact, y);
  jet bump = jet_exp(jet_scale(-0.25, jet_mul(y[0], y[0])));
  jet turn = jet_mul(jet_sin(y[0]), y[2]), twist = jet_mul(jet_cos(y[1]), y[3]);
  f[0] = jet_scale(b->s, jet_add(jet_add(turn, jet_scale(0.3, y[1])), jet_scale(0.5, y[3])));
  f[1] = jet_scale(
      b->s, jet_add(jet_add(twist, bump), jet_add(jet_tanh(jet_scale(0.2, jet_mul(y[0], y[1]))), jet_mul(y[2], y[3]))));
}

static jet stage_cost(const bent *b, const traj_point *at, bool exact) {
  jet y[NZ];
  variables(b, at, exact, y);
  jet size = jet_sqrt(jet_shift(jet_add(jet_mul(y[0], y[0]), jet_mul(y[1], y[2])), 20));
  jet effort = jet_mul(jet_mul(y[2], y[2]), jet_shift(jet_sin(y[0]), 2));
  return jet_scale(b->S, jet_add(jet_add(size, effort), jet_mul(jet_exp(jet_scale(0.3, y[1])), jet_cos(y[3]))));
}

static jet final_cost(const bent *b, const traj_point *at, bool exact) {
  jet y[NZ];
  variables(b, at, exact, y);
  return jet_scale(b->S, jet_add(jet_mul(jet_exp(jet_scale(0.3, y[0])), y[1]), jet_mul(y[0], jet_sin(y[0]))));
}

/* Returns the number of rows. */
static int residuals(const bent *b, const traj_point *at, bool exact, jet *r) {
  jet y[NZ];
  double size = sqrt(b->S);
  if (variables(b, at, exact, y) == NX) {
    r[0] = jet_scale(size, jet_tanh(jet_scale(0.2, jet_mul(y[0], y[1]))));
    r[1] = jet_scale(size, jet_shift(jet_add(y[1], jet_sin(y[0])), -1));
    return NR_FINAL;
  }
  r[0] = jet_scale(size, jet_add(jet_sin(jet_mul(y[0], y[2])), y[3]));
  r[1] = jet_scale(size, jet_sub(jet_add(y[1], y[0]), jet_cos(jet_add(y[3], y[2]))));
  r[2] = jet_scale(size, jet_add(jet_exp(jet_scale(-0.2, y[0])), jet_mul(y[1], jet_mul(y[2], y[3]))));
  return NR;
}

static int f_hook(const traj_point *at, double *out, void *user) {
  jet f[NX];
  dynamics(user, at, false, f);
  for (int i = 0; i < NX; i++)
    out[i] = f[i].v;
  return 0;
}

/* The Jacobian of m rows. */
static void write_jac(const jet *rows, int m, traj_jac *out) {
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < NX; j++)
      out->fx[i + j * m] = rows[i].g[j];
    for (int j = 0; out->fu != NULL && j < NU; j++)
      out->fu[i + j * m] = rows[i].g[NX + j];
  }
}

/* The Hessian of a scalar. */
static void write_hessian(jet a, traj_quad *out) {
  for (int j = 0; j < NX; j++) {
    for (int i = 0; i < NX; i++)
      out->lxx[i + j * NX] = jet_second(a, i, j);
    for (int i = 0; out->lux != NULL && i < NU; i++)
      out->lux[i + j * NU] = jet_second(a, NX + i, j);
  }
  for (int j = 0; out->luu != NULL && j < NU; j++) {
    for (int i = 0; i < NU; i++)
      out->luu[i + j * NU] = jet_second(a, NX + i, NX + j);
  }
}

static int jac_hook(const traj_point *at, traj_jac *out, void *user) {
  jet f[NX];
  dynamics(user, at, true, f);
  write_jac(f, NX, out);
  return 0;
}

static int hess_hook(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  jet f[NX], sum = jet_constant(0);
  dynamics(user, at, true, f);
  for (int i = 0; i < NX; i++)
    sum = jet_add(sum, jet_scale(lambda[i], f[i]));
  write_hessian(sum, out);
  return 0;
}

static int stage_hook(const traj_point *at, double *cost, void *user) {
  *cost = stage_cost(user, at, false).v;
  return 0;
}

static int final_hook(const traj_point *at, double *cost, void *user) {
  *cost = final_cost(user, at, false).v;
  return 0;
}

static int quad_hook(const traj_point *at, traj_quad *out, void *user) {
  jet cost = at->u == NULL ? final_cost(user, at, true) : stage_cost(user, at, true);
  memcpy(out->lx, cost.g, NX * sizeof(double));
  if (out->lu != NULL) memcpy(out->lu, cost.g + NX, NU * sizeof(double));
  write_hessian(cost, out);
  return 0;
}

static int residual_hook(const traj_point *at, double *out, void *user) {
  jet r[NR];
  int m = residuals(user, at, false, r);
  for (int i = 0; i < m; i++)
    out[i] = r[i].v;
  return 0;
}

static int residual_jac_hook(const traj_point *at, traj_jac *out, void *user) {
  jet r[NR];
  int m = residuals(user, at, true, r);
  write_jac(r, m, out);
  return 0;
}

traj_problem bent_problem(bent *b) {
  traj_problem problem = {.N = BENT_N, .dt = 0.1};
  problem.model = (traj_model){.nx = NX, .nu = NU, .hess = hess_hook, .user = b};
  if (!b->no_jac) problem.model.jac = jac_hook;
  if (b->ode) {
    problem.model.ode = f_hook;
  } else {
    problem.model.step = f_hook;
  }
  problem.cost.user = b;
  if (b->residual) {
    problem.cost.nr = NR;
    problem.cost.nr_final = NR_FINAL;
    problem.cost.residual = problem.cost.final_residual = residual_hook;
    problem.cost.residual_jac = problem.cost.final_residual_jac = residual_jac_hook;
  } else {
    problem.cost.stage = stage_hook;
    problem.cost.final = final_hook;
    problem.cost.stage_quad = problem.cost.final_quad = quad_hook;
  }
  return problem;
}

void bent_draw(const bent *b, rng *r, double *x0, double *u) {
  for (int i = 0; i < NX; i++)
    x0[i] = b->s * rng_uniform(r, -2, 2);
  for (int i = 0; i < NU * BENT_N; i++)
    u[i] = b->s * rng_uniform(r, -2, 2);
}
