/* The discrete algebraic Riccati equation by the generalized Schur form of its pencil, with LAPACK's dgges. */
#ifndef SUPPORT_SCHUR_H
#define SUPPORT_SCHUR_H

#include "traj/lqr.h"

/* V (nx x nx) from the stable deflating subspace of the extended pencil, which needs no inverse of R. The matrices of
 * stage 0 count. Returns the number of stable eigenvalues; V is of use only when that is nx. */
int schur_solve(const traj_lqr_problem *problem, double *V);

#endif
