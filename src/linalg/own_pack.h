/* Packing and unpacking: from the column-major, tight matrices of the API to the data order and back. */
#ifndef TJ_LINALG_OWN_PACK_H
#define TJ_LINALG_OWN_PACK_H

#include "linalg/order.h"
#include "linalg/own_move.h"
#include "linalg/stage.h"

/* [a b 0], r numbers of a (a constant); a nullable: zero. */
INLINE vec end_of(const int r, const double *a, double b) {
  double end[VL];
  UNROLL for (int p = 0; p < VL; p++) end[p] = p < r ? (a == NULL ? 0 : a[p]) : (p == r ? b : 0);
  return vec_of(end);
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

INLINE void pack_dynamics_body(const int nx, const int nu, double *stage, const tj_stage_dynamics *given) {
  const tj_stage_dynamics d = *given; /* what is written cannot change it */
  const int ld = tj_pad(nx + 1 + nu);
  double *G = stage + tj_cost_length(nx, nu);
  rows_of_columns(nx, (columns){d.fx, nx}, d.c, (columns){d.fu, nu}, G, ld);
  pack_row(0, nx, NULL, 1, G + nx * ld, ld);
}

/* Number j of row i of [lux lu luu 0], zero before the diagonal of luu. */
INLINE double control_number(const int nx, const int nu, tj_stage_cost cost, int i, int j) {
  const int k = j - nx - 1;
  if (j < nx) return cost.lux == NULL ? 0 : cost.lux[i + j * nu];
  if (j == nx) return cost.lu == NULL ? 0 : cost.lu[i];
  return k < i || k >= nu || cost.luu == NULL ? 0 : cost.luu[k + i * nu];
}

/* Rows u of so few controls that a vector has room for more, for a shape known when compiling. */
INLINE void pack_few_controls(const int nx, const int nu, tj_stage_cost cost, double *H_u, const int ld) {
  UNROLL for (int i = 0; i < nu; i++) {
    UNROLL for (int j = 0; j < ld; j += VL) {
      double part[VL];
      UNROLL for (int p = 0; p < VL; p++) part[p] = control_number(nx, nu, cost, i, j + p);
      store(H_u + i * ld + j, vec_of(part));
    }
  }
}

/* Columns of the lower triangle of luu become rows of the upper one, whose every number counts: the gain is as wide as
 * whole vectors. */
INLINE void pack_controls(const int nx, const int nu, tj_stage_cost cost, double *H_u, const int ld) {
  const int n1 = nx + 1;
  const bool single = nu == 1; /* its triangle is all of it */
  rows_of_columns(nu, (columns){cost.lux, nx}, cost.lu, (columns){single ? cost.luu : NULL, nu}, H_u, ld);
  for (int i = 0; !single && cost.luu != NULL && i < nu; i++)
    copy(nu - i, cost.luu + i * nu + i, H_u + i * ld + n1 + i);
}

/* Row i of the states: a column of the lower triangle of lxx from the vector with the diagonal on. What stands before
 * it is never read. */
INLINE void pack_state(const int nx, tj_stage_cost cost, int i, double *row, const int lp) {
  pack_row(i, nx, cost.lxx == NULL ? NULL : cost.lxx + i * nx, cost.lx == NULL ? 0 : cost.lx[i], row, lp);
}

INLINE void pack_cost_body(const int nx, const int nu, double *stage, const tj_stage_cost *given) {
  const tj_stage_cost cost = *given; /* what is written cannot change it */
  const int n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1);
  const bool known = __builtin_constant_p(nx);
  double *H = stage, *H_u = H + n1 * lp;
  if (known && nx <= VL) {
    UNROLL for (int i = 0; i < nx; i++) pack_state(nx, cost, i, H + i * lp, lp);
  } else {
    for (int i = 0; i < nx; i++)
      pack_state(nx, cost, i, H + i * lp, lp);
  }
  pack_row(0, nx, cost.lx, 0, H + nx * lp, lp);
  if (known && nu < VL) {
    pack_few_controls(nx, nu, cost, H_u, ld);
  } else {
    pack_controls(nx, nu, cost, H_u, ld);
  }
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
INLINE void bend_body(const int nx, const int nu, const double *stage, const tj_stage_cost *given, double damping,
                      double *bent) {
  const tj_stage_cost more = *given;
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
  columns_of_rows(nu, nx, (rows){gain, lp}, K);
  for (int i = 0; i < nu; i++)
    k[i] = gain[i * lp + nx];
}

#endif
