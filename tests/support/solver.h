/* What tests of the iterative solver share: solvers on the C heap, and plans compared bit for bit. */
#ifndef SUPPORT_SOLVER_H
#define SUPPORT_SOLVER_H

#include <stdint.h>

#include "problems/problems.h"
#include "traj/ddp.h"

/* The defaults with another method. */
traj_ddp_settings solver_settings(traj_ddp_method method);

/* A solver on the C heap; fails the test with the reason when it is refused. */
traj_ddp *solver_create(const traj_problem *problem, const traj_ddp_settings *settings);

/* Solves a benchmark problem from its fixed guess, at time 0. */
traj_status solver_run(traj_ddp *solver, const bench_problem *problem);

/* Prints what the last solve said, for the report of a failure. */
void solver_print(const traj_ddp *solver);

/* A number that changes, with all but certainty, when any bit of the plan's numbers does. */
uint64_t plan_digest(const traj_plan *plan);

/* Every number of the plan is finite (limits excepted, which may be infinite). */
void assert_plan_finite(const traj_plan *plan);

/* Every control is within the plan's limits, exactly. */
void assert_plan_within_limits(const traj_plan *plan);

#endif
