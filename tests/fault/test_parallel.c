/* Parallel hooks that break their contract, and hooks that fail on several workers: a clear status, the plan before is
 * kept, and the next solve is as if nothing had happened. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "problems/problems.h"
#include "support/env.h"
#include "support/refusal.h"
#include "support/same_plan.h"
#include "support/sequence.h"
#include "support/solver.h"
#include "traj/extra.h"

enum { WORKERS = 3, N = 50 };

/* What goes wrong, in one run of the parallel hook or at certain points of the problem. */
typedef struct culprit {
  const bench_problem *bench;
  traj_ddp *solver;
  enum { FAIR, OMIT, REPEAT, EXTRA_JOB, EXTRA_WORKER, NOTHING_AT_ALL, RETURN, REENTER } wrong;
  int index;  /* with which number */
  int victim; /* in which run of a solve */
  int runs;   /* so far */
  int n;      /* jobs of the victim */
  atomic_int wrong_answers, calls;
  int fail[N + 1]; /* what quads return by stage */
  double domain;   /* the ode gives up beyond that control ... */
  int code;        /* ... with this code */
  atomic_long clock, late_from;
  atomic_long calls_when_late;
} culprit;

static void call_the_solver(culprit *c) {
  static const double x0[4];
  const int answers[] = {traj_ddp_solve(c->solver, 0, x0), traj_ddp_guess(c->solver, NULL),
                         traj_ddp_shift(c->solver, 1), traj_ddp_horizon(c->solver, 1),
                         traj_ddp_check_derivatives(c->solver, 0, x0, NULL)};
  for (int i = 0; i < 5; i++)
    c->wrong_answers += answers[i] != TRAJ_E_BUSY;
  traj_ddp_destroy(c->solver);
}

static int hostile(traj_job_fn *job, int n, void *arg, void *user) {
  culprit *c = user;
  int wrong = c->runs++ == c->victim ? (int)c->wrong : FAIR;
  if (wrong != FAIR) c->n = n;
  if (wrong == NOTHING_AT_ALL) return 0;
  if (wrong == REENTER) call_the_solver(c);
  for (int i = 0; i < n; i++)
    if (wrong != OMIT || i != c->index % n) job(i, i % WORKERS, arg);
  if (wrong == REPEAT) job(c->index % n, 0, arg);
  if (wrong == EXTRA_JOB) job(c->index, 1, arg);
  if (wrong == EXTRA_WORKER) job(0, c->index, arg);
  return wrong == RETURN ? c->index : 0;
}

static int ode(const traj_point *at, double *dxdt, void *user) {
  culprit *c = user;
  c->calls++;
  if (c->wrong == REENTER && at->k == c->index) call_the_solver(c);
  if (fabs(at->u[0]) > c->domain) return c->code;
  return c->bench->problem.model.ode(at, dxdt, c->bench->problem.model.user);
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  culprit *c = user;
  return c->bench->problem.model.jac(at, out, c->bench->problem.model.user);
}

static int cost(const traj_point *at, double *value, void *user) {
  const traj_cost *inner = &((culprit *)user)->bench->problem.cost;
  return at->u == NULL ? inner->final(at, value, inner->user) : inner->stage(at, value, inner->user);
}

static int quad(const traj_point *at, traj_quad *out, void *user) {
  culprit *c = user;
  const traj_cost *inner = &c->bench->problem.cost;
  if (c->fail[at->k] != 0) return c->fail[at->k];
  return at->u == NULL ? inner->final_quad(at, out, inner->user) : inner->stage_quad(at, out, inner->user);
}

static double read_clock(void *user) {
  culprit *c = user;
  if (c->clock++ < c->late_from) return 0;
  if (c->calls_when_late < 0) c->calls_when_late = c->calls;
  return 1e6;
}

static traj_problem problem_of(culprit *c) {
  traj_problem p = c->bench->problem;
  p.model.ode = ode;
  p.model.jac = jac;
  p.model.hess = NULL;
  p.cost.stage = p.cost.final = cost;
  p.cost.stage_quad = p.cost.final_quad = quad;
  p.model.user = p.cost.user = c;
  return p;
}

static traj_ddp_settings settings_of(traj_parallel_fn *parallel, void *user) {
  traj_ddp_settings settings = solver_settings(TRAJ_ILQR);
  settings.run.max_iter = 3;
  settings.run.workers = parallel == NULL ? 1 : WORKERS;
  settings.run.parallel = parallel;
  settings.run.parallel_user = user;
  return settings;
}

static void prepare(culprit *c, traj_parallel_fn *parallel, void *user) {
  *c = (culprit){.bench = bench_problem_find("CP50"), .domain = HUGE_VAL, .victim = -1};
  const traj_problem problem = problem_of(c);
  const traj_ddp_settings settings = settings_of(parallel, user);
  c->solver = solver_create(&problem, &settings);
}

static traj_status solve(culprit *c) {
  c->runs = 0;
  assert_int_equal(traj_ddp_guess(c->solver, NULL), TRAJ_OK);
  return traj_ddp_solve(c->solver, 0, c->bench->x0);
}

/* What a breach with a number must be reported as; n jobs. */
static traj_diag report_of(int wrong, int index, int n) {
  traj_diag diag = tj_diag_field(wrong == RETURN ? TRAJ_E_CALLBACK : TRAJ_E_PARALLEL, "i", index);
  diag.hook = "run.parallel";
  if (wrong == OMIT || wrong == REPEAT) diag.value = index % n;
  if (wrong == NOTHING_AT_ALL) diag.value = 0;
  if (wrong == EXTRA_WORKER) diag.field = "worker";
  if (wrong == RETURN) diag.field = NULL;
  return diag;
}

static void test_breaches(void **state) {
  (void)state;
  static const struct {
    int wrong, index;
  } breaches[] = {
      {OMIT, 0},
      {OMIT, 1},
      {OMIT, 11},
      {REPEAT, 0},
      {REPEAT, 2},
      {EXTRA_JOB, -1},
      {EXTRA_JOB, 12},
      {EXTRA_JOB, INT_MAX},
      {EXTRA_JOB, INT_MIN},
      {EXTRA_WORKER, -1},
      {EXTRA_WORKER, WORKERS},
      {EXTRA_WORKER, INT_MAX},
      {EXTRA_WORKER, INT_MIN},
      {NOTHING_AT_ALL, 0},
      {RETURN, 1},
      {RETURN, -1},
      {RETURN, INT_MIN},
  };
  culprit c;
  prepare(&c, hostile, &c);
  assert_int_equal(solve(&c), TRAJ_MAX_ITER);
  const int runs = c.runs;
  kept_plan good = keep_plan(traj_ddp_plan(c.solver));
  assert_true(runs > 5);
  for (size_t i = 0; i < sizeof breaches / sizeof breaches[0]; i++) {
    for (c.victim = 0; c.victim < runs; c.victim++) {
      c.wrong = breaches[i].wrong;
      c.index = breaches[i].index;
      const traj_status status = solve(&c);
      const traj_diag expected = report_of(breaches[i].wrong, breaches[i].index, c.n);
      assert_int_equal(status, expected.status);
      assert_diag(&traj_ddp_get_stats(c.solver)->diag, expected);
      assert_int_equal(c.runs, c.victim + 1);
      assert_same_plan(traj_ddp_plan(c.solver), good.plan);
      c.wrong = FAIR;
      assert_int_equal(solve(&c), TRAJ_MAX_ITER);
      assert_same_plan(traj_ddp_plan(c.solver), good.plan);
    }
  }
  traj_ddp_destroy(c.solver);
  free(good.block);
}

/* From the parallel hook, and from the model's hooks on other threads. */
static void test_reentry(void **state) {
  (void)state;
  traj_pool *pool;
  culprit c;
  prepare(&c, hostile, &c);
  assert_int_equal(solve(&c), TRAJ_MAX_ITER);
  kept_plan good = keep_plan(traj_ddp_plan(c.solver));
  c.wrong = REENTER;
  c.victim = 1;
  c.index = N / 2;
  assert_int_equal(solve(&c), TRAJ_MAX_ITER);
  assert_int_equal(c.wrong_answers, 0);
  assert_same_plan(traj_ddp_plan(c.solver), good.plan);
  c.wrong = FAIR;
  traj_ddp_destroy(c.solver);
  assert_int_equal(traj_pool_create(&pool, WORKERS), TRAJ_OK);
  prepare(&c, traj_pool_run, pool);
  c.wrong = REENTER;
  c.index = N / 2;
  assert_int_equal(solve(&c), TRAJ_MAX_ITER);
  assert_int_equal(c.wrong_answers, 0);
  assert_same_plan(traj_ddp_plan(c.solver), good.plan);
  c.wrong = FAIR;
  traj_ddp_destroy(c.solver);
  traj_pool_destroy(pool);
  free(good.block);
}

/* The same solver with one worker, on a pool, and in random order. */
typedef struct trio {
  culprit alone, pooled, shuffled;
  traj_pool *pool;
  sequence sequence;
} trio;

static void trio_begin(trio *t) {
  t->sequence = sequence_of(SHUFFLED, WORKERS, env_seed("parallel faults", 77));
  assert_int_equal(traj_pool_create(&t->pool, WORKERS), TRAJ_OK);
  prepare(&t->alone, NULL, NULL);
  prepare(&t->pooled, traj_pool_run, t->pool);
  prepare(&t->shuffled, sequence_run, &t->sequence);
}

static void trio_end(trio *t) {
  traj_ddp_destroy(t->alone.solver);
  traj_ddp_destroy(t->pooled.solver);
  traj_ddp_destroy(t->shuffled.solver);
  traj_pool_destroy(t->pool);
}

static void assert_same_end(const culprit *a, traj_status status, const culprit *b) {
  const traj_ddp_stats *said = traj_ddp_get_stats(a->solver), *expected = traj_ddp_get_stats(b->solver);
  assert_int_equal(status, expected->status);
  assert_diag(&said->diag, expected->diag);
  assert_int_equal(said->candidates, expected->candidates);
  assert_int_equal(said->iterations, expected->iterations);
  if (traj_ddp_plan(b->solver) != NULL) {
    assert_same_plan(traj_ddp_plan(a->solver), traj_ddp_plan(b->solver));
  } else {
    assert_null(traj_ddp_plan(a->solver));
  }
}

static void check_trio(trio *t) {
  solve(&t->alone);
  assert_same_end(&t->pooled, solve(&t->pooled), &t->alone);
  assert_same_end(&t->shuffled, solve(&t->shuffled), &t->alone);
}

/* Derivatives that fail at two stages: the lower one is reported. */
static void test_failing_stages(void **state) {
  (void)state;
  trio t;
  trio_begin(&t);
  check_trio(&t);
  for (int low = 0; low <= N; low++) {
    const int high = low + env_rounds(7, 29) <= N ? low + env_rounds(7, 29) : N;
    t.alone.fail[low] = t.pooled.fail[low] = t.shuffled.fail[low] = low % 2 ? -5 : 5;
    t.alone.fail[high] = t.pooled.fail[high] = t.shuffled.fail[high] = low % 2 ? 6 : -6;
    check_trio(&t);
    const traj_ddp_stats *stats = traj_ddp_get_stats(t.pooled.solver);
    assert_int_equal(stats->status, TRAJ_E_CALLBACK);
    assert_int_equal(stats->diag.k, low);
    t.alone.fail[low] = t.pooled.fail[low] = t.shuffled.fail[low] = 0;
    t.alone.fail[high] = t.pooled.fail[high] = t.shuffled.fail[high] = 0;
  }
  check_trio(&t);
  assert_int_equal(traj_ddp_get_stats(t.alone.solver)->status, TRAJ_MAX_ITER);
  trio_end(&t);
}

/* Candidates that leave the domain of the model: what one by one would have said is said. */
static void test_failing_candidates(void **state) {
  (void)state;
  const int codes[] = {-9, 9};
  int ends[2] = {0, 0};
  trio t;
  trio_begin(&t);
  for (int i = 0; i < 2; i++) {
    for (double domain = 1e-3; domain < 100; domain *= env_rounds(1, 4) + 0.3) {
      t.alone.code = t.pooled.code = t.shuffled.code = codes[i];
      t.alone.domain = t.pooled.domain = t.shuffled.domain = domain;
      check_trio(&t);
      ends[traj_ddp_get_stats(t.alone.solver)->status < 0]++;
    }
  }
  assert_true(ends[0] > 0 && ends[1] > 0);
  trio_end(&t);
}

/* Late at each reading of the clock: the plan is usable, and after the deadline no worker makes more than the calls of
 * one stage, before which each reads the clock. */
static void test_deadline(void **state) {
  (void)state;
  const int POINTS = 4, stride = env_rounds(5, 37);
  traj_pool *pool;
  culprit c = {.bench = bench_problem_find("CP50"), .domain = HUGE_VAL, .victim = -1};
  assert_int_equal(traj_pool_create(&pool, WORKERS), TRAJ_OK);
  const traj_problem problem = problem_of(&c);
  traj_ddp_settings settings = settings_of(traj_pool_run, pool);
  settings.run.time_limit = 1;
  settings.run.clock = read_clock;
  settings.run.clock_user = &c;
  c.solver = solver_create(&problem, &settings);
  traj_status status = TRAJ_TIME_LIMIT;
  for (long from = 1; status == TRAJ_TIME_LIMIT; from += stride) {
    c.clock = 0;
    c.calls = 0;
    c.late_from = from;
    c.calls_when_late = -1;
    status = solve(&c);
    assert_true(status == TRAJ_TIME_LIMIT || status == TRAJ_MAX_ITER);
    assert_plan_finite(traj_ddp_plan(c.solver));
    const traj_ddp_stats *stats = traj_ddp_get_stats(c.solver);
    assert_true(stats->cost <= stats->initial_cost);
    assert_int_equal(stats->calls.clock, c.clock);
    assert_int_equal(stats->calls.dynamics, c.calls);
    if (c.calls_when_late >= POINTS * N) assert_true(c.calls - c.calls_when_late <= POINTS * WORKERS);
    assert_true(from < 10000);
  }
  traj_ddp_destroy(c.solver);
  traj_pool_destroy(pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_breaches),           cmocka_unit_test(test_reentry),  cmocka_unit_test(test_failing_stages),
      cmocka_unit_test(test_failing_candidates), cmocka_unit_test(test_deadline),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
