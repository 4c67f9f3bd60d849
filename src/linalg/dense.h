/* The few dense products that the derivatives need, in forms that never allocate. Column-major, tight. */
#ifndef TJ_LINALG_DENSE_H
#define TJ_LINALG_DENSE_H

/* C (m x n) += A (m x k) B, B k x n. */
void tj_add_product(int m, int n, int k, const double *A, const double *B, double *C);

/* C (m x n) += A' B, A k x m, B k x n. */
void tj_add_product_tn(int m, int n, int k, const double *A, const double *B, double *C);

/* y (m) += alpha A x, A m x n. */
void tj_add_apply(int m, int n, double alpha, const double *A, const double *x, double *y);

/* y (n) += alpha A' x, A m x n. */
void tj_add_apply_t(int m, int n, double alpha, const double *A, const double *x, double *y);

#endif
