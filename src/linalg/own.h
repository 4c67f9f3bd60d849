/* The own back end, written once and compiled once per instruction set: a source that defines VL (doubles per vector)
 * and NAME includes it. */
#ifndef TJ_LINALG_OWN_H
#define TJ_LINALG_OWN_H

#include <stddef.h>

#include "linalg/backend.h"
#include "linalg/order.h"
#include "linalg/own_chain.h"
#include "linalg/own_curve.h"
#include "linalg/own_dense.h"
#include "linalg/own_eliminate.h"
#include "linalg/own_expand.h"
#include "linalg/own_product.h"
#include "linalg/own_shapes.h"
#include "linalg/own_shared.h"

/* (R2) Code of its own for sizes known when compiling; else the one below. */
INLINE int factor_body(const int nx, const int nu, tj_kernel *kernel, const double *control, double *pivot) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu);
  elimination e = {{control, ld}, kernel->factor,       kernel->scaled,          ld, n1,
                   n1 + nu,       apart_in_row(nx, nu), __builtin_constant_p(nu)};
  return eliminate_control(nu, e, pivot);
}

static __attribute__((noinline)) int factor_of_any(tj_kernel *kernel, const double *control, double *pivot) {
  return factor_body(kernel->shape.nx, kernel->shape.nu, kernel, control, pivot);
}

/* m rows (a constant) of K = -L^-T [L^-1 Qux, L^-1 qu] / D from row b on; those below are there. */
INLINE void substitute(const int m, int b, const int nx, const int nu, const double *scaled, double *gain) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1), v = vectors(n1), below = b + m;
  const double *upper = scaled + b * ld + n1 + b; /* L' from the diagonal of the block on */
  double *K = gain + b * lp;
  rows from = {scaled + b * ld, ld};
  if (below < nu) {
    term t = {{upper + m, 1}, {gain + below * lp, lp}, nu - below, ld};
    few_rows(__builtin_constant_p(nu), m, v, (update){from, t, NO_TERM, K, lp});
    from = (rows){K, lp};
  }
  for (int j = 0; j < v; j++) {
    vec row[BLOCK];
    UNROLL for (int q = m - 1; q >= 0; q--) {
      row[q] = load(from.at + q * from.ld + j * VL);
      UNROLL for (int r = q + 1; r < m; r++) row[q] = plus_product(row[q], splat(upper[q * ld + r]), row[r]);
      row[q] = -row[q];
      store(K + q * lp + j * VL, row[q]);
    }
  }
}

/* (R2) Back substitution with L', a block of rows at a time from the last one up. */
INLINE void gain_body(const int nx, const int nu, const tj_kernel *kernel, double *gain) {
  const int whole = (nu - 1) / BLOCK * BLOCK;
  if (nu - whole == 4) substitute(4, whole, nx, nu, kernel->scaled, gain);
  if (nu - whole == 3) substitute(3, whole, nx, nu, kernel->scaled, gain);
  if (nu - whole == 2) substitute(2, whole, nx, nu, kernel->scaled, gain);
  if (nu - whole == 1) substitute(1, whole, nx, nu, kernel->scaled, gain);
  UNROLL_KNOWN for (int b = whole - BLOCK; b >= 0; b -= BLOCK) substitute(BLOCK, b, nx, nu, kernel->scaled, gain);
}

static __attribute__((noinline)) void gain_of_any(const tj_kernel *kernel, double *gain) {
  gain_body(kernel->shape.nx, kernel->shape.nu, kernel, gain);
}

/* (R4) What the minimisation takes from Q: [Qxu; qu'] L^-T D^-1 L^-1 [Qux qu]. */
INLINE term eliminated_by(const int nu, const int ld, const tj_kernel *kernel) {
  return (term){{kernel->factor, ld}, {kernel->scaled, ld}, nu, 1};
}

/* (R2) The gain from rows u of the Q-function. */
INLINE int solve_body(const int nx, const int nu, tj_kernel *kernel, const double *control, double *gain,
                      double *pivot) {
  const bool known = __builtin_constant_p(nu);
  int failed = known ? factor_body(nx, nu, kernel, control, pivot) : factor_of_any(kernel, control, pivot);
  if (failed >= 0) return failed;
  if (known) {
    gain_body(nx, nu, kernel, gain);
  } else {
    gain_of_any(kernel, gain);
  }
  return -1;
}

INLINE int minimise_body(const int nx, const int nu, tj_kernel *kernel, const double *stage, const double *value_next,
                         double *gain, double *pivot) {
  spread(nx, nu, kernel, stage, value_next);
  expand_control(nx, nu, kernel, stage);
  return solve_body(nx, nu, kernel, kernel->q + (nx + 1) * tj_pad(nx + 1 + nu), gain, pivot);
}

INLINE int clamp_body(const int nx, const int nu, tj_kernel *kernel, const bool *clamped, double *gain, double *pivot) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu);
  tj_mask_controls(n1, nu, ld, kernel->q + n1 * ld, clamped, kernel->y);
  return solve_body(nx, nu, kernel, kernel->y, gain, pivot);
}

/* Rows x and 1 of Q need no memory: they are summed up with what is taken from them. */
INLINE void carry_body(const int nx, const int nu, const tj_kernel *kernel, const double *stage, double *value) {
  const int ld = tj_pad(nx + 1 + nu), lp = tj_pad(nx + 1);
  expand_state(nx, nu, kernel, stage, eliminated_by(nu, ld, kernel), value, lp);
  value[nx * lp + nx] += kernel->constant;
  mirror(apart(nx) ? nx : nx + 1, value, lp);
}

static void expand(tj_kernel *kernel, const double *stage, const double *value_next) {
  const int nx = kernel->shape.nx, nu = kernel->shape.nu, ld = tj_row(kernel->shape);
  spread(nx, nu, kernel, stage, value_next);
  expand_control(nx, nu, kernel, stage);
  expand_state(nx, nu, kernel, stage, NO_TERM, kernel->q, ld);
  mirror(nu, kernel->q + (nx + 1) * (ld + 1), ld);
}

static int factor(tj_kernel *kernel, double *pivot) {
  return factor_of_any(kernel, kernel->q + (kernel->shape.nx + 1) * tj_row(kernel->shape), pivot);
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

/* (R3) With rows of K = [K k]: y = Quu K + [Qux qu], P = Q + K'y + [Qux qu]'K. */
static void value_of(tj_kernel *kernel, const double *gain, double *P) {
  int n1 = kernel->shape.nx + 1, nu = kernel->shape.nu, ld = tj_row(kernel->shape), lp = tj_row_x(kernel->shape);
  rows K = {gain, lp}, y = {kernel->y, lp}, Qu = {kernel->q + n1 * ld, ld};
  term Quu_K = {rows_from(Qu, 0, n1), K, nu, 1}; /* Quu is symmetric */
  product(nu, n1, false, (update){Qu, Quu_K, NO_TERM, kernel->y, lp}, NULL);
  product(n1, n1, true, (update){{kernel->q, ld}, {K, y, nu, 1}, NO_TERM, P, lp}, NULL);
  product(n1, n1, true, (update){{P, lp}, {Qu, K, nu, 1}, NO_TERM, P, lp}, NULL);
  P[(n1 - 1) * (lp + 1)] += kernel->constant;
  mirror(n1, P, lp);
}

static int minimise(tj_kernel *kernel, const double *stage, const double *value_next, double *gain, double *pivot) {
  return minimise_body(kernel->shape.nx, kernel->shape.nu, kernel, stage, value_next, gain, pivot);
}

static int clamp(tj_kernel *kernel, const bool *clamped, double *gain, double *pivot) {
  return clamp_body(kernel->shape.nx, kernel->shape.nu, kernel, clamped, gain, pivot);
}

static void carry(tj_kernel *kernel, const double *stage, double *value) {
  carry_body(kernel->shape.nx, kernel->shape.nu, kernel, stage, value);
}

/* The same for a shape known when compiling. */
#define SHAPED(nx, nu)                                                                                            \
  static int minimise_##nx##_##nu(tj_kernel *kernel, const double *stage, const double *value_next, double *gain, \
                                  double *pivot) {                                                                \
    return minimise_body(nx, nu, kernel, stage, value_next, gain, pivot);                                         \
  }                                                                                                               \
  static int clamp_##nx##_##nu(tj_kernel *kernel, const bool *clamped, double *gain, double *pivot) {             \
    return clamp_body(nx, nu, kernel, clamped, gain, pivot);                                                      \
  }                                                                                                               \
  static void carry_##nx##_##nu(tj_kernel *kernel, const double *stage, double *value) {                          \
    carry_body(nx, nu, kernel, stage, value);                                                                     \
  }
SHAPES(SHAPED)
#undef SHAPED

static tj_sweeps sweeps_for(tj_shape shape) {
  (void)shape;
#define PICK(a, b) \
  if (shape.nx == a && shape.nu == b) return (tj_sweeps){minimise_##a##_##b, clamp_##a##_##b, carry_##a##_##b};
  SHAPES(PICK)
#undef PICK
  return (tj_sweeps){minimise, clamp, carry};
}

const tj_backend BACKEND = {
    .name = NAME,
    .expand = expand,
    .factor = factor,
    .solve = solve,
    .gain = gain_of_any,
    .value_of = value_of,
    .sweeps_for = sweeps_for,
};

const tj_dense DENSE = {
    .add_product = add_product,
    .add_product_tn = add_product_tn,
    .add_apply = add_apply,
    .add_apply_t = add_apply_t,
    .chain_for = chain_for,
    .adjoint = adjoint,
    .curve = curve,
    .finite = finite,
};

#endif
