/* Packing and unpacking: from the column-major, tight matrices of the API to the data order and back. */
#ifndef TJ_LINALG_OWN_PACK_H
#define TJ_LINALG_OWN_PACK_H

#include "linalg/order.h"
#include "linalg/own_move.h"
#include "linalg/stage.h"

/* [a b 0], r numbers of a (a constant); a nullable: zero. */
INLINE vec end_of(const int r, const double *a, double b) {
  vec end;
  UNROLL for (int p = 0; p < VL; p++) end[p] = p < r ? (a == NULL ? 0 : a[p]) : (p == r ? b : 0);
  return end;
}

/* Row [a b 0] of n + 1 numbers and padding from the vector with number first on, a nullable: zero. In whole vectors:
 * what is stored in parts and soon loaded whole has to be waited for. */
INLINE void pack_row(const int first, const int n, const double *a, double b, double *row, int length) {
  const int begin = first / VL * VL, whole = n / VL * VL, rest = n - whole;
  if (a != NULL) {
    for (int j = begin; j < whole; j += VL)
      store(row + j, load(a + j));
  } else {
    clear(whole - begin, row + begin);
  }
  UNROLL for (int r = 0; r < VL; r++) {
    if (r == rest) store(row + whole, end_of(r, a == NULL ? NULL : a + whole, b));
  }
  clear(length - whole - VL, row + whole + VL);
}

INLINE void pack_dynamics_body(const int nx, const int nu, double *stage, const tj_stage_dynamics *d) {
  const int ld = tj_pad(nx + 1 + nu);
  double *G = stage + tj_cost_length(nx, nu);
  rows_of_columns(nx, (columns){d->fx, nx}, d->c, (columns){d->fu, nu}, G, ld);
  pack_row(0, nx, NULL, 1, G + nx * ld, ld);
}

/* Columns of the lower triangles become rows of the upper ones. Of lxx from the vector with the diagonal on: what
 * stands before it is never read. That of luu has to be a number, because the gain is as wide as whole vectors. */
INLINE void pack_cost_body(const int nx, const int nu, double *stage, tj_stage_cost cost) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1);
  double *H = stage, *H_u = H + n1 * lp;
  for (int i = 0; i < nx; i++)
    pack_row(i, nx, cost.lxx == NULL ? NULL : cost.lxx + i * nx, cost.lx == NULL ? 0 : cost.lx[i], H + i * lp, lp);
  clear(lp, H + nx * lp);
  const bool single = nu == 1; /* its triangle is all of it */
  rows_of_columns(nu, (columns){cost.lux, nx}, cost.lu, (columns){single ? cost.luu : NULL, nu}, H_u, ld);
  for (int i = 0; !single && cost.luu != NULL && i < nu; i++)
    copy(nu - i, cost.luu + i * nu + i, H_u + i * ld + n1 + i);
}

/* Adds the numbers of a to those of a row from the vector with number first on, in whole vectors. */
INLINE void add_row(const int first, const int n, const double *a, double *row) {
  const int begin = first / VL * VL, whole = n / VL * VL;
  for (int j = begin; j < whole; j += VL)
    store(row + j, load(row + j) + load(a + j));
  if (whole == n) return;
  vec end = {0};
  UNROLL for (int p = 0; p < VL; p++) end[p] = whole + p < n ? a[whole + p] : 0;
  store(row + whole, load(row + whole) + end);
}

/* As when a cost is packed, of lxx from the vector with the diagonal on. */
INLINE void bend_body(const int nx, const int nu, const double *stage, tj_stage_cost more, double damping,
                      double *bent) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1);
  double *H_u = bent + n1 * lp;
  copy(tj_stage_length(nx, nu), stage, bent);
  for (int i = 0; more.lxx != NULL && i < nx; i++)
    add_row(i, nx, more.lxx + i * nx, bent + i * lp);
  for (int i = 0; i < nu; i++) {
    double *row = H_u + i * ld;
    for (int j = 0; more.lux != NULL && j < nx; j++)
      row[j] += more.lux[i + j * nu];
    for (int j = i; more.luu != NULL && j < nu; j++)
      row[n1 + j] += more.luu[j + i * nu];
    row[n1 + i] += damping;
  }
}

INLINE void unpack_value_body(const int nx, const double *value, double *V, double *v) {
  const int lp = tj_pad(nx + 1);
  for (int i = 0; V != NULL && i < nx; i++)
    copy(nx, value + i * lp, V + i * nx);
  if (v != NULL) copy(nx, value + nx * lp, v);
}

INLINE void unpack_gain_body(const int nx, const int nu, const double *gain, double *K, double *k) {
  const int lp = tj_pad(nx + 1);
  if (K != NULL) columns_of_rows(nu, nx, (rows){gain, lp}, K);
  for (int i = 0; i < nu; i++)
    k[i] = gain[i * lp + nx];
}

#endif
