/* The tail of repeated solves, by the wall clock, and how often they call the heap. A controller sleeps between its
 * ticks: it wakes to caches that others have used, and a system that grants real-time priority takes it away from a
 * thread that never sleeps. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench.h"
#include "lq_problem.h"
#include "measure.h"
#include "random.h"
#include "traj/ddp.h"
#include "traj/extra.h"

enum { PAUSE = 1000000 }; /* ns */

/* Something that is solved again and again. */
typedef struct scene {
  const bench_problem *problem;
  traj_ddp *solver;
  const bench_lq *who;
  void *self;
  double *guess, *x0;
  uint64_t seed;
  long pause; /* ns between two solves */
} scene;

/* From the fixed guess to convergence. */
static void cold(scene *s) {
  traj_ddp_guess(s->solver, s->guess);
  traj_ddp_solve(s->solver, 0, s->problem->x0);
}

/* One tick of a controller: the plan moves on by a stage, the state is near to where it should be, one iteration. */
static void tick(scene *s) {
  const traj_plan *plan = traj_ddp_plan(s->solver);
  for (int i = 0; i < plan->nx; i++)
    s->x0[i] = plan->x[plan->nx + i] + 0.01 * bench_random(&s->seed);
  traj_ddp_shift(s->solver, 1);
  traj_ddp_solve(s->solver, 0, s->x0);
}

static void linear(scene *s) {
  bench_lq_answer answer;
  s->who->solve(s->self, &answer);
}

static int preemptions(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (int)usage.ru_nivcsw;
}

/* The samples, in us; returns the largest of those in which the system did not take the processor away, NAN: none. */
static double sample(scene *s, void (*solve)(scene *), int count, double *samples) {
  double most = (double)NAN;
  const struct timespec pause = {.tv_nsec = s->pause};
  for (int i = 0; i < count; i++) {
    if (s->pause > 0) nanosleep(&pause, NULL);
    int before = preemptions();
    double start = bench_now();
    solve(s);
    samples[i] = 1e6 * (bench_now() - start);
    if (preemptions() == before) most = fmax(most, samples[i]);
  }
  return most;
}

static void measure(bench_table *table, const char *name, scene *s, void (*solve)(scene *), int count) {
  double *samples = malloc((size_t)count * sizeof *samples);
  if (samples == NULL) abort();
  for (int i = 0; i < 3; i++)
    solve(s);
  long heap = bench_heap_calls();
  double most = sample(s, solve, count, samples);
  heap = bench_heap_calls() - heap;
  bench_sort(samples, count);
  bench_text(table, name);
  bench_number(table, 0, count);
  bench_number(table, 1, bench_quantile(samples, count, 0.5));
  bench_number(table, 1, bench_quantile(samples, count, 0.99));
  bench_number(table, 1, bench_quantile(samples, count, 0.999));
  bench_number(table, 1, samples[count - 1]);
  bench_number(table, 1, most);
  bench_number(table, 0, bench_heap_counted() ? (double)heap : (double)NAN);
  free(samples);
}

static traj_ddp_settings settings_of(traj_ddp_method method) {
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.method = method;
  return settings;
}

static scene nonlinear_scene(const char *name, traj_ddp_settings settings, long pause) {
  scene s = {.problem = bench_problem_find(name), .seed = 1, .pause = pause};
  const traj_problem *p = &s.problem->problem;
  s.guess = malloc((size_t)(p->N * p->model.nu) * sizeof(double));
  s.x0 = malloc((size_t)p->model.nx * sizeof(double));
  if (s.guess == NULL || s.x0 == NULL) abort();
  if (traj_ddp_create(&s.solver, traj_heap(), p, &settings, NULL) != TRAJ_OK) abort();
  bench_problem_guess(s.problem, s.guess);
  return s;
}

static void nonlinear_end(scene *s) {
  traj_ddp_destroy(s->solver);
  free(s->guess);
  free(s->x0);
}

static void measure_cold(bench_table *table, const char *title, const char *name, int count) {
  scene s = nonlinear_scene(name, settings_of(TRAJ_DDP), 0);
  measure(table, title, &s, cold, count);
  nonlinear_end(&s);
}

/* The controller starts from the optimum. */
static void measure_ticks(bench_table *table, const char *title, const char *name, int count) {
  traj_ddp_settings settings = settings_of(TRAJ_ILQR);
  settings.run.max_iter = 1;
  scene s = nonlinear_scene(name, settings, PAUSE);
  traj_ddp_guess(s.solver, s.guess);
  for (int i = 0; i < 500 && traj_ddp_solve(s.solver, 0, s.problem->x0) != TRAJ_OK;)
    i++;
  measure(table, title, &s, tick, count);
  nonlinear_end(&s);
}

/* Far from a solution, with less time than one takes: what lies above the limit is the overrun. */
static void measure_limited(bench_table *table, const char *title, const char *name, double limit, int count) {
  traj_ddp_settings settings = settings_of(TRAJ_ILQR);
  settings.run.time_limit = limit;
  settings.run.clock = traj_clock;
  scene s = nonlinear_scene(name, settings, PAUSE);
  measure(table, title, &s, cold, count);
  nonlinear_end(&s);
}

static void measure_linear(bench_table *table, const char *title, int nx, int nu, int N, int count) {
  bench_lq_problem *problem = bench_lq_problem_create(nx, nu, N);
  scene s = {0};
  for (int i = 0; (s.who = bench_lq_traj(i)) != NULL && strcmp(s.who->name, "traj_lqr") != 0;)
    i++;
  s.self = s.who == NULL ? NULL : s.who->create(&problem->data);
  if (s.self == NULL) abort();
  measure(table, title, &s, linear, count);
  s.who->destroy(s.self);
  bench_lq_problem_destroy(problem);
}

int bench_section_latency(const bench_run *run) {
  static const char *const columns[] = {"solve", "count",           "p50",       "p99", "p99.9",
                                        "max",   "max undisturbed", "heap calls"};
  bench_table *table = bench_table_begin(run->report, "latency", "Tail of repeated solves, us by the wall clock");
  for (size_t j = 0; j < sizeof columns / sizeof *columns; j++)
    bench_heading(table, columns[j]);
  int scale = run->quick ? 1 : 20;
  measure_linear(table, "traj_lqr 12,4 N=50", 12, 4, 50, 1000 * scale);
  measure_cold(table, "pendulum, cold, DDP", "pendulum", 100 * scale);
  measure_cold(table, "car, cold, DDP", "car", 5 * scale);
  measure_ticks(table, "cartpole, tick, iLQR", "cartpole", 500 * scale);
  measure_ticks(table, "quadrotor, tick, iLQR", "quadrotor", 200 * scale);
  measure_limited(table, "quadrotor, limit 500 us", "quadrotor", 500e-6, 200 * scale);
  bench_table_print(table);
  return 0;
}
