#include "support/kkt_measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/lq.h"

static double largest(const double *a, int n) {
  double result = 0;
  for (int i = 0; i < n; i++)
    result = fmax(result, fabs(a[i]));
  return result;
}

/* |z| over the unknowns; lambda_0, which row x_0 gives, counts as one. */
static double norm_of(const traj_lqr_problem *p, kkt_point z) {
  int nx = p->nx, N = p->N;
  return fmax(largest(z.u, p->nu * N), fmax(largest(z.x + nx, nx * N), largest(z.lambda, nx * (N + 1))));
}

/* |b|: the size of the rows when every unknown is zero. */
static double norm_of_b(const traj_lqr_problem *p, const double *x0, kkt_rows rows) {
  kkt_point zero = kkt_point_create(p);
  memcpy(zero.x, x0, (size_t)p->nx * sizeof(double));
  kkt_evaluate(p, zero, rows);
  kkt_point_free(&zero);
  long double result = 0;
  for (int i = 0; i < kkt_count(p) + p->nx; i++)
    result = fmaxl(result, fabsl(rows.sum[i]));
  return (double)result;
}

/* Largest |residual| over largest sum of terms of count rows; not less than worst. */
static double block(kkt_rows rows, int first, int count, double worst) {
  long double residual = 0, size = 0;
  for (int i = first; i < first + count; i++) {
    residual = fmaxl(residual, fabsl(rows.sum[i]));
    size = fmaxl(size, rows.size[i]);
  }
  return residual == 0 ? worst : fmax(worst, (double)(residual / size));
}

static kkt_residual measure_rows(const traj_lqr_problem *p, kkt_rows rows) {
  int nx = p->nx;
  kkt_residual out = {.scaled = 0};
  for (int k = 0; k <= p->N; k++) {
    out.blocks = block(rows, kkt_row_x(p, k), nx, out.blocks);
    if (k == p->N) break;
    out.blocks = block(rows, kkt_row_u(p, k), p->nu, out.blocks);
    out.blocks = block(rows, kkt_row_lambda(p, k + 1), nx, out.blocks);
    for (int i = 0; i < nx; i++)
      out.dynamics = block(rows, kkt_row_lambda(p, k + 1) + i, 1, out.dynamics);
  }
  return out;
}

kkt_residual kkt_measure(const kkt *system, const traj_lqr_problem *p, kkt_point z) {
  int count = kkt_count(p) + p->nx;
  kkt_rows rows = {
      .sum = calloc((size_t)count, sizeof(long double)),
      .size = calloc((size_t)count, sizeof(long double)),
  };
  if (rows.sum == NULL || rows.size == NULL) abort();
  double scale = kkt_norm(system) * norm_of(p, z) + norm_of_b(p, z.x, rows);
  kkt_evaluate(p, z, rows);
  kkt_residual out = measure_rows(p, rows);
  long double worst = 0;
  for (int i = 0; i < count; i++)
    worst = fmaxl(worst, fabsl(rows.sum[i]));
  out.scaled = worst == 0 ? 0 : (double)worst / scale;
  free(rows.sum);
  free(rows.size);
  return out;
}

double kkt_difference(const traj_lqr_problem *p, kkt_point z, kkt_point oracle) {
  const double *ours[] = {z.u, z.x, z.lambda}, *theirs[] = {oracle.u, oracle.x, oracle.lambda};
  const int counts[] = {p->nu * p->N, p->nx * (p->N + 1), p->nx * (p->N + 1)};
  double all = 0, worst = 0;
  for (int kind = 0; kind < 3; kind++)
    all = fmax(all, largest(theirs[kind], counts[kind]));
  for (int kind = 0; kind < 3; kind++) {
    double difference = 0, scale = fmax(largest(theirs[kind], counts[kind]), 1e-6 * all);
    for (int i = 0; i < counts[kind]; i++)
      difference = fmax(difference, fabs(ours[kind][i] - theirs[kind][i]));
    if (difference > 0) worst = fmax(worst, difference / scale);
  }
  return worst;
}
