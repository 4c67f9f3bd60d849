/* The workers of a solver: what each owns, and how work is shared among them. */
#include "ddp/ddp.h"

enum { JOBS_PER_WORKER = 4 };

static int most_jobs(int workers) {
  return workers == 1 ? 1 : JOBS_PER_WORKER * workers;
}

static tj_slot layout_slot(tj_arena *arena, tj_shape shape) {
  size_t ndx = (size_t)shape.nx, nu = (size_t)shape.nu;
  tj_slot slot = {.fz = tj_arena_doubles(arena, ndx, ndx + nu), .quad = tj_quad_layout(arena, shape)};
  const traj_quad *q = &slot.quad;
  if (slot.fz != NULL) slot.dynamics = (tj_stage_dynamics){.fx = slot.fz, .fu = slot.fz + ndx * ndx};
  slot.cost = (tj_stage_cost){.lxx = q->lxx, .luu = q->luu, .lux = q->lux, .lx = q->lx, .lu = q->lu};
  return slot;
}

static tj_worker layout_worker(tj_arena *arena, const tj_simulator *sim) {
  size_t ndx = (size_t)sim->world.shape.nx, slots = (size_t)sim->dynamics.slots;
  tj_worker worker = {
      .chart = sim->world.euclidean ? NULL : tj_arena_doubles(arena, ndx, ndx),
      .slots = tj_arena_take(arena, slots, sizeof(tj_slot)),
  };
  for (size_t i = 0; i < slots; i++) {
    tj_slot slot = layout_slot(arena, sim->world.shape);
    if (worker.slots != NULL) worker.slots[i] = slot;
  }
  return worker;
}

void tj_ddp_layout_workers(tj_arena *arena, traj_ddp *ddp) {
  int n = ddp->settings.run.workers, jobs = most_jobs(n);
  ddp->parallel = tj_parallel_layout(arena, &ddp->settings.run, jobs);
  ddp->workers = tj_arena_take(arena, (size_t)n, sizeof(tj_worker));
  ddp->candidates = tj_arena_take(arena, (size_t)n, sizeof(tj_candidate));
  ddp->results = tj_arena_take(arena, (size_t)jobs, sizeof(tj_result));
  tj_simulator *others = tj_arena_take(arena, (size_t)n - 1, sizeof(tj_simulator));
  for (int i = 0; i < n; i++) {
    tj_worker worker = layout_worker(arena, &ddp->sim);
    tj_candidate candidate = {.at = tj_trajectory_layout(arena, &ddp->sim)};
    if (ddp->workers != NULL) ddp->workers[i] = worker;
    if (ddp->candidates != NULL) ddp->candidates[i] = candidate;
    if (i == 0) continue;
    tj_simulator sim = tj_simulator_layout_worker(arena, &ddp->sim, i);
    if (others == NULL || ddp->workers == NULL) continue;
    others[i - 1] = sim;
    ddp->workers[i].sim = &others[i - 1];
  }
}

void tj_ddp_settle_in(traj_ddp *ddp) {
  ddp->workers[0].sim = &ddp->sim;
  for (int i = 0; i < ddp->parallel.workers; i++)
    ddp->workers[i].sim->parallel = ddp->parallel.workers > 1 ? &ddp->parallel : NULL;
}

void tj_ddp_brief_workers(traj_ddp *ddp) {
  for (int i = 1; i < ddp->parallel.workers; i++)
    tj_simulator_follow(ddp->workers[i].sim, &ddp->sim);
}

traj_calls tj_ddp_calls(const traj_ddp *ddp) {
  traj_calls sum = ddp->sim.world.calls;
  for (int i = 1; i < ddp->parallel.workers; i++) {
    const traj_calls *calls = &ddp->workers[i].sim->world.calls;
    sum.dynamics += calls->dynamics;
    sum.jac += calls->jac;
    sum.hess += calls->hess;
    sum.cost += calls->cost;
    sum.quad += calls->quad;
    sum.retract += calls->retract;
    sum.difference += calls->difference;
    sum.clock += calls->clock;
    sum.project += calls->project;
    sum.tangent += calls->tangent;
  }
  return sum;
}

int tj_ddp_jobs(const traj_ddp *ddp, int n) {
  int most = most_jobs(ddp->parallel.workers);
  return n < most ? n : most;
}

int tj_ddp_share(traj_ddp *ddp, traj_job_fn *job, int n) {
  return tj_parallel_run(&ddp->parallel, job, n, ddp, &ddp->sim.world.diag);
}

tj_worker *tj_ddp_begin(traj_ddp *ddp, int i, int worker) {
  ddp->workers[worker].sim->job = i;
  return &ddp->workers[worker];
}

void tj_ddp_end(traj_ddp *ddp, int i, int worker, int outcome, bool last) {
  ddp->results[i] = (tj_result){.outcome = outcome, .diag = ddp->workers[worker].sim->world.diag};
  if (last) tj_parallel_settle(&ddp->parallel, i);
}

int tj_ddp_result(traj_ddp *ddp, int i) {
  const tj_result *result = &ddp->results[i];
  if (result->outcome != TJ_FINE) ddp->sim.world.diag = result->diag;
  return result->outcome;
}
