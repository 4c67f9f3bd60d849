#include "robustness/attempt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problems/verdict.h"
#include "traj/extra.h"

struct attempts {
  const bench_problem *problem;
  bool still;
  traj_ddp *solver, *roller; /* the latter only rolls guesses out */
  double *u, *x;             /* the guess */
};

static traj_ddp *solver_of(const traj_problem *problem, traj_ddp_method method, int max_iter, bool trace) {
  traj_ddp *solver;
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.method = method;
  settings.run.max_iter = max_iter;
  settings.run.iteration = trace ? traj_print_iteration : NULL;
  if (traj_ddp_create(&solver, traj_heap(), problem, &settings, NULL) != TRAJ_OK) abort();
  return solver;
}

attempts *attempts_create(const bench_problem *problem, const way *how, int max_iter, bool trace) {
  const traj_problem *p = &problem->problem;
  const size_t N = (size_t)p->N, nx = (size_t)p->model.nx, nu = (size_t)p->model.nu;
  attempts *a = malloc(sizeof *a);
  if (a == NULL) abort();
  *a = (attempts){.problem = problem, .still = how->still};
  a->solver = solver_of(p, how->method, max_iter, trace);
  a->roller = solver_of(p, TRAJ_ILQR, 0, false);
  a->u = malloc(N * nu * sizeof *a->u);
  a->x = malloc((N + 1) * nx * sizeof *a->x);
  if (a->u == NULL || a->x == NULL) abort();
  for (size_t k = 0; k <= N; k++)
    memcpy(a->x + k * nx, problem->x0, nx * sizeof *a->x);
  return a;
}

void attempts_destroy(attempts *a) {
  traj_ddp_destroy(a->solver);
  traj_ddp_destroy(a->roller);
  free(a->u);
  free(a->x);
  free(a);
}

double outcome_cost(const outcome *o) {
  return o->stats.status < 0 || o->stats.gap != 0 ? HUGE_VAL : o->stats.cost;
}

outcome attempts_solve(attempts *a, uint64_t seed) {
  const double *x0 = a->problem->x0;
  bench_problem_random_guess(a->problem, seed, a->u);
  const bool rolls = traj_ddp_guess(a->roller, a->u) == TRAJ_OK && traj_ddp_solve(a->roller, 0, x0) >= 0;
  const double guess = rolls ? traj_ddp_get_stats(a->roller)->initial_cost : HUGE_VAL;
  traj_status status = a->still ? traj_ddp_guess_states(a->solver, a->x, a->u) : traj_ddp_guess(a->solver, a->u);
  if (status == TRAJ_OK) status = traj_ddp_solve(a->solver, 0, x0);
  return (outcome){.stats = *traj_ddp_get_stats(a->solver),
                   .guess = guess,
                   .failing = bench_verdict(status, traj_ddp_plan(a->solver), guess)};
}
