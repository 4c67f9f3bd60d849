/* The two doors to memory. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/allocator.h"
#include "traj/lqr.h"

static const double A[] = {1, 0, 0.1, 1}, B[] = {0.005, 0.1}, Q[] = {1, 0, 0, 1}, R[] = {0.1};
static const double x0[] = {1, -1};

static traj_lqr_problem double_integrator(int N) {
  return (traj_lqr_problem){
      .nx = 2, .nu = 1, .N = N, .dt = 0.1, .A = {A, 0}, .B = {B, 0}, .Q = {Q, 0}, .R = {R, 0}, .Q_N = Q};
}

static void assert_refused(traj_status status, const traj_diag *diag, traj_status expected, const char *field) {
  assert_int_equal(status, expected);
  assert_int_equal(diag->status, expected);
  assert_string_equal(diag->field, field);
  assert_int_equal(diag->k, -1);
}

static size_t size_of(const traj_lqr_problem *problem) {
  size_t size = 0;
  traj_diag diag = {.status = TRAJ_E_ARG};
  assert_int_equal(traj_lqr_size(problem, &size, &diag), TRAJ_OK);
  assert_int_equal(diag.status, TRAJ_OK);
  return size;
}

static void test_size_refuses(void **state) {
  (void)state;
  traj_lqr_problem problem = double_integrator(3);
  size_t size = 1;
  traj_diag diag;
  assert_refused(traj_lqr_size(&problem, NULL, &diag), &diag, TRAJ_E_ARG, "size");
  assert_refused(traj_lqr_size(NULL, &size, &diag), &diag, TRAJ_E_ARG, "problem");
  assert_true(size == 0);
  assert_int_equal(traj_lqr_size(NULL, &size, NULL), TRAJ_E_ARG);
}

/* The largest sizes allowed: they fit into size_t, or are refused. */
static void test_huge_sizes(void **state) {
  (void)state;
  traj_lqr_problem problem = {.nx = 16380, .nu = 2, .N = INT_MAX / 2};
  size_t square = (size_t)problem.nx * (size_t)problem.nx, size = 1;
  bool wide = SIZE_MAX / sizeof(double) / square > (size_t)problem.N;
  problem.A = problem.B = (traj_series){A, 0};
  if (wide) problem.A = problem.Q = problem.Sigma = (traj_series){A, square};
  traj_diag diag;
  traj_status status = traj_lqr_size(&problem, &size, &diag);
  if (wide) {
    assert_int_equal(status, TRAJ_OK);
    assert_true(size / sizeof(double) / square > (size_t)problem.N);
  } else {
    assert_refused(status, &diag, TRAJ_E_MEMORY, "N");
    assert_true(size == 0);
  }
  ledger books = {.fail_at = 1};
  traj_allocator allocator = ledger_allocator(&books);
  traj_lqr *solver = NULL;
  assert_refused(traj_lqr_create(&solver, &allocator, &problem, &diag), &diag, TRAJ_E_MEMORY, wide ? "allocator" : "N");
  assert_null(solver);
}

static void test_init_refuses(void **state) {
  (void)state;
  traj_lqr_problem problem = double_integrator(3);
  size_t size = size_of(&problem);
  char *block = malloc(size);
  if (block == NULL) abort();
  traj_diag diag;
  traj_lqr *solver = (traj_lqr *)(void *)block;
  assert_refused(traj_lqr_init(NULL, block, size, &problem, &diag), &diag, TRAJ_E_ARG, "solver");
  assert_refused(traj_lqr_init(&solver, NULL, size, &problem, &diag), &diag, TRAJ_E_ARG, "block");
  assert_null(solver);
  assert_refused(traj_lqr_init(&solver, block, size, NULL, &diag), &diag, TRAJ_E_ARG, "problem");
  assert_int_equal(traj_lqr_init(&solver, block, size, NULL, NULL), TRAJ_E_ARG);
  free(block);
}

/* Solves once and gives the cost, so that memory that overlaps or lies outside of the block is noticed. */
static double cost_of(traj_lqr *solver) {
  assert_int_equal(traj_lqr_factor(solver, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_solve(solver, 0, x0), TRAJ_OK);
  return traj_lqr_plan(solver)->cost;
}

static void test_any_alignment(void **state) {
  (void)state;
  enum { ALIGNMENT = 64, GUARD = 0x5a };
  traj_lqr_problem problem = double_integrator(7);
  size_t size = size_of(&problem);
  double first = 0;
  for (size_t shift = 0; shift < ALIGNMENT; shift++) {
    unsigned char *memory = malloc(size + 2 * ALIGNMENT);
    if (memory == NULL) abort();
    memset(memory, GUARD, size + 2 * ALIGNMENT);
    traj_lqr *solver = NULL;
    assert_int_equal(traj_lqr_init(&solver, memory + shift, size, &problem, NULL), TRAJ_OK);
    double cost = cost_of(solver);
    if (shift == 0) first = cost;
    assert_memory_equal(&cost, &first, sizeof cost);
    for (size_t i = 0; i < size + 2 * ALIGNMENT; i++) {
      if (i < shift || i >= shift + size) assert_int_equal(memory[i], GUARD);
    }
    traj_lqr_destroy(solver); /* nothing to give back */
    free(memory);
  }
}

static void test_block_too_small(void **state) {
  (void)state;
  traj_lqr_problem problem = double_integrator(2);
  size_t size = size_of(&problem);
  /* The slack is for the worst alignment, 1 past a cache line, so there every byte counts. */
  char *memory = malloc(size + 128);
  if (memory == NULL) abort();
  char *block = memory + (64 - (uintptr_t)memory % 64) + 1;
  for (size_t given = 0; given < size; given++) {
    traj_lqr *solver = NULL;
    traj_diag diag;
    assert_refused(traj_lqr_init(&solver, block, given, &problem, &diag), &diag, TRAJ_E_MEMORY, "size");
    assert_true(diag.value == (double)given);
    assert_null(solver);
  }
  traj_lqr *solver = NULL;
  assert_int_equal(traj_lqr_init(&solver, block, size, &problem, NULL), TRAJ_OK);
  assert_non_null(solver);
  free(memory);
}

static void test_create_refuses(void **state) {
  (void)state;
  traj_lqr_problem problem = double_integrator(3);
  ledger books = {.fail_at = 1};
  traj_allocator allocator = ledger_allocator(&books), none = {.alloc = NULL};
  traj_diag diag;
  traj_lqr *solver = NULL;
  assert_refused(traj_lqr_create(NULL, &allocator, &problem, &diag), &diag, TRAJ_E_ARG, "solver");
  assert_refused(traj_lqr_create(&solver, NULL, &problem, &diag), &diag, TRAJ_E_ARG, "allocator");
  assert_refused(traj_lqr_create(&solver, &none, &problem, &diag), &diag, TRAJ_E_ARG, "allocator.alloc");
  assert_refused(traj_lqr_create(&solver, &allocator, NULL, &diag), &diag, TRAJ_E_ARG, "problem");
  assert_int_equal(books.calls, 0);
  assert_refused(traj_lqr_create(&solver, &allocator, &problem, &diag), &diag, TRAJ_E_MEMORY, "allocator");
  assert_true(diag.value == (double)size_of(&problem));
  assert_null(solver);
}

static void test_create_and_destroy(void **state) {
  (void)state;
  traj_lqr_problem problem = double_integrator(3);
  ledger books = {.calls = 0};
  traj_allocator allocator = ledger_allocator(&books);
  traj_lqr *solver = NULL;
  assert_int_equal(traj_lqr_create(&solver, &allocator, &problem, NULL), TRAJ_OK);
  allocator = (traj_allocator){.alloc = NULL}; /* it was copied */
  assert_true(cost_of(solver) > 0);
  assert_int_equal(books.calls, 1);
  traj_lqr_destroy(solver);
  assert_int_equal(books.live, 0);
  assert_int_equal(books.mistakes, 0);
  traj_lqr_destroy(NULL);
}

static void test_blocks_never_given_back(void **state) {
  (void)state;
  traj_lqr_problem problem = double_integrator(3);
  ledger books = {.calls = 0};
  traj_allocator allocator = ledger_allocator(&books), keeping = allocator;
  keeping.release = NULL;
  traj_lqr *solver = NULL;
  assert_int_equal(traj_lqr_create(&solver, &keeping, &problem, NULL), TRAJ_OK);
  traj_lqr_destroy(solver);
  assert_int_equal(books.live, 1);
  ledger_forgive(&books);
}

/* The numbers are borrowed: it takes no memory that they change from stage to stage. */
static void test_size_of_varying_series(void **state) {
  (void)state;
  static const double many[4 * 100] = {0};
  traj_lqr_problem constant = double_integrator(100), varying = constant;
  varying.A = (traj_series){many, 4};
  varying.Sigma = (traj_series){many, 4};
  constant.Sigma = (traj_series){many, 0};
  assert_int_equal(size_of(&varying), size_of(&constant));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_size_refuses),           cmocka_unit_test(test_huge_sizes),
      cmocka_unit_test(test_init_refuses),           cmocka_unit_test(test_any_alignment),
      cmocka_unit_test(test_block_too_small),        cmocka_unit_test(test_create_refuses),
      cmocka_unit_test(test_create_and_destroy),     cmocka_unit_test(test_blocks_never_given_back),
      cmocka_unit_test(test_size_of_varying_series),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
