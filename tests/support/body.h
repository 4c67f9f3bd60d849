/* A turning body by its ode, on the unit quaternions: x = (q, w), attitude and rates in the body's frame, under a
 * torque u. Its task, by a final residual: at rest, turned so that two of its axes point where they should, with little
 * torque.
 */
#ifndef SUPPORT_BODY_H
#define SUPPORT_BODY_H

#include "traj/problem.h"

enum { BODY_NX = 7, BODY_NDX = 6, BODY_NU = 3, BODY_STAGES = 40, BODY_MISS = 9 };

extern const double body_inertia[3];
extern const traj_part body_parts[];

/* An attitude that the task asks for. */
extern const double body_goal[4];

/* J w' = u - w x J w */
void body_spin(const double *w, const double *u, double *dw);

/* q v q*, at any length of q the rotation. */
void body_rotate(const double *q, const double *v, double *out);

/* The residual of the task. */
void body_miss(const double *q, const double *w, double *r);

/* N stages of dt in which torque costs, and nothing else. */
traj_problem body_problem(int N, double dt);

traj_problem body_task(void);

#endif
