/* A linear-quadratic problem written for the iterative solvers: a step and a cost with hooks, whose upper triangles are
 * the NaN that lq draws. */
#ifndef SUPPORT_LQ_HOOKS_H
#define SUPPORT_LQ_HOOKS_H

#include "traj/lqr.h"
#include "traj/problem.h"

enum { LQ_HOOKS_NX = 8, LQ_HOOKS_NU = 4 }; /* the most states and controls */

/* The hooks borrow the problem. They have no second derivatives of the dynamics: there are none. */
traj_problem lq_hooks(traj_lqr_problem *problem);

#endif
