#include "linalg/matrix.h"

#include <math.h>
#include <string.h>

#include "base/check.h"
#include "linalg/dense.h"

void tj_set_product(int m, int n, int k, const double *A, const double *B, double *C) {
  memset(C, 0, (size_t)m * (size_t)n * sizeof(double));
  tj_add_product(m, n, k, A, B, C);
}

void tj_close_loop(int n, int m, const double *A, const double *B, const double *K, double *M) {
  memset(M, 0, tj_squared(n) * sizeof(double));
  if (A != NULL) memcpy(M, A, tj_squared(n) * sizeof(double));
  if (B != NULL) tj_add_product(n, n, m, B, K, M);
}

void tj_transpose(int m, int n, const double *A, double *B) {
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < n; j++)
      B[j + i * n] = A[i + j * m];
  }
}

void tj_set_identity(int n, double alpha, double *A) {
  memset(A, 0, (size_t)n * (size_t)n * sizeof(double));
  for (int i = 0; i < n; i++)
    A[i + i * n] = alpha;
}

void tj_symmetrise(int n, double *A) {
  for (int j = 0; j < n; j++) {
    for (int i = j + 1; i < n; i++)
      A[i + j * n] = A[j + i * n] = 0.5 * (A[i + j * n] + A[j + i * n]);
  }
}

double tj_largest(const double *a, size_t count) {
  if (!tj_all_finite(a, count)) return HUGE_VAL;
  double largest = 0;
  for (size_t i = 0; i < count; i++)
    largest = fabs(a[i]) > largest ? fabs(a[i]) : largest;
  return largest;
}

/* y -= a x */
static void subtract(int n, double a, const double *restrict x, double *restrict y) {
  for (int i = 0; i < n; i++)
    y[i] -= a * x[i];
}

static void swap_rows(int n, int count, double *A, int one, int other) {
  for (int j = 0; one != other && j < count; j++) {
    double kept = A[one + j * n];
    A[one + j * n] = A[other + j * n];
    A[other + j * n] = kept;
  }
}

static int pivot_of(int n, const double *column, int from) {
  int best = from;
  for (int i = from + 1; i < n; i++)
    best = fabs(column[i]) > fabs(column[best]) ? i : best;
  return best;
}

double tj_trace(int n, const double *A, const double *B) {
  double sum = 0;
  for (int j = 0; A != NULL && j < n; j++) {
    sum += A[j + j * n] * B[j + j * n];
    for (int i = j + 1; i < n; i++)
      sum += 2 * A[i + j * n] * B[i + j * n];
  }
  return sum;
}

bool tj_lu_factor(int n, double *A, int *pivots) {
  for (int k = 0; k < n; k++) {
    double *column = A + k * n;
    pivots[k] = pivot_of(n, column, k);
    if (!isfinite(column[pivots[k]]) || column[pivots[k]] == 0) return false;
    swap_rows(n, n, A, k, pivots[k]);
    for (int i = k + 1; i < n; i++)
      column[i] /= column[k];
    for (int j = k + 1; j < n; j++)
      subtract(n - k - 1, A[k + j * n], column + k + 1, A + j * n + k + 1);
  }
  return true;
}

void tj_lu_solve(int n, int count, const double *factors, const int *pivots, double *B) {
  for (int k = 0; k < n; k++)
    swap_rows(n, count, B, k, pivots[k]);
  for (int j = 0; j < count; j++) {
    double *b = B + j * n;
    for (int k = 0; k < n; k++)
      subtract(n - k - 1, b[k], factors + k * n + k + 1, b + k + 1);
    for (int k = n - 1; k >= 0; k--) {
      b[k] /= factors[k + k * n];
      subtract(k, b[k], factors + k * n, b);
    }
  }
}

bool tj_positive_definite(int n, const double *A, double shift, double *work) {
  memcpy(work, A, (size_t)n * (size_t)n * sizeof(double));
  for (int k = 0; k < n; k++) {
    double *column = work + k * n;
    double pivot = column[k] + shift;
    if (!(pivot > 0) || !isfinite(pivot)) return false;
    for (int j = k + 1; j < n; j++)
      subtract(n - j, column[j] / pivot, column + j, work + j * n + j);
  }
  return true;
}
