/* traj's entries among the nonlinear solvers. */
#include <stdbool.h>
#include <stdlib.h>

#include "contenders.h"
#include "traj/ddp.h"
#include "traj/extra.h"

/* The library reports an iterate when it has differentiated and swept about it; others do as soon as their line search
 * has accepted it. So here an iterate is what the first derivatives of a cost after a rollout are asked for. Only the
 * hooks of the cost are watched: each watched one costs a call more than the others pay. */
typedef struct entry {
  const bench_problem *problem;
  traj_problem watched;
  traj_ddp *solver;
  const bench_nonlinear_task *task;
  double cost; /* of the rollout in hand */
  bool fresh;  /* it is complete, and was not reported */
  bool stopped;
} entry;

static int stage(const traj_point *at, double *cost, void *user) {
  entry *e = user;
  const traj_cost *c = &e->problem->problem.cost;
  int code = c->stage(at, cost, c->user);
  e->cost = at->k == 0 ? *cost : e->cost + *cost;
  return code;
}

static int final(const traj_point *at, double *cost, void *user) {
  entry *e = user;
  const traj_cost *c = &e->problem->problem.cost;
  int code = c->final(at, cost, c->user);
  e->cost += *cost;
  e->fresh = true;
  return code;
}

static int stage_quad(const traj_point *at, traj_quad *out, void *user) {
  entry *e = user;
  const traj_cost *c = &e->problem->problem.cost;
  if (e->fresh) {
    e->fresh = false;
    e->stopped = e->task->record(e->cost, e->task->user) != 0;
    if (e->stopped) return -1;
  }
  return c->stage_quad(at, out, c->user);
}

static int final_quad(const traj_point *at, traj_quad *out, void *user) {
  const traj_cost *c = &((const entry *)user)->problem->problem.cost;
  return c->final_quad(at, out, c->user);
}

static void watch(entry *e) {
  traj_problem *p = &e->watched;
  *p = e->problem->problem;
  p->cost.stage = stage;
  p->cost.final = final;
  p->cost.stage_quad = stage_quad;
  p->cost.final_quad = final_quad;
  p->cost.user = e;
}

static void *create(const bench_problem *problem, double tolerance, int max_iter, traj_ddp_method method) {
  entry *e = malloc(sizeof *e);
  if (e == NULL) return NULL;
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.method = method;
  settings.tolerance = tolerance;
  settings.run.max_iter = max_iter;
  *e = (entry){.problem = problem};
  watch(e);
  if (traj_ddp_create(&e->solver, traj_heap(), &e->watched, &settings, NULL) == TRAJ_OK) return e;
  free(e);
  return NULL;
}

static void *create_ilqr(const bench_problem *problem, double tolerance, int max_iter) {
  return create(problem, tolerance, max_iter, TRAJ_ILQR);
}

static void *create_ddp(const bench_problem *problem, double tolerance, int max_iter) {
  return create(problem, tolerance, max_iter, TRAJ_DDP);
}

static void *create_auto(const bench_problem *problem, double tolerance, int max_iter) {
  return create(problem, tolerance, max_iter, TRAJ_AUTO);
}

static void destroy(void *self) {
  entry *e = self;
  traj_ddp_destroy(e->solver);
  free(e);
}

static int solve(void *self, const bench_nonlinear_task *task) {
  entry *e = self;
  e->task = task;
  e->fresh = e->stopped = false;
  if (traj_ddp_guess(e->solver, task->guess) != TRAJ_OK) return -1;
  traj_status status = traj_ddp_solve(e->solver, 0, e->problem->x0);
  return status < 0 && !e->stopped ? -1 : 0;
}

const bench_nonlinear *bench_nonlinear_traj(int i) {
  static const bench_nonlinear entries[] = {
      {"traj-ilqr", create_ilqr, destroy, solve},
      {"traj-ddp", create_ddp, destroy, solve},
      {"traj-auto", create_auto, destroy, solve},
  };
  return i >= 0 && i < (int)(sizeof entries / sizeof *entries) ? &entries[i] : NULL;
}
