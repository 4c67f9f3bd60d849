/* An ode turned into a step by the user: the classical Runge-Kutta step, its Jacobians by the chain rule, its second
 * derivatives by the adjoint. Written apart from the library's integrator, to be compared with it. */
#ifndef SUPPORT_RK4_H
#define SUPPORT_RK4_H

#include "traj/problem.h"

enum { RK4_NX = 4, RK4_NU = 1 }; /* sizes of the models it is made for */

typedef struct rk4 {
  traj_model ode; /* of RK4_NX states and RK4_NU controls, with jac and hess */
  double dt;
} rk4;

/* The step model; it borrows rk4. */
traj_model rk4_model(rk4 *r);

#endif
