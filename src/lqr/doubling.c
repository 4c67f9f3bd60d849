#include "lqr/doubling.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg/dense.h"
#include "linalg/matrix.h"

enum { DOUBLINGS = 60, SQUARINGS = 36 };
static const double GROWN = 1e150;

tj_doubling tj_doubling_layout(tj_arena *arena, int n) {
  size_t rows = (size_t)n;
  return (tj_doubling){
      .n = n,
      .A = tj_arena_doubles(arena, rows, rows),
      .G = tj_arena_doubles(arena, rows, rows),
      .H = tj_arena_doubles(arena, rows, rows),
      .W = tj_arena_doubles(arena, rows, rows),
      .Y = tj_arena_doubles(arena, rows, rows),
      .Z = tj_arena_doubles(arena, rows, rows),
      .U = tj_arena_doubles(arena, rows, rows),
      .pivots = tj_arena_take(arena, rows, sizeof(int)),
  };
}

/* Returns the largest change of H; infinity when there is none to speak of. */
static double step(tj_doubling *d) {
  int n = d->n;
  size_t bytes = tj_squared(n) * sizeof(double);
  tj_set_identity(n, 1, d->W);
  tj_add_product(n, n, n, d->G, d->H, d->W);
  if (!tj_lu_factor(n, d->W, d->pivots)) return HUGE_VAL;
  memcpy(d->Y, d->A, bytes);
  tj_lu_solve(n, n, d->W, d->pivots, d->Y);
  memcpy(d->Z, d->G, bytes);
  tj_lu_solve(n, n, d->W, d->pivots, d->Z);
  double *At = d->W; /* the factors have served */
  tj_transpose(n, n, d->A, At);
  tj_set_product(n, n, n, d->A, d->Z, d->U);
  tj_add_product(n, n, n, d->U, At, d->G);
  tj_symmetrise(n, d->G);
  tj_set_product(n, n, n, d->H, d->Y, d->U);
  tj_set_product(n, n, n, At, d->U, d->Z);
  double change = tj_largest(d->Z, tj_squared(n));
  for (size_t i = 0; i < tj_squared(n); i++)
    d->H[i] += d->Z[i];
  tj_symmetrise(n, d->H);
  tj_set_product(n, n, n, d->A, d->Y, d->U);
  memcpy(d->A, d->U, bytes);
  return change;
}

bool tj_doubling_run(tj_doubling *d, double scale) {
  for (int i = 0; i < DOUBLINGS; i++) {
    double change = step(d), size = tj_largest(d->H, tj_squared(d->n));
    if (!(size < GROWN * scale)) return false;
    if (change <= DBL_EPSILON * (size > scale ? size : scale)) return true;
  }
  return false;
}

/* The norms of M^(2^i) fall by the spectral radius to the power 2^i from one to the next. */
static double radius_from(double size, double squared, int i) {
  return squared > 0 ? exp(ldexp(log(squared) - log(size), -i)) : 0;
}

double tj_stein(int n, double *M, double *X, double *T, double *U) {
  double size = tj_largest(M, tj_squared(n)), radius = 0;
  for (int i = 0; i < DOUBLINGS && size > 0; i++) {
    tj_set_product(n, n, n, X, M, T);
    tj_transpose(n, n, M, U);
    tj_add_product(n, n, n, U, T, X);
    tj_symmetrise(n, X);
    tj_set_product(n, n, n, M, M, T);
    memcpy(M, T, tj_squared(n) * sizeof(double));
    double squared = tj_largest(M, tj_squared(n));
    if (!(squared < GROWN)) return HUGE_VAL;
    radius = radius_from(size, squared, i);
    size = squared;
    if (n * size < DBL_EPSILON * DBL_EPSILON) break;
  }
  return radius;
}

double tj_radius(int n, double *M, double *T) {
  double logarithm = 0;
  for (int i = 0; i < SQUARINGS; i++) {
    double size = tj_largest(M, tj_squared(n));
    if (!(size > 0) || !isfinite(size)) return size;
    logarithm += ldexp(log(size), -i);
    for (size_t j = 0; j < tj_squared(n); j++)
      M[j] /= size;
    tj_set_product(n, n, n, M, M, T);
    memcpy(M, T, tj_squared(n) * sizeof(double));
  }
  return exp(logarithm);
}
