/* The schedule of the regularisation. */
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
#include "support/near.h"

/* The factor of one raise, then of one fall. */
static double raised_by(tj_regularization *r) {
  double before = r->mu;
  assert_true(tj_regularization_raise(r));
  return r->mu / before;
}

static double lowered_by(tj_regularization *r) {
  double before = r->mu;
  tj_regularization_lower(r);
  return before / r->mu;
}

static void test_raise_from_zero(void **state) {
  (void)state;
  tj_regularization r = {0};
  assert_true(tj_regularization_raise(&r));
  assert_true(r.mu > 0);
  assert_true(r.mu <= 1e-3); /* little against the control cost, whose unit it is */
}

/* Each raise is by more than the one before, until the end, which comes soon. */
static void test_raise_to_the_end(void **state) {
  (void)state;
  tj_regularization r = {0};
  double mu = 0, factor = 0;
  int raises = 0;
  assert_true(tj_regularization_raise(&r));
  for (mu = r.mu; tj_regularization_raise(&r); mu = r.mu) {
    assert_true(r.mu / mu > factor);
    assert_false(tj_regularization_spent(&r));
    factor = r.mu / mu;
    raises++;
  }
  assert_true(tj_regularization_spent(&r));
  assert_true(mu >= 1e12);
  assert_true(isfinite(r.mu));
  assert_true(raises < 30);
}

/* From anywhere down to zero exactly, each time by more. */
static void test_lower_to_zero(void **state) {
  (void)state;
  for (double start = 1e-6; start < 1e25; start *= 100) {
    tj_regularization r = {.mu = start, .rate = 2};
    double mu = start, factor = 0;
    int falls = 0;
    for (tj_regularization_lower(&r); r.mu > 0; tj_regularization_lower(&r)) {
      assert_true(mu / r.mu > factor);
      factor = mu / r.mu;
      mu = r.mu;
      falls++;
    }
    assert_true(r.mu == 0);
    assert_true(falls < 30);
  }
}

static void test_zero_stays_zero(void **state) {
  (void)state;
  tj_regularization r = {0};
  for (int i = 0; i < 5000; i++) /* the rate must not underflow into something else */
    tj_regularization_lower(&r);
  assert_true(r.mu == 0);
  assert_true(tj_regularization_raise(&r));
  assert_true(r.mu > 0);
}

/* A change of direction begins with a small step again. */
static void test_change_of_direction(void **state) {
  (void)state;
  tj_regularization r = {.mu = 1, .rate = 0.5};
  double first = raised_by(&r), second = raised_by(&r), third = raised_by(&r);
  assert_true(first < second && second < third);
  double down = lowered_by(&r);
  assert_near(down, first, 1e-15);
  assert_true(lowered_by(&r) > down);
  assert_near(raised_by(&r), first, 1e-15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_raise_from_zero),     cmocka_unit_test(test_raise_to_the_end),
      cmocka_unit_test(test_lower_to_zero),       cmocka_unit_test(test_zero_stays_zero),
      cmocka_unit_test(test_change_of_direction),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
