/* Blocks on lease: taken, refused, given back once and whole, or not at all. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

#include "base/lease.h"
#include "support/allocator.h"
#include "support/refusal.h"

static void test_check(void **state) {
  (void)state;
  ledger books = {0};
  traj_allocator allocator = ledger_allocator(&books);
  traj_diag diag = {.status = TRAJ_STALLED};
  assert_int_equal(tj_lease_check(&allocator, &diag), TRAJ_OK);
  assert_int_equal(diag.status, TRAJ_STALLED); /* untouched */
  allocator.release = NULL;
  assert_int_equal(tj_lease_check(&allocator, NULL), TRAJ_OK);
  assert_int_equal(tj_lease_check(NULL, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "allocator", 0));
  allocator.alloc = NULL;
  assert_int_equal(tj_lease_check(&allocator, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "allocator.alloc", 0));
  assert_int_equal(books.calls, 0);
}

static void test_take_and_end(void **state) {
  (void)state;
  ledger books = {0};
  const traj_allocator allocator = ledger_allocator(&books);
  tj_lease lease;
  traj_diag diag;
  assert_int_equal(tj_lease_take(&lease, &allocator, 1000, &diag), TRAJ_OK);
  assert_int_equal(books.live, 1);
  memset(lease.block, 0x5a, 1000);
  tj_lease_end(&lease);
  assert_true(books.live == 0 && books.mistakes == 0);
}

static void test_no_memory(void **state) {
  (void)state;
  ledger books = {.fail_at = 1};
  const traj_allocator allocator = ledger_allocator(&books);
  tj_lease lease;
  traj_diag diag;
  assert_int_equal(tj_lease_take(&lease, &allocator, 1000, &diag), TRAJ_E_MEMORY);
  assert_diag(&diag, refusal_of_field(TRAJ_E_MEMORY, "allocator", 1000));
  assert_null(lease.block);
  tj_lease_end(&lease);
  assert_true(books.live == 0 && books.mistakes == 0);
}

/* An allocator that takes nothing back, and no lease at all. */
static void test_never_given_back(void **state) {
  (void)state;
  ledger books = {0};
  traj_allocator allocator = ledger_allocator(&books);
  tj_lease lease, none = {.block = NULL};
  allocator.release = NULL;
  assert_int_equal(tj_lease_take(&lease, &allocator, 8, NULL), TRAJ_OK);
  tj_lease_end(&lease);
  assert_int_equal(books.live, 1);
  ledger_forgive(&books);
  tj_lease_end(&none);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_check),
      cmocka_unit_test(test_take_and_end),
      cmocka_unit_test(test_no_memory),
      cmocka_unit_test(test_never_given_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
