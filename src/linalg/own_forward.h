/* The forward sweep, and what is known of stages too large for the cache. */
#ifndef TJ_LINALG_OWN_FORWARD_H
#define TJ_LINALG_OWN_FORWARD_H

#include <stddef.h>
#include <stdint.h>

#include "linalg/order.h"
#include "linalg/own_move.h"

/* Whether a stage is too large to be fetched from memory without asking for it ahead of time. */
INLINE bool large(const int nx, const int nu) {
  const int LEAST = 600; /* doubles in [A c B] */
  return nx * tj_pad(nx + 1 + nu) >= LEAST;
}

/* So many doubles from here, which need not exist: before the first stage and after the last there is nothing. */
INLINE const double *away(const double *from, ptrdiff_t doubles) {
  return (const double *)((uintptr_t)from + (uintptr_t)(doubles * (ptrdiff_t)sizeof *from));
}

/* Numbers j to j + VL - 1 of [x; 1; 0]. */
INLINE vec extended(const int nx, const double *x, int j) {
  if (j + VL <= nx) return load(x + j);
  vec z = {0};
  UNROLL for (int p = 0; p < VL; p++) z[p] = j + p < nx ? x[j + p] : j + p == nx;
  return z;
}

/* Rows of a times z plus rows of b times y, as vectors; a sum for each of the first count lanes. */
INLINE vec dots(int count, rows a, int a_vectors, const double *z, rows b, int b_vectors, const double *y) {
  vec sum[VL];
  UNROLL for (int r = 0; r < VL; r++) sum[r] = (vec){0};
  for (int j = 0; j < a_vectors; j++) {
    UNROLL for (int r = 0; r < VL; r++) {
      if (r < count) sum[r] = plus_product(sum[r], load(a.at + r * a.ld + j * VL), load(z + j * VL));
    }
  }
  for (int j = 0; j < b_vectors; j++) {
    UNROLL for (int r = 0; r < VL; r++) {
      if (r < count) sum[r] = plus_product(sum[r], load(b.at + r * b.ld + j * VL), load(y + j * VL));
    }
  }
  transpose_square(sum);
  UNROLL for (int r = 1; r < VL; r++) sum[0] += sum[r];
  return sum[0];
}

INLINE void store_some(int count, double *to, vec a) {
  if (count >= VL) {
    store(to, a);
  } else {
    UNROLL for (int r = 0; r < VL - 1; r++) {
      if (r < count) to[r] = a[r];
    }
  }
}

/* u = [K k] [x; 1], x_next = [A c] [x; 1] + B u. Everything passes through scratch as whole vectors: one that is stored
 * in parts would have to be waited for. */
INLINE void forward_body(const int nx, const int nu, tj_kernel *kernel, const double *stage, const double *gain,
                         const double *x, double *u, double *x_next) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1), v = vectors(n1);
  const double *G = stage + tj_cost_length(nx, nu);
  double *z = kernel->z, *y = kernel->y;
  ahead next = {away(G, tj_stage_length(nx, nu)), VL * ld / 8}, next_gain = {away(gain, nu * lp), VL * lp / 8};
  for (int j = 0; j < v; j++)
    store(z + j * VL, extended(nx, x, j * VL));
  for (int i = 0; i < nu; i += VL) {
    int count = nu - i < VL ? nu - i : VL;
    if (large(nx, nu)) fetch(&next_gain);
    vec some = dots(count, (rows){gain + i * lp, lp}, v, z, (rows){NULL, 0}, 0, NULL);
    store(y + i, some);
    store_some(count, u + i, some);
  }
  for (int i = 0; i < nx; i += VL) {
    int count = nx - i < VL ? nx - i : VL;
    if (large(nx, nu)) fetch(&next);
    rows A = {G + i * ld, ld};
    store_some(count, x_next + i, dots(count, A, v, z, rows_from(A, 0, n1), vectors(nu), y));
  }
}

#endif
