/* Where the time of an iteration goes: derivatives, backward pass, one candidate of the line search. Measured about the
 * optimum, on the solver's own functions. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "ddp/ddp.h"
#include "measure.h"
#include "traj/extra.h"

enum { PARTS = 3 };

static void derivatives(void *arg) {
  tj_ddp_differentiate(arg);
}

static void backward(void *arg) {
  tj_ddp_sweep(arg, 0);
}

static void forward(void *arg) {
  traj_ddp *ddp = arg;
  tj_guide guide = {.hat = &ddp->current, .policy = &ddp->current_policy, .u = ddp->current.u, .N = ddp->sim.world.N};
  tj_rollout_policy(&ddp->sim, ddp->current.x, &guide, 1, false, &ddp->candidates[0].at);
}

/* A solver that stands at the optimum; NULL with a message when it did not get there. */
static traj_ddp *at_optimum(const bench_problem *problem, traj_ddp_method method) {
  traj_ddp *ddp;
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.method = method;
  double *guess = malloc((size_t)(problem->problem.N * problem->problem.model.nu) * sizeof *guess);
  if (guess == NULL || traj_ddp_create(&ddp, traj_heap(), &problem->problem, &settings, NULL) != TRAJ_OK) abort();
  bench_problem_guess(problem, guess);
  traj_ddp_guess(ddp, guess);
  free(guess);
  if (traj_ddp_solve(ddp, 0, problem->x0) == TRAJ_OK && tj_ddp_start(ddp, 0, problem->x0, false) == TRAJ_OK) return ddp;
  fprintf(stderr, "traj_bench: %s was not solved\n", problem->name);
  traj_ddp_destroy(ddp);
  return NULL;
}

static int split(const bench_run *run, const bench_problem *problem, traj_ddp_method method, bench_table *table) {
  traj_ddp *ddp = at_optimum(problem, method);
  if (ddp == NULL) return -1;
  bench_job jobs[PARTS] = {
      {.run = derivatives, .arg = ddp}, {.run = backward, .arg = ddp}, {.run = forward, .arg = ddp}};
  bench_measure(jobs, PARTS, run->quick ? 0.05 : 0.4);
  bench_text(table, problem->name);
  bench_text(table, method == TRAJ_DDP ? "DDP" : "iLQR");
  bench_number(table, 0, problem->problem.model.nx);
  bench_number(table, 0, problem->problem.model.nu);
  bench_number(table, 0, problem->problem.N);
  double sum = 0;
  for (int i = 0; i < PARTS; i++) {
    bench_number(table, 2, 1e6 * jobs[i].least);
    sum += jobs[i].least;
  }
  bench_number(table, 2, 1e6 * sum);
  traj_ddp_destroy(ddp);
  return 0;
}

int bench_section_iteration(const bench_run *run) {
  static const char *const columns[] = {"problem",     "method",   "nx",      "nu", "N",
                                        "derivatives", "backward", "forward", "sum"};
  bench_table *table = bench_table_begin(run->report, "iteration", "An iteration at the optimum, us");
  for (size_t j = 0; j < sizeof columns / sizeof *columns; j++)
    bench_heading(table, columns[j]);
  int bad = 0;
  const bench_problem *problem;
  for (int i = 0; (problem = bench_problem_at(i)) != NULL; i++) {
    if (problem->purpose != BENCH_PEERS) continue;
    bad |= split(run, problem, TRAJ_ILQR, table);
    bad |= split(run, problem, TRAJ_DDP, table);
  }
  bench_table_print(table);
  return bad;
}
