/* Every registered problem reaches its known optimum from its fixed guess, with iLQR and with DDP, on each back end. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>

#include "linalg/stage.h"
#include "problems/problems.h"
#include "support/solver.h"

static const double TOLERANCE = 1e-7; /* of 1 + |J*| */

/* Distance of a cost to the nearest known optimum, relative to 1 + its size; *which tells the optimum. */
static double gap(const bench_problem *b, double cost, int *which) {
  double least = HUGE_VAL;
  for (int i = 0; i < b->n_optima; i++) {
    double error = fabs(cost - b->optima[i]) / (1 + fabs(b->optima[i]));
    if (error < least) least = error, *which = i;
  }
  return least;
}

static void check_method(traj_linalg linalg, traj_ddp_method method, const char *name) {
  const bench_problem *b;
  for (int n = 0; (b = bench_problem_at(n)) != NULL; n++) {
    traj_ddp_settings settings = solver_settings(method);
    settings.linalg = linalg;
    traj_ddp *solver = solver_create(&b->problem, &settings);
    traj_status status = solver_run(solver, b);
    const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
    int which = -1;
    double error = gap(b, stats->cost, &which);
    print_message("%-22s %s: %3d iterations, %s, gap %.1e of optimum %d\n", b->name, name, stats->iterations,
                  traj_status_name(status), error, which);
    if (status != TRAJ_OK || !(error <= TOLERANCE)) {
      solver_print(solver);
      fail();
    }
    assert_plan_finite(traj_ddp_plan(solver));
    if (b->problem.u_min != NULL) assert_plan_within_limits(traj_ddp_plan(solver));
    traj_ddp_destroy(solver);
  }
}

static void ilqr_reaches_every_optimum(void **state) {
  (void)state;
  check_method(TRAJ_LINALG_BUILTIN, TRAJ_ILQR, "iLQR");
}

static void ddp_reaches_every_optimum(void **state) {
  (void)state;
  check_method(TRAJ_LINALG_BUILTIN, TRAJ_DDP, "DDP");
}

static void both_do_with_openblas(void **state) {
  (void)state;
  if (!tj_linalg_available(TRAJ_LINALG_OPENBLAS)) skip();
  check_method(TRAJ_LINALG_OPENBLAS, TRAJ_ILQR, "iLQR");
  check_method(TRAJ_LINALG_OPENBLAS, TRAJ_DDP, "DDP");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ilqr_reaches_every_optimum),
      cmocka_unit_test(ddp_reaches_every_optimum),
      cmocka_unit_test(both_do_with_openblas),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
