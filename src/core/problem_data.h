/* Validation of the numbers behind a problem's pointers, which may change between solves. */
#ifndef TJ_CORE_PROBLEM_DATA_H
#define TJ_CORE_PROBLEM_DATA_H

#include "traj/problem.h"

/* For a horizon of N stages; the problem has passed tj_problem_check(). */
traj_status tj_problem_check_data(const traj_problem *problem, int N, traj_diag *diag);

#endif
