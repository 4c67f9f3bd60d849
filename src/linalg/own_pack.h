/* Packing and unpacking: from the column-major, tight matrices of the API to the data order and back. */
#ifndef TJ_LINALG_OWN_PACK_H
#define TJ_LINALG_OWN_PACK_H

#include "linalg/order.h"
#include "linalg/own_move.h"
#include "linalg/stage.h"

INLINE void pack_dynamics_body(const int nx, const int nu, double *stage, const double *fx, const double *fu,
                               const double *c) {
  const int ld = tj_pad(nx + 1 + nu);
  double *G = stage + tj_cost_length(nx, nu);
  rows_of_columns(nx, (columns){fx, nx}, c, (columns){fu, nu}, G, ld);
  clear(ld, G + nx * ld);
  G[nx * ld + nx] = 1;
}

/* Columns of the lower triangles become rows of the upper ones. Of lxx whole columns: what stands below the diagonal is
 * never read. That of luu has to be a number, because the gain is as wide as whole vectors. */
INLINE void pack_cost_body(const int nx, const int nu, double *stage, tj_stage_cost cost) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1);
  double *H = stage, *H_u = H + n1 * lp;
  for (int i = 0; i < nx; i++) {
    clear(lp - nx / VL * VL, H + i * lp + nx / VL * VL);
    if (cost.lxx != NULL) {
      copy(nx, cost.lxx + i * nx, H + i * lp);
    } else {
      clear(nx / VL * VL, H + i * lp);
    }
    H[i * lp + nx] = cost.lx == NULL ? 0 : cost.lx[i];
  }
  clear(lp, H + nx * lp);
  rows_of_columns(nu, (columns){cost.lux, nx}, cost.lu, (columns){NULL, nu}, H_u, ld);
  for (int i = 0; cost.luu != NULL && i < nu; i++)
    copy(nu - i, cost.luu + i * nu + i, H_u + i * ld + n1 + i);
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
