/* The total cost of controls and its gradient, from the hooks alone: no solver takes part. */
#ifndef SUPPORT_ROLLOUT_H
#define SUPPORT_ROLLOUT_H

#include "traj/problem.h"

/* Total cost from x0 under u (nu x N), for a step model; fails the test when a hook refuses. */
double rollout_cost(const traj_problem *problem, const double *x0, const double *u);

/* Its gradient by the controls (nu x N), by central differences over whole rollouts. */
void rollout_gradient(const traj_problem *problem, const double *x0, const double *u, double *gradient);

#endif
