/* traj's entries among the nonlinear solvers. */
#include <stdlib.h>

#include "contenders.h"
#include "traj/ddp.h"
#include "traj/extra.h"

typedef struct entry {
  const bench_problem *problem;
  traj_ddp *solver;
  const bench_nonlinear_task *task;
} entry;

static int record(const traj_iteration *row, void *user) {
  const entry *e = user;
  return e->task->record(row->cost, e->task->user);
}

static void *create(const bench_problem *problem, double tolerance, int max_iter, traj_ddp_method method) {
  entry *e = malloc(sizeof *e);
  if (e == NULL) return NULL;
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.method = method;
  settings.tolerance = tolerance;
  settings.run.max_iter = max_iter;
  settings.run.iteration = record;
  settings.run.iteration_user = e;
  e->problem = problem;
  if (traj_ddp_create(&e->solver, traj_heap(), &problem->problem, &settings, NULL) == TRAJ_OK) return e;
  free(e);
  return NULL;
}

static void *create_ilqr(const bench_problem *problem, double tolerance, int max_iter) {
  return create(problem, tolerance, max_iter, TRAJ_ILQR);
}

static void *create_ddp(const bench_problem *problem, double tolerance, int max_iter) {
  return create(problem, tolerance, max_iter, TRAJ_DDP);
}

static void destroy(void *self) {
  entry *e = self;
  traj_ddp_destroy(e->solver);
  free(e);
}

static int solve(void *self, const bench_nonlinear_task *task) {
  entry *e = self;
  e->task = task;
  if (traj_ddp_guess(e->solver, task->guess) != TRAJ_OK) return -1;
  return traj_ddp_solve(e->solver, 0, e->problem->x0) < 0 ? -1 : 0;
}

const bench_nonlinear *bench_nonlinear_traj(int i) {
  static const bench_nonlinear entries[] = {
      {"traj-ilqr", create_ilqr, destroy, solve},
      {"traj-ddp", create_ddp, destroy, solve},
  };
  return i >= 0 && i < (int)(sizeof entries / sizeof *entries) ? &entries[i] : NULL;
}
