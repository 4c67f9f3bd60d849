/* A smooth model with closed derivatives that has all a model may have: time dependence, coupling, curvature in and
 * across states and controls. As a step or as an ode. Its hess leaves NaN in the upper triangles. */
#ifndef SUPPORT_PLANT_H
#define SUPPORT_PLANT_H

#include "support/rng.h"
#include "traj/problem.h"

enum { PLANT_X = 3, PLANT_U = 2, PLANT_Z = PLANT_X + PLANT_U };

/* The model's user pointer: where it is defined, and how often it was asked. */
typedef struct plant {
  double floor;      /* f is not defined where x[0] is below */
  long f, jac, hess; /* calls */
} plant;

/* Defined everywhere, never called. */
plant plant_new(void);

/* Models with jac and hess. */
traj_model plant_step_model(plant *p);
traj_model plant_ode_model(plant *p);

/* The same numbers outside of any hook: f, [fx fu] (3 x 5) and the whole Hessian of lambda'f by (x, u) (5 x 5). */
void plant_f(double t, const double *x, const double *u, double *f);
void plant_jacobian(double t, const double *x, const double *u, double *jacobian);
void plant_hessian(double t, const double *x, const double *u, const double *lambda, double *hessian);

#endif
