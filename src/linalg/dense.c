#include "linalg/dense.h"

#include "linalg/backend.h"
#include "linalg/order.h"

void tj_add_product(int m, int n, int k, const double *A, const double *B, double *C) {
  tj_dense_choose()->add_product(m, n, k, A, B, C);
}

void tj_add_product_tn(int m, int n, int k, const double *A, const double *B, double *C) {
  tj_dense_choose()->add_product_tn(m, n, k, A, B, C);
}

void tj_add_apply(int m, int n, double alpha, const double *A, const double *x, double *y) {
  tj_dense_choose()->add_apply(m, n, alpha, A, x, y);
}

void tj_add_apply_t(int m, int n, double alpha, const double *A, const double *x, double *y) {
  tj_dense_choose()->add_apply_t(m, n, alpha, A, x, y);
}

bool tj_finite(size_t n, const double *a) {
  return tj_dense_choose()->finite(n, a);
}

void tj_mirror(int n, double *A) {
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < j; i++)
      A[i + j * n] = A[j + i * n];
  }
}

tj_chain_fn *tj_chain_for(int nx, int nu) {
  return tj_dense_choose()->chain_for(nx, nu);
}

void tj_adjoint(const tj_method *method, double h, int substeps, int nx, int nu, const double *F, const double *lambda,
                double *kappa, double *work) {
  tj_dense_choose()->adjoint(method, h, substeps, nx, nu, F, lambda, kappa, work);
}

bool tj_curve(int nx, int nu, int n, double *W, const double *X, double *work, double *hxx, double *huu, double *hux) {
  return tj_dense_choose()->curve(nx, nu, n, W, X, work, hxx, huu, hux);
}

/* Rows for the matrices of one evaluation and for the sum, or columns for all; the last row may stick out. */
size_t tj_curve_work_doubles(int nx, int nu, int n) {
  size_t x = (size_t)nx, z = x + (size_t)nu, lp = (size_t)tj_pad(nx), row = (size_t)tj_pad(nx + nu);
  size_t one = (lp + x + z) * row + 2 * (size_t)tj_pad(1), all = (size_t)n * lp * z;
  return one > all ? one : all;
}
