/* Whole matrices, column-major and tight: what the infinite horizon and noise need beyond the stage. No function
 * allocates. */
#ifndef TJ_LINALG_MATRIX_H
#define TJ_LINALG_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

/* Entries of an n x n matrix. */
static inline size_t tj_squared(int n) {
  return (size_t)n * (size_t)n;
}

/* C (m x n) = A (m x k) B, overlapping neither. */
void tj_set_product(int m, int n, int k, const double *A, const double *B, double *C);

/* M (n x n) = A + B K, A n x n, B n x m, K m x n; A and B nullable: zero. */
void tj_close_loop(int n, int m, const double *A, const double *B, const double *K, double *M);

/* B (n x m) = A', A m x n. */
void tj_transpose(int m, int n, const double *A, double *B);

/* A (n x n) = alpha I. */
void tj_set_identity(int n, double alpha, double *A);

/* A (n x n) becomes the mean of itself and its transpose. */
void tj_symmetrise(int n, double *A);

/* The largest |a_i|; infinity when an entry is not finite. */
double tj_largest(const double *a, size_t count);

/* tr(A B), both symmetric, lower triangles read; 0 where A is NULL. */
double tj_trace(int n, const double *A, const double *B);

/* Factors A (n x n) in place, P A = L U with partial pivoting. False: A is singular, or not finite. */
bool tj_lu_factor(int n, double *A, int *pivots);

/* B (n x count) = A^-1 B with the factors of A. */
void tj_lu_solve(int n, int count, const double *factors, const int *pivots, double *B);

/* Whether A + shift I (symmetric, n x n, lower triangle read) is positive definite; work is n x n. */
bool tj_positive_definite(int n, const double *A, double shift, double *work);

#endif
