/* The insides of the solver for the infinite horizon. */
#ifndef TJ_LQR_STEADY_H
#define TJ_LQR_STEADY_H

#include <stdbool.h>

#include "lqr/doubling.h"
#include "lqr/solver.h"
#include "traj/steady.h"

struct traj_steady {
  traj_lqr_problem problem;
  tj_lease lease;
  double *given[TJ_LQR_FIELDS]; /* the last stage, symmetric matrices whole; NULL: zero */
  tj_riccati riccati;
  double *stage;
  tj_lqr_noise noise;
  tj_doubling doubling;
  double *V, *v, *K, *k;   /* what policy shows */
  double *F;               /* what the Riccati map adds to V, then the correction of V */
  double *T;               /* scratch, nu x nx */
  double *R;               /* scratch, nu x nu */
  double *earlier, *guess; /* the correction before, and what it led to; only with noises */
  int *pivots;             /* nu */
  double pivot;            /* of the control Hessian, where it was not positive */
  int pivot_row;
  traj_steady_policy policy;
  bool solved;
};

/* Largest entry of a field; 0 if it is not given. */
double tj_steady_largest(const traj_steady *s, tj_lqr_name name);

/* Whether some feedback makes the system stable, and whether the cost sees every mode that does not decay; a cost that
 * is not convex is not asked. Both to working precision, and both need the doubling's memory. */
bool tj_steady_stabilisable(traj_steady *s);
bool tj_steady_detectable(traj_steady *s);

/* Whether the cost of a stage is convex, to working precision. */
bool tj_steady_convex(traj_steady *s);

#endif
