/* Derivatives along the trajectory, in blocks of stages. */
#include <math.h>

#include "ddp/ddp.h"

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
  if (tj_simulator_late(sim)) return TJ_TIMEOUT;
  int N = sim->world.N;
  traj_quad final = {.lx = ddp->v_final, .lxx = ddp->V_final};
  const double *x = ddp->current.x + (size_t)N * (size_t)sim->world.problem.model.nx;
  return tj_objective_quad(&sim->objective, &sim->fd, &sim->world, N, x, NULL, &final);
}

static inline tj_slot *slot_of(const tj_worker *worker, int k) {
  return &worker->slots[tj_dynamics_slot(&worker->sim->dynamics, k)];
}

/* The first of the stage's derivatives that is not finite. */
static int blame(const tj_worker *worker, int k) {
  tj_simulator *sim = worker->sim;
  const tj_slot *slot = slot_of(worker, k);
  int outcome = tj_dynamics_written(&sim->dynamics, &sim->world, k, slot->fz);
  return outcome != TJ_FINE ? outcome : tj_objective_written(&sim->world, k, &slot->quad);
}

/* [fx fu] of a stage that ends a defect away from the state after it. */
static int differentiate_across(traj_ddp *ddp, tj_worker *worker, tj_site site, double *fz) {
  tj_simulator *sim = worker->sim;
  int outcome = tj_ddp_arrive(ddp, worker, &site);
  if (outcome == TJ_FINE) outcome = tj_dynamics_jacobian(&sim->dynamics, &sim->fd, &sim->world, &site, fz);
  return outcome == TJ_FINE ? tj_ddp_recentre(ddp, worker, &site, fz) : outcome;
}

/* Asks the hooks for the derivatives of a stage. */
static inline int ask(traj_ddp *ddp, tj_worker *worker, const tj_site *site) {
  tj_simulator *sim = worker->sim;
  tj_slot *slot = slot_of(worker, site->at.k);
  if (tj_simulator_late(sim)) return TJ_TIMEOUT;
  slot->dynamics.c = tj_ddp_defect(ddp, site->at.k);
  int outcome = slot->dynamics.c != NULL
                    ? differentiate_across(ddp, worker, *site, slot->fz)
                    : tj_dynamics_differentiate(&sim->dynamics, &sim->fd, &sim->world, site, slot->fz);
  if (outcome != TJ_FINE) return outcome;
  return tj_objective_expand(&sim->objective, &sim->fd, &sim->world, &site->at, &slot->quad);
}

/* The largest price of a control is the unit of mu. */
static inline void watch_scale(tj_worker *worker, const tj_slot *slot) {
  const int nu = worker->sim->world.shape.nu;
  for (int i = 0; i < nu; i++) {
    double scale = fabs(slot->quad.luu[i * nu + i]);
    if (scale > worker->control_scale) worker->control_scale = scale;
  }
}

/* Of a stage whose hooks were asked: the chain rule, which a defect has needed before, packing, and whether all is
 * finite. */
static inline int take(tj_worker *worker, const tj_kernel *kernel, int k, double *stage) {
  tj_simulator *sim = worker->sim;
  const tj_slot *slot = slot_of(worker, k);
  if (slot->dynamics.c == NULL) tj_dynamics_chain(&sim->dynamics, &sim->world, k, slot->fz);
  tj_stage_pack(kernel, stage, &slot->dynamics, &slot->cost);
  watch_scale(worker, slot);
  return tj_stage_finite(kernel, stage) ? TJ_FINE : blame(worker, k);
}

/* To the next stage. */
static inline void move_on(const tj_simulator *sim, tj_site *site) {
  const int nx = sim->world.problem.model.nx;
  site->at.t = sim->world.t[++site->at.k];
  site->at.x += nx;
  site->x_next += nx;
  site->at.u += sim->world.shape.nu;
  if (site->points != NULL) site->points += sim->points_stride;
}

/* Stages begin to end - 1, as many as there are slots at a time; the outcome is that of the first that fails. */
static int differentiate_stages(traj_ddp *ddp, tj_worker *worker, int begin, int end) {
  const tj_kernel *kernel = &ddp->riccati.kernel;
  const int slots = worker->sim->dynamics.slots;
  double *stage = ddp->stages + (size_t)begin * kernel->stage_doubles;
  tj_site site = tj_ddp_site(ddp, worker, begin);
  int outcome = TJ_FINE;
  for (int k = begin; k < end && outcome == TJ_FINE;) {
    const int until = end - k < slots ? end : k + slots;
    while (site.at.k < until) {
      outcome = ask(ddp, worker, &site);
      if (outcome != TJ_FINE) break;
      move_on(worker->sim, &site);
    }
    for (; k < site.at.k; k++, stage += kernel->stage_doubles) {
      int taken = take(worker, kernel, k, stage);
      if (taken != TJ_FINE) return taken;
    }
  }
  return outcome;
}

/* Block i of the stages 0..N, up to the first that fails: so the lowest block that fails has the lowest stage that
 * does.
 */
static void differentiate_block(int i, int index, void *arg) {
  traj_ddp *ddp = arg;
  tj_worker *worker = tj_ddp_begin(ddp, i, index);
  int N = ddp->sim.world.N;
  size_t stages = (size_t)N + 1, blocks = (size_t)tj_ddp_jobs(ddp, N + 1);
  int begin = (int)(stages * (size_t)i / blocks), end = (int)(stages * ((size_t)i + 1) / blocks);
  int outcome = differentiate_stages(ddp, worker, begin, end < N ? end : N);
  if (outcome == TJ_FINE && end > N) outcome = differentiate_final(ddp, worker);
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
