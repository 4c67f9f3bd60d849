/* The stage problem under control limits: minimise 1/2 d'Hd + g'd for lower <= d <= upper by projected Newton, then the
 * gains of the controls that stay free (docs/theory, B1 and B2). */
#ifndef TJ_CORE_BOXQP_H
#define TJ_CORE_BOXQP_H

#include <stdbool.h>

#include "base/arena.h"
#include "core/riccati.h"

typedef struct tj_boxqp {
  double *H;             /* nu x nu, control Hessian */
  double *g;             /* nu, gradient of the Q-function by u */
  double *d;             /* nu, the solution */
  double *gradient;      /* nu, g + H d */
  double *step;          /* nu, Newton step */
  double *trial;         /* nu */
  double *lower, *upper; /* nu, limits on d */
  bool *clamped;         /* nu, controls held at a limit */
} tj_boxqp;

tj_boxqp tj_boxqp_layout(tj_arena *arena, tj_shape shape);

/* d within the limits of control i. */
static inline double tj_boxqp_clip(const tj_boxqp *qp, int i, double d) {
  double above = d < qp->lower[i] ? qp->lower[i] : d;
  return above > qp->upper[i] ? qp->upper[i] : above;
}

/* After riccati has looked for the gain that minimises its Q-function without limits: where that oversteps qp->lower or
 * qp->upper, or where there is none, the one that minimises within them; rows of K of clamped controls are zero then.
 * False: the control Hessian of those that are free is not positive definite. */
bool tj_boxqp_gain(tj_boxqp *qp, tj_riccati *riccati);

#endif
