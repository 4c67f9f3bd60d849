/* What goes into a solve and what comes out: guess, horizon, shift, plan. */
#include <string.h>

#include "base/check.h"
#include "base/diag.h"
#include "ddp/ddp.h"

/* A refusal outside of solve shows in the stats too. */
static traj_status refuse(traj_ddp *ddp, traj_diag found) {
  ddp->stats.status = found.status;
  return tj_diag_report(&ddp->stats.diag, found);
}

/* Repeats the control before stage `from` up to the capacity. */
static void repeat_control(traj_ddp *ddp, int from) {
  size_t nu = (size_t)ddp->sim.world.shape.nu;
  const double *last = ddp->guess + (size_t)(from - 1) * nu;
  for (int k = from; k < ddp->sim.world.problem.N; k++) {
    memcpy(ddp->guess + (size_t)k * nu, last, nu * sizeof(double));
  }
}

traj_status traj_ddp_horizon(traj_ddp *ddp, int n) {
  if (ddp == NULL) return TRAJ_E_ARG;
  if (ddp->busy) return TRAJ_E_BUSY;
  if (n < 1 || n > ddp->sim.world.problem.N) return refuse(ddp, tj_diag_field(TRAJ_E_ARG, "n", n));
  if (n > ddp->sim.world.N) repeat_control(ddp, ddp->sim.world.N);
  ddp->sim.world.N = n;
  return TRAJ_OK;
}

traj_status traj_ddp_guess(traj_ddp *ddp, const double *u) {
  if (ddp == NULL) return TRAJ_E_ARG;
  if (ddp->busy) return TRAJ_E_BUSY;
  int N = ddp->sim.world.N;
  size_t nu = (size_t)ddp->sim.world.shape.nu, count = nu * (size_t)N;
  if (u != NULL) {
    size_t at = tj_first_not_finite(u, count);
    if (at < count) {
      traj_diag found = tj_diag_field(TRAJ_E_ARG, "u", u[at]);
      found.k = (int)(at / nu);
      found.row = (int)(at % nu);
      return refuse(ddp, found);
    }
    memmove(ddp->guess, u, count * sizeof(double)); /* u may be the plan's */
  } else {
    memset(ddp->guess, 0, count * sizeof(double));
  }
  repeat_control(ddp, N);
  ddp->regularization = (tj_regularization){0};
  ddp->shifted = -1;
  return TRAJ_OK;
}

traj_status traj_ddp_shift(traj_ddp *ddp, int n) {
  if (ddp == NULL) return TRAJ_E_ARG;
  if (ddp->busy) return TRAJ_E_BUSY;
  if (n < 0) return refuse(ddp, tj_diag_field(TRAJ_E_ARG, "n", n));
  int N = ddp->sim.world.N, moved = n < N ? n : N - 1;
  size_t nu = (size_t)ddp->sim.world.shape.nu;
  memmove(ddp->guess, ddp->guess + (size_t)moved * nu, (size_t)(N - moved) * nu * sizeof(double));
  repeat_control(ddp, N - moved);
  int end = ddp->plan.N; /* the place in the plan, whatever the horizon is now */
  if (ddp->shifted >= 0) ddp->shifted = moved < end - ddp->shifted ? ddp->shifted + moved : end;
  return TRAJ_OK;
}

const traj_plan *traj_ddp_plan(const traj_ddp *ddp) {
  return ddp != NULL && ddp->has_plan ? &ddp->plan : NULL;
}

const traj_ddp_stats *traj_ddp_get_stats(const traj_ddp *ddp) {
  return ddp == NULL ? NULL : &ddp->stats;
}

/* The solve ended before its first backward pass: the policy of the plan before, moved along with the guess. */
static void inherit_policy(traj_ddp *ddp) {
  tj_shape shape = ddp->sim.world.shape;
  size_t ndx = (size_t)shape.nx, nu = (size_t)shape.nu, N = (size_t)ddp->sim.world.N;
  const tj_policy *from = &ddp->shown_policy;
  tj_policy *to = &ddp->current_policy;
  memset(to->k, 0, nu * N * sizeof(double)); /* whatever an older sweep left there */
  if (!ddp->has_plan || ddp->shifted < 0) {
    memset(to->K, 0, nu * ndx * N * sizeof(double));
    memset(to->V, 0, ndx * ndx * (N + 1) * sizeof(double));
    memset(to->v, 0, ndx * (N + 1) * sizeof(double));
    return;
  }
  size_t last = (size_t)ddp->plan.N;
  for (size_t k = 0; k <= N; k++) {
    size_t source = k + (size_t)ddp->shifted;
    size_t at = source < last ? source : last, gain = source < last ? source : last - 1;
    if (k < N) memcpy(to->K + k * nu * ndx, from->K + gain * nu * ndx, nu * ndx * sizeof(double));
    memcpy(to->V + k * ndx * ndx, from->V + at * ndx * ndx, ndx * ndx * sizeof(double));
    memcpy(to->v + k * ndx, from->v + at * ndx, ndx * sizeof(double));
  }
}

static void trade_places(traj_ddp *ddp) {
  tj_trajectory trajectory = ddp->shown;
  tj_policy policy = ddp->shown_policy;
  ddp->shown = ddp->current;
  ddp->shown_policy = ddp->current_policy;
  ddp->current = trajectory;
  ddp->current_policy = policy;
}

void tj_ddp_publish(traj_ddp *ddp) {
  const tj_world *world = &ddp->sim.world;
  size_t N = (size_t)world->N, controls = (size_t)world->shape.nu * N;
  if (!ddp->policy_known) inherit_policy(ddp);
  trade_places(ddp);
  memcpy(ddp->plan_t, world->t, (N + 1) * sizeof(double));
  if (world->u_min != NULL) {
    memcpy(ddp->plan_u_min, world->u_min, controls * sizeof(double));
    memcpy(ddp->plan_u_max, world->u_max, controls * sizeof(double));
  }
  memcpy(ddp->guess, ddp->shown.u, controls * sizeof(double));
  repeat_control(ddp, world->N);
  ddp->shifted = 0;
  ddp->has_plan = true;
  ddp->plan = (traj_plan){
      .nx = world->problem.model.nx,
      .ndx = world->shape.nx,
      .nu = world->shape.nu,
      .N = world->N,
      .policy_current = ddp->policy_current,
      .cost = ddp->shown.cost,
      .t = ddp->plan_t,
      .x = ddp->shown.x,
      .u = ddp->shown.u,
      .K = ddp->shown_policy.K,
      .V = ddp->shown_policy.V,
      .v = ddp->shown_policy.v,
      .u_min = ddp->plan_u_min,
      .u_max = ddp->plan_u_max,
      .difference = world->problem.model.difference,
      .user = world->space_user,
  };
}
