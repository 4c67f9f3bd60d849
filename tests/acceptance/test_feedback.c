/* Feedback is the product: whatever regularisation a solve ended with, its plan carries the gains without any where
 * they exist, as a solve that starts there and makes no iteration finds them. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "problems/problems.h"
#include "support/solver.h"
#include "support/watch.h"

/* Jacobians that are a tenth off: good enough to go downhill, too bad to converge. */
static int spoil(const watch_call *call, void *ctx) {
  (void)ctx;
  if (call->hook == WATCH_JAC)
    for (int i = 0; i < 16; i++)
      call->out[i] *= 1 + 0.1 * ((i * 7) % 5 - 2) / 2;
  return call->code;
}

static void gains_are_not_those_of_the_search(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  int compared = 0;
  for (int method = TRAJ_ILQR; method <= TRAJ_DDP; method++) {
    for (int max_iter = 1; max_iter <= 256; max_iter *= 2) {
      watch w;
      const traj_problem problem = watch_problem(&w, &b->problem);
      w.look = spoil;
      traj_ddp_settings settings = solver_settings((traj_ddp_method)method);
      settings.run.max_iter = max_iter;
      traj_ddp *searched = solver_create(&problem, &settings);
      settings.run.max_iter = 0;
      traj_ddp *placed = solver_create(&problem, &settings);
      assert_true(solver_run(searched, b) >= 0);
      const traj_plan *plan = traj_ddp_plan(searched);
      assert_true(plan->policy_current);
      assert_int_equal(traj_ddp_guess(placed, plan->u), TRAJ_OK);
      assert_true(traj_ddp_solve(placed, 0, b->x0) >= 0);
      assert_memory_equal(traj_ddp_plan(placed)->u, plan->u, 50 * sizeof(double));
      if (traj_ddp_get_stats(placed)->regularization == 0) {
        assert_memory_equal(traj_ddp_plan(placed)->K, plan->K, 200 * sizeof(double));
        compared += traj_ddp_get_stats(searched)->regularization > 0;
      }
      traj_ddp_destroy(searched);
      traj_ddp_destroy(placed);
    }
  }
  print_message("%d of 18 solves ended regularised where gains exist without\n", compared);
  assert_true(compared > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gains_are_not_those_of_the_search),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
