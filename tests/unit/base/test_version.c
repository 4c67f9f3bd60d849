/* The version of the library is that of its headers. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdio.h>

#include "traj/version.h"

static void test_version(void **state) {
  (void)state;
  char headers[40];
  snprintf(headers, sizeof headers, "%d.%d.%d", TRAJ_VERSION_MAJOR, TRAJ_VERSION_MINOR, TRAJ_VERSION_PATCH);
  assert_string_equal(traj_version(), headers);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_version),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
