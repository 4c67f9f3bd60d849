/* The kernels of the linear-quadratic recursion: the seam between the solvers and whatever does the arithmetic.
 *
 * A stage is packed once, in the back end's own order, and is opaque from then on. So are the value function and the
 * Q-function. Everything works on z = [x; 1; u]: the affine parts ride along as one more column of the dynamics
 * [A c B] and of the cost, and the value function is P = [V v; v' 2s], 1/2 [x; 1]' P [x; 1]. Equation numbers are those
 * of docs/theory. No function allocates. */
#ifndef TJ_LINALG_STAGE_H
#define TJ_LINALG_STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

typedef struct tj_shape {
  int nx; /* displacement of the state */
  int nu; /* controls */
} tj_shape;

/* Cost of a stage, column-major and tight; of symmetric matrices the lower triangle is read. NULL: zero. */
typedef struct tj_stage_cost {
  const double *lxx, *luu, *lux, *lx, *lu;
} tj_stage_cost;

/* Scratch of the recursion, and the Q-function of the stage in hand. */
typedef struct tj_kernel {
  tj_shape shape;
  double *q;      /* Q-function */
  double *vg;     /* V [A c B] */
  double *factor; /* Cholesky factor of the regularised control Hessian */
  double *y;      /* Quu [K k] + [Qux qu] */
} tj_kernel;

tj_kernel tj_kernel_layout(tj_arena *arena, tj_shape shape);

/* Doubles in a packed stage and in a value function. */
size_t tj_stage_doubles(tj_shape shape);
size_t tj_value_doubles(tj_shape shape);

/* Packs dynamics x+ = fx x + fu u + c (c nullable: zero) and cost. */
void tj_stage_pack_dynamics(tj_shape shape, double *stage, const double *fx, const double *fu, const double *c);
void tj_stage_pack_cost(tj_shape shape, double *stage, tj_stage_cost cost);

/* x_next = A x + B u + c. */
void tj_stage_next(tj_shape shape, const double *stage, const double *x, const double *u, double *x_next);

/* Packs 1/2 x'Vx + v'x + s (V, v nullable: zero), and reads it back (each output nullable). */
void tj_value_pack(tj_shape shape, double *value, const double *V, const double *v, double s);
void tj_value_unpack(tj_shape shape, const double *value, double *V, double *v, double *s);

/* (R1) The Q-function of a stage from the value function after it. */
void tj_kernel_expand(tj_kernel *kernel, const double *stage, const double *value_next);

/* (D1) Adds the contracted second derivatives of the dynamics to the Q-function; lower triangles are read. */
void tj_kernel_add_curvature(tj_kernel *kernel, const double *fxx, const double *fuu, const double *fux);

/* Reads from the Q-function: Quu (nu x nu, both triangles), qu (nu). */
void tj_kernel_control(const tj_kernel *kernel, double *Quu, double *qu);

/* Reads from the Q-function: Qux (nu x nx). */
void tj_kernel_coupling(const tj_kernel *kernel, double *Qux);

/* (R2) Factors Quu + diag(damping) (nu; nullable: zero). Rows and columns of clamped controls (nu; nullable: none) are
 * those of the identity. Returns -1, or the index of the first pivot that is not positive or not finite, and its value.
 */
int tj_kernel_factor(tj_kernel *kernel, const double *damping, const bool *clamped, double *pivot);

/* Solves with the factor in place: rhs is nu x n. */
void tj_kernel_solve(const tj_kernel *kernel, int n, double *rhs);

/* (R2) gain = [K k] (nu x (nx + 1)) from the factor. */
void tj_kernel_gain(const tj_kernel *kernel, double *gain);

/* (R3) The value function under u = K x + k, for any gain: V = Qxx + Qux'K + K'Qux + K'Quu K, symmetrised. */
void tj_kernel_value(tj_kernel *kernel, const double *gain, double *value);

/* (E1) The cost gradient under the feedback alone: g = r + B'v0, slope += k'g + c'v0, v0 = q + A'v0 + K'g.
 * v0 is read at k + 1 and written at k; g receives nu numbers. Returns the part added to the slope. */
double tj_kernel_slope(tj_kernel *kernel, const double *stage, const double *gain, double *v0, double *g);

#endif
