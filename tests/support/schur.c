#include "support/schur.h"

#include <lapacke.h>
#include <stdlib.h>
#include <string.h>

static lapack_logical stable(const double *real, const double *imag, const double *below) {
  return *real * *real + *imag * *imag < *below * *below;
}

static double *room(int rows, int cols) {
  double *a = calloc((size_t)rows * (size_t)cols, sizeof *a);
  if (a == NULL) abort();
  return a;
}

static double lower(const double *a, int n, int i, int j) {
  if (a == NULL) return 0;
  return i >= j ? a[i + j * n] : a[j + i * n];
}

/* [A 0 B; Q -I S'; S 0 R] z+ ... less lambda [I 0 0; 0 -A' 0; 0 -B' 0], rows and columns of x, of the multiplier, of u.
 */
static void fill(const traj_lqr_problem *p, double *left, double *right) {
  int n = p->nx, m = p->nu, size = 2 * n + m;
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < n; i++) {
      left[i + j * size] = p->A.data[i + j * n];
      left[n + i + j * size] = lower(p->Q.data, n, i, j);
      right[n + j + (n + i) * size] = -p->A.data[i + j * n];
    }
    left[n + j + (n + j) * size] = -1;
    right[j + j * size] = 1;
    for (int i = 0; i < m && p->S.data != NULL; i++)
      left[n + j + (2 * n + i) * size] = left[2 * n + i + j * size] = p->S.data[i + j * m];
  }
  for (int j = 0; j < m; j++) {
    for (int i = 0; i < n; i++) {
      left[i + (2 * n + j) * size] = p->B.data[i + j * n];
      right[2 * n + j + (n + i) * size] = -p->B.data[i + j * n];
    }
    for (int i = 0; i < m; i++)
      left[2 * n + i + (2 * n + j) * size] = lower(p->R.data, m, i, j);
  }
}

/* V = X2 X1^-1, from X1'V' = X2'. */
static void divide(int n, int size, const double *Z, double *V) {
  double *X1 = room(n, n), *X2 = room(n, n);
  int *pivots = calloc((size_t)n, sizeof *pivots);
  if (pivots == NULL) abort();
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < n; i++) {
      X1[j + i * n] = Z[i + j * size];
      X2[j + i * n] = Z[n + i + j * size];
    }
  }
  LAPACKE_dgesv(LAPACK_COL_MAJOR, n, n, X1, n, pivots, X2, n);
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < n; i++)
      V[i + j * n] = 0.5 * (X2[i + j * n] + X2[j + i * n]);
  }
  free(X1);
  free(X2);
  free(pivots);
}

int schur_solve(const traj_lqr_problem *p, double *V) {
  int n = p->nx, size = 2 * n + p->nu, found = 0;
  double *left = room(size, size), *right = room(size, size), *Z = room(size, size), *eigen = room(size, 3), none;
  fill(p, left, right);
  int info = LAPACKE_dgges(LAPACK_COL_MAJOR, 'N', 'V', 'S', stable, size, left, size, right, size, &found, eigen,
                           eigen + size, eigen + 2 * size, &none, 1, Z, size);
  if (info == 0 && found == n) divide(n, size, Z, V);
  free(left);
  free(right);
  free(Z);
  free(eigen);
  return info == 0 ? found : -1;
}
