/* The cart-pole CP50 reaches its optimum however it is written: as an ode or as a step, its cost as a scalar or as a
 * residual, with every subset of the derivative hooks, by iLQR and by DDP. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <string.h>

#include "problems/problems.h"
#include "support/rk4.h"
#include "support/solver.h"

static const double TOLERANCE = 1e-7;

/* Bits of a subset of the derivative hooks. */
enum { JAC = 1, HESS = 2, STAGE = 4, FINAL = 8, SUBSETS = 16 };

/* The cost of CP50 as residuals: stage sqrt(.1 h) u, final 10 (x - xg); Gauss-Newton is exact. */
static const double goal[4] = {1, 3.141592653589793, 0, 0};

static double effort(void) {
  return sqrt(0.1 * 0.04);
}

static int residual(const traj_point *at, double *r, void *user) {
  (void)user;
  *r = effort() * at->u[0];
  return 0;
}

static int residual_jac(const traj_point *at, traj_jac *out, void *user) {
  (void)at;
  (void)user;
  memset(out->fx, 0, sizeof(double[4]));
  *out->fu = effort();
  return 0;
}

static int final_residual(const traj_point *at, double *r, void *user) {
  (void)user;
  for (int i = 0; i < 4; i++)
    r[i] = 10 * (at->x[i] - goal[i]);
  return 0;
}

static int final_residual_jac(const traj_point *at, traj_jac *out, void *user) {
  (void)at;
  (void)user;
  memset(out->fx, 0, sizeof(double[16]));
  for (int i = 0; i < 4; i++)
    out->fx[5 * i] = 10;
  return 0;
}

static const traj_cost residual_cost = {
    .nr = 1,
    .nr_final = 4,
    .residual = residual,
    .final_residual = final_residual,
    .residual_jac = residual_jac,
    .final_residual_jac = final_residual_jac,
};

static traj_problem without(traj_problem problem, int subset) {
  if (!(subset & JAC)) problem.model.jac = NULL;
  if (!(subset & HESS)) problem.model.hess = NULL;
  if (!(subset & STAGE)) problem.cost.stage_quad = NULL, problem.cost.residual_jac = NULL;
  if (!(subset & FINAL)) problem.cost.final_quad = NULL, problem.cost.final_residual_jac = NULL;
  return problem;
}

/* Solves with every subset of the hooks by both methods; each must reach the optimum. */
static void check_form(const char *form, const traj_problem *problem) {
  const bench_problem *b = bench_problem_find("CP50");
  const char *const names[] = {"iLQR", "DDP", "auto"};
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    double worst = 0;
    int converged = 0, least = 1000, most = 0;
    for (int subset = 0; subset < SUBSETS; subset++) {
      const traj_problem reduced = without(*problem, subset);
      const traj_ddp_settings settings = solver_settings((traj_ddp_method)method);
      traj_ddp *solver = solver_create(&reduced, &settings);
      traj_status status = solver_run(solver, b);
      const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
      double error = fabs(stats->cost - b->optima[0]);
      if (status < 0 || !(error <= TOLERANCE)) {
        print_message("%s, %s, hooks %d: gap %.2e\n", form, names[method], subset, error);
        solver_print(solver);
        fail();
      }
      worst = fmax(worst, error);
      converged += status == TRAJ_OK;
      if (stats->iterations < least) least = stats->iterations;
      if (stats->iterations > most) most = stats->iterations;
      traj_ddp_destroy(solver);
    }
    print_message("%s, %s: %d of %d subsets converged, %d..%d iterations, largest gap %.1e\n", form, names[method],
                  converged, SUBSETS, least, most, worst);
    assert_int_equal(converged, SUBSETS);
  }
}

static void ode_with_scalar_cost(void **state) {
  (void)state;
  check_form("ode, scalar cost", &bench_problem_find("CP50")->problem);
}

static void ode_with_residuals(void **state) {
  (void)state;
  traj_problem problem = bench_problem_find("CP50")->problem;
  problem.cost = residual_cost;
  check_form("ode, residuals", &problem);
}

static void step_with_scalar_cost(void **state) {
  (void)state;
  traj_problem problem = bench_problem_find("CP50")->problem;
  rk4 user_side = {.ode = problem.model, .dt = problem.dt};
  problem.model = rk4_model(&user_side);
  check_form("step, scalar cost", &problem);
}

static void step_with_residuals(void **state) {
  (void)state;
  traj_problem problem = bench_problem_find("CP50")->problem;
  rk4 user_side = {.ode = problem.model, .dt = problem.dt};
  problem.model = rk4_model(&user_side);
  problem.cost = residual_cost;
  check_form("step, residuals", &problem);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ode_with_scalar_cost),
      cmocka_unit_test(ode_with_residuals),
      cmocka_unit_test(step_with_scalar_cost),
      cmocka_unit_test(step_with_residuals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
