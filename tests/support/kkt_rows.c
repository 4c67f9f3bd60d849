#include "support/kkt_rows.h"

#include <math.h>

#include "support/lq.h"

int kkt_row_u(const traj_lqr_problem *p, int k) {
  return k * (p->nu + 2 * p->nx);
}

int kkt_row_lambda(const traj_lqr_problem *p, int k) {
  return kkt_row_u(p, k - 1) + p->nu;
}

int kkt_row_x(const traj_lqr_problem *p, int k) {
  return k == 0 ? kkt_count(p) : kkt_row_lambda(p, k) + p->nx;
}

int kkt_count(const traj_lqr_problem *p) {
  return kkt_row_u(p, p->N);
}

static void add(kkt_rows out, int i, double a, double z) {
  long double term = (long double)a * (long double)z;
  out.sum[i] += term;
  out.size[i] += fabsl(term);
}

/* a z, with a of n x m; NULL: nothing. */
static void add_plain(kkt_rows out, const double *a, int n, int m, const double *z) {
  for (int j = 0; a != NULL && j < m; j++)
    for (int i = 0; i < n; i++)
      add(out, i, a[i + j * n], z[j]);
}

/* a'z, with a of n x m. */
static void add_transposed(kkt_rows out, const double *a, int n, int m, const double *z) {
  for (int j = 0; a != NULL && j < m; j++)
    for (int i = 0; i < n; i++)
      add(out, j, a[i + j * n], z[i]);
}

/* a z, with a symmetric and its lower triangle given. */
static void add_symmetric(kkt_rows out, const double *a, int n, const double *z) {
  for (int j = 0; a != NULL && j < n; j++)
    for (int i = 0; i < n; i++)
      add(out, i, i >= j ? a[i + j * n] : a[j + i * n], z[j]);
}

static void add_vector(kkt_rows out, const double *a, int n, double sign) {
  for (int i = 0; a != NULL && i < n; i++)
    add(out, i, a[i], sign);
}

static kkt_rows from(kkt_rows all, int first) {
  return (kkt_rows){.sum = all.sum + first, .size = all.size + first};
}

static void evaluate_stage(const traj_lqr_problem *p, kkt_point z, kkt_rows all, int k) {
  int nx = p->nx, nu = p->nu;
  const double *x = z.x + k * nx, *u = z.u + k * nu, *lambda = z.lambda + k * nx;

  kkt_rows row = from(all, kkt_row_u(p, k));
  add_symmetric(row, lq_at(p->R, k), nu, u);
  add_plain(row, lq_at(p->S, k), nu, nx, x);
  add_transposed(row, lq_at(p->B, k), nx, nu, lambda + nx);
  add_vector(row, lq_at(p->r, k), nu, 1);

  row = from(all, kkt_row_lambda(p, k + 1));
  add_plain(row, lq_at(p->A, k), nx, nx, x);
  add_plain(row, lq_at(p->B, k), nx, nu, u);
  add_vector(row, lq_at(p->c, k), nx, 1);
  add_vector(row, x + nx, nx, -1);

  row = from(all, kkt_row_x(p, k));
  add_symmetric(row, lq_at(p->Q, k), nx, x);
  add_transposed(row, lq_at(p->S, k), nu, nx, u);
  add_transposed(row, lq_at(p->A, k), nx, nx, lambda + nx);
  add_vector(row, lq_at(p->q, k), nx, 1);
  add_vector(row, lambda, nx, -1);
}

void kkt_evaluate(const traj_lqr_problem *p, kkt_point z, kkt_rows rows) {
  int nx = p->nx, N = p->N;
  for (int i = 0; i < kkt_count(p) + nx; i++) {
    rows.sum[i] = 0;
    rows.size[i] = 0;
  }
  for (int k = 0; k < N; k++)
    evaluate_stage(p, z, rows, k);
  kkt_rows last = from(rows, kkt_row_x(p, N));
  add_symmetric(last, p->Q_N, nx, z.x + N * nx);
  add_vector(last, p->q_N, nx, 1);
  add_vector(last, z.lambda + N * nx, nx, -1);
}
