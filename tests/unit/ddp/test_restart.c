/* When a solve that chooses its order starts over, from where, and how it comes back to what was better. */
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
#include "support/solver.h"

enum { NX = 4, N = 50 };

static const bench_problem *cp50(void) {
  return bench_problem_find("CP50");
}

/* A solver of CP50 that chooses its order, after its start from controls that move it. */
static traj_ddp *choosing(void) {
  const traj_ddp_settings settings = solver_settings(TRAJ_AUTO);
  traj_ddp *ddp = solver_create(&cp50()->problem, &settings);
  double u[N];
  for (int k = 0; k < N; k++)
    u[k] = 1;
  assert_int_equal(traj_ddp_guess(ddp, u), TRAJ_OK);
  assert_int_equal(tj_ddp_start(ddp, 0, cp50()->x0, false), TRAJ_OK);
  return ddp;
}

static bool start_over(traj_ddp *ddp) {
  bool moved = false;
  assert_int_equal(tj_ddp_start_over(ddp, &moved), TJ_FINE);
  return moved;
}

/* Only with a mu that promises nothing, or after a way that is not worth keeping, from a fresh guess, while there are
 * iterations left, and by the method that may. */
static void test_lost(void **state) {
  (void)state;
  traj_ddp *ddp = choosing();
  assert_false(tj_ddp_lost(ddp));
  ddp->regularization.mu = 1e9;
  assert_false(tj_ddp_lost(ddp));
  ddp->regularization.mu = 1e11;
  assert_true(tj_ddp_lost(ddp));
  ddp->stats.iterations = ddp->settings.run.max_iter;
  assert_false(tj_ddp_lost(ddp));
  ddp->stats.iterations--;
  ddp->order.automatic = false;
  assert_false(tj_ddp_lost(ddp));
  ddp->order.automatic = ddp->order.astray = true;
  ddp->regularization.mu = 0;
  assert_true(tj_ddp_lost(ddp));
  ddp->shifted = 0; /* the guess is a plan */
  tj_ddp_may_start_over(ddp);
  assert_false(tj_ddp_lost(ddp));
  traj_ddp_destroy(ddp);
}

/* The second time it takes the largest mu there is, a third time there is not; and where the guess had states, states
 * are nothing new. */
static void test_lost_again(void **state) {
  (void)state;
  traj_ddp *ddp = choosing();
  assert_true(start_over(ddp));
  ddp->order.astray = true;
  ddp->regularization.mu = 1e24;
  assert_false(tj_ddp_lost(ddp));
  ddp->regularization.mu = 1.1e24;
  assert_true(tj_ddp_lost(ddp));
  ddp->has_states = true;
  assert_false(tj_ddp_lost(ddp));
  ddp->has_states = false;
  assert_true(start_over(ddp));
  ddp->order.astray = true;
  ddp->regularization.mu = 1.1e24;
  assert_false(tj_ddp_lost(ddp));
  traj_ddp_destroy(ddp);
}

/* Back to where it began, with full second order; what there was is kept, and comes back if nothing better is found. */
static void test_from_the_controls(void **state) {
  (void)state;
  traj_ddp *ddp = choosing();
  double *start = ddp->current.x, x[NX * (N + 1)];
  memcpy(x, start, sizeof x);
  const double cost = ddp->current.cost;
  ddp->settings.run.max_iter = 3;
  assert_int_equal(tj_ddp_iterate(ddp), TRAJ_MAX_ITER);
  const double better = ddp->current.cost;
  const double *kept = ddp->current.x;
  ddp->regularization.mu = 1e11;
  assert_true(start_over(ddp));
  assert_memory_equal(ddp->current.x, x, sizeof x);
  assert_true(ddp->current.cost == cost && ddp->aside.cost == better);
  assert_true(ddp->order.stuck && ddp->order.anew && ddp->regularization.mu == 0 && !ddp->policy_current);
  assert_true(ddp->stats.step == 0 && ddp->stats.predicted == 0 && ddp->stats.actual == 0); /* no search led there */
  assert_int_equal(tj_ddp_settle(ddp, TRAJ_TIME_LIMIT), TRAJ_TIME_LIMIT);
  assert_true(ddp->current.cost == better);
  assert_ptr_equal(ddp->current.x, kept);
  ddp->stats.iterations = 0;
  assert_int_equal(tj_ddp_settle(ddp, TRAJ_MAX_ITER), TRAJ_MAX_ITER); /* it is where it should be */
  assert_int_equal(ddp->stats.iterations, 0);
  traj_ddp_destroy(ddp);
}

/* Then from states that stand still, by Gauss-Newton; of all rollouts the best is kept, and while there is a gap it is
 * better than what there is. */
static void test_standing_still(void **state) {
  (void)state;
  traj_ddp *ddp = choosing();
  ddp->settings.run.max_iter = 3;
  assert_int_equal(tj_ddp_iterate(ddp), TRAJ_MAX_ITER);
  const double better = ddp->current.cost;
  assert_true(start_over(ddp));
  ddp->penalty = 1;
  assert_true(start_over(ddp));
  assert_true(ddp->current.gap > 0 && ddp->penalty == 0);
  for (int k = 0; k <= N; k++)
    assert_memory_equal(ddp->current.x + k * NX, cp50()->x0, NX * sizeof(double));
  assert_false(ddp->order.stuck || ddp->order.anew);
  assert_true(ddp->aside.cost == better);
  ddp->current.cost = better / 2;
  assert_true(tj_ddp_recall(ddp));
  assert_true(ddp->current.cost == better && ddp->current.gap == 0);
  traj_ddp_destroy(ddp);
}

/* A solve from states that goes back to the controls leaves no trajectory with a gap aside. */
static void test_from_states(void **state) {
  (void)state;
  traj_ddp *ddp = choosing();
  double x[NX * (N + 1)] = {0};
  x[NX * N] = 1;
  assert_int_equal(traj_ddp_guess_states(ddp, x, NULL), TRAJ_OK);
  assert_int_equal(tj_ddp_start(ddp, 0, cp50()->x0, true), TRAJ_OK);
  assert_true(ddp->current.gap > 0);
  ddp->order.astray = true;
  assert_true(tj_ddp_lost(ddp));
  assert_true(start_over(ddp));
  assert_true(ddp->current.gap == 0 && ddp->aside.cost == HUGE_VAL);
  assert_false(tj_ddp_recall(ddp));
  traj_ddp_destroy(ddp);
}

static double gone(void *user) {
  (void)user;
  return 1e9;
}

/* A rollout that does not come to its end is no trajectory to go back to. */
static void test_too_late(void **state) {
  (void)state;
  traj_ddp *ddp = choosing();
  const double *x = ddp->current.x;
  tj_simulator_start_clock(&ddp->sim, 1, gone, NULL);
  ddp->sim.deadline = 0;
  bool moved = false;
  assert_int_equal(tj_ddp_start_over(ddp, &moved), TJ_TIMEOUT);
  assert_false(moved);
  assert_ptr_equal(ddp->current.x, x);
  assert_int_equal(tj_ddp_settle(ddp, TRAJ_TIME_LIMIT), TRAJ_TIME_LIMIT);
  assert_ptr_equal(ddp->current.x, x);
  traj_ddp_destroy(ddp);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lost),
      cmocka_unit_test(test_lost_again),
      cmocka_unit_test(test_from_the_controls),
      cmocka_unit_test(test_standing_still),
      cmocka_unit_test(test_from_states),
      cmocka_unit_test(test_too_late),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
