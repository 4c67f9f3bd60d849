/* Derivatives along the trajectory, in blocks of stages. */
#include <math.h>

#include "ddp/ddp.h"
#include "linalg/dense.h"

tj_site tj_ddp_site(const traj_ddp *ddp, const tj_worker *worker, int k) {
  const tj_simulator *sim = worker->sim;
  const tj_trajectory *along = &ddp->current;
  size_t nx = (size_t)sim->world.problem.model.nx, nu = (size_t)sim->world.shape.nu, stage = (size_t)k;
  const double *x = along->x + stage * nx;
  return (tj_site){
      .at = tj_point(&sim->world, k, x, along->u + stage * nu),
      .points = along->points == NULL ? NULL : along->points + stage * sim->points_stride,
      .x_next = x + nx,
  };
}

static int differentiate_final(traj_ddp *ddp, tj_worker *worker) {
  tj_simulator *sim = worker->sim;
  int N = sim->world.N;
  traj_quad final = {.lx = ddp->v_final, .lxx = ddp->V_final};
  const double *x = ddp->current.x + (size_t)N * (size_t)sim->world.problem.model.nx;
  return tj_objective_quad(&sim->objective, &sim->fd, &sim->world, N, x, NULL, &final);
}

/* The first of the stage's derivatives that is not finite. */
static int blame(tj_worker *worker, int k) {
  tj_simulator *sim = worker->sim;
  int outcome = tj_dynamics_written(&sim->dynamics, &sim->world, k, worker->fz);
  return outcome != TJ_FINE ? outcome : tj_objective_written(&sim->world, k, &worker->quad);
}

static int differentiate_stage(traj_ddp *ddp, tj_worker *worker, int k) {
  tj_simulator *sim = worker->sim;
  tj_site site = tj_ddp_site(ddp, worker, k);
  tj_shape shape = sim->world.shape;
  const tj_kernel *kernel = &ddp->riccati.kernel;
  const double *defect = tj_ddp_defect(ddp, k);
  double *stage = ddp->stages + (size_t)k * kernel->stage_doubles, *fz = worker->fz;
  int outcome = defect == NULL ? TJ_FINE : tj_ddp_arrive(ddp, worker, &site);
  if (outcome != TJ_FINE) return outcome;
  outcome = tj_dynamics_jacobian(&sim->dynamics, &sim->fd, &sim->world, &site, fz);
  if (outcome == TJ_FINE && defect != NULL) outcome = tj_ddp_recentre(ddp, worker, &site, fz);
  if (outcome != TJ_FINE) return outcome;
  tj_stage_pack_dynamics(kernel, stage, &(tj_stage_dynamics){fz, fz + shape.nx * shape.nx, defect});
  traj_quad *q = &worker->quad;
  outcome = tj_objective_expand(&sim->objective, &sim->fd, &sim->world, &site.at, q);
  if (outcome != TJ_FINE) return outcome;
  for (int i = 0; i < shape.nu; i++) {
    double scale = fabs(q->luu[i * shape.nu + i]);
    if (scale > worker->control_scale) worker->control_scale = scale;
  }
  tj_stage_cost cost = {.lxx = q->lxx, .luu = q->luu, .lux = q->lux, .lx = q->lx, .lu = q->lu};
  tj_stage_pack_cost(kernel, stage, &cost);
  return tj_stage_finite(kernel, stage) ? TJ_FINE : blame(worker, k);
}

/* Block i of the stages 0..N, up to the first that fails: so the lowest block that fails has the lowest stage that
 * does.
 */
static void differentiate_block(int i, int index, void *arg) {
  traj_ddp *ddp = arg;
  tj_worker *worker = tj_ddp_begin(ddp, i, index);
  int N = ddp->sim.world.N;
  size_t stages = (size_t)N + 1, blocks = (size_t)tj_ddp_jobs(ddp, N + 1);
  int begin = (int)(stages * (size_t)i / blocks), end = (int)(stages * ((size_t)i + 1) / blocks), outcome = TJ_FINE;
  for (int k = begin; k < end && outcome == TJ_FINE; k++) {
    if (tj_simulator_late(worker->sim)) {
      outcome = TJ_TIMEOUT;
    } else {
      outcome = k < N ? differentiate_stage(ddp, worker, k) : differentiate_final(ddp, worker);
    }
  }
  tj_ddp_end(ddp, i, index, outcome, outcome != TJ_FINE);
}

int tj_ddp_differentiate(traj_ddp *ddp) {
  int blocks = tj_ddp_jobs(ddp, ddp->sim.world.N + 1), workers = ddp->parallel.workers;
  for (int i = 0; i < workers; i++) {
    ddp->workers[i].control_scale = 0;
    ddp->workers[i].sim->dynamics.keep = ddp->order.second;
  }
  ddp->curved = ddp->order.second;
  int outcome = tj_ddp_share(ddp, differentiate_block, blocks);
  for (int i = 0; i < blocks && outcome == TJ_FINE; i++)
    outcome = tj_ddp_result(ddp, i);
  ddp->control_scale = 0;
  for (int i = 0; i < workers; i++)
    ddp->control_scale = fmax(ddp->control_scale, ddp->workers[i].control_scale);
  if (ddp->control_scale == 0) ddp->control_scale = 1; /* no stage cost on the controls */
  return outcome;
}
