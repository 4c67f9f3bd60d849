/* The problems of the robustness table: their derivative hooks, and solves from random guesses that end as they may. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdlib.h>

#include "problems/problems.h"
#include "support/env.h"
#include "support/solver.h"

/* Along the rollout of a random guess; the horizon is cut, for what comes later may have grown beyond measure. */
static void derivatives_match_differences(void **state) {
  (void)state;
  const uint64_t seed = env_seed("hard_problems", 1);
  const int guesses = env_rounds(5, 1);
  const bench_problem *b;
  for (int i = 0; (b = bench_hard_problem_at(i)) != NULL; i++) {
    const int N = b->problem.N, entries = N * b->problem.model.nu;
    double *u = malloc((size_t)entries * sizeof *u);
    assert_non_null(u);
    traj_ddp *solver = solver_create(&b->problem, NULL);
    assert_int_equal(traj_ddp_horizon(solver, N < 30 ? N : 30), TRAJ_OK);
    for (int g = 0; g < guesses; g++) {
      traj_derivative_report report;
      bench_problem_random_guess(b, seed + (uint64_t)g, u);
      assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
      traj_status status = traj_ddp_check_derivatives(solver, 0, b->x0, &report);
      print_message("%-16s %6ld entries, largest error %.0e\n", b->name, report.checked, report.error);
      if (status != TRAJ_OK) solver_print(solver);
      assert_int_equal(status, TRAJ_OK);
    }
    traj_ddp_destroy(solver);
    free(u);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(derivatives_match_differences),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
