/* What the hooks can rely on: exact times, derivatives asked only where step and cost were, counts that are right, and
 * a solver that refuses calls from within. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problems/problems.h"
#include "support/attitude.h"
#include "support/same_plan.h"
#include "support/solver.h"
#include "support/watch.h"

/* Where the stages of a problem begin. */
typedef struct times {
  const traj_problem *problem;
  double t0;
  long seen;
} times;

/* Uniform steps are multiplied; others are summed in order. */
static double time_of(const times *t, int k) {
  if (t->problem->dt_stage == NULL) return t->t0 + k * t->problem->dt;
  double elapsed = 0;
  for (int i = 0; i < k; i++)
    elapsed += t->problem->dt_stage[i];
  return t->t0 + elapsed;
}

static int check_time(const watch_call *call, void *ctx) {
  times *t = ctx;
  const traj_point *at = call->at;
  const traj_problem *p = t->problem;
  if (at == NULL) return call->code;
  t->seen++;
  assert_int_equal(at->worker, 0);
  assert_true(at->k >= 0 && at->k <= p->N);
  const double start = time_of(t, at->k), dt = p->dt_stage == NULL || at->k == p->N ? p->dt : p->dt_stage[at->k];
  int within = call->hook == WATCH_COST || call->hook == WATCH_QUAD || p->model.ode == NULL
                   ? at->t == start
                   : at->t == start || at->t == start + dt / 2 || at->t == start + dt;
  if (!within) fail_msg("stage %d: time %.17g, where %.17g begins", at->k, at->t, start);
  assert_int_equal(at->u == NULL, at->k == p->N);
  return call->code;
}

static void check_times(const traj_problem *inner, const double *x0, traj_ddp_method method, double t0) {
  watch w;
  times t = {.problem = inner, .t0 = t0};
  const traj_problem problem = watch_problem(&w, inner);
  traj_ddp_settings settings = solver_settings(method);
  settings.run.max_iter = 3;
  w.look = check_time;
  w.ctx = &t;
  traj_ddp *solver = solver_create(&problem, &settings);
  assert_true(traj_ddp_solve(solver, t.t0, x0) >= 0);
  assert_true(t.seen > 4 * inner->N);
  for (int k = 0; k <= inner->N; k++)
    assert_true(traj_ddp_plan(solver)->t[k] == time_of(&t, k));
  traj_ddp_destroy(solver);
}

static void times_are_exact(void **state) {
  (void)state;
  double x0[ATTITUDE_NX], dt_stage[100];
  attitude_start(1, x0);
  for (int k = 0; k < 100; k++)
    dt_stage[k] = 0.01 + 0.001 * (k % 7);
  const bench_problem *b = bench_problem_find("CP50");
  for (int varied = 0; varied < 2; varied++) {
    for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
      traj_problem ode = b->problem, step = attitude_problem();
      ode.dt_stage = step.dt_stage = varied ? dt_stage : NULL;
      for (int zero = 0; zero < 2; zero++) { /* at 0 a sum of steps shows best, later the sum with t0 */
        check_times(&ode, b->x0, (traj_ddp_method)method, zero ? 0 : 1e5 / 3);
        check_times(&step, x0, (traj_ddp_method)method, zero ? 0 : 1e5 / 3);
      }
    }
  }
}

/* A constant dt_stage is the uniform problem, up to the rounding of the times; a varied one is another. */
static void stage_lengths_count(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  traj_problem varied = b->problem;
  double dt_stage[50];
  varied.dt_stage = dt_stage;
  for (int k = 0; k < 50; k++)
    dt_stage[k] = varied.dt;
  traj_ddp *uniform = solver_create(&b->problem, NULL), *solver = solver_create(&varied, NULL);
  assert_int_equal(solver_run(uniform, b), TRAJ_OK);
  assert_int_equal(solver_run(solver, b), TRAJ_OK);
  const double cost = traj_ddp_plan(uniform)->cost;
  assert_true(traj_ddp_plan(solver)->cost == cost);
  for (int k = 0; k < 50; k++) /* read anew by each solve: more time, less effort */
    dt_stage[k] *= 1.2;
  assert_int_equal(solver_run(solver, b), TRAJ_OK);
  assert_true(traj_ddp_plan(solver)->cost < 0.9 * cost);
  dt_stage[11] = 0;
  assert_int_equal(solver_run(solver, b), TRAJ_E_ARG);
  assert_string_equal(traj_ddp_get_stats(solver)->diag.field, "dt_stage");
  assert_int_equal(traj_ddp_get_stats(solver)->diag.k, 11);
  traj_ddp_destroy(uniform);
  traj_ddp_destroy(solver);
}

/* The points that hooks were called at, by digest. */
enum { SLOTS = 1 << 20 };

typedef struct point_set {
  uint64_t slot[SLOTS];
  int count;
} point_set;

static uint64_t *find(point_set *set, uint64_t digest) {
  size_t i = (size_t)(digest % SLOTS);
  while (set->slot[i] != 0 && set->slot[i] != digest)
    i = (i + 1) % SLOTS;
  return &set->slot[i];
}

static uint64_t digest_of(const traj_point *at, const traj_problem *p) {
  double numbers[80] = {at->k, at->t};
  const size_t nx = (size_t)p->model.nx, nu = at->u == NULL ? 0 : (size_t)p->model.nu;
  memcpy(numbers + 2, at->x, nx * sizeof(double));
  if (nu > 0) memcpy(numbers + 2 + nx, at->u, nu * sizeof(double));
  const unsigned char *bytes = (const unsigned char *)numbers;
  uint64_t digest = 0xcbf29ce484222325u;
  for (size_t i = 0; i < (2 + nx + nu) * sizeof(double); i++)
    digest = (digest ^ bytes[i]) * 0x100000001b3u;
  return digest | 1;
}

typedef struct memory {
  const traj_problem *problem;
  point_set *dynamics, *cost;
  long derivatives;
} memory;

static void remember(point_set *set, uint64_t digest) {
  uint64_t *slot = find(set, digest);
  if (*slot == 0) assert_true(++set->count < SLOTS / 2);
  *slot = digest;
}

/* The dynamics' derivatives follow the dynamics (for an ode inside the step), those of the cost follow the cost. For a
 * step model both kinds must have been at the same point. */
static int check_place(const watch_call *call, void *ctx) {
  memory *m = ctx;
  if (call->at == NULL) return call->code;
  const uint64_t digest = digest_of(call->at, m->problem);
  const int step = m->problem->model.step != NULL, final = call->at->u == NULL;
  if (call->hook == WATCH_DYNAMICS) remember(m->dynamics, digest);
  if (call->hook == WATCH_COST) remember(m->cost, digest);
  if (call->hook == WATCH_DYNAMICS || call->hook == WATCH_COST) return call->code;
  const int model = call->hook != WATCH_QUAD;
  if (model || (step && !final)) assert_true(*find(m->dynamics, digest) == digest);
  if (!model || step) assert_true(*find(m->cost, digest) == digest);
  m->derivatives++;
  return call->code;
}

static void check_places(const traj_problem *inner, const double *x0, traj_ddp_method method) {
  watch w;
  memory m = {.problem = inner, .dynamics = calloc(1, sizeof(point_set)), .cost = calloc(1, sizeof(point_set))};
  assert_non_null(m.dynamics);
  assert_non_null(m.cost);
  const traj_problem problem = watch_problem(&w, inner);
  traj_ddp_settings settings = solver_settings(method);
  settings.run.max_iter = 30;
  w.look = check_place;
  w.ctx = &m;
  traj_ddp *solver = solver_create(&problem, &settings);
  assert_true(traj_ddp_solve(solver, 0.3, x0) >= 0);
  assert_true(m.derivatives > 3 * inner->N);
  traj_ddp_destroy(solver);
  free(m.dynamics);
  free(m.cost);
}

static void derivatives_are_asked_where_step_and_cost_were(void **state) {
  (void)state;
  double x0[ATTITUDE_NX];
  attitude_start(2, x0);
  const traj_problem attitude = attitude_problem();
  const char *const names[] = {"CP50", "car", "quadrotor"};
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    check_places(&attitude, x0, (traj_ddp_method)method);
    for (int i = 0; i < 3; i++) {
      const bench_problem *b = bench_problem_find(names[i]);
      check_places(&b->problem, b->x0, (traj_ddp_method)method);
    }
  }
}

static double count_clock(void *user) {
  long *calls = user;
  ++*calls;
  return 0;
}

/* The counts of the stats are those of the hooks. */
static void check_counts(const traj_problem *inner, const double *x0, traj_ddp_method method, int max_iter) {
  watch w;
  long clock = 0;
  const traj_problem problem = watch_problem(&w, inner);
  traj_ddp_settings settings = solver_settings(method);
  settings.run.max_iter = max_iter;
  settings.run.clock = count_clock;
  settings.run.clock_user = &clock;
  settings.run.time_limit = 1;
  traj_ddp *solver = solver_create(&problem, &settings);
  for (int round = 0; round < 2; round++) { /* of the last solve alone */
    w.calls = (traj_calls){0};
    clock = 0;
    assert_true(traj_ddp_solve(solver, 0, x0) >= 0);
    const traj_calls *calls = &traj_ddp_get_stats(solver)->calls;
    assert_int_equal(calls->dynamics, w.calls.dynamics);
    assert_int_equal(calls->jac, w.calls.jac);
    assert_int_equal(calls->hess, w.calls.hess);
    assert_int_equal(calls->cost, w.calls.cost);
    assert_int_equal(calls->quad, w.calls.quad);
    assert_int_equal(calls->retract, w.calls.retract);
    assert_int_equal(calls->difference, w.calls.difference);
    assert_int_equal(calls->clock, clock);
    assert_true(calls->dynamics > 0 && calls->cost > 0 && calls->clock > 0);
  }
  traj_ddp_destroy(solver);
}

static void counts_are_right(void **state) {
  (void)state;
  double x0[ATTITUDE_NX];
  attitude_start(2, x0);
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    const bench_problem *b;
    for (int n = 0; (b = bench_problem_at(n)) != NULL; n++)
      check_counts(&b->problem, b->x0, (traj_ddp_method)method, 3);
    traj_problem attitude = attitude_problem(), cp50 = bench_problem_find("CP50")->problem;
    check_counts(&attitude, x0, (traj_ddp_method)method, 3);
    attitude.model.hess = cp50.model.hess = NULL;
    attitude.cost.stage_quad = cp50.cost.final_quad = NULL;
    check_counts(&attitude, x0, (traj_ddp_method)method, 3);
    attitude.model.jac = cp50.model.jac = NULL;
    check_counts(&attitude, x0, (traj_ddp_method)method, 3);
    check_counts(&cp50, bench_problem_find("CP50")->x0, (traj_ddp_method)method, 3);
  }
}

/* Calls every entry of the solver from one of its own hooks. */
typedef struct intruder {
  traj_ddp *solver;
  const double *x0;
  long tries;
} intruder;

static void intrude(intruder *i) {
  double u[200] = {0};
  if (i->solver == NULL) return;
  i->tries++;
  assert_int_equal(traj_ddp_guess(i->solver, u), TRAJ_E_BUSY);
  assert_int_equal(traj_ddp_shift(i->solver, 1), TRAJ_E_BUSY);
  assert_int_equal(traj_ddp_horizon(i->solver, 1), TRAJ_E_BUSY);
  assert_int_equal(traj_ddp_solve(i->solver, 0, i->x0), TRAJ_E_BUSY);
  assert_int_equal(traj_ddp_check_derivatives(i->solver, 0, i->x0, NULL), TRAJ_E_BUSY);
  traj_ddp_destroy(i->solver);
}

static int intrude_from_hook(const watch_call *call, void *ctx) {
  intrude(ctx);
  return call->code;
}

static int intrude_from_iteration(const traj_iteration *row, void *user) {
  (void)row;
  intrude(user);
  return 0;
}

static double intrude_from_clock(void *user) {
  intrude(user);
  return 0;
}

static void calls_from_within_are_refused(void **state) {
  (void)state;
  double x0[ATTITUDE_NX];
  attitude_start(2, x0);
  const traj_problem inner = attitude_problem();
  watch w;
  intruder i = {.x0 = x0};
  const traj_problem problem = watch_problem(&w, &inner);
  traj_ddp_settings settings = solver_settings(TRAJ_DDP);
  traj_ddp *peaceful = solver_create(&inner, &settings);
  settings.run.iteration = intrude_from_iteration;
  settings.run.clock = intrude_from_clock;
  settings.run.iteration_user = settings.run.clock_user = &i;
  settings.run.time_limit = 1;
  w.look = intrude_from_hook;
  w.ctx = &i;
  traj_ddp *solver = solver_create(&problem, &settings);
  i.solver = solver;
  assert_int_equal(traj_ddp_solve(solver, 0, x0), TRAJ_OK);
  assert_true(i.tries > 100);
  i.solver = NULL;
  assert_int_equal(traj_ddp_solve(peaceful, 0, x0), TRAJ_OK);
  assert_same_plan(traj_ddp_plan(solver), traj_ddp_plan(peaceful));
  traj_ddp_destroy(solver);
  traj_ddp_destroy(peaceful);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(times_are_exact),
      cmocka_unit_test(stage_lengths_count),
      cmocka_unit_test(derivatives_are_asked_where_step_and_cost_were),
      cmocka_unit_test(counts_are_right),
      cmocka_unit_test(calls_from_within_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
