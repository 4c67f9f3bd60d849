/* How time and memory grow: with the number of stages, and with the number of states. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "lq_problem.h"
#include "measure.h"
#include "traj/ddp.h"
#include "traj/extra.h"
#include "traj/lqr.h"

static void headings(bench_table *table, const char *const *columns, int count) {
  for (int j = 0; j < count; j++)
    bench_heading(table, columns[j]);
}

typedef struct lqr_job {
  traj_lqr *solver;
  const double *x0;
} lqr_job;

static void run_lqr(void *arg) {
  const lqr_job *job = arg;
  traj_lqr_factor(job->solver, NULL);
  traj_lqr_solve(job->solver, 0, job->x0);
}

/* A time-varying linear-quadratic problem, factored and solved. */
static void grow_lqr(int N, double seconds, double *per_stage, double *bytes) {
  bench_lq_problem *problem = bench_lq_problem_create(4, 1, N);
  const bench_lq_data *d = &problem->data;
  traj_lqr_problem p = {.nx = 4, .nu = 1, .N = N, .A = {d->A, 16}, .B = {d->B, 4}, .c = {d->c, 4}, .Q = {d->Q, 16}};
  p.S = (traj_series){d->S, 4};
  p.R = (traj_series){d->R, 1};
  p.q = (traj_series){d->q, 4};
  p.r = (traj_series){d->r, 1};
  p.Q_N = d->QN;
  p.q_N = d->qN;
  size_t size = 0;
  lqr_job arg = {.x0 = d->x0};
  if (traj_lqr_size(&p, &size, NULL) != TRAJ_OK || traj_lqr_create(&arg.solver, traj_heap(), &p, NULL) != TRAJ_OK)
    abort();
  bench_job job = {.run = run_lqr, .arg = &arg};
  bench_measure(&job, 1, seconds);
  *per_stage = job.least / N;
  *bytes = (double)size / N;
  traj_lqr_destroy(arg.solver);
  bench_lq_problem_destroy(problem);
}

typedef struct ddp_job {
  traj_ddp *solver;
  const double *x0;
} ddp_job;

static void run_ddp(void *arg) {
  const ddp_job *job = arg;
  traj_ddp_guess(job->solver, NULL);
  traj_ddp_solve(job->solver, 0, job->x0);
}

/* The pendulum with a longer horizon: a rollout, derivatives and a backward pass. */
static void grow_ddp(int N, double seconds, double *per_stage, double *bytes) {
  const bench_problem *pendulum = bench_problem_find("pendulum");
  traj_problem p = pendulum->problem;
  p.N = N;
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.method = TRAJ_ILQR;
  settings.run.max_iter = 0;
  size_t size = 0;
  ddp_job arg = {.x0 = pendulum->x0};
  if (traj_ddp_size(&p, &settings, &size, NULL) != TRAJ_OK) abort();
  if (traj_ddp_create(&arg.solver, traj_heap(), &p, &settings, NULL) != TRAJ_OK) abort();
  bench_job job = {.run = run_ddp, .arg = &arg};
  bench_measure(&job, 1, seconds);
  *per_stage = job.least / N;
  *bytes = (double)size / N;
  traj_ddp_destroy(arg.solver);
}

static void grow_horizon(const bench_run *run) {
  static const char *const columns[] = {"N", "lqr ns/stage", "lqr bytes/stage", "ddp ns/stage", "ddp bytes/stage"};
  bench_table *table = bench_table_begin(
      run->report, "growth_N", "Growth with the horizon: traj_lqr at 4,1; traj_ddp on the pendulum, one pass");
  headings(table, columns, 5);
  int most = run->quick ? 1000 : 100000;
  double seconds = run->quick ? 0.02 : 0.4;
  for (int N = 10; N <= most; N *= 10) {
    double per_stage[2], bytes[2];
    grow_lqr(N, seconds, &per_stage[0], &bytes[0]);
    grow_ddp(N, seconds, &per_stage[1], &bytes[1]);
    bench_number(table, 0, N);
    for (int i = 0; i < 2; i++) {
      bench_number(table, 1, 1e9 * per_stage[i]);
      bench_number(table, 0, bytes[i]);
    }
  }
  bench_table_print(table);
}

typedef struct sweep_job {
  const bench_lq *who;
  void *self;
} sweep_job;

static void run_sweep(void *arg) {
  const sweep_job *job = arg;
  job->who->kernel(job->self);
}

static double time_sweep(int nx, int nu, double seconds) {
  int N = 20;
  bench_lq_problem *problem = bench_lq_problem_create(nx, nu, N);
  sweep_job arg = {.who = bench_lq_traj(0)};
  arg.self = arg.who->create(&problem->data);
  if (arg.self == NULL) abort();
  arg.who->pack(arg.self);
  bench_job job = {.run = run_sweep, .arg = &arg};
  bench_measure(&job, 1, seconds);
  arg.who->destroy(arg.self);
  bench_lq_problem_destroy(problem);
  return job.least / N;
}

static void grow_state(const bench_run *run) {
  static const char *const columns[] = {"nx", "nu", "ns/stage", "GF/s", "of peak", "exponent"};
  static const int sizes[] = {2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192};
  bench_table *table = bench_table_begin(
      run->report, "growth_nx", "Growth with the state, nu = nx/4, kernel; exponent: of the time, from the row above");
  headings(table, columns, 6);
  double before = (double)NAN;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    int nx = sizes[i], nu = nx < 8 ? 1 : nx / 4;
    if (run->quick && nx > 32) break;
    double time = time_sweep(nx, nu, run->quick ? 0.02 : 0.3), flops = bench_lq_flops(nx, nu);
    bench_number(table, 0, nx);
    bench_number(table, 0, nu);
    bench_number(table, 1, 1e9 * time);
    bench_number(table, 2, 1e-9 * flops / time);
    bench_number(table, 3, flops / time / run->peak);
    bench_number(table, 2, i == 0 ? (double)NAN : log(time / before) / log((double)nx / sizes[i - 1]));
    before = time;
  }
  bench_table_print(table);
}

int bench_section_growth(const bench_run *run) {
  grow_horizon(run);
  grow_state(run);
  return 0;
}
