/* The kernels of the linear-quadratic recursion: the seam between the solvers and whatever does the arithmetic.
 *
 * A stage is packed once and is opaque from then on. So are the value function and the Q-function. Everything works on
 * z = [x; 1; u]: the affine parts ride along as one more column of the dynamics [A c B] and of the cost, and the value
 * function is P = [V v; v' 2s], 1/2 [x; 1]' P [x; 1]. Equation numbers are those of docs/theory. No function allocates.
 *
 * Packing and access are here and in stage.c, in one data order (order.h) for all back ends; a back end (backend.h)
 * supplies the products and the factorisation. */
#ifndef TJ_LINALG_STAGE_H
#define TJ_LINALG_STAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "traj/linalg.h"

typedef struct tj_shape {
  int nx; /* displacement of the state */
  int nu; /* controls */
} tj_shape;

/* Dynamics x+ = fx x + fu u + c of a stage, column-major and tight. c nullable: zero. */
typedef struct tj_stage_dynamics {
  const double *fx, *fu, *c;
} tj_stage_dynamics;

/* Cost of a stage, column-major and tight; of symmetric matrices the lower triangle is read. NULL: zero. */
typedef struct tj_stage_cost {
  const double *lxx, *luu, *lux, *lx, *lu;
} tj_stage_cost;

struct tj_backend;
struct tj_kernel;

/* A stage of the backward sweep: what tj_kernel_minimise, tj_kernel_clamp and tj_kernel_carry promise. */
typedef struct tj_sweeps {
  int (*minimise)(struct tj_kernel *kernel, const double *stage, const double *value_next, double *gain, double *pivot);
  int (*clamp)(struct tj_kernel *kernel, const bool *clamped, double *gain, double *pivot);
  void (*carry)(struct tj_kernel *kernel, const double *stage, double *value);
} tj_sweeps;

/* What is the same for all back ends, the fastest for the shape: from the column-major, tight matrices of the API to
 * the data order and back (tj_stage_pack, tj_stage_bend, tj_stage_finite, tj_value_unpack, tj_gain_unpack,
 * tj_policy_unpack), tj_kernel_forward, tj_kernel_gradient, tj_kernel_cost, tj_kernel_slope, what
 * tj_kernel_carry_limited adds for a step, and tj_kernel_undamp. */
typedef struct tj_shared {
  void (*pack)(tj_shape shape, double *stage, const tj_stage_dynamics *dynamics, const tj_stage_cost *cost);
  void (*bend)(tj_shape shape, const double *stage, const tj_stage_cost *more, double damping, double *bent);
  bool (*finite)(tj_shape shape, const double *stage);
  void (*value)(tj_shape shape, const double *value, double *V, double *v);
  void (*gain)(tj_shape shape, const double *gain, double *K, double *k);
  double (*policy)(tj_shape shape, const double *gain, const double *value, double *K, double *k, double *V, double *v);
  void (*forward)(tj_shape shape, const tj_stage_dynamics *dynamics, const double *K, const double *k, const double *x,
                  double *u, double *x_next);
  void (*gradient)(tj_shape shape, const double *V, const double *v, const double *x, double *gradient);
  double (*cost_at)(tj_shape shape, const tj_stage_cost *cost, const double *x, const double *u);
  double (*slope)(const struct tj_kernel *kernel, const double *stage, const double *gain, double *v0, double *g);
  void (*add_step)(const struct tj_kernel *kernel, const double *gain, double *value);
  void (*undamp)(const struct tj_kernel *kernel, double damping, const double *gain, double *value);
} tj_shared;

/* Numbers that stand one after the other. */
typedef struct tj_run {
  const double *at;
  size_t doubles;
} tj_run;

enum { TJ_RUNS = 7 };

/* Scratch of the recursion, and the Q-function of the stage in hand. */
typedef struct tj_kernel {
  tj_shape shape;
  size_t stage_doubles, value_doubles, gain_doubles; /* tj_stage_doubles and so on of it, counted once */
  size_t row, row_x;                                 /* and tj_row, tj_row_x */
  const struct tj_backend *backend;
  tj_shared shared;
  tj_sweeps sweeps;     /* the back end's, for this shape */
  double *q;            /* Q-function, see order.h */
  double *w;            /* V [A c B] + [0 v 0]; row 1 may stand for column 1 */
  double *factor;       /* rows u of the Q-function, eliminated */
  double *scaled;       /* the same divided by their pivots */
  double *y;            /* Quu [K k] + [Qux qu]; d [K k]; rows u with those of clamped controls masked */
  double *root;         /* R with R'R = V, and mostly r */
  bool by_root;         /* whether w was made from it */
  double constant;      /* of the Q-function, beside what w adds */
  bool fetches;         /* large stages: ahead of time, see tj_kernel_expect, ... */
  tj_run next[TJ_RUNS]; /* ... what is wanted after the products of the stage in hand */
  int runs;
} tj_kernel;

/* Whether a back end was built into the library. */
bool tj_linalg_available(traj_linalg linalg);

/* linalg is available. */
tj_kernel tj_kernel_layout(tj_arena *arena, tj_shape shape, traj_linalg linalg);

/* Doubles in a packed stage, in a value function and in a gain. */
size_t tj_stage_doubles(tj_shape shape);
size_t tj_value_doubles(tj_shape shape);
size_t tj_gain_doubles(tj_shape shape);

/* Packs dynamics and cost. By pointers, here and below: compilers copy a structure in whole vectors right after its
 * pointers were stored one by one, and the CPU waits. */
static inline void tj_stage_pack(const tj_kernel *kernel, double *stage, const tj_stage_dynamics *dynamics,
                                 const tj_stage_cost *cost) {
  kernel->shared.pack(kernel->shape, stage, dynamics, cost);
}

/* Whether all numbers of a packed stage are finite. */
static inline bool tj_stage_finite(const tj_kernel *kernel, const double *stage) {
  return kernel->shared.finite(kernel->shape, stage);
}

/* (D1, R8) The same stage with more second derivatives (each nullable: zero; lx and lu are not read) and damping on the
 * diagonal of luu. bent may be the stage. */
void tj_stage_bend(const tj_kernel *kernel, const double *stage, const tj_stage_cost *more, double damping,
                   double *bent);

/* Packs 1/2 x'Vx + v'x + s (V, v nullable: zero), and reads it back (each output nullable). */
void tj_value_pack(const tj_kernel *kernel, double *value, const double *V, const double *v, double s);
void tj_value_unpack(const tj_kernel *kernel, const double *value, double *V, double *v, double *s);

/* s alone. */
static inline double tj_value_constant(const tj_kernel *kernel, const double *value) {
  size_t n = (size_t)kernel->shape.nx;
  return 0.5 * value[n * kernel->row_x + n];
}

/* Reads the gain u = K x + k: K (nu x nx) and k (nu), and entry i of k alone. */
void tj_gain_unpack(const tj_kernel *kernel, const double *gain, double *K, double *k);

static inline double tj_gain_step(const tj_kernel *kernel, const double *gain, int i) {
  return gain[(size_t)i * kernel->row_x + (size_t)kernel->shape.nx];
}

/* Both at once. Returns v'v; NaN where the gain is not finite. */
static inline double tj_policy_unpack(const tj_kernel *kernel, const double *gain, const double *value, double *K,
                                      double *k, double *V, double *v) {
  return kernel->shared.policy(kernel->shape, gain, value, K, k, V, v);
}

/* Where kernel->fetches: says what is wanted after the products of the next stage, to be fetched from memory meanwhile.
 */
void tj_kernel_expect(tj_kernel *kernel, int runs, const tj_run *next);

/* The same of a stage that is packed when its turn comes: its matrices, those that are not NULL, and K (nu x nx) and V
 * (nx x nx) of the stage in hand, because what is written has to be fetched too. */
void tj_kernel_expect_given(tj_kernel *kernel, const double *K, const double *V, const tj_stage_dynamics *dynamics,
                            const tj_stage_cost *cost);

/* (R1) The Q-function of a stage from the value function after it. */
void tj_kernel_expand(tj_kernel *kernel, const double *stage, const double *value_next);

/* Reads from the Q-function: entry i of qu, and behind it row i of Quu, from the diagonal on. */
static inline const double *tj_kernel_control(const tj_kernel *kernel, int i) {
  size_t n = (size_t)kernel->shape.nx;
  return kernel->q + (n + 1 + (size_t)i) * kernel->row + n;
}

/* (R2) Factors Quu. Returns -1, or the index of the first pivot whose inverse is not positive and finite, and its
 * value.
 */
int tj_kernel_factor(tj_kernel *kernel, double *pivot);

/* Solves with the factor in place: rhs is nu. */
void tj_kernel_solve(const tj_kernel *kernel, double *rhs);

/* (R2) The gain from the factor. */
void tj_kernel_gain(const tj_kernel *kernel, double *gain);

/* (R3) The value function under u = K x + k, for any gain: V = Qxx + Qux'K + K'Qux + K'Quu K, symmetrised. */
void tj_kernel_value_of(tj_kernel *kernel, const double *gain, double *value);

/* Expand, factor and gain in one, with the same bits, but of the Q-function only what minimising takes: what
 * tj_kernel_control and tj_kernel_factor read. Returns as factor does; gain is not usable after a failure. */
static inline int tj_kernel_minimise(tj_kernel *kernel, const double *stage, const double *value_next, double *gain,
                                     double *pivot) {
  return kernel->sweeps.minimise(kernel, stage, value_next, gain, pivot);
}

/* (B2) After minimise, or after expand, factor and gain again where some controls (nu) are clamped: rows and columns of
 * those are the identity's, and their rows of the gain are zero. Returns as factor does. */
static inline int tj_kernel_clamp(tj_kernel *kernel, const bool *clamped, double *gain, double *pivot) {
  return kernel->sweeps.clamp(kernel, clamped, gain, pivot);
}

/* (R4) After minimise, or after expand, factor and gain, the value function under its gain, P = Q - [Qxu; qu'] Quu^-1
 * [Qux qu], read at k + 1 and written at k. */
static inline void tj_kernel_carry(tj_kernel *kernel, const double *stage, double *value) {
  kernel->sweeps.carry(kernel, stage, value);
}

/* Replaces entry i of the gain's k. The factor, which is not usable after, takes no step then. */
static inline void tj_kernel_set_step(tj_kernel *kernel, double *gain, int i, double step) {
  size_t n = (size_t)kernel->shape.nx, at = (size_t)i * kernel->row + n;
  kernel->factor[at] = kernel->scaled[at] = 0;
  gain[(size_t)i * kernel->row_x + n] = step;
}

/* (R7) The same where controls have been clamped since, and all entries of k have been replaced. */
static inline void tj_kernel_carry_limited(tj_kernel *kernel, const double *stage, const double *gain, double *value) {
  kernel->sweeps.carry(kernel, stage, value);
  kernel->shared.add_step(kernel, gain, value);
}

/* (R8) After a stage that was bent, what the damping costs under the gain leaves the value function again. */
void tj_kernel_undamp(const tj_kernel *kernel, double damping, const double *gain, double *value);

/* Minimise and carry. */
int tj_kernel_backward(tj_kernel *kernel, const double *stage, double *value, double *gain, double *pivot);

/* Follows a gain, K (nu x nx) and k (nu) as tj_gain_unpack gives them, through a stage: u (nu) = K x + k and x_next
 * (nx) = fx x + fu u + c. The outputs overlap no input. */
void tj_kernel_forward(const tj_kernel *kernel, const tj_stage_dynamics *dynamics, const double *K, const double *k,
                       const double *x, double *u, double *x_next);

/* The gradient V x + v (nx) of a value function as tj_value_unpack gives it. */
void tj_kernel_gradient(const tj_kernel *kernel, const double *V, const double *v, const double *x, double *gradient);

/* The cost of a stage at x and u; u may be NULL where all that multiplies it is. */
double tj_kernel_cost(const tj_kernel *kernel, const tj_stage_cost *cost, const double *x, const double *u);

/* Where the gain is exact, the cost gradient under the feedback is the value gradient and needs no recursion of its
 * own: g = qu (nu) of the Q-function. Returns k'g, the part added to the slope. */
static inline double tj_kernel_exact_slope(const tj_kernel *kernel, const double *gain, double *g) {
  double slope = 0;
  for (int i = 0; i < kernel->shape.nu; i++) {
    g[i] = *tj_kernel_control(kernel, i);
    slope += tj_gain_step(kernel, gain, i) * g[i];
  }
  return slope;
}

/* (E1) The cost gradient under the feedback alone: g = r + B'v0, slope += k'g + c'v0, v0 = q + A'v0 + K'g.
 * v0 is read at k + 1 and written at k; g receives nu numbers. Returns the part added to the slope. */
static inline double tj_kernel_slope(const tj_kernel *kernel, const double *stage, const double *gain, double *v0,
                                     double *g) {
  return kernel->shared.slope(kernel, stage, gain, v0, g);
}

#endif
