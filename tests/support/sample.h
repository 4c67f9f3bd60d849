/* A random stage of the linear-quadratic recursion and the value function after it, with their exact forms: quadratic
 * forms of [x; 1; u] and [x; 1]. Upper triangles of symmetric matrices are NaN: who reads them is found out. */
#ifndef SUPPORT_SAMPLE_H
#define SUPPORT_SAMPLE_H

#include <stdbool.h>

#include "linalg/stage.h"
#include "support/exact.h"
#include "support/rng.h"

enum { SAMPLE_X = 300, SAMPLE_U = 64 };

typedef struct sample {
  double A[SAMPLE_X * SAMPLE_X], B[SAMPLE_X * SAMPLE_U], c[SAMPLE_X];
  double lxx[SAMPLE_X * SAMPLE_X], luu[SAMPLE_U * SAMPLE_U], lux[SAMPLE_U * SAMPLE_X], lx[SAMPLE_X], lu[SAMPLE_U];
  double V[SAMPLE_X * SAMPLE_X], v[SAMPLE_X], s;
  tj_stage_cost cost; /* of the above; parts that are absent are NULL */
  bool affine;        /* whether c counts */
} sample;

/* definite: luu is there, luu and V are positive definite. */
void sample_draw(rng *r, tj_shape shape, bool definite, sample *p);

/* Convex, without cross terms: in a row of such stages nothing amplifies rounding. */
void sample_draw_convex(rng *r, tj_shape shape, sample *p);

/* Into a stage of the kernels. */
void sample_pack(const tj_kernel *kernel, const sample *p, double *stage);

/* [A c B; 0 1 0] */
exact_matrix sample_dynamics(tj_shape shape, const sample *p);

/* [lxx lx lux'; lx' 0 lu'; lux lu luu] */
exact_matrix sample_cost(tj_shape shape, tj_stage_cost cost);

/* [V v; v' 2s] */
exact_matrix sample_value(tj_shape shape, const sample *p);

/* outer' middle outer */
exact_matrix exact_congruence(exact_matrix middle, exact_matrix outer);

/* The Q-function: cost + dynamics' value dynamics. */
exact_matrix sample_q(tj_shape shape, const sample *p);

#endif
