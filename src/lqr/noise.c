#include "lqr/noise.h"

#include <string.h>

#include "linalg/dense.h"
#include "linalg/matrix.h"

tj_lqr_noise tj_lqr_noise_layout(tj_arena *arena, const traj_lqr_problem *problem) {
  size_t there = problem->noises > 0 ? 1 : 0, nx = there * (size_t)problem->nx, nu = there * (size_t)problem->nu;
  return (tj_lqr_noise){
      .nx = problem->nx,
      .nu = problem->nu,
      .noises = problem->noises,
      .Q = tj_arena_doubles(arena, nx, nx),
      .S = tj_arena_doubles(arena, nu, nx),
      .R = tj_arena_doubles(arena, nu, nu),
      .W = tj_arena_doubles(arena, nx, nx > nu ? nx : nu),
  };
}

static void copy_or_zero(double *to, const double *from, size_t count) {
  if (from == NULL) {
    memset(to, 0, count * sizeof(double));
  } else {
    memcpy(to, from, count * sizeof(double));
  }
}

void tj_lqr_noise_add(tj_lqr_noise *noise, const double *C, const double *D, const double *V, tj_stage_cost *cost) {
  int nx = noise->nx, nu = noise->nu;
  size_t n = (size_t)nx, m = (size_t)nu;
  copy_or_zero(noise->Q, cost->lxx, n * n);
  copy_or_zero(noise->S, cost->lux, m * n);
  copy_or_zero(noise->R, cost->luu, m * m);
  for (size_t i = 0; i < (size_t)noise->noises; i++) {
    const double *Ci = C == NULL ? NULL : C + i * n * n, *Di = D == NULL ? NULL : D + i * n * m;
    if (Ci != NULL) {
      tj_set_product(nx, nx, nx, V, Ci, noise->W);
      tj_add_product_tn(nx, nx, nx, Ci, noise->W, noise->Q);
      if (Di != NULL) tj_add_product_tn(nu, nx, nx, Di, noise->W, noise->S);
    }
    if (Di != NULL) {
      tj_set_product(nx, nu, nx, V, Di, noise->W);
      tj_add_product_tn(nu, nu, nx, Di, noise->W, noise->R);
    }
  }
  cost->lxx = noise->Q;
  cost->lux = noise->S;
  cost->luu = noise->R;
}
