/* A rigid body turned to rest at the identity: state (unit quaternion, body rates) of seven numbers, displacements
 * (rotation vector, rates) of six, a torque of three. The rates are stepped first, then the attitude by their
 * exponential:
 *     w+ = w + h J^-1 (u - w x J w),   q+ = q Exp(h w+)
 *     stage h (a |e|^2 + b |w|^2 + c |u|^2) / 2, final (a_N |e|^2 + b_N |w|^2) / 2, e = Log(q) */
#ifndef SUPPORT_ATTITUDE_H
#define SUPPORT_ATTITUDE_H

#include "traj/problem.h"

enum { ATTITUDE_NX = 7, ATTITUDE_NDX = 6, ATTITUDE_NU = 3, ATTITUDE_N = 40 };

/* With every hook: exact derivatives in the tangent space. */
traj_problem attitude_problem(void);

/* The same trajectories and costs in seven Euclidean coordinates, without derivative hooks: another road to the same
 * optimum. */
traj_problem attitude_problem_ambient(void);

/* Turned by angle about an axis that is no principal one, tumbling. */
void attitude_start(double angle, double *x0);

#endif
