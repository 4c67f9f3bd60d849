/* The discrete algebraic Riccati equation in long double: how far a solution in double is from the truth, and how far
 * it may be. Without noise that depends on state or control. */
#ifndef SUPPORT_DARE_H
#define SUPPORT_DARE_H

#include "traj/lqr.h"

typedef struct dare_verdict {
  double error;     /* largest |V - truth| relative to the largest |truth|; infinity if V is nowhere near */
  double condition; /* largest relative change of the truth per relative change of the data, to first order */
  double residual;  /* what is left of the equation at the truth, relative */
} dare_verdict;

/* Newton's method from V (nx x nx); the matrices of stage 0 count. */
dare_verdict dare_judge(const traj_lqr_problem *problem, const double *V);

/* The largest error that a stable method in double precision may have. */
double dare_gate(const dare_verdict *verdict);

#endif
