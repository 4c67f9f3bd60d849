#include "base/diag.h"
#include "ddp/ddp.h"

static traj_status check_stages(traj_ddp *ddp, traj_derivative_report *report) {
  tj_world *world = &ddp->sim.world;
  for (int k = 0; k <= world->N; k++) {
    int outcome = tj_derivative_check_stage(&ddp->check, &ddp->sim, &ddp->current, k, report);
    if (outcome != TJ_FINE) return world->diag.status;
  }
  if (report->suspicious == 0) return TRAJ_OK;
  world->diag = report->worst;
  return TRAJ_E_DERIVATIVE;
}

traj_status traj_ddp_check_derivatives(traj_ddp *ddp, double t0, const double *x0, traj_derivative_report *report) {
  traj_derivative_report found = tj_derivative_report_none();
  if (report != NULL) *report = found;
  if (ddp == NULL) return TRAJ_E_ARG;
  if (atomic_exchange(&ddp->busy, true)) return TRAJ_E_BUSY;
  tj_simulator_start_clock(&ddp->sim, 0, NULL, NULL); /* a check takes its time */
  traj_status status = tj_ddp_start(ddp, t0, x0, false);
  if (status == TRAJ_OK) status = check_stages(ddp, &found);
  ddp->stats.status = status;
  /* Undefined points that the differences went around are no one's business. */
  ddp->stats.diag = status < 0 ? ddp->sim.world.diag : tj_diag_none();
  ddp->stats.calls = ddp->sim.world.calls;
  if (report != NULL) *report = found;
  ddp->busy = false;
  return status;
}
