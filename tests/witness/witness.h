/* Ipopt, an interior-point solver for large nonlinear programs, as a witness: it is given every state and every control
 * as a variable and every step as a constraint. */
#ifndef WITNESS_WITNESS_H
#define WITNESS_WITNESS_H

#include <stdbool.h>

#include "traj/problem.h"

/* What the witness found. */
typedef struct testimony {
  bool converged;
  int status; /* Ipopt's own */
  int iterations;
  double cost;
} testimony;

/* Solves from x0, starting at controls u (nu x N) and the states that they lead to; near: these are near to a solution,
 * which is to be kept. u receives the witness's. */
testimony witness_solve(const traj_problem *problem, const double *x0, bool near, double *u);

#endif
