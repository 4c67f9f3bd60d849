#include "fuzz/subject_hooks.h"

#include <math.h>
#include <string.h>

/* The trouble, when it is this hook's turn. */
static const subject_trouble *due(subject *s, subject_hook hook) {
  const subject_trouble *t = &s->trouble;
  const int call = s->calls[hook]++;
  if (!s->armed || t->hook != hook) return NULL;
  return call == t->call || (t->onwards && call > t->call) ? t : NULL;
}

/* An output of a hook. */
typedef struct output {
  double *data; /* NULL: not asked for */
  int count;
} output;

/* What becomes of outputs that were written: the code that the hook returns. */
static int deliver(subject *s, subject_hook hook, const output *outputs, int n, int code) {
  const subject_trouble *t = due(s, hook);
  if (t == NULL) return code;
  if (t->kind == TROUBLE_CODE) return t->code;
  const output *o = &outputs[t->entry % n];
  if (o->data != NULL) o->data[t->entry % o->count] = t->kind == TROUBLE_VALUE ? t->value : (double)NAN;
  return code;
}

/* z = (x, u); u is zero at the final stage. */
static void gather(const subject *s, const traj_point *at, double *z) {
  const int nx = s->problem.model.nx, nu = s->problem.model.nu;
  memset(z, 0, SUBJECT_NZ * sizeof *z);
  memcpy(z, at->x, (size_t)nx * sizeof *z);
  if (at->u != NULL) memcpy(z + nx, at->u, (size_t)nu * sizeof *z);
}

int subject_motion(const traj_point *at, double *out, void *user) {
  subject *s = user;
  double z[SUBJECT_NZ];
  bool defined = true;
  gather(s, at, z);
  for (int i = 0; i < s->problem.model.nx; i++)
    defined = curve_value(&s->motion[i], z, &out[i]) && defined;
  const output o = {out, s->problem.model.nx};
  return deliver(s, SUBJECT_DYNAMICS, &o, 1, !defined && s->undefined_by_code);
}

/* The Jacobian of m curves, columns of z in two matrices. */
static void jacobian(const curve *rows, int m, const double *z, int nx, int nu, traj_jac *out) {
  memset(out->fx, 0, (size_t)(m * nx) * sizeof(double));
  if (out->fu != NULL) memset(out->fu, 0, (size_t)(m * nu) * sizeof(double));
  for (int i = 0; i < m; i++) {
    double gradient[SUBJECT_NZ] = {0};
    curve_add_gradient(&rows[i], z, 1, gradient, 1);
    for (int j = 0; j < nx; j++)
      out->fx[i + j * m] = gradient[j];
    for (int j = 0; j < nu && out->fu != NULL; j++)
      out->fu[i + j * m] = gradient[nx + j];
  }
}

int subject_jac(const traj_point *at, traj_jac *out, void *user) {
  subject *s = user;
  const int nx = s->problem.model.nx, nu = s->problem.model.nu;
  double z[SUBJECT_NZ];
  gather(s, at, z);
  jacobian(s->motion, nx, z, nx, nu, out);
  out->fx[0] *= s->lie;
  const output o[] = {{out->fx, nx * nx}, {out->fu, nx * nu}};
  return deliver(s, SUBJECT_JAC, o, 2, 0);
}

/* Blocks of H (n x n of z) that are asked for. */
static void split(const double *H, int nx, int nu, traj_quad *out) {
  const int nz = nx + nu;
  for (int j = 0; j < nx; j++)
    memcpy(out->lxx + j * nx, H + j * nz, (size_t)nx * sizeof *H);
  for (int j = 0; j < nx && out->lux != NULL; j++)
    memcpy(out->lux + j * nu, H + nx + j * nz, (size_t)nu * sizeof *H);
  for (int j = 0; j < nu && out->luu != NULL; j++)
    memcpy(out->luu + j * nu, H + nx + (nx + j) * nz, (size_t)nu * sizeof *H);
}

static int deliver_quad(subject *s, subject_hook hook, const traj_quad *q) {
  const int nx = s->problem.model.nx, nu = s->problem.model.nu;
  const output o[] = {{q->lxx, nx * nx}, {q->luu, nu * nu}, {q->lux, nu * nx}, {q->lx, nx}, {q->lu, nu}};
  q->lxx[0] *= s->lie;
  return deliver(s, hook, o, 5, 0);
}

int subject_hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  subject *s = user;
  const int nx = s->problem.model.nx, nu = s->problem.model.nu;
  double z[SUBJECT_NZ], H[SUBJECT_NZ * SUBJECT_NZ] = {0};
  gather(s, at, z);
  for (int i = 0; i < nx; i++)
    curve_add_hessian(&s->motion[i], z, lambda[i], H);
  split(H, nx, nu, out);
  return deliver_quad(s, SUBJECT_HESS, out);
}

static const subject_cost *cost_at(const subject *s, const traj_point *at) {
  return at->u == NULL ? &s->final : &s->stage;
}

int subject_cost_of(const traj_point *at, double *cost, void *user) {
  subject *s = user;
  const subject_cost *c = cost_at(s, at);
  double z[SUBJECT_NZ];
  gather(s, at, z);
  const bool defined = curve_value(&c->bent, z, cost);
  for (int i = 0; i < c->bent.n; i++)
    *cost += 0.5 * c->weight[i] * z[i] * z[i];
  const output o = {cost, 1};
  return deliver(s, SUBJECT_COST, &o, 1, !defined && s->undefined_by_code);
}

int subject_quad(const traj_point *at, traj_quad *out, void *user) {
  subject *s = user;
  const subject_cost *c = cost_at(s, at);
  const int nx = s->problem.model.nx, nu = s->problem.model.nu, nz = nx + nu;
  double z[SUBJECT_NZ], g[SUBJECT_NZ] = {0}, H[SUBJECT_NZ * SUBJECT_NZ] = {0};
  gather(s, at, z);
  curve_add_gradient(&c->bent, z, 1, g, 1);
  curve_add_hessian(&c->bent, z, 1, H);
  for (int i = 0; i < nz; i++) {
    g[i] += c->weight[i] * z[i];
    H[i + i * nz] += c->weight[i];
  }
  memcpy(out->lx, g, (size_t)nx * sizeof *g);
  if (out->lu != NULL) memcpy(out->lu, g + nx, (size_t)nu * sizeof *g);
  split(H, nx, nu, out);
  return deliver_quad(s, SUBJECT_QUAD, out);
}

static int residual_rows(const subject *s, const traj_point *at) {
  return at->u == NULL ? s->problem.cost.nr_final : s->problem.cost.nr;
}

int subject_residual(const traj_point *at, double *r, void *user) {
  subject *s = user;
  const subject_cost *c = cost_at(s, at);
  double z[SUBJECT_NZ];
  bool defined = true;
  gather(s, at, z);
  for (int i = 0; i < residual_rows(s, at); i++)
    defined = curve_value(&c->rows[i], z, &r[i]) && defined;
  const output o = {r, residual_rows(s, at)};
  return deliver(s, SUBJECT_COST, &o, 1, !defined && s->undefined_by_code);
}

int subject_residual_jac(const traj_point *at, traj_jac *out, void *user) {
  subject *s = user;
  const int nx = s->problem.model.nx, nu = s->problem.model.nu, m = residual_rows(s, at);
  double z[SUBJECT_NZ];
  gather(s, at, z);
  jacobian(cost_at(s, at)->rows, m, z, nx, nu, out);
  out->fx[0] *= s->lie;
  const output o[] = {{out->fx, m * nx}, {out->fu, m * nu}};
  return deliver(s, SUBJECT_QUAD, o, 2, 0);
}

int subject_retract(const double *x, const double *dx, double *out, void *user) {
  subject *s = user;
  for (int i = 0; i < s->problem.model.nx; i++)
    out[i] = x[i] + dx[i];
  const output o = {out, s->problem.model.nx};
  return deliver(s, SUBJECT_RETRACT, &o, 1, 0);
}

int subject_difference(const double *a, const double *b, double *out, void *user) {
  subject *s = user;
  for (int i = 0; i < s->problem.model.nx; i++)
    out[i] = b[i] - a[i];
  const output o = {out, s->problem.model.nx};
  return deliver(s, SUBJECT_DIFFERENCE, &o, 1, 0);
}

/* One after another, the last first; in trouble one is forgotten, or a worker is given that there is not. */
int subject_parallel(traj_job_fn *job, int n, void *arg, void *user) {
  subject *s = user;
  const subject_trouble *t = due(s, SUBJECT_PARALLEL);
  for (int i = n - 1; i >= 0; i--) {
    const bool spoil = t != NULL && t->kind != TROUBLE_CODE && i == t->entry % n;
    if (spoil && t->kind == TROUBLE_FORGETS) continue;
    job(i, spoil ? -1 : i % s->settings.run.workers, arg);
  }
  return t != NULL && t->kind == TROUBLE_CODE ? t->code : 0;
}

int subject_iteration(const traj_iteration *row, void *user) {
  subject *s = user;
  (void)row;
  return due(s, SUBJECT_ITERATION) != NULL;
}

/* A microsecond passes between two readings. */
double subject_clock(void *user) {
  subject *s = user;
  const subject_trouble *t = due(s, SUBJECT_CLOCK);
  return t != NULL ? t->value : 1e-6 * s->calls[SUBJECT_CLOCK];
}
