#define _POSIX_C_SOURCE 200809L
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <time.h>

#include "traj/extra.h"

static void never_runs_backwards(void **state) {
  (void)state;
  double before = traj_clock(NULL);
  for (int i = 0; i < 100000; i++) {
    double now = traj_clock(NULL);
    assert_true(now >= before);
    before = now;
  }
}

static void counts_seconds(void **state) {
  (void)state;
  const struct timespec nap = {.tv_nsec = 20000000};
  const double before = traj_clock(NULL);
  nanosleep(&nap, NULL);
  const double passed = traj_clock(NULL) - before;
  assert_true(passed >= 0.02);
  assert_true(passed < 5); /* on a machine that has much else to do */
}

static void ignores_its_argument(void **state) {
  (void)state;
  int something;
  const double before = traj_clock(NULL), after = traj_clock(&something);
  assert_true(after >= before && after < before + 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(never_runs_backwards),
      cmocka_unit_test(counts_seconds),
      cmocka_unit_test(ignores_its_argument),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
