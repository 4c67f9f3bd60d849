#include <cblas.h>

#include "linalg/dense.h"

void tj_add_product_nt(int m, int n, int k, double alpha, const double *A, const double *B, double *C) {
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, m, n, k, alpha, A, m, B, n, 1, C, m);
}

void tj_add_product_tn(int m, int n, int k, double alpha, const double *A, const double *B, double *C) {
  cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, m, n, k, alpha, A, k, B, k, 1, C, m);
}

void tj_add_apply(int m, int n, double alpha, const double *A, const double *x, double *y) {
  cblas_dgemv(CblasColMajor, CblasNoTrans, m, n, alpha, A, m, x, 1, 1, y, 1);
}

void tj_add_apply_t(int m, int n, double alpha, const double *A, const double *x, double *y) {
  cblas_dgemv(CblasColMajor, CblasTrans, m, n, alpha, A, m, x, 1, 1, y, 1);
}
