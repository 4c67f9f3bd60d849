#include <math.h>
#include <string.h>

#include "base/diag.h"
#include "ddp/ddp.h"

/* Nothing ends the solve yet: a status that no solve returns. */
static const traj_status CONTINUE = TRAJ_PAST_END;

/* The status that an outcome other than fine ends a solve with. */
static traj_status ending(const traj_ddp *ddp, int outcome) {
  if (outcome == TJ_TIMEOUT) return TRAJ_TIME_LIMIT;
  return outcome < 0 ? (traj_status)outcome : ddp->sim.world.diag.status;
}

/* Whether a sweep failed for want of definiteness. */
static bool indefinite(const traj_ddp *ddp, int outcome) {
  return outcome == TJ_UNDEFINED && ddp->sim.world.diag.status == TRAJ_E_SINGULAR;
}

/* Backward passes with rising regularisation until one succeeds; one that was tried with curvature gives way to one
 * without before that. Curvature that nobody asked for and that is not defined is done without from then on. */
static traj_status sweep_until_definite(traj_ddp *ddp, bool tentative) {
  for (;;) {
    int outcome = tj_ddp_sweep(ddp, ddp->regularization.mu);
    if (outcome != TJ_FINE && !indefinite(ddp, outcome)) {
      if (outcome != TJ_UNDEFINED || !tj_order_give_up(&ddp->order)) return ending(ddp, outcome);
      tentative = false;
      continue;
    }
    if (tentative) tj_order_tried(&ddp->order, outcome == TJ_FINE);
    if (outcome == TJ_FINE) return CONTINUE;
    if (tentative) {
      tentative = false;
      continue;
    }
    if (!tj_regularization_raise(&ddp->regularization)) return TRAJ_STALLED;
    ddp->stats.max_regularization = fmax(ddp->stats.max_regularization, ddp->regularization.mu);
  }
}

static double tolerance_of(const traj_ddp *ddp) {
  return ddp->settings.tolerance * (1 + fabs(ddp->current.cost));
}

static bool small(const traj_ddp *ddp) {
  if (ddp->current.gap > 0) return false;
  double tolerance = tolerance_of(ddp);
  return ddp->sweep.gradient <= tolerance || -tj_sweep_change(&ddp->sweep, 1) <= tolerance;
}

/* Where no promise is known, a small gradient must not promise much either where the price of the controls alone bends
 * the cost. A cost without a bottom goes by the square of the controls: it outgrows any gradient, but not that. */
static bool stationary(const traj_ddp *ddp) {
  double tolerance = tolerance_of(ddp), gradient = ddp->sweep.gradient;
  return gradient <= tolerance && gradient * (gradient / ddp->control_scale) <= tolerance;
}

/* Convergence is judged without regularisation; where that is not possible, by the gradient alone. */
static traj_status judge(traj_ddp *ddp) {
  if (!small(ddp)) return CONTINUE;
  if (ddp->regularization.mu > 0) {
    int outcome = tj_ddp_sweep(ddp, 0);
    if (outcome == TJ_FINE) {
      ddp->regularization = (tj_regularization){0};
    } else if (indefinite(ddp, outcome)) {
      return stationary(ddp) ? TRAJ_OK : CONTINUE;
    } else {
      return ending(ddp, outcome);
    }
  }
  return small(ddp) ? TRAJ_OK : CONTINUE;
}

/* One iteration's search and what follows from it for the regularisation. */
static traj_status improve(traj_ddp *ddp, bool *accepted) {
  ddp->stats.iterations++;
  tj_ddp_weigh(ddp);
  int outcome = tj_ddp_search(ddp, accepted);
  if (outcome != TJ_FINE) return ending(ddp, outcome);
  if (!*accepted) ddp->stats.predicted = ddp->stats.actual = ddp->stats.step = 0;
  const tj_progress made = {.step = ddp->stats.step,
                            .predicted = ddp->stats.predicted,
                            .decrease = ddp->stats.actual,
                            .mu = ddp->sweep.mu,
                            .cost = ddp->current.cost};
  bool reordered = tj_order_learn(&ddp->order, &made);
  if (reordered) ddp->regularization = (tj_regularization){0}; /* it was the other model's */
  if (*accepted) {
    tj_regularization_lower(&ddp->regularization);
    return CONTINUE;
  }
  /* No regularisation helps where even the full model promises nothing but rounding. */
  bool exhausted = tj_ddp_negligible(ddp, tj_ddp_promise(ddp, 1));
  if (exhausted) return TRAJ_STALLED;
  if (reordered) return CONTINUE;
  if (!tj_regularization_raise(&ddp->regularization)) return tj_ddp_lost(ddp) ? CONTINUE : TRAJ_STALLED;
  ddp->stats.max_regularization = fmax(ddp->stats.max_regularization, ddp->regularization.mu);
  return CONTINUE;
}

static bool asked_to_stop(traj_ddp *ddp) {
  const traj_run *run = &ddp->settings.run;
  if (run->iteration == NULL) return false;
  traj_iteration row = {
      .iteration = ddp->stats.iterations,
      .cost = ddp->current.cost,
      .predicted = ddp->stats.predicted,
      .actual = ddp->stats.actual,
      .gradient = ddp->sweep.gradient,
      .regularization = ddp->regularization.mu,
      .step = ddp->stats.step,
      .gap = ddp->current.gap,
  };
  return run->iteration(&row, run->iteration_user) != 0;
}

traj_status tj_ddp_iterate(traj_ddp *ddp) {
  bool moved = true;
  for (;;) {
    if (tj_ddp_lost(ddp)) {
      int outcome = tj_ddp_start_over(ddp, &moved);
      if (outcome != TJ_FINE) return ending(ddp, outcome);
    }
    bool tentative = tj_order_choose(&ddp->order);
    if (moved || (ddp->order.second && !ddp->curved)) {
      int outcome = tj_ddp_differentiate(ddp);
      if (outcome != TJ_FINE) return ending(ddp, outcome);
      ddp->sim.world.diag = tj_diag_none(); /* what the way here went around does not explain a stall */
    }
    traj_status status = sweep_until_definite(ddp, tentative);
    if ((status == CONTINUE || status == TRAJ_STALLED) && tj_ddp_lost(ddp)) continue;
    if (status == TRAJ_STALLED && tj_order_give_up(&ddp->order)) {
      ddp->regularization = (tj_regularization){0};
      continue;
    }
    /* After a refused search the model is known to be wrong: what it promises is no sign of convergence. */
    if (status == CONTINUE && moved) status = judge(ddp);
    if (status < 0 || status == TRAJ_TIME_LIMIT || status == TRAJ_STALLED) return status;
    if (asked_to_stop(ddp)) return status == TRAJ_OK ? TRAJ_OK : TRAJ_STOPPED;
    if (status == TRAJ_OK) return TRAJ_OK;
    if (ddp->stats.iterations >= ddp->settings.run.max_iter) return TRAJ_MAX_ITER;
    status = improve(ddp, &moved);
    if (status != CONTINUE) return status;
  }
}

/* Feedback is the product: the plan's gains take the least regularisation with which there are any, not the one that
 * the search ended with. Those of the search stay when time runs out. */
static traj_status relax_policy(traj_ddp *ddp, traj_status reached) {
  tj_regularization r = {0};
  const traj_diag said = ddp->sim.world.diag; /* what ended the solve */
  int outcome = TJ_UNDEFINED;
  while (r.mu < ddp->regularization.mu && outcome == TJ_UNDEFINED) {
    outcome = tj_ddp_sweep(ddp, r.mu);
    tj_regularization_raise(&r);
  }
  if (outcome < 0) return ending(ddp, outcome);
  ddp->sim.world.diag = said;
  return reached;
}

static void finish_stats(traj_ddp *ddp, traj_status status) {
  ddp->stats.status = status;
  ddp->stats.calls = tj_ddp_calls(ddp);
  if (ddp->sim.clock != NULL) ddp->stats.calls.clock++; /* the reading that set the deadline */
  ddp->stats.regularization = ddp->regularization.mu;
  if (status < 0 || status == TRAJ_STALLED) ddp->stats.diag = ddp->sim.world.diag;
  if (status < 0) return;
  ddp->stats.cost = ddp->current.cost;
  ddp->stats.gap = ddp->current.gap;
  if (!ddp->policy_current) return;
  ddp->stats.gradient = ddp->sweep.gradient;
  if (ddp->sweep.mu == 0) ddp->stats.expected = -tj_sweep_change(&ddp->sweep, 1);
}

traj_status traj_ddp_solve(traj_ddp *ddp, double t0, const double *x0) {
  if (ddp == NULL) return TRAJ_E_ARG;
  if (atomic_exchange(&ddp->busy, true)) return TRAJ_E_BUSY;
  tj_regularization before = ddp->regularization;
  const traj_run *run = &ddp->settings.run;
  tj_simulator_start_clock(&ddp->sim, run->time_limit, run->clock, run->clock_user);
  traj_status status = tj_ddp_start(ddp, t0, x0, ddp->has_states);
  if (status == TRAJ_OK) {
    status = tj_ddp_iterate(ddp);
    if (status >= 0) status = tj_ddp_settle(ddp, status);
    if (status >= 0 && status != TRAJ_TIME_LIMIT && ddp->policy_current) status = relax_policy(ddp, status);
  }
  finish_stats(ddp, status);
  if (status >= 0) tj_ddp_publish(ddp);
  if (status < 0) ddp->regularization = before; /* a failed solve leaves no trace */
  if (status == TRAJ_STALLED)
    ddp->regularization = (tj_regularization){0}; /* as large as it is, it would stall the next */
  ddp->busy = false;
  return status;
}
