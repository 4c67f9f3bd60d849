#include "support/kkt.h"

#include <lapacke.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/lq.h"

enum { REFINEMENTS = 3 };

struct kkt {
  traj_lqr_problem problem;
  bool banded;
  int rows; /* of K */
  int band; /* half bandwidth */
  int lead; /* leading dimension of matrix */
  double *matrix;
  lapack_int *pivots;
  double norm;
  double condition;
  double *step;
  kkt_rows values;
  kkt_point point;
};

static void *allocate(size_t count, size_t element) {
  void *memory = calloc(count, element);
  if (memory == NULL) abort();
  return memory;
}

/* Where LAPACK keeps an entry: banded storage leaves room for the fill of pivoting above the band. */
static double *entry(const kkt *s, int row, int col) {
  double *column = s->matrix + (size_t)col * (size_t)s->lead;
  return s->banded ? column + (2 * s->band + row - col) : column + row;
}

/* Block a (rows x cols) at (row, col), and its transpose across the diagonal. */
static void put_pair(kkt *s, int row, int col, const double *a, int rows, int cols) {
  for (int j = 0; a != NULL && j < cols; j++) {
    for (int i = 0; i < rows; i++) {
      *entry(s, row + i, col + j) = a[i + j * rows];
      *entry(s, col + j, row + i) = a[i + j * rows];
    }
  }
}

static void put_symmetric(kkt *s, int row, const double *a, int n) {
  for (int j = 0; a != NULL && j < n; j++) {
    for (int i = j; i < n; i++) {
      *entry(s, row + i, row + j) = a[i + j * n];
      *entry(s, row + j, row + i) = a[i + j * n];
    }
  }
}

static void assemble(kkt *s) {
  const traj_lqr_problem *p = &s->problem;
  int nx = p->nx, nu = p->nu, N = p->N;
  for (int k = 0; k < N; k++) {
    int u = kkt_row_u(p, k), lambda = kkt_row_lambda(p, k + 1), next = kkt_row_x(p, k + 1);
    put_symmetric(s, u, lq_at(p->R, k), nu);
    put_pair(s, lambda, u, lq_at(p->B, k), nx, nu);
    put_symmetric(s, next, k + 1 < N ? lq_at(p->Q, k + 1) : p->Q_N, nx);
    for (int i = 0; i < nx; i++) {
      *entry(s, lambda + i, next + i) = -1;
      *entry(s, next + i, lambda + i) = -1;
    }
    if (k == 0) continue; /* x_0 is no unknown */
    put_pair(s, lambda, kkt_row_x(p, k), lq_at(p->A, k), nx, nx);
    put_pair(s, u, kkt_row_x(p, k), lq_at(p->S, k), nu, nx);
  }
}

/* K is symmetric: its row sums are its column sums. */
static double norm_of(const kkt *s) {
  double norm = 0;
  for (int j = 0; j < s->rows; j++) {
    int first = s->banded && j > s->band ? j - s->band : 0;
    int last = s->banded && j + s->band < s->rows ? j + s->band : s->rows - 1;
    double sum = 0;
    for (int i = first; i <= last; i++)
      sum += fabs(*entry(s, i, j));
    norm = fmax(norm, sum);
  }
  return norm;
}

static void factor(kkt *s) {
  double reciprocal = 0;
  lapack_int n = s->rows, w = s->band, info;
  if (s->banded) {
    info = LAPACKE_dgbtrf(LAPACK_COL_MAJOR, n, n, w, w, s->matrix, s->lead, s->pivots);
    if (info == 0) LAPACKE_dgbcon(LAPACK_COL_MAJOR, 'I', n, w, w, s->matrix, s->lead, s->pivots, s->norm, &reciprocal);
  } else {
    info = LAPACKE_dgetrf(LAPACK_COL_MAJOR, n, n, s->matrix, s->lead, s->pivots);
    if (info == 0) LAPACKE_dgecon(LAPACK_COL_MAJOR, 'I', n, s->matrix, s->lead, s->norm, &reciprocal);
  }
  if (info != 0) abort();
  s->condition = 1 / reciprocal;
}

kkt *kkt_create(const traj_lqr_problem *problem) {
  kkt *s = allocate(1, sizeof *s);
  size_t nx = (size_t)problem->nx, rows = (size_t)kkt_count(problem);
  s->problem = *problem;
  s->rows = kkt_count(problem);
  s->band = 2 * problem->nx + problem->nu - 1;
  s->banded = s->rows > KKT_DENSE;
  s->lead = s->banded ? 3 * s->band + 1 : s->rows;
  s->matrix = allocate((size_t)s->lead * rows, sizeof(double));
  s->pivots = allocate(rows, sizeof(lapack_int));
  s->step = allocate(rows, sizeof(double));
  s->values.sum = allocate(rows + nx, sizeof(long double));
  s->values.size = allocate(rows + nx, sizeof(long double));
  s->point = kkt_point_create(problem);
  assemble(s);
  s->norm = norm_of(s);
  factor(s);
  return s;
}

void kkt_destroy(kkt *s) {
  if (s == NULL) return;
  free(s->matrix);
  free(s->pivots);
  free(s->step);
  free(s->values.sum);
  free(s->values.size);
  kkt_point_free(&s->point);
  free(s);
}

double kkt_norm(const kkt *s) {
  return s->norm;
}

double kkt_condition(const kkt *s) {
  return s->condition;
}

static void start_at(const traj_lqr_problem *p, kkt_point z, const double *x0) {
  size_t nx = (size_t)p->nx, N = (size_t)p->N;
  memset(z.u, 0, (size_t)p->nu * N * sizeof(double));
  memset(z.x, 0, nx * (N + 1) * sizeof(double));
  memset(z.lambda, 0, nx * (N + 1) * sizeof(double));
  memcpy(z.x, x0, nx * sizeof(double));
}

/* z -= step. */
static void subtract(const traj_lqr_problem *p, kkt_point z, const double *step) {
  for (int k = 0; k < p->N; k++) {
    for (int i = 0; i < p->nu; i++)
      z.u[i + k * p->nu] -= step[kkt_row_u(p, k) + i];
    for (int i = 0; i < p->nx; i++) {
      z.lambda[i + (k + 1) * p->nx] -= step[kkt_row_lambda(p, k + 1) + i];
      z.x[i + (k + 1) * p->nx] -= step[kkt_row_x(p, k + 1) + i];
    }
  }
}

kkt_point kkt_solve(kkt *s, const double *x0) {
  const traj_lqr_problem *p = &s->problem;
  kkt_point z = s->point;
  start_at(p, z, x0);
  for (int round = 0; round <= REFINEMENTS; round++) {
    kkt_evaluate(p, z, s->values);
    for (int i = 0; i < s->rows; i++)
      s->step[i] = (double)s->values.sum[i];
    if (s->banded) {
      LAPACKE_dgbtrs(LAPACK_COL_MAJOR, 'N', s->rows, s->band, s->band, 1, s->matrix, s->lead, s->pivots, s->step,
                     s->rows);
    } else {
      LAPACKE_dgetrs(LAPACK_COL_MAJOR, 'N', s->rows, 1, s->matrix, s->lead, s->pivots, s->step, s->rows);
    }
    subtract(p, z, s->step);
  }
  kkt_evaluate(p, z, s->values);
  for (int i = 0; i < p->nx; i++)
    z.lambda[i] = (double)s->values.sum[kkt_row_x(p, 0) + i];
  return z;
}
