#include "support/kkt_point.h"

#include <math.h>
#include <stdlib.h>

#include "support/lq.h"

static double *zeros(size_t count) {
  double *memory = calloc(count, sizeof *memory);
  if (memory == NULL) abort();
  return memory;
}

kkt_point kkt_point_create(const traj_lqr_problem *p) {
  size_t nx = (size_t)p->nx, nu = (size_t)p->nu, N = (size_t)p->N;
  return (kkt_point){
      .u = zeros(nu * N),
      .x = zeros(nx * (N + 1)),
      .lambda = zeros(nx * (N + 1)),
  };
}

void kkt_point_free(kkt_point *z) {
  free(z->u);
  free(z->x);
  free(z->lambda);
  *z = (kkt_point){.u = NULL};
}

/* A sum and the sum of the sizes of its terms. */
typedef struct total {
  long double sum, size;
} total;

/* Adds factor x'a y, with a of n x m. */
static void add_bilinear(total *t, double factor, const double *a, int n, int m, const double *x, const double *y) {
  for (int j = 0; a != NULL && j < m; j++) {
    for (int i = 0; i < n; i++) {
      long double term = (long double)(factor * a[i + j * n]) * (long double)x[i] * (long double)y[j];
      t->sum += term;
      t->size += fabsl(term);
    }
  }
}

/* Adds 1/2 x'a x + b'x, with the lower triangle of a. */
static void add_quadratic(total *t, const double *a, const double *b, int n, const double *x) {
  const double one = 1;
  add_bilinear(t, 1, b, n, 1, x, &one);
  for (int j = 0; a != NULL && j < n; j++) {
    const double *diagonal = a + j + j * n;
    add_bilinear(t, 0.5, diagonal, 1, 1, x + j, x + j);
    add_bilinear(t, 1, diagonal + 1, n - j - 1, 1, x + j + 1, x + j);
  }
}

double kkt_cost(const traj_lqr_problem *p, kkt_point z, double *size) {
  int nx = p->nx, nu = p->nu, N = p->N;
  total t = {.sum = 0};
  add_quadratic(&t, p->Q_N, p->q_N, nx, z.x + N * nx);
  for (int k = 0; k < N; k++) {
    const double *x = z.x + k * nx, *u = z.u + k * nu;
    add_quadratic(&t, lq_at(p->Q, k), lq_at(p->q, k), nx, x);
    add_quadratic(&t, lq_at(p->R, k), lq_at(p->r, k), nu, u);
    add_bilinear(&t, 1, lq_at(p->S, k), nu, nx, u, x);
  }
  if (size != NULL) *size = (double)t.size;
  return (double)t.sum;
}
