/* What workers on a pool of threads gain where the model is expensive, and what they cost where it is not. By the wall
 * clock: a pool is there to save that, at the price of processor time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "measure.h"
#include "traj/ddp.h"
#include "traj/extra.h"

enum { MOST_WORKERS = 2, ITERATIONS = 3 };

/* A model that takes its time. */
typedef struct slow_model {
  traj_model inner;
  long rounds; /* of idle work in each call */
} slow_model;

static void idle(long rounds) {
  volatile double sum = 0;
  for (long i = 0; i < rounds; i++)
    sum = sum * 0.5 + 1;
}

static int slow_ode(const traj_point *at, double *dxdt, void *user) {
  const slow_model *m = user;
  idle(m->rounds);
  return m->inner.ode(at, dxdt, m->inner.user);
}

/* Rounds of idle work that take so many seconds. */
static long rounds_for(double seconds) {
  const long many = 1000000;
  double least = HUGE_VAL;
  for (int i = 0; i < 5; i++) {
    double start = bench_now();
    idle(many);
    least = fmin(least, bench_now() - start);
  }
  return (long)(seconds / least * (double)many);
}

/* The slow ode replaces the problem's; its derivatives are made by differences then. */
static traj_problem slow_problem(const bench_problem *bench, double us, slow_model *slow) {
  traj_problem problem = bench->problem;
  if (us == 0) return problem;
  *slow = (slow_model){.inner = problem.model, .rounds = rounds_for(1e-6 * us)};
  problem.model.ode = slow_ode;
  problem.model.jac = NULL;
  problem.model.hess = NULL;
  problem.model.user = slow;
  return problem;
}

typedef struct contestant {
  traj_pool *pool;
  traj_ddp *solver;
  double least; /* seconds */
} contestant;

static void enter(contestant *c, int workers, const traj_problem *problem) {
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.method = TRAJ_ILQR;
  settings.run.max_iter = ITERATIONS;
  if (traj_pool_create(&c->pool, workers) != TRAJ_OK) abort();
  settings.run.workers = workers;
  settings.run.parallel = traj_pool_run;
  settings.run.parallel_user = c->pool;
  if (traj_ddp_create(&c->solver, traj_heap(), problem, &settings, NULL) != TRAJ_OK) abort();
  c->least = HUGE_VAL;
}

static void leave(contestant *c) {
  traj_ddp_destroy(c->solver);
  traj_pool_destroy(c->pool);
}

static void solve_once(contestant *c, const bench_problem *bench, const double *guess) {
  double start = bench_now();
  traj_ddp_guess(c->solver, guess);
  traj_ddp_solve(c->solver, 0, bench->x0);
  c->least = fmin(c->least, bench_now() - start);
}

/* us: what a call of the ode takes; 0: the problem as it is, with its own derivatives. */
static void compare(bench_table *table, const char *name, double us, double seconds) {
  const bench_problem *bench = bench_problem_find(name);
  slow_model slow;
  const traj_problem problem = slow_problem(bench, us, &slow);
  contestant c[MOST_WORKERS];
  double *guess = malloc((size_t)(problem.N * problem.model.nu) * sizeof *guess);
  if (guess == NULL) abort();
  bench_problem_guess(bench, guess);
  for (int i = 0; i < MOST_WORKERS; i++)
    enter(&c[i], i + 1, &problem);
  double start = bench_now();
  for (int round = 0; round < 3 || bench_now() - start < seconds; round++) {
    for (int i = 0; i < MOST_WORKERS; i++)
      solve_once(&c[i], bench, guess);
  }
  const traj_ddp_stats *alone = traj_ddp_get_stats(c[0].solver);
  for (int i = 0; i < MOST_WORKERS; i++) {
    const traj_ddp_stats *stats = traj_ddp_get_stats(c[i].solver);
    bench_text(table, name);
    bench_number(table, 0, us == 0 ? (double)NAN : us);
    bench_number(table, 0, i + 1);
    bench_number(table, 3, 1e3 * c[i].least);
    bench_number(table, 2, c[0].least / c[i].least);
    bench_number(table, 2, (double)stats->calls.dynamics / (double)alone->calls.dynamics);
  }
  for (int i = 0; i < MOST_WORKERS; i++)
    leave(&c[i]);
  free(guess);
}

int bench_section_parallel(const bench_run *run) {
  static const char *const columns[] = {"problem",      "us per ode", "workers",
                                        "ms per solve", "speed-up",   "calls of the model"};
  bench_table *table =
      bench_table_begin(run->report, "parallel", "Workers on a pool of threads, three iterations, wall clock");
  for (size_t j = 0; j < sizeof columns / sizeof *columns; j++)
    bench_heading(table, columns[j]);
  double seconds = run->quick ? 0.02 : 3;
  compare(table, "CP50", run->quick ? 2 : 20, seconds);
  compare(table, "CP50", run->quick ? 1 : 2, seconds);
  compare(table, "pendulum", 0, seconds);
  compare(table, "cartpole", 0, seconds);
  compare(table, "quadrotor", 0, seconds);
  compare(table, "chain60", 0, seconds);
  bench_table_print(table);
  return 0;
}
