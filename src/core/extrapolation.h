/* Derivatives by differences over many step lengths, extrapolated, each with an estimate of its own error: the oracle
 * of the derivative check. Needs no knowledge of the scale of the function or of its rounding (docs/theory, F3). */
#ifndef TJ_CORE_EXTRAPOLATION_H
#define TJ_CORE_EXTRAPOLATION_H

#include "core/differences.h"

typedef struct tj_extrapolation {
  double *value;    /* m x n, the derivatives */
  double *error;    /* m x n, how far off each may be */
  double *estimate; /* m x step lengths, shortest first: differences of one column */
  double *noise;    /* m x step lengths: the least rounding that each must have */
  double *scale;    /* m: largest derivative of each row */
} tj_extrapolation;

/* m_max: the most outputs of any map. */
tj_extrapolation tj_extrapolation_layout(tj_arena *arena, const tj_world *world, int m_max);

/* First derivatives of a map with m outputs, by all n = ndx + nu coordinates (ndx at the final stage). */
int tj_extrapolate_jacobian(tj_extrapolation *ex, tj_differences *fd, tj_world *world, const tj_map *map);

/* Second derivatives (n x n) of a map with one output. */
int tj_extrapolate_hessian(tj_extrapolation *ex, tj_differences *fd, tj_world *world, const tj_map *map);

#endif
