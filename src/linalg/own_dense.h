/* The dense products of dense.h by the own kernels. */
#ifndef TJ_LINALG_OWN_DENSE_H
#define TJ_LINALG_OWN_DENSE_H

#include "base/check.h"
#include "linalg/own_move.h"
#include "linalg/own_product.h"

/* C += A B in columns: rows of C here are columns there, so that whole vectors would run into the next one. The rest of
 * each is summed by itself. */
static void add_product(int m, int n, int k, const double *A, const double *B, double *C) {
  int whole = m - m % VL;
  product(n, whole, false, (update){{C, m}, {{B, 1}, {A, m}, k, k}, NO_TERM, C, m}, NULL);
  for (int j = 0; j < n; j++) {
    for (int i = whole; i < m; i++) {
      double sum = C[i + j * m];
      for (int p = 0; p < k; p++)
        sum += A[i + p * m] * B[p + j * k];
      C[i + j * m] = sum;
    }
  }
}

static double dot(int n, const double *a, const double *b) {
  vec sum = {0};
  int i = 0;
  for (; i + VL <= n; i += VL)
    sum = plus_product(sum, load(a + i), load(b + i));
  double total = 0;
  for (int lane = 0; lane < VL; lane++)
    total += sum[lane];
  for (; i < n; i++)
    total += a[i] * b[i];
  return total;
}

static void add_product_tn(int m, int n, int k, const double *A, const double *B, double *C) {
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < m; i++)
      C[i + j * m] += dot(k, A + i * k, B + j * k);
  }
}

/* v vectors (a constant) of y += alpha A x. */
INLINE void apply_vectors(const int v, int m, int n, double alpha, const double *A, const double *x, double *y) {
  vec sum[TILE_ROWS][TILE_VECTORS] = {{{0}}};
  accumulate(1, v, false, (term){{x, 1}, {A, m}, n, 1}, sum);
  UNROLL for (int j = 0; j < v; j++) store(y + j * VL, plus_product(load(y + j * VL), splat(alpha), sum[0][j]));
}

static void add_apply(int m, int n, double alpha, const double *A, const double *x, double *y) {
  int i = 0;
  for (; i + TILE_VECTORS * VL <= m; i += TILE_VECTORS * VL)
    apply_vectors(TILE_VECTORS, m, n, alpha, A + i, x, y + i);
  for (; i + VL <= m; i += VL)
    apply_vectors(1, m, n, alpha, A + i, x, y + i);
  for (; i < m; i++) {
    double sum = 0;
    for (int j = 0; j < n; j++)
      sum += A[i + j * m] * x[j];
    y[i] += alpha * sum;
  }
}

/* The products of VL columns of A with x, side by side. */
INLINE vec column_dots(int m, const double *A, const double *x) {
  vec sum[VL] = {{0}};
  int i = 0;
  for (; i + VL <= m; i += VL) {
    UNROLL for (int p = 0; p < VL; p++) sum[p] = plus_product(sum[p], load(A + p * m + i), load(x + i));
  }
  transpose_square(sum);
  vec total = sum[0];
  UNROLL for (int p = 1; p < VL; p++) total += sum[p];
  for (; i < m; i++) {
    vec row;
    UNROLL for (int p = 0; p < VL; p++) row[p] = A[p * m + i];
    total = plus_product(total, row, splat(x[i]));
  }
  return total;
}

static void add_apply_t(int m, int n, double alpha, const double *A, const double *x, double *y) {
  int j = 0;
  for (; j + VL <= n; j += VL)
    store(y + j, plus_product(load(y + j), splat(alpha), column_dots(m, A + j * m, x)));
  for (; j < n; j++)
    y[j] += alpha * dot(m, A + j * m, x);
}

enum { SUMS = 4 }; /* which do not wait for each other */

/* x * 0 is 0 for a finite x and NaN otherwise: as many vectors of those as there are sums. */
INLINE void add_nothing(const double *a, vec sums[SUMS]) {
  UNROLL for (int p = 0; p < SUMS; p++) sums[p] = plus_product(sums[p], load(a + p * VL), (vec){0});
}

/* The sum of n vectors of those. A few, when their number is known, without a loop. */
INLINE vec nothing(const size_t n, const double *a) {
  vec sums[SUMS] = {{0}};
  const size_t fours = n / SUMS;
  if (__builtin_constant_p(n) && fours <= FEW) {
    UNROLL for (size_t i = 0; i < fours; i++) add_nothing(a + i * SUMS * VL, sums);
  } else {
    ROLLED for (size_t i = 0; i < fours; i++) add_nothing(a + i * SUMS * VL, sums);
  }
  for (size_t i = fours * SUMS; i < n; i++)
    sums[0] = plus_product(sums[0], load(a + i * VL), (vec){0});
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* Few numbers are looked at one by one: they may have been written a moment ago, and not in the same vectors. */
static bool finite(size_t n, const double *a) {
  enum { FEW_NUMBERS = 32 };
  if (n <= FEW_NUMBERS) return tj_all_finite(a, n);
  vec sums = nothing(n / VL, a);
  double rest = 0;
  for (size_t i = n / VL * VL; i < n; i++)
    rest += a[i] * 0.0;
  UNROLL for (int p = 0; p < VL; p++) rest += sums[p];
  return rest == 0;
}

#endif
