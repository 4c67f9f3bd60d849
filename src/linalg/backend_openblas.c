/* The recursion on CBLAS and LAPACKE. Rows in memory are columns to BLAS: every product below is the plain matrix times
 * a transposed one, a form that never allocates (the plain form of dgemm may call malloc). */
#include <cblas.h>
#include <float.h>
#include <lapacke.h>
#include <string.h>

#include "linalg/backend.h"
#include "linalg/order.h"

/* C (m rows of n) += alpha A'B, with A k rows of m and B k rows of n. */
static void add_product(int m, int n, int k, double alpha, const double *A, int lda, const double *B, int ldb,
                        double beta, double *C, int ldc) {
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, n, m, k, alpha, B, ldb, A, lda, beta, C, ldc);
}

static void copy_rows(int m, int n, const double *from, int ldf, double *to, int ldt) {
  for (int i = 0; i < m; i++)
    memcpy(to + i * ldt, from + i * ldf, (size_t)n * sizeof(double));
}

static void mirror(int n, double *a, int ld) {
  for (int i = 1; i < n; i++) {
    for (int j = 0; j < i; j++)
      a[i * ld + j] = a[j * ld + i];
  }
}

static void expand(tj_kernel *kernel, const double *stage, const double *P) {
  int n = kernel->shape.nx, m = kernel->shape.nu, n1 = n + 1, l = tj_length(kernel->shape), ld = tj_row(kernel->shape);
  int lp = tj_row_x(kernel->shape);
  const double *H = stage, *G = stage + tj_cost_length(n, m), *v = P + n * lp;
  double *w = kernel->w, *q = kernel->q;
  add_product(n, l, n1, 1, P, lp, G, ld, 0, w, ld); /* P is symmetric: its rows are its columns */
  double constant = v[n];                           /* c'(V c + v) + v'c + 2s */
  for (int i = 0; i < n; i++)
    constant += G[i * ld + n] * (w[i * ld + n] + v[i]);
  copy_rows(n1, n1, H, lp, q, ld);
  copy_rows(m, ld, H + n1 * lp, ld, q + n1 * ld, ld);
  add_product(m, l, n, 1, G + n1, ld, w, ld, 1, q + n1 * ld, ld);
  mirror(m, q + n1 * (ld + 1), ld);
  add_product(n, n1, n, 1, G, ld, w, ld, 1, q, ld);
  q[n * ld + n] = constant;
}

/* (R2) In place of the rows in kernel->factor the Cholesky factor L of Quu, and L^-1 [Qux qu] in scaled. */
static int factor_in_place(tj_kernel *kernel, double *pivot) {
  int m = kernel->shape.nu, n1 = kernel->shape.nx + 1, ld = tj_row(kernel->shape);
  double *f = kernel->factor + n1;
  int info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', m, f, ld);
  /* dpotrf lets NaN and infinity through with info 0, so the diagonal has the last word. */
  for (int i = 0; i < m; i++) {
    double root = f[i * ld + i], d = i + 1 == info ? root : root * root, inverse = 1 / d;
    if (!(inverse > 0) || !(inverse <= DBL_MAX)) {
      *pivot = d;
      return i;
    }
  }
  copy_rows(m, n1, kernel->factor, ld, kernel->scaled, ld);
  cblas_dtrsm(CblasColMajor, CblasRight, CblasUpper, CblasNoTrans, CblasNonUnit, n1, m, 1, f, ld, kernel->scaled, ld);
  return -1;
}

static int factor(tj_kernel *kernel, double *pivot) {
  int m = kernel->shape.nu, n1 = kernel->shape.nx + 1, ld = tj_row(kernel->shape);
  copy_rows(m, ld, kernel->q + n1 * ld, ld, kernel->factor, ld);
  return factor_in_place(kernel, pivot);
}

static void solve(const tj_kernel *kernel, double *rhs) {
  int m = kernel->shape.nu, n1 = kernel->shape.nx + 1, ld = tj_row(kernel->shape);
  LAPACKE_dpotrs_work(LAPACK_COL_MAJOR, 'U', m, 1, kernel->factor + n1, ld, rhs, m);
}

static void gain_of(const tj_kernel *kernel, double *gain) {
  int m = kernel->shape.nu, n1 = kernel->shape.nx + 1, ld = tj_row(kernel->shape), lp = tj_row_x(kernel->shape);
  copy_rows(m, n1, kernel->scaled, ld, gain, lp);
  cblas_dtrsm(CblasColMajor, CblasRight, CblasUpper, CblasTrans, CblasNonUnit, n1, m, -1, kernel->factor + n1, ld, gain,
              lp);
}

static void carry(tj_kernel *kernel, const double *stage, double *P) {
  (void)stage;
  int m = kernel->shape.nu, n1 = kernel->shape.nx + 1, ld = tj_row(kernel->shape), lp = tj_row_x(kernel->shape);
  copy_rows(n1, n1, kernel->q, ld, P, lp);
  add_product(n1, n1, m, -1, kernel->scaled, ld, kernel->scaled, ld, 1, P, lp);
  mirror(n1, P, lp);
}

static void value_of(tj_kernel *kernel, const double *gain, double *P) {
  int m = kernel->shape.nu, n1 = kernel->shape.nx + 1, ld = tj_row(kernel->shape), lp = tj_row_x(kernel->shape);
  const double *Qu = kernel->q + n1 * ld;
  double *y = kernel->y;
  copy_rows(m, n1, Qu, ld, y, lp);
  add_product(m, n1, m, 1, Qu + n1, ld, gain, lp, 1, y, lp); /* Quu is symmetric */
  copy_rows(n1, n1, kernel->q, ld, P, lp);
  add_product(n1, n1, m, 1, gain, lp, y, lp, 1, P, lp);
  add_product(n1, n1, m, 1, Qu, ld, gain, lp, 1, P, lp);
  mirror(n1, P, lp);
}

static int minimise(tj_kernel *kernel, const double *stage, const double *P, double *gain, double *pivot) {
  expand(kernel, stage, P);
  int failed = factor(kernel, pivot);
  if (failed < 0) gain_of(kernel, gain);
  return failed;
}

/* Rows u of the Q-function (ld apart, n1 numbers before the first control) as clamping leaves them: rows and columns of
 * clamped controls are the identity's. */
static void mask_controls(const int n1, const int nu, const int ld, const double *Qu, const bool *clamped, double *to) {
  for (int i = 0; i < nu; i++) {
    if (clamped[i]) {
      memset(to + i * ld, 0, (size_t)ld * sizeof(double));
    } else {
      memcpy(to + i * ld, Qu + i * ld, (size_t)ld * sizeof(double));
    }
    for (int j = 0; j < nu; j++) {
      if (clamped[j]) to[i * ld + n1 + j] = i == j;
    }
  }
}

static int clamp(tj_kernel *kernel, const bool *clamped, double *gain, double *pivot) {
  int m = kernel->shape.nu, n1 = kernel->shape.nx + 1, ld = tj_row(kernel->shape);
  mask_controls(n1, m, ld, kernel->q + n1 * ld, clamped, kernel->factor);
  int failed = factor_in_place(kernel, pivot);
  if (failed < 0) gain_of(kernel, gain);
  return failed;
}

static tj_sweeps sweeps_for(tj_shape shape) {
  (void)shape;
  return (tj_sweeps){minimise, clamp, carry};
}

const tj_backend tj_backend_openblas = {
    .name = "openblas",
    .expand = expand,
    .factor = factor,
    .solve = solve,
    .gain = gain_of,
    .value_of = value_of,
    .sweeps_for = sweeps_for,
};
