#include "fuzz/subject_hooks.h"

#include <math.h>
#include <stdint.h>
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

/* A step ends on the manifold, unless there is no way to it. */
static bool stay(const subject *s, double *x) {
  double there[SUBJECT_NX];
  if (traj_manifold_project(x, there, (void *)(uintptr_t)s->parts) != 0) return false;
  memcpy(x, there, (size_t)s->problem.model.nx * sizeof *x);
  return true;
}

int subject_motion(const traj_point *at, double *out, void *user) {
  subject *s = user;
  double z[SUBJECT_NZ];
  bool defined = true;
  gather(s, at, z);
  const int nx = s->problem.model.nx;
  for (int i = 0; i < nx; i++)
    defined = curve_value(&s->motion[i], z, &out[i]) && defined;
  if (s->parts != NULL && s->problem.model.step != NULL) defined = stay(s, out) && defined;
  const output o = {out, nx};
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

/* C (m x n) = A (m x k) B */
static void multiply(int m, int n, int k, const double *A, const double *B, double *C) {
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < m; i++) {
      C[i + j * m] = 0;
      for (int l = 0; l < k; l++)
        C[i + j * m] += A[i + l * m] * B[l + j * k];
    }
  }
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

static int deliver_quad(subject *s, subject_hook hook, int nx, const traj_quad *q) {
  const int nu = s->problem.model.nu;
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
  return deliver_quad(s, SUBJECT_HESS, nx, out);
}

/* From coordinates of the state to displacements of it: a gradient of m functions, m x nz, and a Hessian of the first.
 */
static void displace(const subject *s, const double *x, int m, double *J, double *H) {
  const int nx = s->problem.model.nx, nu = s->problem.model.nu, ndx = subject_ndx(s), nz = nx + nu, n = ndx + nu;
  double R[SUBJECT_NX * SUBJECT_NX], bend[SUBJECT_NX * SUBJECT_NX], T[SUBJECT_NZ * SUBJECT_NZ] = {0};
  double half[SUBJECT_NZ * SUBJECT_NZ], gradient[SUBJECT_NX];
  if (s->parts == NULL) return;
  for (int i = 0; i < nx; i++)
    gradient[i] = J[i * m];
  traj_manifold_retract_derivatives(x, gradient, R, H == NULL ? NULL : bend, (void *)(uintptr_t)s->parts);
  for (int j = 0; j < n; j++) /* T = [R 0; 0 I] */
    for (int i = 0; i < nz; i++)
      T[i + j * nz] = j < ndx ? (i < nx ? R[i + j * nx] : 0) : i - nx == j - ndx;
  multiply(m, n, nz, J, T, half);
  memcpy(J, half, (size_t)(m * n) * sizeof *J);
  if (H == NULL) return;
  multiply(nz, n, nz, H, T, half);
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < n; i++) {
      H[i + j * n] = i < ndx && j < ndx ? bend[i + j * ndx] : 0;
      for (int l = 0; l < nz; l++)
        H[i + j * n] += T[l + i * nz] * half[l + j * nz];
    }
  }
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
  const int ndx = subject_ndx(s), nu = s->problem.model.nu, nz = s->problem.model.nx + nu;
  double z[SUBJECT_NZ], g[SUBJECT_NZ] = {0}, H[SUBJECT_NZ * SUBJECT_NZ] = {0};
  gather(s, at, z);
  curve_add_gradient(&c->bent, z, 1, g, 1);
  curve_add_hessian(&c->bent, z, 1, H);
  for (int i = 0; i < nz; i++) {
    g[i] += c->weight[i] * z[i];
    H[i + i * nz] += c->weight[i];
  }
  displace(s, at->x, 1, g, H);
  memcpy(out->lx, g, (size_t)ndx * sizeof *g);
  if (out->lu != NULL) memcpy(out->lu, g + ndx, (size_t)nu * sizeof *g);
  split(H, ndx, nu, out);
  return deliver_quad(s, SUBJECT_QUAD, ndx, out);
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
  const int nx = s->problem.model.nx, nu = s->problem.model.nu, ndx = subject_ndx(s), m = residual_rows(s, at);
  double z[SUBJECT_NZ], J[SUBJECT_NR * SUBJECT_NZ];
  traj_jac both = {J, J + m * nx};
  gather(s, at, z);
  jacobian(cost_at(s, at)->rows, m, z, nx, nu, &both);
  displace(s, at->x, m, J, NULL);
  memcpy(out->fx, J, (size_t)(m * ndx) * sizeof *J);
  if (out->fu != NULL) memcpy(out->fu, J + m * ndx, (size_t)(m * nu) * sizeof *J);
  out->fx[0] *= s->lie;
  const output o[] = {{out->fx, m * ndx}, {out->fu, m * nu}};
  return deliver(s, SUBJECT_QUAD, o, 2, 0);
}

/* The space of flat numbers, where the subject has no other. */
static void *parts_of(const subject *s) {
  static const traj_part flat[][2] = {{{TRAJ_FLAT, 1}}, {{TRAJ_FLAT, 2}}, {{TRAJ_FLAT, 3}},
                                      {{TRAJ_FLAT, 4}}, {{TRAJ_FLAT, 5}}, {{TRAJ_FLAT, 6}}};
  return (void *)(uintptr_t)(s->parts != NULL ? s->parts : flat[s->problem.model.nx - 1]);
}

int subject_retract(const double *x, const double *dx, double *out, void *user) {
  subject *s = user;
  const output o = {out, s->problem.model.nx};
  return deliver(s, SUBJECT_RETRACT, &o, 1, traj_manifold_retract(x, dx, out, parts_of(s)));
}

int subject_difference(const double *a, const double *b, double *out, void *user) {
  subject *s = user;
  const output o = {out, subject_ndx(s)};
  return deliver(s, SUBJECT_DIFFERENCE, &o, 1, traj_manifold_difference(a, b, out, parts_of(s)));
}

int subject_project(const double *x, double *out, void *user) {
  subject *s = user;
  const output o = {out, s->problem.model.nx};
  return deliver(s, SUBJECT_PROJECT, &o, 1, traj_manifold_project(x, out, parts_of(s)));
}

static int deliver_tangent(subject *s, double *jac, double *hess, int n, int code) {
  const output o[] = {{jac, s->problem.model.nx * subject_ndx(s)}, {hess, n * n}};
  if (code == 0) jac[0] *= s->lie;
  return deliver(s, SUBJECT_TANGENT, o, 2, code);
}

int subject_retract_derivatives(const double *x, const double *w, double *jac, double *hess, void *user) {
  subject *s = user;
  const int code = traj_manifold_retract_derivatives(x, w, jac, hess, parts_of(s));
  return deliver_tangent(s, jac, hess, subject_ndx(s), code);
}

int subject_difference_derivatives(const double *x, const double *w, double *jac, double *hess, void *user) {
  subject *s = user;
  const int code = traj_manifold_difference_derivatives(x, w, jac, hess, parts_of(s));
  return deliver_tangent(s, jac, hess, s->problem.model.nx, code);
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
