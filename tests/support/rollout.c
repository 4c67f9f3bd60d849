#include "support/rollout.h"

// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdlib.h>
#include <string.h>

enum { MAX_NX = 60 };

double rollout_cost(const traj_problem *p, const double *x0, const double *u) {
  const size_t nx = (size_t)p->model.nx;
  double x[MAX_NX], next[MAX_NX], total = 0, cost;
  assert_true(nx <= MAX_NX);
  memcpy(x, x0, nx * sizeof *x);
  for (int k = 0; k < p->N; k++) {
    const traj_point at = {.k = k, .t = k * p->dt, .x = x, .u = u + k * p->model.nu};
    assert_int_equal(p->cost.stage(&at, &cost, p->cost.user), 0);
    total += cost;
    assert_int_equal(p->model.step(&at, next, p->model.user), 0);
    memcpy(x, next, nx * sizeof *x);
  }
  const traj_point end = {.k = p->N, .t = p->N * p->dt, .x = x};
  assert_int_equal(p->cost.final(&end, &cost, p->cost.user), 0);
  return total + cost;
}

void rollout_gradient(const traj_problem *p, const double *x0, const double *u, double *gradient) {
  const double h = 1e-5;
  const size_t count = (size_t)p->N * (size_t)p->model.nu;
  double *moved = malloc(count * sizeof *moved);
  if (moved == NULL) abort();
  memcpy(moved, u, count * sizeof *moved);
  for (size_t i = 0; i < count; i++) {
    moved[i] = u[i] + h;
    double up = rollout_cost(p, x0, moved);
    moved[i] = u[i] - h;
    double down = rollout_cost(p, x0, moved);
    moved[i] = u[i];
    gradient[i] = (up - down) / (2 * h);
  }
  free(moved);
}
