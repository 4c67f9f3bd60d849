#include "work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contenders.h"
#include "lq_problem.h"
#include "text.h"
#include "traj/ddp.h"
#include "traj/extra.h"

enum { STAGES = 10, ITERATIONS = 5 };

typedef struct chore {
  const bench_lq *who;
  void *self;
  traj_ddp *solver;
  const double *x0;
} chore;

static void sweep(void *arg) {
  const chore *c = arg;
  c->who->kernel(c->self);
}

static void iterate(void *arg) {
  const chore *c = arg;
  traj_ddp_solve(c->solver, 0, c->x0);
}

static void work_sweep(int nx, int nu) {
  bench_lq_problem *problem = bench_lq_problem_create(nx, nu, STAGES);
  chore c = {.who = bench_lq_traj(0)};
  c.self = c.who->create(&problem->data);
  if (c.self == NULL) abort();
  c.who->pack(c.self);
  bench_counted(sweep, &c);
  c.who->destroy(c.self);
  bench_lq_problem_destroy(problem);
}

static void work_iterate(const bench_problem *problem, traj_ddp_method method) {
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.method = method;
  settings.run.max_iter = ITERATIONS;
  chore c = {.x0 = problem->x0};
  double *guess = malloc((size_t)(problem->problem.N * problem->problem.model.nu) * sizeof *guess);
  if (guess == NULL || traj_ddp_create(&c.solver, traj_heap(), &problem->problem, &settings, NULL) != TRAJ_OK) abort();
  bench_problem_guess(problem, guess);
  traj_ddp_guess(c.solver, guess);
  bench_counted(iterate, &c);
  traj_ddp_destroy(c.solver);
  free(guess);
}

const char *bench_work_name(int i) {
  static const char *const names[] = {"sweep-2,1",   "sweep-4,1",     "sweep-13,4", "sweep-24,8",
                                      "sweep-36,12", "ilqr-cartpole", "ilqr-car",   "ddp-cartpole"};
  return i < (int)(sizeof names / sizeof *names) ? names[i] : NULL;
}

/* What follows start in name; NULL: name has another start. */
static const char *after(const char *start, const char *name) {
  return strncmp(name, start, strlen(start)) == 0 ? name + strlen(start) : NULL;
}

/* Iterations of the problem of that name; -1: there is none. */
static int iterations_on(const char *problem, traj_ddp_method method) {
  const bench_problem *found = bench_problem_find(problem);
  if (found == NULL) return -1;
  work_iterate(found, method);
  return 0;
}

int bench_work(const char *name) {
  int nx = 0, nu = 0;
  const char *size = after("sweep-", name), *ilqr = after("ilqr-", name), *ddp = after("ddp-", name);
  if (ilqr != NULL) return iterations_on(ilqr, TRAJ_ILQR);
  if (ddp != NULL) return iterations_on(ddp, TRAJ_DDP);
  if (size == NULL || !bench_read_pair(&size, &nx, &nu)) return -1;
  work_sweep(nx, nu);
  return 0;
}
