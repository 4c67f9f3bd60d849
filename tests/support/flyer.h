/* A flying base with two swinging joints: a state of position, unit quaternion, two angles and eight rates, 17 numbers
 * with 16 displacements, under six controls. Not a machine that anyone built: its ode depends on time and bends in and
 * across states and controls wherever it can. Derivatives of ode and costs are exact to the last digit of double, by
 * support/hyper.h; and everything there is a second time in long double, apart from the library. */
#ifndef SUPPORT_FLYER_H
#define SUPPORT_FLYER_H

#include "support/rng.h"
#include "traj/problem.h"

enum { FLYER_NX = 17, FLYER_NDX = 16, FLYER_NU = 6, FLYER_NZ = FLYER_NDX + FLYER_NU };

/* Where the parts begin: position, quaternion, angles, rates of position, of attitude (in its frame) and of angles. In
 * a displacement the angles and what is behind them come one earlier. */
enum { FLYER_P = 0, FLYER_Q = 3, FLYER_TH = 7, FLYER_V = 9, FLYER_W = 12, FLYER_R = 15 };

/* Its space, ready-made. */
extern const traj_part flyer_parts[];

/* The same space by hooks of the test's own, without their derivatives. */
traj_retract_fn flyer_retract;
traj_difference_fn flyer_difference;
traj_project_fn flyer_project;

/* With jac, hess, parts and exact costs; stages of dt seconds. */
traj_problem flyer_problem(int N, double dt);

/* A state with a unit quaternion, and controls. */
void flyer_draw(rng *r, double *x, double *u);

/* In long double: x (+) dx; the displacement from a to b; the state after a stage of RK4, its quaternion of length 1;
 * the cost of a stage, of the final state when u is NULL. */
void flyer_exact_retract(const long double *x, const long double *dx, long double *out);
void flyer_exact_difference(const long double *a, const long double *b, long double *out);
void flyer_exact_step(long double t, long double dt, int substeps, const long double *x, const long double *u,
                      long double *out);
long double flyer_exact_cost(const long double *x, const long double *u);

#endif
