#include "linalg/dense.h"

#include "linalg/backend.h"

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
