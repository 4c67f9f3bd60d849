/* Rotations as unit quaternions: the example of a state with a tangent space. A displacement d (3) of q (4) is
 * q Exp(d), a turn by |d| about d in the body's own frame. */
#ifndef SUPPORT_ROTOR_H
#define SUPPORT_ROTOR_H

#include "support/rng.h"
#include "traj/problem.h"

enum { ROTOR_X = 4, ROTOR_D = 3 };

/* q = Exp(d), and d = Log(q). */
void rotor_exp(const double *d, double *q);
void rotor_log(const double *q, double *d);

/* a b */
void rotor_multiply(const double *a, const double *b, double *product);

void rotor_draw(rng *r, double *q);

/* The hooks of the tangent space; no user. */
traj_retract_fn rotor_retract;
traj_difference_fn rotor_difference;

/* The step q Exp(u), without derivatives. */
traj_model rotor_model(void);

/* Its exact Jacobian [fx fu] (3 x 6): fx turns displacements by -u, fu is the right Jacobian of Exp at u. */
void rotor_jacobian(const double *u, double *jacobian);

#endif
