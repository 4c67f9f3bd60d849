/* The hooks of a subject; user is the subject. */
#ifndef FUZZ_SUBJECT_HOOKS_H
#define FUZZ_SUBJECT_HOOKS_H

#include "fuzz/subject.h"

int subject_motion(const traj_point *at, double *out, void *user); /* step or ode */
int subject_jac(const traj_point *at, traj_jac *out, void *user);
int subject_hess(const traj_point *at, const double *lambda, traj_quad *out, void *user);
int subject_cost_of(const traj_point *at, double *cost, void *user); /* stage or final, as the following */
int subject_quad(const traj_point *at, traj_quad *out, void *user);
int subject_residual(const traj_point *at, double *r, void *user);
int subject_residual_jac(const traj_point *at, traj_jac *out, void *user);
int subject_retract(const double *x, const double *dx, double *out, void *user);
int subject_difference(const double *a, const double *b, double *out, void *user);
traj_project_fn subject_project;
traj_tangent_fn subject_retract_derivatives, subject_difference_derivatives;
int subject_parallel(traj_job_fn *job, int n, void *arg, void *user);
int subject_iteration(const traj_iteration *row, void *user);
double subject_clock(void *user);

#endif
