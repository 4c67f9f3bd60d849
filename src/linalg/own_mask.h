/* Vectors of which one number is apart, and what clamping makes of the Q-function by them: in whole vectors, since what
 * is stored in parts and soon loaded whole has to be waited for. */
#ifndef TJ_LINALG_OWN_MASK_H
#define TJ_LINALG_OWN_MASK_H

#include <stdbool.h>
#include <stdint.h>

#include "linalg/own_product.h"

typedef int64_t bits __attribute__((vector_size(8 * VL), aligned(8), may_alias));

/* One in lane at, if there is such a lane. */
INLINE vec unit(int at) {
  static const double window[2 * VL - 1] = {[VL - 1] = 1};
  return at >= 0 && at < VL ? load(window + VL - 1 - at) : (vec){0};
}

/* All bits, but none in lane p where so told. */
INLINE bits all_but(bool one, const int p) {
#if VL == 4
  static const int64_t window[2 * VL] = {-1, -1, -1, 0, -1, -1, -1, -1};
#else
  static const int64_t window[2 * VL] = {-1, 0, -1, -1};
#endif
  return *(const bits *)(window + (one ? VL - 1 - p : VL));
}

/* The numbers that stay in columns j to j + VL - 1 of rows that are not clamped, where n1 columns are before those of
 * the controls. */
INLINE bits kept(const int n1, const int nu, const int j, const bool *clamped) {
  bits keep = all_but(false, 0);
  UNROLL for (int p = 0; p < VL; p++) {
    const int control = j + p - n1;
    if (control >= 0 && control < nu) keep &= all_but(clamped[control], p);
  }
  return keep;
}

/* Rows u of the Q-function (ld apart, n1 numbers before the first control) as clamping leaves them: rows and columns of
 * clamped controls are the identity's. */
INLINE void mask_controls(const int n1, const int nu, const int ld, const double *Qu, const bool *clamped, double *to) {
  for (int j = 0; j < ld; j += VL) {
    const bits keep = kept(n1, nu, j, clamped);
    for (int i = 0; i < nu; i++) {
      const vec stays = (vec)((bits)load(Qu + i * ld + j) & keep);
      store(to + i * ld + j, clamped[i] ? unit(n1 + i - j) : stays);
    }
  }
}

#endif
