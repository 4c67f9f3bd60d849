/* Filling diagnostics: what is not said is marked as not said. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/diag.h"

static void assert_bound_to_nothing(const traj_diag *diag) {
  assert_null(diag->hook);
  assert_true(diag->k == -1 && diag->row == -1 && diag->col == -1);
}

static void test_none(void **state) {
  (void)state;
  traj_diag none = tj_diag_none();
  assert_int_equal(none.status, TRAJ_OK);
  assert_null(none.field);
  assert_true(none.value == 0);
  assert_bound_to_nothing(&none);
}

static void test_field(void **state) {
  (void)state;
  traj_diag diag = tj_diag_field(TRAJ_E_MEMORY, "size", 12.5);
  assert_int_equal(diag.status, TRAJ_E_MEMORY);
  assert_string_equal(diag.field, "size");
  assert_true(diag.value == 12.5);
  assert_bound_to_nothing(&diag);
}

static void test_report(void **state) {
  (void)state;
  const traj_diag found = {TRAJ_E_CALLBACK, "dxdt", "model.ode", 1, 2, 3, 4};
  traj_diag diag = tj_diag_none();
  assert_int_equal(tj_diag_report(NULL, found), TRAJ_E_CALLBACK);
  assert_int_equal(tj_diag_report(&diag, found), TRAJ_E_CALLBACK);
  assert_int_equal(diag.status, TRAJ_E_CALLBACK);
  assert_ptr_equal(diag.field, found.field);
  assert_ptr_equal(diag.hook, found.hook);
  assert_true(diag.k == 1 && diag.row == 2 && diag.col == 3 && diag.value == 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_none),
      cmocka_unit_test(test_field),
      cmocka_unit_test(test_report),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
