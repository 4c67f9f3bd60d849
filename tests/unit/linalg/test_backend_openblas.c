/* The recursion on CBLAS and LAPACKE, and that calls of the heap from in there would be seen. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <lapacke.h>

#include "linalg/backend.h"
#include "support/heap_calls.h"
#include "support/kernel_trials.h"

/* LAPACKE transposes a row-major matrix into memory from the heap: proof that calls of shared libraries count. */
static void the_counter_sees_into_the_linear_algebra(void **state) {
  (void)state;
  if (!heap_calls_counted()) skip();
  double a[] = {4, 1, 1, 3};
  const long before = heap_calls;
  assert_int_equal(LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'L', 2, a, 2), 0);
  assert_true(heap_calls > before);
}

int main(void) {
  const kernel_subject subject = {
      .backend = &tj_backend_openblas,
      .heap_calls = heap_calls_counted() ? &heap_calls : NULL,
  };
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_counter_sees_into_the_linear_algebra),
  };
  return cmocka_run_group_tests(tests, NULL, NULL) + kernel_trials(&subject);
}
