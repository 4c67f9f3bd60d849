/* A problem of any scale with curvature everywhere and exact hooks of every kind: f = s g(x / s, u / s) as a step or an
 * ode, costs S c(x / s, u / s) as scalars or as residuals. */
#ifndef SUPPORT_BENT_H
#define SUPPORT_BENT_H

#include <stdbool.h>

#include "support/rng.h"
#include "traj/problem.h"

enum { BENT_NX = 2, BENT_NU = 2, BENT_N = 2 };

typedef struct bent {
  double s, S;
  bool ode, residual;
  bool no_jac; /* hess has nothing but the function itself to be compared with */
} bent;

/* The problem with every derivative hook of its form; it borrows b. */
traj_problem bent_problem(bent *b);

/* A state (BENT_NX) and controls (BENT_NU x BENT_N) of the size of s. */
void bent_draw(const bent *b, rng *r, double *x0, double *u);

#endif
