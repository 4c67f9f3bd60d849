/* How CP50 converges: DDP ends with a quadratic tail, iLQR with a linear one. The tails are gated, not the number of
 * iterations before them. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <stdlib.h>

#include "problems/problems.h"
#include "support/solver.h"

enum { MOST = 2000 };

/* Costs of the iterates, from the iteration hook. */
typedef struct history {
  int count;
  double cost[MOST];
} history;

static int record(const traj_iteration *row, void *user) {
  history *h = user;
  assert_int_equal(row->iteration, h->count);
  assert_true(h->count < MOST);
  h->cost[h->count++] = row->cost;
  return 0;
}

/* Iterates until nothing improves; returns the least cost. */
static double solve(traj_ddp_method method, history *h) {
  const bench_problem *b = bench_problem_find("CP50");
  traj_ddp_settings settings = solver_settings(method);
  settings.tolerance = 0;
  settings.run.iteration = record;
  settings.run.iteration_user = h;
  settings.run.max_iter = MOST - 1;
  h->count = 0;
  traj_ddp *solver = solver_create(&b->problem, &settings);
  assert_true(solver_run(solver, b) >= 0);
  double cost = traj_ddp_get_stats(solver)->cost;
  traj_ddp_destroy(solver);
  for (int i = 1; i < h->count; i++)
    assert_true(h->cost[i] <= h->cost[i - 1]);
  assert_true(fabs(cost - b->optima[0]) <= 1e-10);
  return cost;
}

/* The first iterate whose cost is within gap of best. */
static int first_within(const history *h, double best, double gap) {
  int i = 0;
  while (i < h->count && h->cost[i] - best > gap)
    i++;
  assert_true(i < h->count);
  return i;
}

/* Near the optimum the gap is squared by each iteration, up to a factor, until it is at the rounding level. */
static void ddp_ends_quadratically(void **state) {
  (void)state;
  static history h;
  const double factor = 1e4, rounding = 1e-13, best = solve(TRAJ_DDP, &h);
  int i = first_within(&h, best, 1e-5), last = i + 3;
  for (double gap = h.cost[i] - best; gap > rounding; gap = h.cost[i] - best) {
    assert_true(i < last);
    assert_true(++i < h.count);
    print_message("iterate %d: gap %.2e, after it %.2e\n", i - 1, gap, h.cost[i] - best);
    assert_true(h.cost[i] - best <= fmax(factor * gap * gap, rounding));
  }
}

/* Each factor of a hundred takes about the same number of iterations. */
static void ilqr_ends_linearly(void **state) {
  (void)state;
  static history exact, h;
  const double best = solve(TRAJ_DDP, &exact);
  solve(TRAJ_ILQR, &h);
  int at[3];
  for (int i = 0; i < 3; i++)
    at[i] = first_within(&h, best, pow(10, -5 - 2 * i));
  int early = at[1] - at[0], late = at[2] - at[1];
  print_message("iterations from 1e-5 to 1e-7: %d, from 1e-7 to 1e-9: %d\n", early, late);
  assert_true(early > 10);
  assert_true(late > 10);
  assert_true(abs(early - late) * 10 <= 3 * early);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ddp_ends_quadratically),
      cmocka_unit_test(ilqr_ends_linearly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
