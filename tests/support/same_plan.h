/* Plans bit for bit, for CMocka tests. */
#ifndef SUPPORT_SAME_PLAN_H
#define SUPPORT_SAME_PLAN_H

#include "traj/plan.h"

/* A copy of a plan that outlives its solver; free() its block. */
typedef struct kept_plan {
  const traj_plan *plan;
  void *block;
} kept_plan;

/* Fails the test when there is no plan or no memory. */
kept_plan keep_plan(const traj_plan *plan);

/* The first part of two plans that is not the same bits: sizes, policy_current, t, x, u, K, V, v, cost. NULL: none. */
const char *plan_difference(const traj_plan *a, const traj_plan *b);

/* The first part of a plan, limits apart, that holds a number that is not finite. NULL: none. */
const char *plan_not_finite(const traj_plan *plan);

/* Fails unless there is a plan, and it is the same. */
void assert_same_plan(const traj_plan *actual, const traj_plan *expected);

#endif
