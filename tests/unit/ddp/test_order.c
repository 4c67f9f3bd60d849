/* The rules by which TRAJ_AUTO chooses the second derivatives of a sweep, one by one. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "ddp/ddp.h"

static tj_order automatic(void) {
  return tj_order_start(TRAJ_AUTO, true);
}

/* One iteration: chooses, lets a tentative sweep be definite or not, and learns of the step. Returns whether the sweep
 * had curvature. */
static bool iterate(tj_order *order, bool definite, double step, double decrease) {
  if (tj_order_choose(order)) tj_order_tried(order, definite);
  const bool second = order->second;
  tj_order_learn(order, step, decrease, 0);
  return second;
}

static void test_fixed_methods(void **state) {
  (void)state;
  tj_order ilqr = tj_order_start(TRAJ_ILQR, true), ddp = tj_order_start(TRAJ_DDP, false);
  for (int i = 0; i < 5; i++) {
    assert_false(tj_order_choose(&ilqr) || tj_order_choose(&ddp));
    assert_false(tj_order_learn(&ilqr, 0, 0, 1) || tj_order_learn(&ddp, 0, 0, 1));
    assert_false(ilqr.second);
    assert_true(ddp.second);
  }
}

/* The full model is tried first, and kept for as long as it is definite. */
static void test_definite_from_the_start(void **state) {
  (void)state;
  tj_order order = automatic();
  for (int i = 0; i < 10; i++)
    assert_true(iterate(&order, true, 1, 10 - i));
}

/* Gauss-Newton converges fast: it is left alone. */
static void test_fast(void **state) {
  (void)state;
  tj_order order = automatic();
  double decrease = 1;
  assert_false(iterate(&order, false, 1, decrease));
  for (int i = 0; i < 20; i++)
    assert_false(iterate(&order, true, 1, decrease *= 0.49));
  assert_false(order.slow);
}

/* Slow convergence calls for another try; pauses between failures double, up to a longest. */
static void test_slow(void **state) {
  (void)state;
  tj_order order = automatic();
  int tries = 0, last = -1, gap = 0;
  for (int i = 0; i < 400; i++) {
    const bool tried = tj_order_choose(&order);
    if (tried) {
      tj_order_tried(&order, false);
      assert_false(order.second);
      if (last >= 0) {
        assert_true(i - last == gap || gap == 0 || i - last == 2 * gap - 1);
        gap = i - last;
      }
      last = i;
      tries++;
    }
    tj_order_learn(&order, 1, 1, 0);
  }
  assert_in_range(tries, 7, 13);
  assert_int_equal(gap, 65);
  for (int i = 0; i < 65; i++)
    iterate(&order, true, 1, 1);
  assert_true(order.trusted && order.second);
  assert_int_equal(order.pauses, 0);
}

/* A step that was refused says nothing about the speed. */
static void test_refused_is_not_slow(void **state) {
  (void)state;
  tj_order order = automatic();
  iterate(&order, false, 1, 1);
  iterate(&order, false, 1, 0.9);
  assert_true(order.slow);
  tj_order_learn(&order, 0, 0, 1);
  assert_false(order.slow);
  tj_order_learn(&order, 1, 1, 1);
  assert_false(order.slow);
}

/* No headway: full second order leads, until it needs no regularisation any more. */
static void test_stuck(void **state) {
  (void)state;
  const double steps[] = {0, 1.0 / 512};
  for (int i = 0; i < 2; i++) {
    tj_order order = automatic();
    iterate(&order, false, 1, 1);
    tj_order_choose(&order);
    assert_true(tj_order_learn(&order, steps[i], steps[i], 0));
    for (int j = 0; j < 10; j++) {
      assert_false(tj_order_choose(&order)); /* not tentative: mu is raised */
      assert_true(order.second);
      assert_false(tj_order_learn(&order, j % 2 ? 1 : 0, 1, 1e3));
    }
    tj_order_learn(&order, 0, 0, 0); /* refused */
    assert_true(order.stuck);
    tj_order_learn(&order, 0.5, 1, 0);
    assert_false(order.stuck);
    assert_true(tj_order_choose(&order) && order.second); /* tentative again */
  }
}

/* A short step of the full model is its own: only Gauss-Newton gets stuck. */
static void test_short_steps_of_the_full_model(void **state) {
  (void)state;
  tj_order order = automatic();
  assert_true(iterate(&order, true, 0, 0));
  assert_false(order.stuck);
}

/* Second differences are dear: they are taken where Gauss-Newton is stuck, and nowhere else. */
static void test_without_hess(void **state) {
  (void)state;
  tj_order order = tj_order_start(TRAJ_AUTO, false);
  for (int i = 0; i < 20; i++)
    assert_false(iterate(&order, true, 1, 1));
  iterate(&order, true, 0, 0);
  tj_order_choose(&order);
  assert_true(order.second);
  tj_order_learn(&order, 1, 1, 0);
  assert_false(iterate(&order, true, 1, 1));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fixed_methods), cmocka_unit_test(test_definite_from_the_start),
      cmocka_unit_test(test_fast),          cmocka_unit_test(test_slow),
      cmocka_unit_test(test_stuck),         cmocka_unit_test(test_short_steps_of_the_full_model),
      cmocka_unit_test(test_without_hess),  cmocka_unit_test(test_refused_is_not_slow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
