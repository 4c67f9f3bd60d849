/* When TRAJ_AUTO starts over, and from where. The way that a solve takes is often the ill of it, not the model: it
 * leads the controls into their limits, or past a pole, and no model finds the way back. The full model from the
 * guessed controls takes another one. Where that is lost too the controls are to blame, and states that stand still at
 * x0 owe nothing to them. (docs/theory, "Choosing the order") */
#include <math.h>
#include <string.h>

#include "ddp/ddp.h"

static const double LOST = 1e10; /* mu with which a solve has lost its way */

enum { STARTS = 2 }; /* to start over: from the controls, then from states */

void tj_ddp_may_start_over(traj_ddp *ddp) {
  /* What a plan has come to is no worse a start than its controls. */
  ddp->starts_left = ddp->shifted < 0 ? STARTS : 0;
  ddp->aside.cost = HUGE_VAL;
}

bool tj_ddp_lost(const traj_ddp *ddp) {
  if (!ddp->order.automatic || ddp->starts_left == 0) return false;
  if (ddp->stats.iterations >= ddp->settings.run.max_iter) return false; /* too late */
  if (ddp->starts_left == STARTS) return ddp->order.astray || ddp->regularization.mu > LOST;
  return !ddp->has_states && tj_regularization_spent(&ddp->regularization);
}

static int stand_still(traj_ddp *ddp, const double *x0, tj_trajectory *at) {
  size_t nx = (size_t)ddp->sim.world.problem.model.nx;
  for (int k = 0; k <= ddp->sim.world.N; k++)
    memcpy(at->x + (size_t)k * nx, x0, nx * sizeof(double));
  return tj_take_states(&ddp->sim, x0, at);
}

static void swap_aside(traj_ddp *ddp) {
  tj_trajectory aside = ddp->aside;
  ddp->aside = ddp->current;
  ddp->current = aside;
}

int tj_ddp_start_over(traj_ddp *ddp, bool *moved) {
  const double *x0 = ddp->current.x;
  bool first = ddp->starts_left-- == STARTS;
  tj_trajectory *at = &ddp->candidates[0].at;
  tj_ddp_take_controls(ddp, at->u);
  int outcome = first ? tj_rollout_controls(&ddp->sim, x0, true, at) : stand_still(ddp, x0, at);
  if (outcome != TJ_FINE) return outcome == TJ_UNDEFINED ? TJ_FINE : outcome;
  if (ddp->current.gap == 0 && ddp->current.cost < ddp->aside.cost) swap_aside(ddp);
  tj_ddp_exchange(ddp, &ddp->candidates[0]);
  tj_ddp_forget_search(ddp);
  ddp->order = first ? tj_order_anew() : tj_order_start(TRAJ_AUTO);
  ddp->regularization = (tj_regularization){0};
  ddp->penalty = 0;
  *moved = true;
  return TJ_FINE;
}

bool tj_ddp_recall(traj_ddp *ddp) {
  double cost = ddp->current.gap > 0 ? HUGE_VAL : ddp->current.cost;
  if (!(ddp->aside.cost < cost)) return false;
  swap_aside(ddp);
  tj_ddp_forget_search(ddp);
  return true;
}
