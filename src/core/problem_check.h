/* Validation of a problem's description: sizes, hooks, settings. */
#ifndef TJ_CORE_PROBLEM_CHECK_H
#define TJ_CORE_PROBLEM_CHECK_H

#include "traj/problem.h"

/* Largest nx + nu + 1: keeps every index of the kernels within int. */
enum { TJ_MAX_SIZE = 16383 };

/* Touches no numeric data behind pointers. */
traj_status tj_problem_check(const traj_problem *problem, traj_diag *diag);

/* Displacement size with its default filled in. */
int tj_model_ndx(const traj_model *model);

#endif
