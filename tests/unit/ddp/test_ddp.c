/* The life of a solver: defaults, sizes, the two doors to memory. What create refuses is tested by tests/fault. */
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

#include "problems/problems.h"
#include "support/allocator.h"
#include "support/refusal.h"
#include "support/same_plan.h"
#include "support/solver.h"

static const traj_problem *problem(void) {
  return &bench_problem_find("double_integrator_box")->problem;
}

static const double *x0(void) {
  return bench_problem_find("double_integrator_box")->x0;
}

static size_t size_of(const traj_problem *p, const traj_ddp_settings *settings) {
  size_t size = 0;
  traj_diag diag = {.status = TRAJ_E_ARG};
  assert_int_equal(traj_ddp_size(p, settings, &size, &diag), TRAJ_OK);
  assert_no_diag(&diag);
  return size;
}

static void test_defaults(void **state) {
  (void)state;
  traj_ddp_settings s;
  memset(&s, 0xff, sizeof s);
  traj_ddp_defaults(&s);
  assert_int_equal(s.run.max_iter, 500);
  assert_true(s.run.time_limit == 0);
  assert_null(s.run.clock);
  assert_null(s.run.iteration);
  assert_int_equal(s.method, TRAJ_AUTO);
  assert_int_equal(s.differences, TRAJ_CENTRAL);
  assert_true(s.tolerance == 1e-9);
  assert_int_equal(s.run.workers, 1);
  assert_null(s.run.parallel);
  for (int i = 0; i < 8; i++)
    assert_null(s.reserved[i]);
  for (int i = 0; i < 6; i++)
    assert_null(s.run.reserved[i]);
  traj_ddp_defaults(NULL);
}

/* NULL settings are the defaults. */
static void test_settings_default(void **state) {
  (void)state;
  const traj_ddp_settings settings = solver_settings(TRAJ_AUTO);
  assert_true(size_of(problem(), NULL) == size_of(problem(), &settings));
  traj_ddp *one = solver_create(problem(), NULL), *two = solver_create(problem(), &settings);
  assert_int_equal(traj_ddp_solve(one, 0, x0()), TRAJ_OK);
  assert_int_equal(traj_ddp_solve(two, 0, x0()), TRAJ_OK);
  assert_same_plan(traj_ddp_plan(one), traj_ddp_plan(two));
  traj_ddp_destroy(one);
  traj_ddp_destroy(two);
}

/* What a problem or a method needs more of costs more, and nothing is paid for what is not there. */
static void test_size_follows_the_problem(void **state) {
  (void)state;
  const traj_ddp_settings ilqr = solver_settings(TRAJ_ILQR), ddp = solver_settings(TRAJ_DDP);
  traj_problem p = *problem(), open = p, longer = p, ode = bench_problem_find("CP50")->problem;
  open.u_min = open.u_max = NULL;
  longer.N = 2 * p.N;
  assert_true(size_of(&open, NULL) < size_of(&p, NULL));
  assert_true(size_of(&longer, NULL) > size_of(&p, NULL));
  assert_true(size_of(&longer, NULL) < 2 * size_of(&p, NULL));
  assert_true(size_of(&ode, &ilqr) < size_of(&ode, &ddp)); /* a tape per stage */
  assert_true(size_of(&p, &ilqr) == size_of(&p, &ddp));    /* a step has no tape */
  assert_true(size_of(&p, NULL) > size_of(&p, &ddp));      /* a trajectory to put aside */
}

static void test_init_and_create_agree(void **state) {
  (void)state;
  const size_t size = size_of(problem(), NULL);
  void *block = malloc(size);
  assert_non_null(block);
  traj_ddp *lodger, *owner = solver_create(problem(), NULL);
  traj_diag diag = {.status = TRAJ_E_ARG};
  assert_int_equal(traj_ddp_init(&lodger, block, size, problem(), NULL, &diag), TRAJ_OK);
  assert_no_diag(&diag);
  assert_int_equal(traj_ddp_solve(lodger, 0, x0()), TRAJ_OK);
  assert_int_equal(traj_ddp_solve(owner, 0, x0()), TRAJ_OK);
  assert_same_plan(traj_ddp_plan(lodger), traj_ddp_plan(owner));
  traj_ddp_destroy(lodger); /* does nothing: the block is the caller's */
  assert_int_equal(traj_ddp_solve(lodger, 0, x0()), TRAJ_OK);
  traj_ddp_destroy(owner);
  free(block);
}

static void test_create_gives_its_block_back(void **state) {
  (void)state;
  ledger books = {0};
  const traj_allocator allocator = ledger_allocator(&books);
  traj_ddp *solver;
  assert_int_equal(traj_ddp_create(&solver, &allocator, problem(), NULL, NULL), TRAJ_OK);
  assert_int_equal(books.live, 1);
  traj_ddp_destroy(solver);
  assert_int_equal(books.live, 0);
  assert_int_equal(books.mistakes, 0);
  traj_ddp_destroy(NULL);
}

static void test_missing_pointers(void **state) {
  (void)state;
  ledger books = {0};
  const traj_allocator allocator = ledger_allocator(&books);
  traj_ddp *solver = (traj_ddp *)&books;
  traj_diag diag;
  assert_int_equal(traj_ddp_size(problem(), NULL, NULL, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "size", 0));
  assert_int_equal(traj_ddp_init(NULL, NULL, 0, problem(), NULL, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "solver", 0));
  assert_int_equal(traj_ddp_init(&solver, NULL, 1 << 30, problem(), NULL, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "block", 0));
  assert_null(solver);
  assert_int_equal(traj_ddp_create(NULL, &allocator, problem(), NULL, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "solver", 0));
  assert_int_equal(traj_ddp_create(&solver, NULL, problem(), NULL, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "allocator", 0));
  assert_int_equal(traj_ddp_create(&solver, &allocator, NULL, NULL, NULL), TRAJ_E_ARG);
  assert_int_equal(books.calls, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_defaults),
      cmocka_unit_test(test_settings_default),
      cmocka_unit_test(test_size_follows_the_problem),
      cmocka_unit_test(test_init_and_create_agree),
      cmocka_unit_test(test_create_gives_its_block_back),
      cmocka_unit_test(test_missing_pointers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
