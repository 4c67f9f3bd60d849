/* The number checks against the definition, with what is not finite at every place. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <float.h>
#include <math.h>

#include "base/check.h"

enum { LENGTH = 40, ROWS = 5, COLS = 4 };

static const double WRONG[] = {(double)NAN, -(double)NAN, (double)INFINITY, -(double)INFINITY};

/* Everything that is finite, the extremes included. */
static void fill(double *a, int n) {
  const double fine[] = {0, -0.0, 1, -3.5, DBL_MAX, -DBL_MAX, DBL_MIN, DBL_TRUE_MIN, -DBL_TRUE_MIN};
  for (int i = 0; i < n; i++)
    a[i] = fine[i % (int)(sizeof fine / sizeof *fine)];
}

static void test_finite(void **state) {
  (void)state;
  double a[LENGTH];
  fill(a, LENGTH);
  for (size_t n = 0; n <= LENGTH; n++) {
    assert_true(tj_all_finite(a, n));
    assert_int_equal(tj_first_not_finite(a, n), n);
  }
  assert_true(tj_all_finite(NULL, 0));
}

static void test_not_finite(void **state) {
  (void)state;
  for (size_t at = 0; at < LENGTH; at++) {
    for (int i = 0; i < 4; i++) {
      double a[LENGTH];
      fill(a, LENGTH);
      a[at] = WRONG[i];
      assert_false(tj_all_finite(a, LENGTH));
      assert_true(tj_all_finite(a, at));
      assert_int_equal(tj_first_not_finite(a, LENGTH), at);
      a[LENGTH - 1] = WRONG[(i + 2) % 4]; /* two of them do not cancel, and the first counts */
      assert_false(tj_all_finite(a, LENGTH));
      assert_int_equal(tj_first_not_finite(a, LENGTH), at);
    }
  }
}

static void check_matrix(int rows, int cols, bool lower) {
  for (int at = 0; at < rows * cols; at++) {
    double a[ROWS * ROWS];
    int row = -7, col = -7;
    fill(a, rows * cols);
    assert_false(tj_matrix_not_finite(a, rows, cols, lower, &row, &col));
    assert_true(row == -7 && col == -7);
    a[at] = WRONG[at % 4];
    bool counts = !lower || at % rows >= at / rows;
    assert_int_equal(tj_matrix_not_finite(a, rows, cols, lower, &row, &col), counts);
    assert_int_equal(row, counts ? at % rows : -7);
    assert_int_equal(col, counts ? at / rows : -7);
  }
}

static void test_matrix(void **state) {
  (void)state;
  check_matrix(ROWS, COLS, false);
  check_matrix(COLS, ROWS, false);
  check_matrix(ROWS, ROWS, true);
  check_matrix(1, 1, true);
  check_matrix(ROWS, 1, false);
}

static void test_reserved(void **state) {
  (void)state;
  void *reserved[3] = {NULL};
  assert_true(tj_reserved_zero(reserved, 3));
  reserved[2] = reserved;
  assert_false(tj_reserved_zero(reserved, 3));
  assert_true(tj_reserved_zero(reserved, 2));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_finite),
      cmocka_unit_test(test_not_finite),
      cmocka_unit_test(test_matrix),
      cmocka_unit_test(test_reserved),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
