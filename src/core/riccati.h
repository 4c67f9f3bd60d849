/* One stage of the backward recursion, shared by every solver: Q-function, gains (with control limits if there are
 * any), value function. */
#ifndef TJ_CORE_RICCATI_H
#define TJ_CORE_RICCATI_H

#include <stdbool.h>

#include "base/arena.h"
#include "linalg/stage.h"

/* Scratch of the recursion and the value function it carries from the final stage backwards. */
typedef struct tj_riccati {
  tj_kernel kernel;
  double *value;       /* value function at the stage done last */
  double *gain;        /* of that stage */
  const double *stage; /* the one in hand */
  double damping;      /* that its cost has on the controls */
  bool limited;        /* the gain is not the one that minimises the Q-function, but kept within limits */
  int pivot;           /* after a failure: which control ... */
  double size;         /* ... and how large its pivot was */
} tj_riccati;

/* linalg is available. */
tj_riccati tj_riccati_layout(tj_arena *arena, tj_shape shape, traj_linalg linalg);

/* Starts at the final stage: value = 1/2 x'Vx + v'x (each nullable: zero). */
void tj_riccati_start(tj_riccati *riccati, const double *V, const double *v);

/* The Q-function of a stage, and the gain that minimises it, without limits. The stage is one that was bent with this
 * damping, or as it was packed, with none. False: the control Hessian is not positive definite, see pivot and size. */
static inline bool tj_riccati_minimise(tj_riccati *riccati, const double *stage, double damping) {
  riccati->stage = stage;
  riccati->damping = damping;
  riccati->limited = false;
  riccati->pivot = tj_kernel_minimise(&riccati->kernel, stage, riccati->value, riccati->gain, &riccati->size);
  return riccati->pivot < 0;
}

/* The value function under the gain, the damping apart. */
static inline void tj_riccati_value(tj_riccati *riccati) {
  tj_kernel *kernel = &riccati->kernel;
  if (riccati->limited) {
    tj_kernel_carry_limited(kernel, riccati->stage, riccati->gain, riccati->value);
  } else {
    tj_kernel_carry(kernel, riccati->stage, riccati->value);
  }
  if (riccati->damping > 0) tj_kernel_undamp(kernel, riccati->damping, riccati->gain, riccati->value);
}

/* Whether the gain minimises the Q-function, undamped and without a limit in the way. */
static inline bool tj_riccati_exact(const tj_riccati *riccati) {
  return !riccati->limited && riccati->damping == 0;
}

/* Whether value function and gain are finite. */
bool tj_riccati_finite(const tj_riccati *riccati);

#endif
