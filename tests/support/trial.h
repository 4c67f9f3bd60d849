/* One solver under attack again and again. Before each attack it has a good plan; after each it must have that plan
 * still, or a finite new one, and solve as if nothing had happened. */
#ifndef SUPPORT_TRIAL_H
#define SUPPORT_TRIAL_H

#include "support/allocator.h"
#include "support/rigged.h"
#include "support/same_plan.h"

typedef struct trial {
  rigged rig;
  ledger books;
  traj_ddp *solver;
  kept_plan good;      /* of a fresh solver */
  kept_plan other;     /* of an attacked solve, were it not attacked */
  int calls[HOOKS];    /* in an attacked solve, were it not attacked */
  int entries[HOOKS];  /* outputs of each hook */
  double *states;      /* what the attacked solves start from; NULL: from controls */
  traj_ddp_stats said; /* about the solve under attack */
  bool unmoved;        /* it found the plan that it would have found in peace */
} trial;

void trial_begin(trial *t, const rigged_form *form);

/* The same; but the attacked solves start from states, all of them where the state is at stage 0. */
void trial_begin_at_states(trial *t, const rigged_form *form);

void trial_end(trial *t);

/* Solves once under attack and once in peace; fails when anything is lost or left unsaid. An attack of kind CALL, or
 * on an entry that nobody reads, must leave no trace at all.
 * Returns the status of the attacked solve; its stats are in said. */
traj_status trial_attack(trial *t, attack what);

/* Whether a call of a hook is part of the rollout of the guess. */
bool trial_in_rollout(const trial *t, hook_id hook, int call);

/* Whether the hit went into a candidate that only several workers try: one by one the search would have ended before.
 */
bool trial_in_spare_candidate(const trial *t, traj_status status);

/* Whether any trouble in a call of a hook must end the solve: a derivative at a point where the dynamics and the cost
 * are defined. Other calls (line search, differences) may be repeated elsewhere. */
bool trial_is_derivative(const trial *t, hook_id hook);

#endif
