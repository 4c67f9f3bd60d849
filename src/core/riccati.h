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
  double *value;      /* value function at the stage done last */
  double *gain;       /* of that stage */
  bool exact;         /* the gain minimises the Q-function, undamped and without a limit in the way */
  const double *open; /* the stage, while its Q-function is not whole; NULL: it is */
  int pivot;          /* after a failure: which control ... */
  double size;        /* ... and how large its pivot was */
} tj_riccati;

/* linalg is available. */
tj_riccati tj_riccati_layout(tj_arena *arena, tj_shape shape, traj_linalg linalg);

/* Starts at the final stage: value = 1/2 x'Vx + v'x (each nullable: zero). */
void tj_riccati_start(tj_riccati *riccati, const double *V, const double *v);

/* The Q-function of a stage. */
void tj_riccati_expand(tj_riccati *riccati, const double *stage);

/* Minimises the Q-function, without limits. False: the control Hessian is not positive definite, see
 * pivot and size. damping (nu, nullable) is added to the diagonal of the control Hessian. */
bool tj_riccati_gain(tj_riccati *riccati, const double *damping);

/* Expands a stage, and minimises its Q-function: the same without damping, faster. */
bool tj_riccati_minimise(tj_riccati *riccati, const double *stage);

/* The value function under the gain. */
void tj_riccati_value(tj_riccati *riccati);

/* Whether value function and gain are finite. */
bool tj_riccati_finite(const tj_riccati *riccati);

#endif
