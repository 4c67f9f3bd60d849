// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

#include "traj/extra.h"

static void blocks_can_be_used_and_given_back(void **state) {
  (void)state;
  const traj_allocator *heap = traj_heap();
  unsigned char *a = heap->alloc(1000, heap->ctx), *b = heap->alloc(1000, heap->ctx);
  assert_non_null(a);
  assert_non_null(b);
  memset(a, 1, 1000);
  memset(b, 2, 1000);
  for (int i = 0; i < 1000; i++)
    assert_int_equal(a[i], 1);
  heap->release(a, 1000, heap->ctx);
  heap->release(b, 1000, heap->ctx);
}

static void releasing_nothing_is_allowed(void **state) {
  (void)state;
  const traj_allocator *heap = traj_heap();
  heap->release(NULL, 0, heap->ctx);
  assert_ptr_equal(heap, traj_heap());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_can_be_used_and_given_back),
      cmocka_unit_test(releasing_nothing_is_allowed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
