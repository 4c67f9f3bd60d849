/* Blocks that are too small or off any alignment, allocators that fail, sizes that overflow. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "support/allocator.h"
#include "support/refusal.h"
#include "support/rigged.h"
#include "support/same_plan.h"
#include "support/sequence.h"

static const rigged_form form = {.limits = true, .first = true, .second = true, .method = TRAJ_DDP};

static size_t size_of(const rigged *r) {
  size_t size = 0;
  traj_diag diag = {.status = TRAJ_E_ARG};
  assert_int_equal(traj_ddp_size(&r->problem, &r->settings, &size, &diag), TRAJ_OK);
  assert_no_diag(&diag);
  return size;
}

static void assert_too_small(const rigged *r, void *block, size_t size) {
  traj_ddp *solver = (traj_ddp *)block;
  traj_diag diag;
  assert_int_equal(traj_ddp_init(&solver, block, size, &r->problem, &r->settings, &diag), TRAJ_E_MEMORY);
  assert_diag(&diag, refusal_of_field(TRAJ_E_MEMORY, "size", (double)size));
  assert_null(solver);
}

/* Exactly as many bytes as are claimed, so that a sanitizer sees every touch beyond them. */
static void test_too_small(void **state) {
  (void)state;
  rigged r;
  rigged_prepare(&r, &form);
  size_t needed = size_of(&r);
  size_t sizes[70], n = 0;
  while (n < 66)
    sizes[n] = n, n++;
  sizes[n++] = needed / 2;
  sizes[n++] = needed - 64;
  sizes[n++] = needed - 2;
  sizes[n++] = needed - 1;
  for (size_t i = 0; i < n; i++) {
    char *block = malloc(sizes[i] + 1);
    assert_non_null(block);
    block[sizes[i]] = '#';
    assert_too_small(&r, block, sizes[i]);
    assert_int_equal(block[sizes[i]], '#');
    free(block);
  }
}

/* At every offset, in a block of just the size asked for and full of garbage, for one worker or more: the same plan,
 * and no byte outside. */
static void test_misaligned(void **state) {
  (void)state;
  enum { MARGIN = 64, BEYOND = '#' };
  rigged r;
  rigged_prepare(&r, &form);
  kept_plan first = {.plan = NULL};
  for (size_t offset = 0; offset < MARGIN; offset++) {
    sequence s = sequence_of(SHUFFLED, 1 + (int)offset % 3, offset);
    sequence_install(&s, &r.settings.run);
    size_t size = size_of(&r);
    char *memory = malloc(size + MARGIN + 1);
    assert_non_null(memory);
    memset(memory, BEYOND, size + MARGIN + 1);
    memset(memory + offset, (int)(0x7f + offset), size);
    traj_ddp *solver = NULL;
    assert_int_equal(traj_ddp_init(&solver, memory + offset, size, &r.problem, &r.settings, NULL), TRAJ_OK);
    assert_true((uintptr_t)solver % _Alignof(max_align_t) == 0);
    assert_true(traj_ddp_solve(solver, 0, rigged_start(&r)) >= TRAJ_OK);
    if (first.plan == NULL) first = keep_plan(traj_ddp_plan(solver));
    assert_same_plan(traj_ddp_plan(solver), first.plan);
    traj_ddp_destroy(solver);
    for (size_t i = 0; i < offset; i++)
      assert_int_equal(memory[i], BEYOND);
    for (size_t i = offset + size; i < size + MARGIN + 1; i++)
      assert_int_equal(memory[i], BEYOND);
    free(memory);
  }
  free(first.block);
}

static void test_allocator_fails(void **state) {
  (void)state;
  rigged r;
  rigged_prepare(&r, &form);
  ledger books = {.fail_at = 1};
  traj_allocator allocator = ledger_allocator(&books);
  traj_ddp *solver = (traj_ddp *)&r;
  traj_diag diag;
  assert_int_equal(traj_ddp_create(&solver, &allocator, &r.problem, &r.settings, &diag), TRAJ_E_MEMORY);
  assert_diag(&diag, refusal_of_field(TRAJ_E_MEMORY, "allocator", (double)size_of(&r)));
  assert_null(solver);
  assert_int_equal(books.calls, 1);
  /* The second attempt is given its block, and one alone. */
  assert_int_equal(traj_ddp_create(&solver, &allocator, &r.problem, &r.settings, &diag), TRAJ_OK);
  assert_no_diag(&diag);
  assert_true(traj_ddp_solve(solver, 0, rigged_start(&r)) >= TRAJ_OK);
  assert_int_equal(books.calls, 2);
  traj_ddp_destroy(solver);
  assert_int_equal(books.live, 0);
  assert_int_equal(books.mistakes, 0);
}

static void test_no_allocator(void **state) {
  (void)state;
  rigged r;
  rigged_prepare(&r, &form);
  traj_allocator nothing = {.alloc = NULL};
  traj_diag diag;
  traj_ddp *solver = (traj_ddp *)&r;
  assert_int_equal(traj_ddp_create(&solver, NULL, &r.problem, &r.settings, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "allocator", 0));
  assert_null(solver);
  solver = (traj_ddp *)&r;
  assert_int_equal(traj_ddp_create(&solver, &nothing, &r.problem, &r.settings, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "allocator.alloc", 0));
  assert_null(solver);
}

/* Without release the block is never given back. */
static void test_no_release(void **state) {
  (void)state;
  rigged r;
  rigged_prepare(&r, &form);
  ledger books = {.calls = 0};
  traj_allocator allocator = ledger_allocator(&books);
  allocator.release = NULL;
  traj_ddp *solver = NULL;
  assert_int_equal(traj_ddp_create(&solver, &allocator, &r.problem, &r.settings, NULL), TRAJ_OK);
  assert_true(traj_ddp_solve(solver, 0, rigged_start(&r)) >= TRAJ_OK);
  traj_ddp_destroy(solver);
  assert_int_equal(books.live, 1);
  ledger_forgive(&books);
}

/* The solver keeps its own copy of the allocator, the problem and the settings. */
static void test_copies(void **state) {
  (void)state;
  rigged r;
  rigged_prepare(&r, &form);
  ledger books = {.calls = 0};
  traj_allocator allocator = ledger_allocator(&books);
  traj_ddp *solver = NULL;
  assert_int_equal(traj_ddp_create(&solver, &allocator, &r.problem, &r.settings, NULL), TRAJ_OK);
  memset(&allocator, 0, sizeof(allocator));
  memset(&r.problem.cost, 0, sizeof(r.problem.cost));
  memset(&r.settings, 0xff, sizeof(r.settings));
  assert_true(traj_ddp_solve(solver, 0, rigged_start(&r)) >= TRAJ_OK);
  traj_ddp_destroy(solver);
  assert_int_equal(books.live, 0);
}

/* Sizes within their limits whose product no block can have: refused by size and init, not one byte touched. */
static void test_overflow(void **state) {
  (void)state;
  static const struct {
    int N, nx, nu, substeps;
    bool ode;
  } huge[] = {
      {INT_MAX / 2, 16000, 1, 1, false},    {INT_MAX / 2, 16000, 300, 1, false},
      {INT_MAX / 2, 3000, 3000, 16, true},  {INT_MAX / 2, 16381, 1, INT_MAX / 8, true},
      {1 << 20, 16000, 300, 1 << 20, true},
  };
  for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++) {
    rigged r;
    const rigged_form bare = {.ode = huge[i].ode, .method = TRAJ_DDP};
    rigged_prepare(&r, &bare);
    r.problem.N = huge[i].N;
    r.problem.model.nx = r.problem.model.ndx = huge[i].nx;
    r.problem.model.nu = huge[i].nu;
    r.problem.model.substeps = huge[i].substeps;
    traj_ddp *solver = (traj_ddp *)&r;
    size_t size = 1;
    traj_diag diag;
    char block[1];
    assert_int_equal(traj_ddp_size(&r.problem, &r.settings, &size, &diag), TRAJ_E_MEMORY);
    assert_diag(&diag, refusal_of_field(TRAJ_E_MEMORY, "N", huge[i].N));
    assert_true(size == 0);
    assert_int_equal(traj_ddp_init(&solver, block, SIZE_MAX, &r.problem, &r.settings, &diag), TRAJ_E_MEMORY);
    assert_diag(&diag, refusal_of_field(TRAJ_E_MEMORY, "N", huge[i].N));
    assert_null(solver);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_too_small),    cmocka_unit_test(test_misaligned), cmocka_unit_test(test_allocator_fails),
      cmocka_unit_test(test_no_allocator), cmocka_unit_test(test_no_release), cmocka_unit_test(test_copies),
      cmocka_unit_test(test_overflow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
