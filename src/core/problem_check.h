/* Validation of a problem: what create refuses, and what each solve checks again. */
#ifndef TJ_CORE_PROBLEM_CHECK_H
#define TJ_CORE_PROBLEM_CHECK_H

#include "traj/problem.h"

/* Largest nx + nu + 1: keeps every index of the kernels within int. */
enum { TJ_MAX_SIZE = 16383 };

/* Sizes, hooks and settings; touches no numeric data behind pointers. */
traj_status tj_problem_check(const traj_problem *problem, traj_diag *diag);

/* Numeric data behind pointers, for a horizon of N stages. */
traj_status tj_problem_check_data(const traj_problem *problem, int N, traj_diag *diag);

/* Displacement size with its default filled in. */
int tj_model_ndx(const traj_model *model);

#endif
