/* The recursion on CBLAS and LAPACKE. Products are in the transposed forms: the plain form of dgemm may call malloc.
 *
 * With n = nx, m = nu and z = [x; 1; u] of l = n + 1 + m numbers, all column-major:
 *   stage: G = [A c B] (n x l), then H, the symmetric cost of z (l x l)
 *   value: P (n + 1) x (n + 1), full
 *   Q-function: l x l; row 1 (index n) is never read, its transpose in column n is. */
#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "linalg/stage.h"

static int length(tj_shape s) {
  return s.nx + 1 + s.nu;
}

tj_kernel tj_kernel_layout(tj_arena *arena, tj_shape shape) {
  size_t n = (size_t)shape.nx, m = (size_t)shape.nu, l = n + 1 + m;
  return (tj_kernel){
      .shape = shape,
      .q = tj_arena_doubles(arena, l, l),
      .vg = tj_arena_doubles(arena, n, l),
      .factor = tj_arena_doubles(arena, m, m),
      .y = tj_arena_doubles(arena, m, n + 1),
  };
}

size_t tj_stage_doubles(tj_shape shape) {
  size_t n = (size_t)shape.nx, l = n + 1 + (size_t)shape.nu;
  return (n + l) * l;
}

size_t tj_value_doubles(tj_shape shape) {
  size_t n = (size_t)shape.nx + 1;
  return n * n;
}

static void copy_or_zero(double *to, const double *from, size_t n) {
  if (from == NULL) {
    memset(to, 0, n * sizeof(double));
  } else {
    memcpy(to, from, n * sizeof(double));
  }
}

/* to (leading dimension ld) = the symmetric matrix whose lower triangle is in from (n x n); NULL: zero. */
static void copy_symmetric(double *to, int ld, const double *from, int n) {
  for (int j = 0; j < n; j++) {
    for (int i = j; i < n; i++) {
      double a = from == NULL ? 0 : from[i + j * n];
      to[i + j * ld] = a;
      to[j + i * ld] = a;
    }
  }
}

void tj_stage_pack_dynamics(tj_shape shape, double *stage, const double *fx, const double *fu, const double *c) {
  size_t n = (size_t)shape.nx, m = (size_t)shape.nu;
  memcpy(stage, fx, n * n * sizeof(double));
  copy_or_zero(stage + n * n, c, n);
  memcpy(stage + n * (n + 1), fu, n * m * sizeof(double));
}

void tj_stage_pack_cost(tj_shape shape, double *stage, tj_stage_cost cost) {
  int n = shape.nx, m = shape.nu, l = length(shape);
  double *h = stage + (size_t)n * (size_t)l;
  memset(h, 0, (size_t)l * (size_t)l * sizeof(double));
  copy_symmetric(h, l, cost.lxx, n);
  copy_symmetric(h + (n + 1) + (n + 1) * l, l, cost.luu, m);
  copy_or_zero(h + n * l, cost.lx, (size_t)n);
  copy_or_zero(h + n * l + n + 1, cost.lu, (size_t)m);
  for (int j = 0; j < n; j++) {
    copy_or_zero(h + j * l + n + 1, cost.lux == NULL ? NULL : cost.lux + j * m, (size_t)m);
  }
}

void tj_stage_next(tj_shape shape, const double *stage, const double *x, const double *u, double *x_next) {
  int n = shape.nx;
  memcpy(x_next, stage + n * n, (size_t)n * sizeof(double));
  cblas_dgemv(CblasColMajor, CblasNoTrans, n, n, 1, stage, n, x, 1, 1, x_next, 1);
  cblas_dgemv(CblasColMajor, CblasNoTrans, n, shape.nu, 1, stage + n * (n + 1), n, u, 1, 1, x_next, 1);
}

void tj_value_pack(tj_shape shape, double *value, const double *V, const double *v, double s) {
  int n = shape.nx;
  copy_symmetric(value, n + 1, V, n);
  for (int i = 0; i < n; i++) {
    double a = v == NULL ? 0 : v[i];
    value[i + n * (n + 1)] = a;
    value[n + i * (n + 1)] = a;
  }
  value[n + n * (n + 1)] = 2 * s;
}

void tj_value_unpack(tj_shape shape, const double *value, double *V, double *v, double *s) {
  int n = shape.nx;
  for (int j = 0; V != NULL && j < n; j++)
    memcpy(V + j * n, value + j * (n + 1), (size_t)n * sizeof(double));
  if (v != NULL) memcpy(v, value + n * (n + 1), (size_t)n * sizeof(double));
  if (s != NULL) *s = 0.5 * value[n + n * (n + 1)];
}

void tj_kernel_expand(tj_kernel *kernel, const double *stage, const double *value_next) {
  int n = kernel->shape.nx, l = length(kernel->shape);
  const double *c = stage + n * n, *v = value_next + n * (n + 1);
  double *w = kernel->vg + n * n; /* v + V c */
  /* V is symmetric: its transpose avoids the plain form. */
  cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, n, l, n, 1, value_next, n + 1, stage, n, 0, kernel->vg, n);
  cblas_daxpy(n, 1, v, 1, w, 1);
  memcpy(kernel->q, stage + n * l, (size_t)l * (size_t)l * sizeof(double));
  cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, l, l, n, 1, stage, n, kernel->vg, n, 1, kernel->q, l);
  kernel->q[n + n * l] += cblas_ddot(n, c, 1, v, 1) + v[n];
}

void tj_kernel_add_curvature(tj_kernel *kernel, const double *fxx, const double *fuu, const double *fux) {
  int n = kernel->shape.nx, m = kernel->shape.nu, l = length(kernel->shape);
  for (int j = 0; j < n; j++) {
    for (int i = j; i < n; i++) {
      kernel->q[i + j * l] += fxx[i + j * n];
      if (i != j) kernel->q[j + i * l] += fxx[i + j * n];
    }
    for (int i = 0; i < m; i++)
      kernel->q[n + 1 + i + j * l] += fux[i + j * m];
  }
  double *quu = kernel->q + (n + 1) * (l + 1);
  for (int j = 0; j < m; j++) {
    for (int i = j; i < m; i++) {
      quu[i + j * l] += fuu[i + j * m];
      if (i != j) quu[j + i * l] += fuu[i + j * m];
    }
  }
}

void tj_kernel_control(const tj_kernel *kernel, double *Quu, double *qu) {
  int n = kernel->shape.nx, m = kernel->shape.nu, l = length(kernel->shape);
  const double *quu = kernel->q + (n + 1) * (l + 1);
  for (int j = 0; j < m; j++) {
    for (int i = j; i < m; i++) {
      Quu[i + j * m] = quu[i + j * l];
      Quu[j + i * m] = quu[i + j * l];
    }
  }
  memcpy(qu, kernel->q + n * l + n + 1, (size_t)m * sizeof(double));
}

void tj_kernel_coupling(const tj_kernel *kernel, double *Qux) {
  int n = kernel->shape.nx, m = kernel->shape.nu, l = length(kernel->shape);
  for (int j = 0; j < n; j++)
    memcpy(Qux + j * m, kernel->q + n + 1 + j * l, (size_t)m * sizeof(double));
}

int tj_kernel_factor(tj_kernel *kernel, const double *damping, const bool *clamped, double *pivot) {
  int n = kernel->shape.nx, m = kernel->shape.nu, l = length(kernel->shape);
  const double *quu = kernel->q + (n + 1) * (l + 1);
  double *f = kernel->factor;
  for (int j = 0; j < m; j++) {
    for (int i = j; i < m; i++) {
      bool out = clamped != NULL && (clamped[i] || clamped[j]);
      f[i + j * m] = out ? (i == j) : quu[i + j * l];
    }
    if (damping != NULL && !(clamped != NULL && clamped[j])) f[j + j * m] += damping[j];
  }
  int info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', m, f, m);
  /* dpotrf lets NaN and infinity through with info 0, so the diagonal has the last word. */
  for (int i = 0; i < m; i++) {
    double d = f[i + i * m];
    if (i + 1 == info || !(d > 0) || !isfinite(d)) {
      *pivot = d;
      return i;
    }
  }
  return -1;
}

void tj_kernel_solve(const tj_kernel *kernel, int n, double *rhs) {
  int m = kernel->shape.nu;
  LAPACKE_dpotrs_work(LAPACK_COL_MAJOR, 'L', m, n, kernel->factor, m, rhs, m);
}

void tj_kernel_gain(const tj_kernel *kernel, double *gain) {
  int n = kernel->shape.nx, m = kernel->shape.nu, l = length(kernel->shape);
  for (int j = 0; j <= n; j++) {
    for (int i = 0; i < m; i++)
      gain[i + j * m] = -kernel->q[n + 1 + i + j * l];
  }
  tj_kernel_solve(kernel, n + 1, gain);
}

void tj_kernel_value(tj_kernel *kernel, const double *gain, double *value) {
  int n = kernel->shape.nx, m = kernel->shape.nu, l = length(kernel->shape), p = n + 1;
  const double *qux = kernel->q + p, *quu = kernel->q + p * (l + 1);
  for (int j = 0; j <= n; j++) {
    memcpy(kernel->y + j * m, qux + j * l, (size_t)m * sizeof(double));
    memcpy(value + j * p, kernel->q + j * l, (size_t)p * sizeof(double));
  }
  /* Quu is symmetric: transposed to avoid the plain form. */
  cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, m, p, m, 1, quu, l, gain, m, 1, kernel->y, m);
  cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, p, p, m, 1, gain, m, kernel->y, m, 1, value, p);
  cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, p, p, m, 1, qux, l, gain, m, 1, value, p);
  for (int j = 0; j < n; j++) {
    for (int i = j + 1; i < n; i++) {
      double a = 0.5 * (value[i + j * p] + value[j + i * p]);
      value[i + j * p] = a;
      value[j + i * p] = a;
    }
    value[n + j * p] = value[j + n * p];
  }
}

double tj_kernel_slope(tj_kernel *kernel, const double *stage, const double *gain, double *v0, double *g) {
  int n = kernel->shape.nx, m = kernel->shape.nu, l = length(kernel->shape);
  const double *h = stage + n * l + n * l; /* [q; 0; r] */
  double *z = kernel->vg;                /* free once the Q-function stands */
  memcpy(z, h, (size_t)l * sizeof(double));
  cblas_dgemv(CblasColMajor, CblasTrans, n, l, 1, stage, n, v0, 1, 1, z, 1);
  memcpy(v0, z, (size_t)n * sizeof(double));
  memcpy(g, z + n + 1, (size_t)m * sizeof(double));
  cblas_dgemv(CblasColMajor, CblasTrans, m, n, 1, gain, m, g, 1, 1, v0, 1);
  return z[n] + cblas_ddot(m, gain + n * m, 1, g, 1);
}
