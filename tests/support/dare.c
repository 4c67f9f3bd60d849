#include "support/dare.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef long double real;

/* All of size n x n except B (n x m), S, K, W (m x n), R, L (m x m). Column-major. */
typedef struct dare {
  int n, m;
  real *A, *B, *Q, *S, *R, *V, *K, *W, *L, *M, *F, *T, *I;
} dare;

static real *room(int rows, int cols) {
  real *a = calloc((size_t)rows * (size_t)cols, sizeof *a);
  if (a == NULL) abort();
  return a;
}

static real *read_in(const double *from, int rows, int cols, int symmetric) {
  real *a = room(rows, cols);
  for (int j = 0; from != NULL && j < cols; j++) {
    for (int i = 0; i < rows; i++)
      a[i + j * rows] = symmetric && i < j ? from[j + i * rows] : from[i + j * rows];
  }
  return a;
}

/* C (m x n) = (or += where add) op(A) B, with op(A) m x k: A itself, or its transpose. */
static void product(int m, int n, int k, const real *A, int transposed, const real *B, real *C, int add) {
  if (!add) memset(C, 0, (size_t)m * (size_t)n * sizeof *C);
  for (int j = 0; j < n; j++) {
    if (transposed) {
      for (int i = 0; i < m; i++) {
        real sum = 0;
        for (int l = 0; l < k; l++)
          sum += A[l + i * k] * B[l + j * k];
        C[i + j * m] += sum;
      }
    } else {
      for (int l = 0; l < k; l++) {
        for (int i = 0; i < m; i++)
          C[i + j * m] += A[i + l * m] * B[l + j * k];
      }
    }
  }
}

static real largest(const real *a, int count) {
  real most = 0;
  for (int i = 0; i < count; i++)
    most = fabsl(a[i]) > most || isnan(a[i]) ? fabsl(a[i]) : most;
  return most;
}

/* B (m x count) = A^-1 B by Gauss with partial pivoting; A is lost. */
static void divide(int m, int count, real *A, real *B) {
  for (int k = 0; k < m; k++) {
    int p = k;
    for (int i = k + 1; i < m; i++)
      p = fabsl(A[i + k * m]) > fabsl(A[p + k * m]) ? i : p;
    for (int j = 0; j < m + count; j++) {
      real *column = j < m ? A + j * m : B + (j - m) * m, kept = column[k];
      column[k] = column[p];
      column[p] = kept;
    }
    for (int i = k + 1; i < m; i++) {
      real factor = A[i + k * m] / A[k + k * m];
      for (int j = k; j < m + count; j++) {
        real *column = j < m ? A + j * m : B + (j - m) * m;
        column[i] -= factor * column[k];
      }
    }
  }
  for (int j = 0; j < count; j++) {
    for (int k = m - 1; k >= 0; k--) {
      for (int l = k + 1; l < m; l++)
        B[k + j * m] -= A[k + l * m] * B[l + j * m];
      B[k + j * m] /= A[k + k * m];
    }
  }
}

/* K = -(R + B'VB)^-1 (S + B'VA), M = A + B K, F = Q + S'K + K'S + K'RK + M'VM - V. */
static void evaluate(dare *d) {
  int n = d->n, m = d->m;
  product(m, n, n, d->B, 1, d->V, d->W, 0);
  memcpy(d->L, d->R, (size_t)m * (size_t)m * sizeof(real));
  product(m, m, n, d->W, 0, d->B, d->L, 1);
  memcpy(d->K, d->S, (size_t)m * (size_t)n * sizeof(real));
  product(m, n, n, d->W, 0, d->A, d->K, 1);
  divide(m, n, d->L, d->K);
  for (int i = 0; i < m * n; i++)
    d->K[i] = -d->K[i];
  memcpy(d->M, d->A, (size_t)n * (size_t)n * sizeof(real));
  product(n, n, m, d->B, 0, d->K, d->M, 1);
  memcpy(d->F, d->Q, (size_t)n * (size_t)n * sizeof(real));
  product(n, n, m, d->S, 1, d->K, d->F, 1);
  product(n, n, m, d->K, 1, d->S, d->F, 1);
  product(m, n, m, d->R, 0, d->K, d->W, 0);
  product(n, n, m, d->K, 1, d->W, d->F, 1);
  product(n, n, n, d->V, 0, d->M, d->T, 0);
  product(n, n, n, d->M, 1, d->T, d->F, 1);
  for (int i = 0; i < n * n; i++)
    d->F[i] -= d->V[i];
}

/* X = sum_j M'^j X M^j; M is lost. */
static void sum_up(dare *d, real *X) {
  int n = d->n;
  for (int i = 0; i < 80 && largest(d->M, n * n) > 1e-30L; i++) {
    product(n, n, n, X, 0, d->M, d->T, 0);
    product(n, n, n, d->M, 1, d->T, X, 1);
    product(n, n, n, d->M, 0, d->M, d->T, 0);
    memcpy(d->M, d->T, (size_t)n * (size_t)n * sizeof(real));
  }
}

static void newton(dare *d) {
  int n = d->n;
  for (int i = 0; i < 6; i++) {
    evaluate(d);
    sum_up(d, d->F);
    for (int j = 0; j < n; j++) {
      for (int k = 0; k <= j; k++) {
        real mean = (d->F[j + k * n] + d->F[k + j * n]) / 2;
        d->V[j + k * n] += mean;
        if (j != k) d->V[k + j * n] += mean;
      }
    }
    if (largest(d->F, n * n) <= 1e-19L * largest(d->V, n * n)) break;
  }
  evaluate(d);
}

static real norm(const real *a, int count) {
  real sum = 0;
  for (int i = 0; i < count; i++)
    sum += a[i] * a[i];
  return sqrtl(sum);
}

/* What relative changes of the data do to the equation, times what the equation makes of it. */
static real condition(dare *d) {
  int n = d->n, m = d->m;
  real K = norm(d->K, m * n);
  product(n, n, n, d->V, 0, d->M, d->T, 0);
  real change = norm(d->Q, n * n) + 2 * K * norm(d->S, m * n) + K * K * norm(d->R, m * m) +
                2 * norm(d->T, n * n) * (norm(d->A, n * n) + norm(d->B, n * m) * K);
  for (int i = 0; i < n; i++)
    d->I[i + i * n] = 1;
  sum_up(d, d->I);
  return change * largest(d->I, n * n) / largest(d->V, n * n);
}

static void discard(dare *d) {
  real *all[] = {d->A, d->B, d->Q, d->S, d->R, d->V, d->K, d->W, d->L, d->M, d->F, d->T, d->I};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    free(all[i]);
}

dare_verdict dare_judge(const traj_lqr_problem *p, const double *V) {
  int n = p->nx, m = p->nu;
  dare d = {.n = n,
            .m = m,
            .A = read_in(p->A.data, n, n, 0),
            .B = read_in(p->B.data, n, m, 0),
            .Q = read_in(p->Q.data, n, n, 1),
            .S = read_in(p->S.data, m, n, 0),
            .R = read_in(p->R.data, m, m, 1),
            .V = read_in(V, n, n, 1),
            .K = room(m, n),
            .W = room(m, n),
            .L = room(m, m),
            .M = room(n, n),
            .F = room(n, n),
            .T = room(n, n),
            .I = room(n, n)};
  newton(&d);
  real difference = 0, size = largest(d.V, n * n);
  for (int i = 0; i < n * n; i++)
    difference = fmaxl(difference, fabsl(d.V[i] - V[i]));
  dare_verdict verdict = {.residual = (double)(largest(d.F, n * n) / size), .error = (double)(difference / size)};
  verdict.condition = (double)condition(&d);
  if (!(verdict.residual < 1e-10)) verdict.error = HUGE_VAL;
  discard(&d);
  return verdict;
}

double dare_gate(const dare_verdict *verdict) {
  return fmax(1e-14, 2 * DBL_EPSILON * verdict->condition);
}
