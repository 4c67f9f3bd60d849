/* dx/dt = A x + B u, as hooks and as what integrators make of it, in long double. */
#ifndef SUPPORT_FLOW_H
#define SUPPORT_FLOW_H

#include "support/exact.h"
#include "traj/problem.h"

enum { FLOW_X = 4, FLOW_U = 3, FLOW_Z = FLOW_X + FLOW_U };

typedef struct flow {
  double A[FLOW_X * FLOW_X], B[FLOW_X * FLOW_U];
} flow;

/* Hooks of a model whose user pointer is the flow. */
int flow_ode(const traj_point *at, double *dxdt, void *user);
int flow_jac(const traj_point *at, traj_jac *out, void *user);

/* The first rows of the series of exp(h [A B; 0 0]) up to a power: what a method of that order does in one step. */
exact_matrix flow_once(const flow *f, double h, int power);

/* One such step after another with the control held. */
exact_matrix flow_repeated(exact_matrix once, int times);

#endif
