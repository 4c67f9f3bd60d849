/* Model predictive control of a plant that falls over by itself: the moved plan must be followed with its feedback. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <stdio.h>

#include "traj/extra.h"
#include "traj/traj.h"

enum { STAGES = 50, TICKS = 100, INNER = 40 };
static const double PI = 3.14159265358979323846;

/* CP50's cart-pole; user: the mass of the pole. */
static int ode(const traj_point *at, double *dxdt, void *user) {
  const double m = *(const double *)user, l = 0.5, g = 9.81, u = at->u[0], w = at->x[3];
  const double s = sin(at->x[1]), c = cos(at->x[1]), D = 1 + m * s * s;
  dxdt[0] = at->x[2];
  dxdt[1] = w;
  dxdt[2] = (u + m * s * (l * w * w + g * c)) / D;
  dxdt[3] = -(u * c + m * l * w * w * c * s + (1 + m) * g * s) / (l * D);
  return 0;
}

/* Follows the plan for one stage with a pole of another mass. */
static void move(const traj_plan *plan, double t, double mass, double *x) {
  for (int i = 0; i < INNER; i++) {
    double h = 0.04 / INNER, u, dxdt[4];
    assert_true(traj_plan_action(plan, t + i * h, x, &u, NULL) >= 0);
    traj_point at = {.x = x, .u = &u};
    ode(&at, dxdt, &mass);
    for (int j = 0; j < 4; j++)
      x[j] += h * dxdt[j];
  }
}

/* Balances from x with a horizon of ten times what the pole takes to fall; returns the iterations of all solves. */
static long balance(double *x) {
  static const double Q[4] = {.1, .1, .01, .01}, R[1] = {.001}, Qf[4] = {100, 100, 100, 100};
  const double goal[4] = {1, PI, 0, 0};
  double mass = 0.3;
  traj_tracking cost = {.nx = 4, .nu = 1, .Q = Q, .R = R, .Qf = Qf, .x_ref = goal};
  traj_problem problem = {.N = STAGES, .dt = 0.04, .model = {.nx = 4, .nu = 1, .ode = ode, .user = &mass}};
  problem.cost = traj_tracking_cost(&cost);
  traj_ddp *solver;
  assert_int_equal(traj_ddp_create(&solver, traj_heap(), &problem, NULL, NULL), TRAJ_OK);
  long iterations = 0;
  for (int tick = 0; tick < TICKS; tick++) {
    if (tick > 0) assert_int_equal(traj_ddp_shift(solver, 1), TRAJ_OK);
    traj_status status = traj_ddp_solve(solver, tick * 0.04, x);
    if (tick > 0) assert_int_equal(status, TRAJ_OK);
    iterations += tick > 0 ? traj_ddp_get_stats(solver)->iterations : 0;
    move(traj_ddp_plan(solver), tick * 0.04, 0.33, x);
  }
  traj_ddp_destroy(solver);
  return iterations;
}

static void test_swing_up_and_hold(void **state) {
  (void)state;
  double x[4] = {0};
  long iterations = balance(x);
  printf("[   INFO   ] swing-up: %ld iterations after the first tick\n", iterations);
  assert_true(hypot(x[0] - 1, x[1] - PI) < 0.01);
  assert_true(iterations < 4 * TICKS); /* without the feedback tens of thousands, and it falls */
}

static void test_hold_from_a_push(void **state) {
  (void)state;
  double x[4] = {1, 3.1, 0, 0};
  long iterations = balance(x);
  printf("[   INFO   ] push: %ld iterations after the first tick\n", iterations);
  assert_true(hypot(x[0] - 1, x[1] - PI) < 0.01);
  assert_true(iterations < 40 * TICKS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_swing_up_and_hold),
      cmocka_unit_test(test_hold_from_a_push),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
