/* Where solves start, and how one that was started from states ends with a rollout. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <string.h>

#include "ddp/ddp.h"
#include "problems/problems.h"
#include "support/near.h"
#include "support/solver.h"

enum { NX = 4, N = 50 };

static const bench_problem *cp50(void) {
  return bench_problem_find("CP50");
}

/* A straight line to the goal, with controls that do not lead along it. */
static void line(double *x, double *u) {
  const double goal[NX] = {1, 3.141592653589793, 0, 0};
  for (int k = 0; k <= N; k++) {
    for (int i = 0; i < NX; i++)
      x[i + k * NX] = goal[i] * k / N;
  }
  for (int k = 0; k < N; k++)
    u[k] = 0.1 * k / N;
}

static traj_ddp *guessed(const traj_problem *problem, const double *x, const double *u) {
  traj_ddp *ddp = solver_create(problem, NULL);
  assert_int_equal(traj_ddp_guess_states(ddp, x, u), TRAJ_OK);
  return ddp;
}

static void test_states_are_taken(void **state) {
  (void)state;
  double x[NX * (N + 1)], u[N];
  const double x0[NX] = {0.1, -0.1, 0.2, 0};
  line(x, u);
  traj_ddp *ddp = guessed(&cp50()->problem, x, u), *alone = solver_create(&cp50()->problem, NULL);
  assert_int_equal(tj_ddp_start(ddp, 0, x0, true), TRAJ_OK);
  assert_memory_equal(ddp->current.x, x0, sizeof x0);
  assert_memory_equal(ddp->current.x + NX, x + NX, sizeof x - sizeof x0);
  assert_memory_equal(ddp->current.u, u, sizeof u);
  assert_true(ddp->current.gap > 0);
  assert_true(ddp->stats.initial_cost == ddp->current.cost);
  assert_int_equal(traj_ddp_guess(alone, u), TRAJ_OK);
  assert_int_equal(tj_ddp_start(alone, 0, x0, false), TRAJ_OK);
  assert_true(ddp->reference == alone->current.cost);
  assert_true(alone->reference == HUGE_VAL && alone->current.gap == 0);
  /* The same solver can also be told to roll its controls out. */
  assert_int_equal(tj_ddp_start(ddp, 0, x0, false), TRAJ_OK);
  assert_memory_equal(ddp->current.x, alone->current.x, sizeof x);
  assert_true(ddp->current.gap == 0 && ddp->reference == HUGE_VAL);
  traj_ddp_destroy(ddp);
  traj_ddp_destroy(alone);
}

/* States that are a rollout already leave nothing to compare with. */
static void test_a_rollout_as_states(void **state) {
  (void)state;
  double x[NX * (N + 1)], u[N];
  line(x, u);
  traj_ddp *ddp = guessed(&cp50()->problem, x, u);
  assert_int_equal(tj_ddp_start(ddp, 0, cp50()->x0, false), TRAJ_OK);
  memcpy(x, ddp->current.x, sizeof x);
  traj_calls calls = ddp->sim.world.calls;
  assert_int_equal(traj_ddp_guess_states(ddp, x, u), TRAJ_OK);
  assert_int_equal(tj_ddp_start(ddp, 0, cp50()->x0, true), TRAJ_OK);
  assert_true(ddp->current.gap == 0 && ddp->reference == HUGE_VAL);
  assert_memory_equal(&ddp->sim.world.calls, &calls, sizeof calls);
  traj_ddp_destroy(ddp);
}

/* Without an iteration there is a rollout all the same, under the policy of the one backward pass. */
static void test_settle_closes_the_gap(void **state) {
  (void)state;
  double x[NX * (N + 1)], u[N];
  line(x, u);
  traj_ddp *ddp = guessed(&cp50()->problem, x, u);
  ddp->settings.run.max_iter = 0;
  assert_int_equal(tj_ddp_start(ddp, 0, cp50()->x0, true), TRAJ_OK);
  assert_int_equal(tj_ddp_iterate(ddp), TRAJ_MAX_ITER);
  assert_true(ddp->current.gap > 0);
  assert_int_equal(tj_ddp_settle(ddp, TRAJ_MAX_ITER), TRAJ_MAX_ITER);
  assert_true(ddp->current.gap == 0 && ddp->policy_current);
  assert_true(ddp->current.cost <= ddp->reference);
  double *closed = ddp->current.x;
  assert_int_equal(tj_ddp_settle(ddp, TRAJ_MAX_ITER), TRAJ_MAX_ITER); /* nothing left to do */
  assert_ptr_equal(ddp->current.x, closed);
  traj_ddp_destroy(ddp);
}

/* Where the controls alone are worth more than what was found, the solve goes on from them. */
static void test_settle_returns_to_the_controls(void **state) {
  (void)state;
  double x[NX * (N + 1)], u[N];
  line(x, u);
  traj_ddp *best = solver_create(&cp50()->problem, NULL);
  assert_int_equal(solver_run(best, cp50()), TRAJ_OK);
  memcpy(u, traj_ddp_plan(best)->u, sizeof u);
  const double optimum = traj_ddp_plan(best)->cost;
  traj_ddp *ddp = guessed(&cp50()->problem, x, u);
  ddp->settings.run.max_iter = 1;
  assert_int_equal(traj_ddp_solve(ddp, 0, cp50()->x0), TRAJ_OK);
  assert_true(ddp->reference == optimum && ddp->plan.cost <= optimum);
  assert_true(ddp->plan.policy_current && ddp->plan.gap == 0);
  assert_memory_equal(ddp->plan.u, u, sizeof u);
  traj_ddp_destroy(ddp);
  traj_ddp_destroy(best);
}

/* Triples what it starts from, and soon leaves the domain of its step. */
static int runaway(const traj_point *at, double *x_next, void *user) {
  (void)user;
  *x_next = 3 * at->x[0] + at->u[0];
  return fabs(at->x[0]) > 100;
}

static int effort(const traj_point *at, double *cost, void *user) {
  (void)user;
  *cost = at->u[0] * at->u[0] + at->x[0] * at->x[0];
  return 0;
}

/* No rollout of the controls exists, so there is no reference, and iterations find their way all the same. */
static void test_no_reference(void **state) {
  (void)state;
  double x[21], u[20] = {0}, x0[1] = {1};
  for (int k = 0; k <= 20; k++)
    x[k] = 1;
  const traj_problem problem = {
      .N = 20, .dt = 1, .model = {.nx = 1, .nu = 1, .step = runaway}, .cost = {.stage = effort}};
  traj_ddp *ddp = guessed(&problem, x, u);
  assert_int_equal(tj_ddp_start(ddp, 0, x0, true), TRAJ_OK);
  assert_true(ddp->reference == HUGE_VAL);
  assert_int_equal(traj_ddp_solve(ddp, 0, x0), TRAJ_OK);
  assert_true(ddp->plan.gap == 0);
  assert_int_equal(traj_ddp_guess(ddp, u), TRAJ_OK);
  assert_int_equal(traj_ddp_solve(ddp, 0, x0), TRAJ_E_DIVERGED); /* from the controls alone there is no start */
  traj_ddp_destroy(ddp);
}

/* When nothing can be rolled out the gap stays, and is told; the next solve goes on from there. */
static void test_a_gap_that_stays(void **state) {
  (void)state;
  double x[21], u[20] = {0}, x0[1] = {1};
  for (int k = 0; k <= 20; k++)
    x[k] = 1;
  traj_problem problem = {.N = 20, .dt = 1, .model = {.nx = 1, .nu = 1, .step = runaway}, .cost = {.stage = effort}};
  const double still = 0;
  problem.u_min = problem.u_max = &still; /* nothing can be done about it */
  traj_ddp *ddp = guessed(&problem, x, u);
  traj_status status = traj_ddp_solve(ddp, 0, x0);
  assert_int_equal(status, TRAJ_STALLED);
  const traj_plan *plan = traj_ddp_plan(ddp);
  assert_true(plan->gap > 0 && plan->gap == traj_ddp_get_stats(ddp)->gap);
  assert_true(ddp->has_states);
  assert_memory_equal(ddp->guess_x, plan->x, sizeof x);
  double gap = plan->gap;
  assert_int_equal(traj_ddp_solve(ddp, 0, x0), TRAJ_STALLED);
  assert_true(traj_ddp_plan(ddp)->gap <= gap);
  traj_ddp_destroy(ddp);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_states_are_taken),      cmocka_unit_test(test_a_rollout_as_states),
      cmocka_unit_test(test_settle_closes_the_gap), cmocka_unit_test(test_settle_returns_to_the_controls),
      cmocka_unit_test(test_no_reference),          cmocka_unit_test(test_a_gap_that_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
