/* Candidates that leave the domain of a hook, or whose numbers are not finite, shorten the step and end no solve; the
 * rollout of the guess is the only one that has to succeed. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>

#include "problems/problems.h"
#include "support/env.h"
#include "support/near.h"
#include "support/rng.h"
#include "support/solver.h"
#include "support/watch.h"

/* How a hook says that it is not defined. */
typedef enum refusal { CODE, NOT_A_NUMBER, INFINITE, REFUSALS } refusal;

static const char *const refusal_names[] = {"a code", "NaN", "infinity"};

static int refuse(const watch_call *call, refusal how) {
  if (how == CODE) return 1;
  call->out[0] = how == INFINITE ? HUGE_VAL : (double)NAN;
  return 0;
}

/* Whatever happened: a finite plan, no worse than the guess's rollout. */
static void assert_no_worse(const traj_ddp *solver) {
  const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
  const traj_plan *plan = traj_ddp_plan(solver);
  if (stats->status < 0) solver_print(solver);
  assert_true(stats->status >= 0);
  assert_plan_finite(plan);
  assert_true(plan->cost <= stats->initial_cost);
  assert_true(plan->cost == stats->cost);
}

/* A domain that holds the guess and the optimum of CP50, but not all that is tried in between. */
typedef struct domain {
  watch_hook hook;
  refusal how;
  double speed, force; /* largest |dp| and |u| */
  int refused;
} domain;

static int keep_to_domain(const watch_call *call, void *ctx) {
  domain *d = ctx;
  if (call->hook != d->hook) return call->code;
  int beyond = fabs(call->at->x[2]) > d->speed || (call->at->u != NULL && fabs(call->at->u[0]) > d->force);
  if (!beyond) return call->code;
  d->refused++;
  return refuse(call, d->how);
}

static void check_domain(domain d, traj_ddp_method method) {
  const bench_problem *b = bench_problem_find("CP50");
  const traj_ddp_settings settings = solver_settings(method);
  watch w;
  traj_problem problem = watch_problem(&w, &b->problem);
  w.look = keep_to_domain;
  w.ctx = &d;
  traj_ddp *solver = solver_create(&problem, &settings);
  traj_status status = solver_run(solver, b);
  print_message("%s by %s at %d calls of %s: %d iterations, gap %.1e\n", method == TRAJ_DDP ? "DDP" : "iLQR",
                refusal_names[d.how], d.refused, d.hook == WATCH_COST ? "stage and final" : "ode",
                traj_ddp_get_stats(solver)->iterations, traj_ddp_get_stats(solver)->cost - b->optima[0]);
  assert_no_worse(solver);
  assert_int_equal(status, TRAJ_OK);
  assert_true(d.refused > 0);
  assert_near(traj_ddp_plan(solver)->cost, b->optima[0], 1e-7);
  traj_ddp_destroy(solver);
}

static void search_leaves_the_domain(void **state) {
  (void)state;
  const watch_hook hooks[] = {WATCH_DYNAMICS, WATCH_COST};
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++)
    for (int hook = 0; hook < 2; hook++)
      for (int how = 0; how < REFUSALS; how++)
        check_domain((domain){.hook = hooks[hook], .how = (refusal)how, .speed = 8, .force = 30},
                     (traj_ddp_method)method);
}

/* Calls beyond the first rollout fail at random. */
typedef struct chaos {
  rng r;
  refusal how;
  double chance;
  int spared; /* calls of dynamics and cost in the first rollout */
} chaos;

static int fail_at_random(const watch_call *call, void *ctx) {
  chaos *c = ctx;
  if (call->hook != WATCH_DYNAMICS && call->hook != WATCH_COST) return call->code;
  if (c->spared > 0) {
    c->spared--;
    return call->code;
  }
  return rng_chance(&c->r, c->chance) ? refuse(call, c->how) : call->code;
}

static void search_meets_refusals_at_random(void **state) {
  (void)state;
  const uint64_t seed = env_seed("undefined", 20240306);
  const bench_problem *b = bench_problem_find("CP50");
  const int rollout = b->problem.N * 4 + b->problem.N + 1; /* calls of ode (RK4) and of cost */
  int lowered = 0, rounds = env_rounds(60, 6);
  for (int round = 0; round < rounds; round++) {
    chaos c = {.r = rng_from(seed + (uint64_t)round), .how = (refusal)(round % REFUSALS), .spared = rollout};
    c.chance = rng_decade(&c.r, -4, -0.5);
    watch w;
    traj_problem problem = watch_problem(&w, &b->problem);
    w.look = fail_at_random;
    w.ctx = &c;
    const traj_ddp_settings settings = solver_settings(round % 2 ? TRAJ_DDP : TRAJ_ILQR);
    traj_ddp *solver = solver_create(&problem, &settings);
    solver_run(solver, b);
    assert_no_worse(solver);
    lowered += traj_ddp_get_stats(solver)->cost < traj_ddp_get_stats(solver)->initial_cost;
    traj_ddp_destroy(solver);
  }
  print_message("%d of %d solves lowered the cost\n", lowered, rounds);
  assert_true(lowered > 0);
}

/* One call of the first rollout fails. */
typedef struct spot {
  watch_hook hook;
  int k, hit;
  refusal how;
} spot;

static int fail_at_stage(const watch_call *call, void *ctx) {
  spot *s = ctx;
  if (call->hook != s->hook || call->at->k != s->k) return call->code;
  s->hit++;
  return refuse(call, s->how);
}

static void check_first_rollout(traj_ddp *solver, watch *w, const bench_problem *b, spot s, const char *name) {
  const uint64_t digest = plan_digest(traj_ddp_plan(solver));
  w->look = fail_at_stage;
  w->ctx = &s;
  assert_int_equal(traj_ddp_solve(solver, 0, b->x0), TRAJ_E_DIVERGED);
  w->look = NULL;
  const traj_diag *diag = &traj_ddp_get_stats(solver)->diag;
  assert_in_range(s.hit, 1, 2); /* by itself and, once there is a plan, under its feedback */
  assert_int_equal(diag->status, TRAJ_E_DIVERGED);
  assert_string_equal(diag->hook, name);
  assert_int_equal(diag->k, s.k);
  assert_true(plan_digest(traj_ddp_plan(solver)) == digest);
}

static void first_rollout_names_hook_and_stage(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  const int N = b->problem.N, stages[] = {0, 7, N - 1};
  watch w;
  traj_problem problem = watch_problem(&w, &b->problem);
  traj_ddp *solver = solver_create(&problem, NULL);
  assert_int_equal(solver_run(solver, b), TRAJ_OK);
  for (int how = 0; how < REFUSALS; how++) {
    for (int i = 0; i < 3; i++) {
      check_first_rollout(solver, &w, b, (spot){WATCH_DYNAMICS, stages[i], 0, (refusal)how}, "model.ode");
      check_first_rollout(solver, &w, b, (spot){WATCH_COST, stages[i], 0, (refusal)how}, "cost.stage");
    }
    check_first_rollout(solver, &w, b, (spot){WATCH_COST, N, 0, (refusal)how}, "cost.final");
  }
  traj_ddp_destroy(solver);
}

/* Without any attack: an unstable step runs to infinity. */
static int explode(const traj_point *at, double *x_next, void *user) {
  (void)user;
  x_next[0] = 1e100 * at->x[0] + at->u[0];
  return 0;
}

static int faint(const traj_point *at, double *cost, void *user) {
  (void)user;
  *cost = 1e-300 * at->x[0] + (at->u == NULL ? 0 : at->u[0] * at->u[0]);
  return 0;
}

static void unstable_rollout_is_said_to_diverge(void **state) {
  (void)state;
  const traj_problem problem = {
      .N = 6,
      .model = {.nx = 1, .nu = 1, .step = explode},
      .cost = {.stage = faint, .final = faint},
  };
  const double x0 = 1;
  traj_ddp *solver = solver_create(&problem, NULL);
  assert_int_equal(traj_ddp_solve(solver, 0, &x0), TRAJ_E_DIVERGED);
  const traj_diag *diag = &traj_ddp_get_stats(solver)->diag;
  assert_string_equal(diag->hook, "model.step");
  assert_int_equal(diag->k, 3); /* the step from 1e300 */
  assert_null(traj_ddp_plan(solver));
  traj_ddp_destroy(solver);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(search_leaves_the_domain),
      cmocka_unit_test(search_meets_refusals_at_random),
      cmocka_unit_test(first_rollout_names_hook_and_stage),
      cmocka_unit_test(unstable_rollout_is_said_to_diverge),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
