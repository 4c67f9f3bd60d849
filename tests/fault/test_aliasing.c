/* Buffers that are one another: what belongs to a solver given back to it as input, one array in several places of a
 * problem. */
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

#include "support/pair.h"
#include "support/refusal.h"
#include "support/rigged.h"
#include "support/same_plan.h"
#include "traj/lqr.h"

/* Any state and any controls of the last plan as the start and the guess of the next solve. */
static void test_own_plan(void **state) {
  (void)state;
  for (int i = 0; i < rigged_form_count; i++) {
    rigged r;
    pair p;
    rigged_prepare(&r, &rigged_forms[i]);
    size_t nx = (size_t)r.problem.model.nx;
    pair_begin(&p, &r.problem, &r.settings);
    pair_solve(&p, rigged_start(&r));
    for (size_t k = 0; k <= RIGGED_N; k++) {
      double x0[RIGGED_MAX_NX], u[RIGGED_N * RIGGED_NU];
      const traj_plan *spared = traj_ddp_plan(p.spared), *own = traj_ddp_plan(p.victim);
      memcpy(x0, spared->x + k * nx, nx * sizeof(double));
      memcpy(u, spared->u, sizeof(u));
      if (k % 2) {
        assert_int_equal(traj_ddp_guess(p.spared, u), TRAJ_OK);
        assert_int_equal(traj_ddp_guess(p.victim, own->u), TRAJ_OK);
      }
      traj_status status = traj_ddp_solve(p.spared, 0, x0);
      assert_true(status >= TRAJ_OK);
      assert_int_equal(traj_ddp_solve(p.victim, 0, own->x + k * nx), status);
      assert_same_plan(traj_ddp_plan(p.victim), traj_ddp_plan(p.spared));
    }
    pair_end(&p);
  }
}

/* Upper limits that are the lower ones leave no choice. */
static void test_one_array_of_limits(void **state) {
  (void)state;
  static const rigged_form form = {.first = true};
  static const double fixed[RIGGED_N][RIGGED_NU] = {{0.1, 0}, {-0.2, 0.3}, {0, 0}, {0.4, -0.1}, {0.2, 0.2}};
  rigged r;
  pair p;
  rigged_prepare(&r, &form);
  r.problem.u_min = r.problem.u_max = fixed[0];
  r.problem.u_stride = RIGGED_NU;
  pair_begin(&p, &r.problem, &r.settings);
  pair_solve(&p, rigged_start(&r));
  assert_memory_equal(traj_ddp_plan(p.victim)->u, fixed, sizeof(fixed));
  pair_end(&p);
}

/* A snapshot of a snapshot outlives it. */
static void test_snapshots(void **state) {
  (void)state;
  rigged r;
  pair p;
  rigged_prepare(&r, &rigged_forms[0]);
  pair_begin(&p, &r.problem, &r.settings);
  pair_solve(&p, rigged_start(&r));
  kept_plan first = keep_plan(traj_ddp_plan(p.victim)), second = keep_plan(first.plan);
  memset(first.block, 0xff, traj_plan_size(second.plan));
  free(first.block);
  assert_same_plan(second.plan, traj_ddp_plan(p.spared));
  free(second.block);
  pair_end(&p);
}

/* One identity in every place of a linear-quadratic problem, and the states of a plan as the start of the next. */
static void test_linear_quadratic(void **state) {
  (void)state;
  enum { NX = 2, N = 6 };
  static const double one[NX * NX] = {1, 0, 0, 1}, other[NX * NX] = {1, 0, 0, 1};
  const traj_lqr_problem shared = {.nx = NX,
                                   .nu = NX,
                                   .N = N,
                                   .dt = 1,
                                   .A = {one, 0},
                                   .B = {one, 0},
                                   .Q = {one, 0},
                                   .R = {one, 0},
                                   .Sigma = {one, 0},
                                   .c = {one, 0},
                                   .q = {one, 0},
                                   .r = {one, 0},
                                   .Q_N = one,
                                   .q_N = one};
  traj_lqr_problem apart = shared;
  apart.A.data = apart.R.data = apart.Q_N = apart.c.data = other;
  ledger books = {.calls = 0};
  traj_allocator allocator = ledger_allocator(&books);
  traj_lqr *solvers[2];
  assert_int_equal(traj_lqr_create(&solvers[0], &allocator, &shared, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_create(&solvers[1], &allocator, &apart, NULL), TRAJ_OK);
  double x[NX] = {1, -2};
  for (int i = 0; i < 2; i++) {
    assert_int_equal(traj_lqr_factor(solvers[i], NULL), TRAJ_OK);
    assert_int_equal(traj_lqr_solve(solvers[i], 0, x), TRAJ_OK);
  }
  for (int k = 0; k <= N; k++) {
    const traj_plan *own = traj_lqr_plan(solvers[0]);
    memcpy(x, own->x + (ptrdiff_t)k * NX, sizeof(x));
    assert_int_equal(traj_lqr_solve(solvers[0], 0, own->x + (ptrdiff_t)k * NX), TRAJ_OK);
    assert_int_equal(traj_lqr_solve(solvers[1], 0, x), TRAJ_OK);
    assert_same_plan(traj_lqr_plan(solvers[0]), traj_lqr_plan(solvers[1]));
    double cost;
    assert_int_equal(traj_lqr_expected_cost(solvers[0], 0, x, &cost), TRAJ_OK);
    assert_int_equal(traj_lqr_expected_cost(solvers[1], 0, x, &x[0]), TRAJ_OK); /* into the state itself */
    assert_true(x[0] == cost);
  }
  traj_lqr_destroy(solvers[0]);
  traj_lqr_destroy(solvers[1]);
  assert_int_equal(books.live, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_own_plan),
      cmocka_unit_test(test_one_array_of_limits),
      cmocka_unit_test(test_snapshots),
      cmocka_unit_test(test_linear_quadratic),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
