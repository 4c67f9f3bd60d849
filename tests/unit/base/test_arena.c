/* The arena: measuring and carving agree at every offset of the block, arrays are aligned and apart, sizes that do not
 * fit are noticed. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "support/env.h"
#include "support/rng.h"

enum { ARRAYS = 10, OFFSETS = 64 };

/* A layout of arrays, and where they were put. */
typedef struct layout {
  size_t rows[ARRAYS], cols[ARRAYS];
  double *at[ARRAYS];
} layout;

static layout draw(rng *r) {
  layout l;
  for (int i = 0; i < ARRAYS; i++) {
    l.rows[i] = (size_t)rng_int(r, 0, 12);
    l.cols[i] = (size_t)rng_int(r, 0, 12);
  }
  return l;
}

static void carve(tj_arena *arena, layout *l) {
  for (int i = 0; i < ARRAYS; i++)
    l->at[i] = tj_arena_doubles(arena, l->rows[i], l->cols[i]);
}

static size_t length(const layout *l, int i) {
  return l->rows[i] * l->cols[i];
}

/* Fills each array with its number, then finds all of them whole: they lie apart. */
static void assert_apart(const layout *l) {
  for (int i = 0; i < ARRAYS; i++) {
    for (size_t j = 0; j < length(l, i); j++)
      l->at[i][j] = i;
  }
  for (int i = 0; i < ARRAYS; i++) {
    assert_true((l->at[i] == NULL) == (length(l, i) == 0));
    assert_int_equal((uintptr_t)l->at[i] % TJ_ALIGNMENT, 0);
    for (size_t j = 0; j < length(l, i); j++)
      assert_true(l->at[i][j] == i);
  }
}

static void test_measure_equals_carve(void **state) {
  (void)state;
  const char canary[] = "canary";
  rng r = rng_from(env_seed("measure_equals_carve", 141));
  for (size_t offset = 0; offset < OFFSETS; offset++) {
    layout l = draw(&r);
    tj_arena measure = tj_arena_measure();
    carve(&measure, &l);
    for (int i = 0; i < ARRAYS; i++)
      assert_null(l.at[i]);
    size_t size = tj_arena_block_size(&measure);
    char *memory = malloc(OFFSETS + size + sizeof canary), *block = memory + offset;
    assert_non_null(memory);
    memcpy(block + size, canary, sizeof canary);
    tj_arena arena = tj_arena_over(block, size);
    carve(&arena, &l);
    assert_false(arena.overflow);
    assert_int_equal(arena.used, measure.used);
    assert_true(arena.base >= block && arena.base + arena.used <= block + size);
    assert_apart(&l);
    assert_memory_equal(block + size, canary, sizeof canary);
    free(memory);
  }
}

/* One byte less than what is needed at this alignment fails at the last array, and stays failed. */
static void test_too_small(void **state) {
  (void)state;
  static _Alignas(TJ_ALIGNMENT) char block[4 * TJ_ALIGNMENT];
  tj_arena arena = tj_arena_over(block, 3 * TJ_ALIGNMENT - 1);
  assert_ptr_equal(tj_arena_doubles(&arena, 2, 8), block);
  assert_null(tj_arena_doubles(&arena, 1, 1));
  assert_true(arena.overflow);
  assert_null(tj_arena_take(&arena, 1, 1)); /* although one byte would fit */
  assert_int_equal(tj_arena_block_size(&arena), 0);
  arena = tj_arena_over(block, 3 * TJ_ALIGNMENT);
  assert_non_null(tj_arena_doubles(&arena, 2, 8));
  assert_non_null(tj_arena_doubles(&arena, 1, 1));
  assert_false(arena.overflow);
}

/* Blocks that end before their first aligned byte. */
static void test_no_room_to_align(void **state) {
  (void)state;
  static _Alignas(TJ_ALIGNMENT) char block[2 * TJ_ALIGNMENT];
  for (size_t offset = 1; offset < TJ_ALIGNMENT; offset++) {
    tj_arena arena = tj_arena_over(block + offset, TJ_ALIGNMENT - offset - 1);
    assert_true(arena.overflow);
    assert_null(tj_arena_take(&arena, 1, 1));
    arena = tj_arena_over(block + offset, TJ_ALIGNMENT - offset);
    assert_false(arena.overflow);
    assert_null(tj_arena_take(&arena, 1, 1)); /* aligned, and empty */
    assert_true(arena.overflow);
  }
  tj_arena none = tj_arena_over(NULL, 1000);
  assert_true(none.overflow);
}

static void test_nothing_taken(void **state) {
  (void)state;
  tj_arena arena = tj_arena_measure();
  assert_null(tj_arena_take(&arena, 0, 8));
  assert_null(tj_arena_doubles(&arena, 0, SIZE_MAX));
  assert_null(tj_arena_doubles(&arena, SIZE_MAX, 0));
  assert_false(arena.overflow);
  assert_int_equal(arena.used, 0);
}

static void test_overflow(void **state) {
  (void)state;
  const size_t counts[][2] = {{SIZE_MAX, 1},           {SIZE_MAX, SIZE_MAX},
                              {SIZE_MAX / 8 + 1, 1},   {1, SIZE_MAX / 8},
                              {SIZE_MAX / 8, 1},       {(size_t)1 << 32, (size_t)1 << 32},
                              {SIZE_MAX / 16 + 1, 16}, {3, SIZE_MAX / 3 - SIZE_MAX / 6}};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    tj_arena arena = tj_arena_measure();
    assert_null(tj_arena_doubles(&arena, counts[i][0], counts[i][1]));
    assert_true(arena.overflow);
    assert_int_equal(tj_arena_block_size(&arena), 0);
  }
}

/* Sizes that fit one by one and not together; and more than any object may have. */
static void test_sum_overflows(void **state) {
  (void)state;
  tj_arena arena = tj_arena_measure();
  for (int i = 0; i < 3; i++)
    tj_arena_take(&arena, SIZE_MAX / 4, 1);
  assert_false(arena.overflow);
  assert_int_equal(tj_arena_block_size(&arena), 0);
  tj_arena_take(&arena, SIZE_MAX / 4, 1);
  tj_arena_take(&arena, SIZE_MAX / 4, 1);
  assert_true(arena.overflow);
  arena = tj_arena_measure();
  tj_arena_take(&arena, PTRDIFF_MAX / TJ_ALIGNMENT - 1, TJ_ALIGNMENT);
  size_t size = tj_arena_block_size(&arena);
  assert_true(size > 0 && size <= PTRDIFF_MAX);
  tj_arena_take(&arena, 1, 1);
  assert_int_equal(tj_arena_block_size(&arena), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_measure_equals_carve),
      cmocka_unit_test(test_too_small),
      cmocka_unit_test(test_no_room_to_align),
      cmocka_unit_test(test_nothing_taken),
      cmocka_unit_test(test_overflow),
      cmocka_unit_test(test_sum_overflows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
