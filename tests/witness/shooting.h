/* A problem as multiple shooting sees it: what a stage makes of its z = (x, u), with first and second derivatives. From
 * the problem's hooks alone; nothing of the library takes part. Dynamics: a step, or an ode under one RK4 step. */
#ifndef WITNESS_SHOOTING_H
#define WITNESS_SHOOTING_H

#include <stdbool.h>

#include "traj/problem.h"

enum { SHOOTING_NX = 60, SHOOTING_NZ = 80 }; /* the most that there may be */

/* x_next (nx) = F(x, u); false outside of the hooks' domain, as with all of these. */
bool shooting_step(const traj_problem *p, int k, const double *x, const double *u, double *x_next);

/* J (nx x nz): derivatives of F by z. */
bool shooting_jacobian(const traj_problem *p, int k, const double *x, const double *u, double *J);

/* H (nz x nz): second derivatives of lambda'F, by differences of its gradient. */
bool shooting_curvature(const traj_problem *p, int k, const double *x, const double *u, const double *lambda,
                        double *H);

/* Cost of a stage; its gradient g (nz) and Hessian H (nz x nz), both nullable. At the final stage u is NULL and z is x.
 */
bool shooting_cost(const traj_problem *p, int k, const double *x, const double *u, double *cost, double *g, double *H);

#endif
