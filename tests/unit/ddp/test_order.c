/* The rules by which TRAJ_AUTO chooses the second derivatives of a sweep, one by one. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>

#include "ddp/ddp.h"

static tj_order automatic(void) {
  return tj_order_start(TRAJ_AUTO);
}

/* What comes of a search, near a solution of cost 1000. */
static bool learn(tj_order *order, double step, double predicted, double decrease, double mu) {
  const tj_progress made = {.step = step, .predicted = predicted, .decrease = decrease, .mu = mu, .cost = 1000};
  return tj_order_learn(order, &made);
}

/* One iteration: chooses, lets a tentative sweep be definite or not, and learns of a step that had been predicted to
 * bring twice or exactly what it brought. Returns whether the sweep had curvature. */
static bool iterate(tj_order *order, bool definite, bool poor, double step, double decrease) {
  if (tj_order_choose(order)) tj_order_tried(order, definite);
  const bool second = order->second;
  learn(order, step, poor ? 2 * decrease : decrease, decrease, 0);
  return second;
}

static void test_fixed_methods(void **state) {
  (void)state;
  tj_order ilqr = tj_order_start(TRAJ_ILQR), ddp = tj_order_start(TRAJ_DDP);
  for (int i = 0; i < 5; i++) {
    assert_false(tj_order_choose(&ilqr) || tj_order_choose(&ddp));
    assert_false(learn(&ilqr, 0, 1, 0, 1) || learn(&ddp, 0, 1, 0, 1));
    assert_false(ilqr.second);
    assert_true(ddp.second);
  }
}

/* Gauss-Newton predicts well, or converges fast: it is left alone. */
static void test_well_enough(void **state) {
  (void)state;
  tj_order order = automatic();
  for (int i = 0; i < 20; i++)
    assert_false(iterate(&order, true, false, 1, 1));
  double decrease = 1;
  for (int i = 0; i < 20; i++)
    assert_false(iterate(&order, true, true, 1, decrease *= 0.49));
}

/* A poor prediction calls for the full model, which is kept for as long as it is definite. */
static void test_trusted(void **state) {
  (void)state;
  tj_order order = automatic();
  assert_false(iterate(&order, true, true, 1, 1));
  for (int i = 0; i < 10; i++)
    assert_true(iterate(&order, true, i % 2, 1, 1.0 / (1 << i)));
  assert_false(iterate(&order, false, false, 1, 1e-9));
  assert_false(order.trusted);
}

/* A tenth off is well predicted; more or less than that is not. */
static void test_poor(void **state) {
  (void)state;
  const double found[] = {0.89, 0.91, 1.09, 1.11};
  for (int i = 0; i < 4; i++) {
    tj_order order = automatic();
    tj_order_choose(&order);
    learn(&order, 1, 1, found[i], 0);
    assert_int_equal(order.doubtful, i == 0 || i == 3);
  }
}

/* From afar, where a decrease is large beside 1 + |J|, a promise is poor when too little comes of it; near a solution
 * when too much does, too. */
static void test_from_afar(void **state) {
  (void)state;
  const double costs[] = {0, 9, -9};
  for (int i = 0; i < 12; i++) {
    const bool far = i % 2, more = i / 2 % 2;
    const double cost = costs[i / 4], decrease = 0.03 * (1 + fabs(cost)) * (far ? 1.01 : 0.99);
    const tj_progress made = {.step = 1, .predicted = (more ? 0.5 : 2) * decrease, .decrease = decrease, .cost = cost};
    tj_order order = automatic();
    tj_order_choose(&order);
    tj_order_learn(&order, &made);
    assert_int_equal(order.doubtful, !(far && more));
  }
}

/* Between tries that fail there are pauses. */
static void test_pauses(void **state) {
  (void)state;
  tj_order order = automatic();
  int last = 0, tries = 0;
  for (int i = 0; i < 100; i++) {
    if (tj_order_choose(&order)) {
      tj_order_tried(&order, false);
      assert_false(order.second);
      assert_int_equal(i - last, tries == 0 ? 1 : 5);
      last = i;
      tries++;
    }
    learn(&order, 1, 2, 1, 0);
  }
  assert_int_equal(tries, 20);
}

/* A step that was refused says nothing about the speed. */
static void test_refused_is_not_slow(void **state) {
  (void)state;
  tj_order order = automatic();
  iterate(&order, false, true, 1, 1);
  assert_true(order.doubtful);
  learn(&order, 0, 0, 0, 1);
  assert_false(order.doubtful);
}

/* No headway: full second order leads, until it needs no regularisation any more. */
static void test_stuck(void **state) {
  (void)state;
  const double steps[] = {0, 1.0 / 512};
  for (int i = 0; i < 2; i++) {
    tj_order order = automatic();
    iterate(&order, false, false, 1, 1);
    tj_order_choose(&order);
    assert_true(learn(&order, steps[i], steps[i], steps[i], 0));
    for (int j = 0; j < 10; j++) {
      assert_false(tj_order_choose(&order)); /* not tentative: mu is raised */
      assert_true(order.second);
      assert_false(learn(&order, j % 2 ? 1 : 0, 1, j % 2, 1e3));
    }
    learn(&order, 0, 0, 0, 0); /* refused */
    assert_true(order.stuck);
    learn(&order, 0.5, 1, 1, 0);
    assert_false(order.stuck);
    assert_true(tj_order_choose(&order) && order.second); /* tentative again */
  }
}

/* After eight steps with mu Gauss-Newton has its turn again, refused ones not counted; unless the solve has started
 * over. */
static void test_stint(void **state) {
  (void)state;
  tj_order order = automatic(), anew = tj_order_anew();
  for (int turn = 0; turn < 3; turn++) {
    tj_order_choose(&order);
    assert_true(learn(&order, 0, 0, 0, 0));
    for (int i = 0; i < 8; i++) {
      tj_order_choose(&order);
      assert_true(order.second);
      assert_false(learn(&order, 0, 0, 0, 1));
      assert_int_equal(learn(&order, 1, 1, 1, 1), i == 7);
    }
    assert_false(tj_order_choose(&order) || order.second);
  }
  for (int i = 0; i < 50; i++) {
    tj_order_choose(&anew);
    assert_true(anew.second);
    assert_false(learn(&anew, 1, 1, 1, 1));
  }
}

/* A short step of the full model is its own: only Gauss-Newton gets stuck. */
static void test_short_steps_of_the_full_model(void **state) {
  (void)state;
  tj_order order = automatic();
  assert_false(iterate(&order, true, true, 1, 1));
  assert_true(iterate(&order, true, true, 0, 0));
  assert_false(order.stuck);
}

/* Steps of Gauss-Newton that are short from the start lead astray, unless a long one is among them; later ones do not,
 * and those of the full model do not count. */
static void test_astray(void **state) {
  (void)state;
  const double creep = 0.0625, walk = 0.25, stride = 0.5;
  tj_order order = automatic();
  for (int i = 0; i < 5; i++) {
    assert_false(order.astray);
    iterate(&order, false, false, walk, 1);
    iterate(&order, false, false, creep, 1);
  }
  assert_true(order.astray);
  order = automatic();
  for (int i = 0; i < 30; i++) {
    iterate(&order, false, false, i % 5 == 4 ? stride : creep, 1);
    assert_false(order.astray);
  }
  for (int late = 0; late < 2; late++) {
    order = automatic();
    for (int i = 0; i < 11 + late; i++)
      iterate(&order, false, false, 1, 1);
    for (int i = 0; i < 5; i++)
      iterate(&order, false, false, creep, 1);
    assert_int_equal(order.astray, !late);
  }
  order = automatic();
  iterate(&order, true, true, 1, 1);
  for (int i = 0; i < 10; i++)
    assert_true(iterate(&order, true, true, creep, 1));
  assert_false(order.astray);
}

/* Iterations without a long step, or with mu, are toil by either model; long ones without mu make up for them. */
static void test_toil(void **state) {
  (void)state;
  for (int damped = 0; damped < 2; damped++) {
    tj_order order = automatic();
    order.steps = 1000; /* late */
    for (int i = 0; i < 100; i++) {
      order.second = i % 2;
      learn(&order, damped ? 1 : 0.25, 1, 1, damped);
      assert_false(order.astray);
    }
    learn(&order, 0.5, 1, 1, 0);
    learn(&order, 0.25, 1, 1, 0);
    assert_false(order.astray);
    learn(&order, 0.25, 1, 1, 0);
    assert_true(order.astray);
  }
  tj_order order = automatic();
  for (int i = 0; i < 300; i++) {
    learn(&order, i % 2 ? 0.25 : 1, 1, 1, 0);
    assert_false(order.astray);
  }
}

/* A solve that has started over begins with the full model, and goes back to it when Gauss-Newton crawls. */
static void test_anew(void **state) {
  (void)state;
  tj_order order = tj_order_anew();
  assert_false(tj_order_choose(&order)); /* mu is raised */
  assert_true(order.second);
  learn(&order, 1, 1, 1, 0);
  assert_true(order.automatic && order.trusted && !order.stuck);
  for (int i = 0; i < 5; i++) {
    assert_false(order.stuck);
    order.second = false;
    learn(&order, 0.0625, 1, 1, 0);
  }
  assert_true(order.stuck);
}

/* What is not defined is done without, unless it was asked for. */
static void test_give_up(void **state) {
  (void)state;
  tj_order order = automatic(), fixed = tj_order_start(TRAJ_DDP);
  assert_false(tj_order_give_up(&order)); /* there was no curvature */
  iterate(&order, true, true, 1, 1);
  assert_true(tj_order_choose(&order) && order.second);
  assert_true(tj_order_give_up(&order));
  for (int i = 0; i < 20; i++) {
    assert_false(iterate(&order, true, true, 0, 0));
    assert_false(order.second);
  }
  assert_false(tj_order_give_up(&fixed));
  assert_true(fixed.second);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fixed_methods), cmocka_unit_test(test_well_enough),
      cmocka_unit_test(test_trusted),       cmocka_unit_test(test_poor),
      cmocka_unit_test(test_pauses),        cmocka_unit_test(test_refused_is_not_slow),
      cmocka_unit_test(test_stuck),         cmocka_unit_test(test_short_steps_of_the_full_model),
      cmocka_unit_test(test_astray),        cmocka_unit_test(test_give_up),
      cmocka_unit_test(test_from_afar),     cmocka_unit_test(test_toil),
      cmocka_unit_test(test_anew),          cmocka_unit_test(test_stint),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
