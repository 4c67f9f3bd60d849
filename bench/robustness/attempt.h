/* Solves of one problem from random guesses, and what is wrong with how one ended. */
#ifndef BENCH_ROBUSTNESS_ATTEMPT_H
#define BENCH_ROBUSTNESS_ATTEMPT_H

#include <stdbool.h>

#include "problems/problems.h"
#include "traj/ddp.h"

/* How a guess is used. */
typedef struct way {
  const char *name;
  traj_ddp_method method;
  bool still; /* states are guessed as well: x_k = x0 */
} way;

/* How a solve ended. */
typedef struct outcome {
  traj_ddp_stats stats;
  double guess;        /* cost of the rollout of the guessed controls; HUGE_VAL when there is none */
  const char *failing; /* what may not happen and did: a static string; NULL: nothing */
} outcome;

/* Cost of the plan; HUGE_VAL after an error, and where the plan is no rollout. */
double outcome_cost(const outcome *o);

/* A problem with what its solves need. */
typedef struct attempts attempts;

/* Its solves print their iterations when they are traced. */
attempts *attempts_create(const bench_problem *problem, const way *how, int max_iter, bool trace);
void attempts_destroy(attempts *a);

/* Solves from the guess of that seed. */
outcome attempts_solve(attempts *a, uint64_t seed);

#endif
