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

/* Columns before `from` stay, those up to `to` repeat the last of them. */
static void repeat_column(double *a, size_t rows, int from, int to) {
  const double *last = a + (size_t)(from - 1) * rows;
  for (int k = from; k < to; k++)
    memcpy(a + (size_t)k * rows, last, rows * sizeof(double));
}

/* Repeats the control before stage `from`, and the state after it, up to the capacity. */
static void repeat_end(traj_ddp *ddp, int from) {
  const traj_problem *problem = &ddp->sim.world.problem;
  repeat_column(ddp->guess, (size_t)ddp->sim.world.shape.nu, from, problem->N);
  repeat_column(ddp->guess_x, (size_t)problem->model.nx, from + 1, problem->N + 1);
}

traj_status traj_ddp_horizon(traj_ddp *ddp, int n) {
  if (ddp == NULL) return TRAJ_E_ARG;
  if (ddp->busy) return TRAJ_E_BUSY;
  if (n < 1 || n > ddp->sim.world.problem.N) return refuse(ddp, tj_diag_field(TRAJ_E_ARG, "n", n));
  if (n > ddp->sim.world.N) repeat_end(ddp, ddp->sim.world.N);
  ddp->sim.world.N = n;
  return TRAJ_OK;
}

/* Names the first entry that is not finite of an array with a column per stage. */
static traj_status check_finite(traj_ddp *ddp, const char *field, const double *a, size_t rows, size_t cols) {
  size_t at = a == NULL ? rows * cols : tj_first_not_finite(a, rows * cols);
  if (at == rows * cols) return TRAJ_OK;
  traj_diag found = tj_diag_field(TRAJ_E_ARG, field, a[at]);
  found.k = (int)(at / rows);
  found.row = (int)(at % rows);
  return refuse(ddp, found);
}

/* NULL: zero. Either may be the plan's. */
static void take(double *to, const double *from, size_t count) {
  if (from != NULL) {
    memmove(to, from, count * sizeof(double));
  } else {
    memset(to, 0, count * sizeof(double));
  }
}

traj_status traj_ddp_guess(traj_ddp *ddp, const double *u) {
  return traj_ddp_guess_states(ddp, NULL, u);
}

traj_status traj_ddp_guess_states(traj_ddp *ddp, const double *x, const double *u) {
  if (ddp == NULL) return TRAJ_E_ARG;
  if (ddp->busy) return TRAJ_E_BUSY;
  size_t N = (size_t)ddp->sim.world.N, nu = (size_t)ddp->sim.world.shape.nu;
  size_t nx = (size_t)ddp->sim.world.problem.model.nx;
  traj_status status = check_finite(ddp, "x", x, nx, N + 1);
  if (status == TRAJ_OK) status = check_finite(ddp, "u", u, nu, N);
  if (status != TRAJ_OK) return status;
  take(ddp->guess, u, nu * N);
  take(ddp->guess_x, x, nx * (N + 1));
  ddp->has_states = x != NULL;
  repeat_end(ddp, (int)N);
  ddp->regularization = (tj_regularization){0};
  ddp->shifted = -1;
  return TRAJ_OK;
}

static void move_columns(double *a, size_t rows, int moved, int cols) {
  memmove(a, a + (size_t)moved * rows, (size_t)(cols - moved) * rows * sizeof(double));
}

traj_status traj_ddp_shift(traj_ddp *ddp, int n) {
  if (ddp == NULL) return TRAJ_E_ARG;
  if (ddp->busy) return TRAJ_E_BUSY;
  if (n < 0) return refuse(ddp, tj_diag_field(TRAJ_E_ARG, "n", n));
  int N = ddp->sim.world.N, moved = n < N ? n : N - 1;
  move_columns(ddp->guess, (size_t)ddp->sim.world.shape.nu, moved, N);
  move_columns(ddp->guess_x, (size_t)ddp->sim.world.problem.model.nx, moved, N + 1);
  repeat_end(ddp, N - moved);
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
  ddp->has_states = ddp->shown.gap > 0; /* else they follow from the controls */
  if (ddp->has_states) take(ddp->guess_x, ddp->shown.x, (size_t)world->problem.model.nx * (N + 1));
  repeat_end(ddp, world->N);
  ddp->shifted = 0;
  ddp->has_plan = true;
  ddp->plan = (traj_plan){
      .nx = world->problem.model.nx,
      .ndx = world->shape.nx,
      .nu = world->shape.nu,
      .N = world->N,
      .policy_current = ddp->policy_current,
      .cost = ddp->shown.cost,
      .gap = ddp->shown.gap,
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
