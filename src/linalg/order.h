/* The data order that all back ends share. Rows of z, padded to a multiple of four doubles; n1 = nx + 1, l = n1 + nu:
 *
 *   stage      H, the symmetric cost of z: rows x from the diagonal to column 1 and row 1 to it, n1 rows of lp, then
 *              rows u to column 1 and from the diagonal on, nu rows of ld; then G = [A c B; 0 1 0], n1 rows of ld
 *   Q-function l rows of ld; rows u to column 1 and from the diagonal on, rows x and 1 from the diagonal to column 1;
 *              its constant is the back end's
 *   value      P = [V v; v' 2s], n1 rows of lp, whole
 *   gain       [K k], nu rows of lp
 *
 * The padding of a stage is zero, that of value function and gain finite. In the Q-function and in scratch what is not
 * named here may be anything; it is never read as a number that counts. */
#ifndef TJ_LINALG_ORDER_H
#define TJ_LINALG_ORDER_H

#include "linalg/stage.h"

/* Rows a multiple of 512 bytes apart would all fall into a few sets of the cache. */
static inline int tj_pad(int n) {
  int padded = (n + 3) / 4 * 4;
  return padded % 64 == 0 ? padded + 4 : padded;
}

/* Numbers in z, in a row of z, and in a row of [x; 1]. */
static inline int tj_length(tj_shape shape) {
  return shape.nx + 1 + shape.nu;
}

static inline int tj_row(tj_shape shape) {
  return tj_pad(tj_length(shape));
}

static inline int tj_row_x(tj_shape shape) {
  return tj_pad(shape.nx + 1);
}

/* Numbers in H and in the whole of a stage; both parts start a cache line. */
static inline int tj_cost_length(int nx, int nu) {
  int n1 = nx + 1;
  return (n1 * tj_pad(n1) + nu * tj_pad(n1 + nu) + 7) / 8 * 8;
}

static inline int tj_stage_length(int nx, int nu) {
  return tj_cost_length(nx, nu) + ((nx + 1) * tj_pad(nx + 1 + nu) + 7) / 8 * 8;
}

/* Whether a stage is too large to be fetched from memory without asking for it ahead of time. */
static inline bool tj_is_large(int nx, int nu) {
  const int LEAST = 600; /* doubles in [A c B] */
  return nx * tj_pad(nx + 1 + nu) >= LEAST;
}

#endif
