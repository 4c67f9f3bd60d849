/* What a test of the core stands on: a problem with all that evaluates it, in static memory; one at a time. */
#ifndef SUPPORT_RIG_H
#define SUPPORT_RIG_H

#include "core/simulator.h"

typedef struct rig {
  tj_arena arena; /* for more arrays */
  tj_simulator sim;
} rig;

/* Lays the problem out, with second derivatives, and reads its data for a solve from t0. */
rig rig_up(const traj_problem *problem, traj_differences order, double t0);

/* The entries of a quad as one symmetric matrix, n x n with n = ndx + nu, from its lower triangles. */
void rig_join(tj_shape shape, const traj_quad *quad, double *joined);

#endif
