/* Multiple shooting: what changes in an iteration while the states are not yet a rollout. Stage k then ends a defect
 * away from the state after it, and derivatives and values are those of the tangent space at that state. */
#include <math.h>
#include <string.h>

#include "ddp/ddp.h"
#include "linalg/dense.h"

static const double WEIGHT = 2; /* of the gap in the merit, over the least that makes a full step one of descent */

int tj_ddp_arrive(const traj_ddp *ddp, tj_worker *worker, tj_site *site) {
  const int k = site->at.k;
  const double *d = tj_ddp_defect(ddp, k);
  if (d == NULL) return TJ_FINE;
  int outcome = tj_retract(&worker->sim->world, k, site->x_next, d, worker->sim->end);
  site->x_next = worker->sim->end;
  return outcome;
}

static int displacement_from(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  (void)u;
  return tj_difference(world, map->k, map->ctx, x, out);
}

/* (M3) From displacements of where a stage ends, site->x_next, to displacements of the state after it. Euclidean ones
 * are the same, and worker->chart is NULL then. */
static int find_chart(traj_ddp *ddp, tj_worker *worker, const tj_site *site) {
  const int k = site->at.k;
  tj_world *world = &worker->sim->world;
  double *state = ddp->current.x + ((size_t)k + 1) * (size_t)world->problem.model.nx;
  tj_map map = {.eval = displacement_from, .m = world->shape.nx, .k = k, .x = site->x_next, .ctx = state};
  tj_differences central = tj_differences_central(&worker->sim->fd);
  return tj_differences_jacobian(&central, world, &map, worker->chart, NULL);
}

int tj_ddp_recentre(traj_ddp *ddp, tj_worker *worker, const tj_site *site, double *fz) {
  if (worker->chart == NULL) return TJ_FINE;
  int outcome = find_chart(ddp, worker, site);
  if (outcome != TJ_FINE) return outcome;
  int ndx = ddp->sim.world.shape.nx, n = ndx + ddp->sim.world.shape.nu;
  size_t bytes = (size_t)ndx * sizeof(double);
  for (double *column = fz; column < fz + (size_t)ndx * (size_t)n; column += ndx) {
    memset(worker->sim->dx, 0, bytes);
    tj_add_apply(ndx, ndx, 1, worker->chart, column, worker->sim->dx);
    memcpy(column, worker->sim->dx, bytes);
  }
  return TJ_FINE;
}

int tj_ddp_costate(traj_ddp *ddp, const tj_site *site, const double **lambda) {
  const int k = site->at.k;
  size_t n = (size_t)ddp->sim.world.shape.nx, bytes = n * sizeof(double);
  int ndx = (int)n;
  tj_worker *worker = &ddp->workers[0];
  const double *v = ddp->next_policy.v + ((size_t)k + 1) * n, *d = tj_ddp_defect(ddp, k);
  *lambda = v;
  if (d == NULL) return TJ_FINE;
  memcpy(ddp->costate, v, bytes);
  tj_add_apply(ndx, ndx, 1, ddp->next_policy.V + ((size_t)k + 1) * n * n, d, ddp->costate);
  *lambda = ddp->costate;
  if (worker->chart == NULL) return TJ_FINE;
  int outcome = find_chart(ddp, worker, site);
  memset(worker->sim->dx, 0, bytes);
  if (outcome == TJ_FINE) tj_add_apply_t(ndx, ndx, 1, worker->chart, ddp->costate, worker->sim->dx);
  memcpy(ddp->costate, worker->sim->dx, bytes);
  return outcome;
}

double tj_ddp_merit(const traj_ddp *ddp, const tj_trajectory *at) {
  return at->gap > 0 ? at->cost + ddp->penalty * at->gap : at->cost;
}

double tj_ddp_promise(const traj_ddp *ddp, double alpha) {
  double decrease = -tj_sweep_change(&ddp->sweep, alpha), gap = ddp->current.gap;
  return gap > 0 ? decrease + alpha * ddp->penalty * gap : decrease;
}

/* (M5) The weight never falls within a solve: merits of different weights cannot be compared. */
void tj_ddp_weigh(traj_ddp *ddp) {
  if (ddp->current.gap == 0) return;
  size_t ndx = (size_t)ddp->sim.world.shape.nx, N = (size_t)ddp->sim.world.N;
  double rise = fmax(ddp->sweep.full, ddp->sweep.slope), weight = WEIGHT * rise / ddp->current.gap;
  const double *v = ddp->current_policy.v;
  for (size_t i = ndx; i < (N + 1) * ndx; i++)
    weight = fmax(weight, fabs(v[i]));
  ddp->penalty = fmax(ddp->penalty, weight);
}
