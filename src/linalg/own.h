/* The own back end, written once and compiled once per instruction set: a source that defines VL (doubles per vector)
 * and NAME includes it. */
#ifndef TJ_LINALG_OWN_H
#define TJ_LINALG_OWN_H

#include <float.h>
#include <string.h>

#include "linalg/backend.h"
#include "linalg/order.h"
#include "linalg/own_dense.h"
#include "linalg/own_product.h"

/* Copies the upper triangle of n x n rows to the lower. */
INLINE void mirror(int n, double *a, int ld) {
  for (int i = 1; i < n; i++) {
    for (int j = 0; j < i; j++)
      a[i * ld + j] = a[j * ld + i];
  }
}

/* (R1) w = V [A c B] + [0 v 0], then rows u of Q whole and the others from the diagonal to column 1. */
INLINE void expand_body(const int nx, const int nu, tj_kernel *kernel, const double *stage, const double *P) {
  const int n1 = nx + 1, l = n1 + nu, ld = tj_pad(l), lp = tj_pad(n1);
  const double *H = stage + nx * ld, *v = P + nx * lp;
  double *w = kernel->w, *q = kernel->q;
  rows G = {stage, ld}, W = {w, ld};
  product(nx, l, false, W, w, ld, (term){{P, lp}, G, nx, 1, SET}); /* P is symmetric: its rows are A' */
  double constant = v[nx];                                         /* c'(V c + v) + v'c + 2s */
  for (int i = 0; i < nx; i++) {
    constant += stage[i * ld + nx] * (w[i * ld + nx] + 2 * v[i]);
    w[i * ld + nx] += v[i];
  }
  product(nu, l, false, (rows){H + n1 * ld, ld}, q + n1 * ld, ld, (term){rows_from(G, 0, n1), W, nx, 1, ADD});
  product(nx, n1, true, (rows){H, ld}, q, ld, (term){G, W, nx, 1, ADD});
  q[nx * ld + nx] = constant;
}

/* (R2) Elimination of rows u to D L' and L^-1 [Qux qu], with D on the diagonal; and the same divided by D. */
INLINE int factor_body(const int nx, const int nu, tj_kernel *kernel, double *pivot) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu);
  double *u = kernel->factor, *scaled = kernel->scaled;
  for (int r = 0; r < nu; r++) {
    const double *row = u + r * ld;
    double d = row[n1 + r], inverse = 1 / d;
    if (!(inverse > 0) || !(inverse <= DBL_MAX)) {
      *pivot = d;
      return r;
    }
    for (int j = 0; j < ld; j += VL)
      store(scaled + r * ld + j, inverse * load(row + j));
    for (int q = r + 1; q < nu; q++) {
      vec f = splat(scaled[r * ld + n1 + q]);
      for (int j = 0; j < ld; j += VL)
        store(u + q * ld + j, minus_product(load(u + q * ld + j), f, load(row + j)));
    }
  }
  return -1;
}

/* (R2) Back substitution with L', then from rows to columns. */
INLINE void gain_body(const int nx, const int nu, tj_kernel *kernel, double *gain) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1);
  double *K = kernel->rows;
  for (int q = nu - 1; q >= 0; q--) {
    const double *row = kernel->scaled + q * ld;
    for (int j = 0; j < lp; j += VL) {
      vec sum = -load(row + j);
      for (int r = q + 1; r < nu; r++)
        sum = minus_product(sum, splat(row[n1 + r]), load(K + r * lp + j));
      store(K + q * lp + j, sum);
    }
  }
  for (int j = 0; j < n1; j++) {
    for (int i = 0; i < nu; i++)
      gain[i + j * nu] = K[i * lp + j];
  }
}

/* (R4) P = Q - [Qxu; qu'] L^-T D^-1 L^-1 [Qux qu]. */
INLINE void value_body(const int nx, const int nu, tj_kernel *kernel, double *P) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1);
  term eliminated = {{kernel->factor, ld}, {kernel->scaled, ld}, nu, 1, SUBTRACT};
  product(n1, n1, true, (rows){kernel->q, ld}, P, lp, eliminated);
  mirror(n1, P, lp);
}

INLINE int backward_body(const int nx, const int nu, tj_kernel *kernel, const double *stage, double *value,
                         double *gain, double *pivot) {
  const int ld = tj_pad(nx + 1 + nu);
  expand_body(nx, nu, kernel, stage, value);
  memcpy(kernel->factor, kernel->q + (nx + 1) * ld, (size_t)(nu * ld) * sizeof(double));
  int failed = factor_body(nx, nu, kernel, pivot);
  if (failed >= 0) return failed;
  gain_body(nx, nu, kernel, gain);
  value_body(nx, nu, kernel, value);
  return -1;
}

static void expand(tj_kernel *kernel, const double *stage, const double *value_next) {
  expand_body(kernel->shape.nx, kernel->shape.nu, kernel, stage, value_next);
}

static int factor(tj_kernel *kernel, double *pivot) {
  return factor_body(kernel->shape.nx, kernel->shape.nu, kernel, pivot);
}

static void solve(const tj_kernel *kernel, double *rhs) {
  int n1 = kernel->shape.nx + 1, nu = kernel->shape.nu, ld = tj_row(kernel->shape);
  const double *upper = kernel->scaled + n1; /* L' */
  for (int i = 0; i < nu; i++) {
    for (int j = 0; j < i; j++)
      rhs[i] -= upper[j * ld + i] * rhs[j];
  }
  for (int i = nu - 1; i >= 0; i--) {
    rhs[i] /= kernel->factor[i * ld + n1 + i];
    for (int j = i + 1; j < nu; j++)
      rhs[i] -= upper[i * ld + j] * rhs[j];
  }
}

static void gain_of(tj_kernel *kernel, double *gain) {
  gain_body(kernel->shape.nx, kernel->shape.nu, kernel, gain);
}

static void value(tj_kernel *kernel, double *P) {
  value_body(kernel->shape.nx, kernel->shape.nu, kernel, P);
}

/* (R3) With rows of K = [K k]: y = Quu K + [Qux qu], P = Q + K'y + [Qux qu]'K. */
static void value_of(tj_kernel *kernel, const double *gain, double *P) {
  int n1 = kernel->shape.nx + 1, nu = kernel->shape.nu, ld = tj_row(kernel->shape), lp = tj_row_x(kernel->shape);
  rows K = {kernel->rows, lp}, y = {kernel->y, lp}, Qu = {kernel->q + n1 * ld, ld};
  for (int j = 0; j < n1; j++) {
    for (int i = 0; i < nu; i++)
      kernel->rows[i * lp + j] = gain[i + j * nu];
  }
  product(nu, n1, false, Qu, kernel->y, lp, (term){rows_from(Qu, 0, n1), K, nu, 1, ADD}); /* Quu is symmetric */
  product(n1, n1, true, (rows){kernel->q, ld}, P, lp, (term){K, y, nu, 1, ADD});
  product(n1, n1, true, (rows){P, lp}, P, lp, (term){Qu, K, nu, 1, ADD});
  mirror(n1, P, lp);
}

static int backward(tj_kernel *kernel, const double *stage, double *P, double *gain, double *pivot) {
  return backward_body(kernel->shape.nx, kernel->shape.nu, kernel, stage, P, gain, pivot);
}

/* Shapes that robots have, with sizes known when compiling. To add one, add a line. */
#define SHAPES(X) X(2, 1) X(4, 1) X(4, 2) X(6, 2) X(6, 3) X(8, 4) X(12, 4) X(13, 4) X(12, 12)

#define SHAPED(nx, nu)                                                                                              \
  static int backward_##nx##_##nu(tj_kernel *kernel, const double *stage, double *P, double *gain, double *pivot) { \
    return backward_body(nx, nu, kernel, stage, P, gain, pivot);                                                    \
  }
SHAPES(SHAPED)
#undef SHAPED

static tj_backward_fn *backward_for(tj_shape shape) {
#define PICK(a, b) \
  if (shape.nx == a && shape.nu == b) return backward_##a##_##b;
  SHAPES(PICK)
#undef PICK
  return backward;
}

const tj_backend BACKEND = {
    .name = NAME,
    .expand = expand,
    .factor = factor,
    .solve = solve,
    .gain = gain_of,
    .value = value,
    .value_of = value_of,
    .backward_for = backward_for,
};

#endif
