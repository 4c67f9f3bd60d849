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

void tj_chain(const tj_method *method, double h, int nx, int nu, bool start, const double *F, double *points, double *X,
              double *tight) {
  tj_dense_choose()->chain(method, h, nx, nu, start, F, points, X, tight);
}

void tj_curve(int nx, int nu, bool start, double *wxx, const double *wuu, const double *wux, const double *X,
              double *work, double *H) {
  tj_dense_choose()->curve(nx, nu, start, wxx, wuu, wux, X, work, H);
}

/* The block of u sticks out of the last row where its vectors are wider. */
size_t tj_curve_doubles(int nx, int nu) {
  return (size_t)(nx + nu) * (size_t)tj_pad(nx + nu) + (size_t)tj_pad(1);
}

size_t tj_curve_work_doubles(int nx, int nu) {
  return (size_t)(tj_pad(nx) + nx) * (size_t)tj_pad(nx + nu) + (size_t)tj_pad(1);
}
