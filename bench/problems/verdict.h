/** @file
 *  What no solve may end with. */
#ifndef BENCH_PROBLEMS_VERDICT_H
#define BENCH_PROBLEMS_VERDICT_H

#include "traj/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is wrong with how a solve ended: an error, a number that is not finite, a control beyond its limits, a gap that
 *  is taken for a solution, or a cost above that of the guess.
 *  @param status  of the solve
 *  @param plan    its plan; not looked at when the status is an error
 *  @param guess   cost of the rollout of the guessed controls; HUGE_VAL: there is none
 *  @return a static string; NULL: nothing */
const char *bench_verdict(traj_status status, const traj_plan *plan, double guess);

#ifdef __cplusplus
}
#endif

#endif
