/* Where a solve starts: from a rollout of the guess, or from the states that were guessed; and what remains to be done
 * in the end, so that the answer is a rollout and none that was better is forgotten. */
#include <math.h>
#include <string.h>

#include "base/diag.h"
#include "ddp/ddp.h"

void tj_ddp_take_controls(const traj_ddp *ddp, double *u) {
  const tj_world *world = &ddp->sim.world;
  size_t nu = (size_t)world->shape.nu;
  memcpy(u, ddp->guess, nu * (size_t)world->N * sizeof(double));
  for (int k = 0; k < world->N; k++)
    tj_clip(world, (int)nu, k, u + (size_t)k * nu);
}

/* What a start that has to succeed comes to. */
static traj_status started(traj_ddp *ddp, int outcome) {
  tj_world *world = &ddp->sim.world;
  if (outcome == TJ_UNDEFINED) world->diag.status = TRAJ_E_DIVERGED;
  if (outcome != TJ_FINE) return world->diag.status;
  ddp->stats.initial_cost = ddp->current.cost;
  return TRAJ_OK;
}

/* A guess that is the last plan, moved or not, is rolled out under that plan's feedback as well, and the cheaper of the
 * two counts: where the plant is unstable, old controls alone lead nowhere. */
static traj_status roll_guess_out(traj_ddp *ddp, const double *x0) {
  tj_simulator *sim = &ddp->sim;
  tj_ddp_take_controls(ddp, ddp->current.u);
  int outcome = tj_rollout_controls(sim, x0, false, &ddp->current);
  if (outcome >= 0 && ddp->shifted >= 0) {
    traj_diag diag = sim->world.diag;
    tj_guide guide = {.hat = &ddp->shown, .policy = &ddp->shown_policy, .u = ddp->guess, .moved = ddp->shifted};
    guide.N = ddp->plan.N;
    /* When time is short the rollout at hand will do. */
    tj_candidate *candidate = &ddp->candidates[0];
    int guided = tj_rollout_policy(sim, x0, &guide, 0, outcome == TJ_FINE, &candidate->at);
    if (guided < 0) return (traj_status)guided;
    if (guided == TJ_FINE && (outcome != TJ_FINE || candidate->at.cost < ddp->current.cost)) {
      tj_ddp_exchange(ddp, candidate);
      outcome = TJ_FINE;
    }
    sim->world.diag = diag;
  }
  return started(ddp, outcome);
}

/* What the guessed controls alone are worth is found out too: no solve may end with a plan that is worse. */
static traj_status take_states(traj_ddp *ddp, const double *x0) {
  tj_simulator *sim = &ddp->sim;
  size_t nx = (size_t)sim->world.problem.model.nx;
  tj_ddp_take_controls(ddp, ddp->current.u);
  memcpy(ddp->current.x, ddp->guess_x, nx * ((size_t)sim->world.N + 1) * sizeof(double));
  int outcome = tj_take_states(sim, x0, &ddp->current);
  if (outcome == TJ_FINE && ddp->current.gap > 0) {
    tj_trajectory *alone = &ddp->candidates[0].at;
    tj_ddp_take_controls(ddp, alone->u);
    int reached = tj_rollout_controls(sim, x0, true, alone);
    if (reached < 0) return (traj_status)reached;
    if (reached == TJ_FINE) ddp->reference = alone->cost;
  }
  return started(ddp, outcome);
}

traj_status tj_ddp_start(traj_ddp *ddp, double t0, const double *x0, bool from_states) {
  ddp->policy_current = ddp->policy_known = false;
  ddp->order = tj_order_start(ddp->settings.method);
  tj_ddp_may_start_over(ddp);
  ddp->reference = HUGE_VAL;
  ddp->penalty = 0;
  ddp->stats = (traj_ddp_stats){.diag = tj_diag_none(), .expected = NAN, .gradient = NAN};
  ddp->stats.max_regularization = ddp->regularization.mu;
  traj_status status = tj_world_prepare(&ddp->sim.world, t0);
  tj_ddp_brief_workers(ddp);
  if (status == TRAJ_OK) status = tj_world_check_state(&ddp->sim.world, x0);
  if (status != TRAJ_OK) return status;
  return from_states ? take_states(ddp, x0) : roll_guess_out(ddp, x0);
}

void tj_ddp_forget_search(traj_ddp *ddp) {
  ddp->policy_current = false;
  ddp->stats.predicted = ddp->stats.actual = ddp->stats.step = 0;
}

/* A rollout takes the place of the current trajectory. */
static int move_to(traj_ddp *ddp, int outcome) {
  if (outcome != TJ_FINE) return outcome;
  tj_ddp_exchange(ddp, &ddp->candidates[0]);
  tj_ddp_forget_search(ddp);
  return outcome;
}

static int close_gap(traj_ddp *ddp) {
  if (!ddp->policy_known) return TJ_UNDEFINED;
  tj_guide guide = {.hat = &ddp->current, .policy = &ddp->current_policy, .u = ddp->current.u, .N = ddp->sim.world.N};
  return move_to(ddp, tj_rollout_policy(&ddp->sim, ddp->current.x, &guide, 0, true, &ddp->candidates[0].at));
}

static int return_to_controls(traj_ddp *ddp) {
  tj_ddp_take_controls(ddp, ddp->candidates[0].at.u);
  return move_to(ddp, tj_rollout_controls(&ddp->sim, ddp->current.x, true, &ddp->candidates[0].at));
}

/* Whether the guessed controls alone are better than what there is. */
static bool outdone(const traj_ddp *ddp) {
  return ddp->reference < (ddp->current.gap > 0 ? HUGE_VAL : ddp->current.cost);
}

/* Closes the gap that is left, and returns to the guessed controls if they alone are better. */
static int find_rollout(traj_ddp *ddp, bool *moved) {
  int outcome = TJ_FINE;
  if (ddp->current.gap > 0) {
    outcome = close_gap(ddp);
    *moved = *moved || outcome == TJ_FINE;
  }
  if (outcome >= 0 && outcome != TJ_TIMEOUT && outdone(ddp)) {
    outcome = return_to_controls(ddp);
    *moved = *moved || outcome == TJ_FINE;
  }
  return outcome;
}

traj_status tj_ddp_settle(traj_ddp *ddp, traj_status reached) {
  const traj_diag said = ddp->sim.world.diag; /* what the way there ended with */
  bool moved = false;
  int outcome = reached == TRAJ_TIME_LIMIT ? TJ_TIMEOUT : find_rollout(ddp, &moved);
  moved = tj_ddp_recall(ddp) || moved;
  if (outcome < 0) return (traj_status)outcome;
  if (outcome == TJ_TIMEOUT) return TRAJ_TIME_LIMIT;
  ddp->sim.world.diag = said;
  if (!moved || reached == TRAJ_STOPPED) return reached;
  ddp->regularization = (tj_regularization){0};
  ddp->starts_left = 0; /* or what is good might be left once more */
  return tj_ddp_iterate(ddp);
}
