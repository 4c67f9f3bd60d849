/* Deadlines and stops at every possible moment: the plan is always usable, never worse than the guess's rollout, and
 * policy_current tells whose policy it carries. */
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
#include "support/env.h"
#include "support/same_plan.h"
#include "support/solver.h"
#include "support/watch.h"

/* A clock that stands still until one of its calls, and then is past every deadline. */
typedef struct fake_clock {
  long calls, late_from;
} fake_clock;

static double read_clock(void *user) {
  fake_clock *c = user;
  return c->calls++ >= c->late_from ? 1e6 : 0;
}

/* A short CP50 with a solver that has a fake clock. */
typedef struct fixture {
  const bench_problem *bench;
  traj_problem problem;
  fake_clock clock;
  traj_ddp_settings settings;
  traj_ddp *solver;
} fixture;

static void prepare(fixture *f, const char *name, traj_ddp_method method, int max_iter) {
  *f = (fixture){.bench = bench_problem_find(name)};
  f->problem = f->bench->problem;
  f->settings = solver_settings(method);
  f->settings.run.clock = read_clock;
  f->settings.run.clock_user = &f->clock;
  f->settings.run.time_limit = 1;
  f->settings.run.max_iter = max_iter;
  f->clock.late_from = 1000000000;
}

static traj_status solve_late(fixture *f, long from) {
  f->clock = (fake_clock){.late_from = from};
  return traj_ddp_solve(f->solver, 0, f->bench->x0);
}

static int all_zero(const double *a, int n) {
  for (int i = 0; i < n; i++)
    if (a[i] != 0) return 0;
  return 1;
}

/* V and v of a plan that claims to be about its own trajectory: the final ones are known. */
static void assert_policy_fits(const traj_plan *plan, const traj_problem *p) {
  const int nx = plan->nx;
  double lx[8], lxx[64];
  traj_quad quad = {.lx = lx, .lxx = lxx};
  const traj_point end = {.k = plan->N, .t = plan->t[plan->N], .x = plan->x + plan->N * nx};
  assert_int_equal(p->cost.final_quad(&end, &quad, p->cost.user), 0);
  int fits = memcmp(lx, plan->v + plan->N * nx, (size_t)nx * sizeof(double)) == 0;
  assert_int_equal(fits, plan->policy_current);
}

/* From a fresh solver, late at each call of the clock in turn. The costs of the iterates are those of a solve without a
 * deadline: the plan must be one of them, and the later the deadline the better. */
static void check_every_call(const char *name, traj_ddp_method method, int max_iter) {
  fixture f;
  prepare(&f, name, method, max_iter);
  f.solver = solver_create(&f.problem, &f.settings);
  assert_int_equal(solver_run(f.solver, f.bench), TRAJ_MAX_ITER);
  const long calls = f.clock.calls, step = env_rounds(1, 97);
  const double best = traj_ddp_get_stats(f.solver)->cost;
  traj_ddp_destroy(f.solver);
  double last = HUGE_VAL;
  int stale = 0, current = 0;
  for (long from = 0; from < calls; from += from < 5 ? 1 : step) {
    f.solver = solver_create(&f.problem, &f.settings);
    f.clock = (fake_clock){.late_from = from};
    traj_status status = solver_run(f.solver, f.bench);
    const traj_ddp_stats *stats = traj_ddp_get_stats(f.solver);
    const traj_plan *plan = traj_ddp_plan(f.solver);
    if (from == 0) { /* a clock that starts late moves the deadline too */
      assert_int_equal(status, TRAJ_MAX_ITER);
    } else {
      if (stats->iterations < max_iter || !plan->policy_current) assert_int_equal(status, TRAJ_TIME_LIMIT);
      assert_int_equal(f.clock.calls, from + 1); /* the first late answer ends it */
      assert_true(plan->cost <= last);
      last = plan->cost;
    }
    assert_plan_finite(plan);
    assert_true(plan->cost <= stats->initial_cost);
    assert_true(plan->cost >= best);
    assert_policy_fits(plan, &f.problem);
    if (plan->policy_current) {
      current++;
    } else {
      stale++;
      if (stats->backward_passes == 0) assert_true(all_zero(plan->K, plan->nu * plan->ndx * plan->N));
    }
    traj_ddp_destroy(f.solver);
  }
  print_message("%s, %s: %ld calls of the clock, policy current after %d, not after %d\n", name,
                method == TRAJ_DDP ? "DDP" : "iLQR", calls, current, stale);
  assert_true(stale > 0);
  assert_true(current > 0);
}

static void late_at_every_call(void **state) {
  (void)state;
  check_every_call("CP50", TRAJ_ILQR, 4);
  check_every_call("CP50", TRAJ_DDP, 4);
  check_every_call("vanderpol_box", TRAJ_ILQR, 2);
  check_every_call("vanderpol_box", TRAJ_DDP, 2);
}

/* A solve that is late from the start inherits the policy of the plan before, moved along with the guess. */
static void inherited_policy_moves_with_the_guess(void **state) {
  (void)state;
  for (int moved = 0; moved <= 60; moved += moved < 4 ? 1 : 19) {
    fixture f;
    prepare(&f, "CP50", TRAJ_ILQR, 20);
    f.solver = solver_create(&f.problem, &f.settings);
    assert_true(solver_run(f.solver, f.bench) >= 0);
    kept_plan before = keep_plan(traj_ddp_plan(f.solver));
    assert_true(before.plan->policy_current);
    assert_int_equal(traj_ddp_shift(f.solver, moved), TRAJ_OK);
    assert_int_equal(solve_late(&f, 1), TRAJ_TIME_LIMIT);
    const traj_plan *plan = traj_ddp_plan(f.solver);
    assert_false(plan->policy_current);
    const int N = plan->N, nx = plan->nx;
    for (int k = 0; k <= N; k++) {
      const int from = k + moved < N ? k + moved : N, gain = from < N ? from : N - 1;
      /* Moved controls may come corrected by the feedback. */
      if (k < N && moved == 0) assert_memory_equal(plan->u + k, before.plan->u + gain, sizeof(double));
      if (k < N) assert_memory_equal(plan->K + k * nx, before.plan->K + gain * nx, (size_t)nx * sizeof(double));
      assert_memory_equal(plan->v + k * nx, before.plan->v + from * nx, (size_t)nx * sizeof(double));
    }
    free(before.block);
    traj_ddp_destroy(f.solver);
  }
}

/* A fresh guess is unrelated to the plan before: nothing is inherited. */
static void fresh_guess_inherits_nothing(void **state) {
  (void)state;
  fixture f;
  prepare(&f, "CP50", TRAJ_ILQR, 20);
  f.solver = solver_create(&f.problem, &f.settings);
  assert_true(solver_run(f.solver, f.bench) >= 0);
  assert_int_equal(traj_ddp_guess(f.solver, NULL), TRAJ_OK);
  assert_int_equal(solve_late(&f, 1), TRAJ_TIME_LIMIT);
  const traj_plan *plan = traj_ddp_plan(f.solver);
  assert_true(all_zero(plan->K, plan->N * plan->nx));
  assert_true(all_zero(plan->V, (plan->N + 1) * plan->nx * plan->nx));
  assert_true(traj_ddp_get_stats(f.solver)->cost == traj_ddp_get_stats(f.solver)->initial_cost);
  traj_ddp_destroy(f.solver);
}

/* The clock is read before each stage that calls the user, so that between a late answer and the end no hook runs. */
typedef struct overrun {
  fake_clock *clock;
  int after;
} overrun;

static int count_overrun(const watch_call *call, void *ctx) {
  overrun *o = ctx;
  o->after += o->clock->calls > o->clock->late_from;
  return call->code;
}

static void no_hook_runs_after_a_late_answer(void **state) {
  (void)state;
  fixture f;
  watch w;
  prepare(&f, "CP50", TRAJ_DDP, 3);
  f.problem = watch_problem(&w, &f.bench->problem);
  overrun o = {.clock = &f.clock};
  w.look = count_overrun;
  w.ctx = &o;
  f.solver = solver_create(&f.problem, &f.settings);
  assert_int_equal(solver_run(f.solver, f.bench), TRAJ_MAX_ITER);
  const long calls = f.clock.calls;
  for (long from = 2; from < calls; from += 7) {
    assert_int_equal(traj_ddp_guess(f.solver, NULL), TRAJ_OK);
    traj_status status = solve_late(&f, from);
    if (!traj_ddp_plan(f.solver)->policy_current) assert_int_equal(status, TRAJ_TIME_LIMIT);
    assert_int_equal(o.after, 0);
  }
  traj_ddp_destroy(f.solver);
}

/* Between two stages that call the user the clock is read, except in the rollout of the guess; and in a sweep that
 * calls nobody it is read too. */
typedef struct reading {
  fake_clock *clock;
  int k;             /* stage of the last call */
  long calls_before; /* of the clock, then */
  long stages, unread, rollout;
} reading;

static int check_reading(const watch_call *call, void *ctx) {
  reading *r = ctx;
  if (r->rollout > 0) {
    r->rollout--;
  } else if (call->at->k != r->k) {
    r->stages++;
    r->unread += r->clock->calls == r->calls_before;
  }
  r->k = call->at->k;
  r->calls_before = r->clock->calls;
  return call->code;
}

static void clock_is_read_before_each_stage(void **state) {
  (void)state;
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    fixture f;
    watch w;
    prepare(&f, "CP50", (traj_ddp_method)method, 10);
    f.problem = watch_problem(&w, &f.bench->problem);
    reading r = {.clock = &f.clock, .rollout = 50 * 4 + 51};
    w.look = check_reading;
    w.ctx = &r;
    f.solver = solver_create(&f.problem, &f.settings);
    assert_int_equal(solver_run(f.solver, f.bench), TRAJ_MAX_ITER);
    assert_true(r.stages > 10 * 50);
    assert_int_equal(r.unread, 0);
    if (method == TRAJ_ILQR) assert_true(f.clock.calls >= r.stages + traj_ddp_get_stats(f.solver)->backward_passes);
    traj_ddp_destroy(f.solver);
  }
}

static double broken_clock(void *user) {
  int *calls = user;
  return (*calls)++ == 0 ? 0 : (double)NAN;
}

static void broken_clock_counts_as_late(void **state) {
  (void)state;
  fixture f;
  int calls = 0;
  prepare(&f, "CP50", TRAJ_ILQR, 20);
  f.settings.run.clock = broken_clock;
  f.settings.run.clock_user = &calls;
  f.solver = solver_create(&f.problem, &f.settings);
  assert_int_equal(solver_run(f.solver, f.bench), TRAJ_TIME_LIMIT);
  assert_plan_finite(traj_ddp_plan(f.solver));
  traj_ddp_destroy(f.solver);
}

/* The iteration hook stops a solve after any iteration. */
static int stop_at(const traj_iteration *row, void *user) {
  const int *last = user;
  return row->iteration == *last;
}

static void stopped_by_the_iteration_hook(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    double last = HUGE_VAL;
    for (int iteration = 0; iteration < 10; iteration++) {
      traj_ddp_settings settings = solver_settings((traj_ddp_method)method);
      settings.run.iteration = stop_at;
      settings.run.iteration_user = &iteration;
      traj_ddp *stopped = solver_create(&b->problem, &settings);
      assert_int_equal(solver_run(stopped, b), TRAJ_STOPPED);
      settings.run.iteration = NULL;
      settings.run.max_iter = iteration;
      traj_ddp *limited = solver_create(&b->problem, &settings);
      assert_int_equal(solver_run(limited, b), TRAJ_MAX_ITER);
      const traj_plan *plan = traj_ddp_plan(stopped);
      assert_same_plan(plan, traj_ddp_plan(limited));
      assert_int_equal(plan->policy_current, 1);
      assert_int_equal(traj_ddp_get_stats(stopped)->iterations, iteration);
      assert_true(plan->cost <= last);
      last = plan->cost;
      traj_ddp_destroy(stopped);
      traj_ddp_destroy(limited);
    }
  }
}

static void no_iterations_still_make_a_plan(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    traj_ddp_settings settings = solver_settings((traj_ddp_method)method);
    settings.run.max_iter = 0;
    traj_ddp *solver = solver_create(&b->problem, &settings);
    assert_int_equal(solver_run(solver, b), TRAJ_MAX_ITER);
    const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
    const traj_plan *plan = traj_ddp_plan(solver);
    assert_int_equal(stats->iterations, 0);
    assert_int_equal(stats->candidates, 0);
    assert_int_equal(stats->calls.dynamics, 4 * b->problem.N); /* one rollout by RK4 */
    assert_int_equal(plan->policy_current, 1);
    assert_true(plan->cost == stats->initial_cost);
    assert_true(all_zero(plan->u, b->problem.N));
    assert_false(all_zero(plan->K, 4 * b->problem.N));
    if (method == TRAJ_ILQR) assert_int_equal(stats->backward_passes, 1);
    traj_ddp_destroy(solver);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(late_at_every_call),
      cmocka_unit_test(inherited_policy_moves_with_the_guess),
      cmocka_unit_test(fresh_guess_inherits_nothing),
      cmocka_unit_test(no_hook_runs_after_a_late_answer),
      cmocka_unit_test(clock_is_read_before_each_stage),
      cmocka_unit_test(broken_clock_counts_as_late),
      cmocka_unit_test(stopped_by_the_iteration_hook),
      cmocka_unit_test(no_iterations_still_make_a_plan),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
