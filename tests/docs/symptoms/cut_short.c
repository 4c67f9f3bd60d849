/* Entries about solves that are cut short: there is a plan, and it is not yet good. */
#include <math.h>
#include <string.h>

#include "docs/symptoms/symptoms.h"

/* Gravity pulls to the wrong side. */
static int wrong_jac(const traj_point *at, traj_jac *out, void *user) {
  pendulum_jac(at, out, user);
  out->fx[1] = -out->fx[1];
  return 0;
}

static void wrong_derivative(void **state) {
  traj_tracking wishes;
  traj_derivative_report report;
  attempt a = swing_up(&wishes);
  a.problem.model.jac = wrong_jac;
  const outcome ill = try_out(*state, "fx[1] of the wrong sign", &a);
  assert_int_equal(ill.stats.status, TRAJ_MAX_ITER);
  assert_true(ill.worst < 0.1 && ill.short_steps > 100 && ill.stats.regularization > 0);
  assert_int_equal(check(&a, &report), TRAJ_E_DERIVATIVE);
  assert_string_equal(report.worst.hook, "model.jac");
  assert_string_equal(report.worst.field, "fx");
  assert_true(report.worst.row == 1 && report.worst.col == 0);
  a.problem.model.jac = pendulum_jac;
  assert_int_equal(check(&a, NULL), TRAJ_OK);
  const outcome cured = try_out(*state, "of the right one", &a);
  assert_int_equal(cured.stats.status, TRAJ_OK);
  assert_true(2 * cured.stats.cost < ill.stats.cost && cured.worst > 0.1);
}

static void too_few(void **state) {
  traj_tracking wishes;
  attempt a = swing_up(&wishes);
  a.settings.run.max_iter = 50;
  traj_ddp *solver = solver_of(&a);
  const outcome ill = go_on(*state, "max_iter = 50", solver, a.start);
  assert_int_equal(ill.stats.status, TRAJ_MAX_ITER);
  assert_true(ill.stats.step == 1 && ill.stats.max_regularization == 0 && ill.stats.actual >= ill.stats.predicted);
  assert_int_equal(go_on(*state, "solved once more", solver, a.start).stats.status, TRAJ_OK);
  traj_ddp_destroy(solver);
  a.settings.run.max_iter = 500;
  const outcome longer = try_out(*state, "max_iter = 500", &a);
  a.settings.method = TRAJ_DDP;
  const outcome bent = try_out(*state, "method = TRAJ_DDP", &a);
  assert_true(longer.stats.status == TRAJ_OK && bent.stats.status == TRAJ_OK);
  assert_true(2 * bent.stats.iterations < longer.stats.iterations);
}

/* A machine on which every call of the motion and of its Jacobian takes a microsecond. */
typedef struct machine {
  double now; /* s */
} machine;

static int timed_ode(const traj_point *at, double *dxdt, void *user) {
  ((machine *)user)->now += 1e-6;
  return pendulum(at, dxdt, NULL);
}

static int timed_jac(const traj_point *at, traj_jac *out, void *user) {
  ((machine *)user)->now += 1e-6;
  return pendulum_jac(at, out, NULL);
}

static double machine_clock(void *user) {
  return ((machine *)user)->now;
}

static void too_late(void **state) {
  traj_tracking wishes;
  machine m = {0};
  attempt a = swing_up(&wishes);
  a.problem.model.ode = timed_ode;
  a.problem.model.user = &m;
  a.settings.run.time_limit = 0.15;
  a.settings.run.clock = machine_clock;
  a.settings.run.clock_user = &m;
  traj_ddp *solver = solver_of(&a);
  assert_int_equal(go_on(*state, "150 ms", solver, a.start).stats.status, TRAJ_TIME_LIMIT);
  assert_int_equal(traj_ddp_plan(solver)->policy_current, 0);
  assert_int_equal(go_on(*state, "150 ms more", solver, a.start).stats.status, TRAJ_OK);
  traj_ddp_destroy(solver);
  a.problem.model.jac = timed_jac;
  assert_int_equal(try_out(*state, "150 ms, with jac", &a).stats.status, TRAJ_OK);
}

/* A drone in a vertical plane: y, z, roll, and their rates. */
static int drone(const traj_point *at, double *dxdt, void *user) {
  const double *x = at->x, *u = at->u, lift = (u[0] + u[1]) / 0.5;
  if (user != NULL) ((machine *)user)->now += 1e-6;
  memcpy(dxdt, x + 3, 3 * sizeof *x);
  dxdt[3] = -lift * sin(x[2]);
  dxdt[4] = lift * cos(x[2]) - 9.81;
  dxdt[5] = 0.15 * (u[1] - u[0]) / 0.002;
  return 0;
}

enum { FLIGHT = 100 }; /* stages */

/* To a place aside and above, from thrusts that differ by two per cent. */
static attempt fly(traj_tracking *wishes, double u[2 * FLIGHT]) {
  static const double start[6] = {0}, goal[6] = {3, 2}, hover[2] = {2.4525, 2.4525}, thrust[2] = {0.1, 0.1};
  static const double little[6] = {0.01, 0.01, 0.01, 0.01, 0.01, 0.01}, much[6] = {100, 100, 100, 100, 100, 100};
  *wishes = (traj_tracking){.nx = 6, .nu = 2, .Q = little, .R = thrust, .Qf = much, .x_ref = goal, .u_ref = hover};
  attempt a = attempt_at(
      (traj_problem){
          .N = FLIGHT, .dt = 0.05, .model = {.nx = 6, .nu = 2, .ode = drone}, .cost = traj_tracking_cost(wishes)},
      start);
  for (int k = 0; k < FLIGHT; k++) {
    u[2 * k] = 2.5;
    u[2 * k + 1] = 2.4;
  }
  a.u = u;
  return a;
}

static void gap_left(void **state) {
  traj_tracking wishes;
  machine m = {0};
  double u[2 * FLIGHT], upside_down[6 * (FLIGHT + 1)] = {0};
  attempt a = fly(&wishes, u);
  for (int k = 0; k <= FLIGHT; k++) {
    upside_down[6 * k] = 3;
    upside_down[6 * k + 1] = 2;
    upside_down[6 * k + 2] = 3;
  }
  a.states = upside_down;
  a.problem.model.user = &m;
  a.settings.run.time_limit = 0.04;
  a.settings.run.clock = machine_clock;
  a.settings.run.clock_user = &m;
  traj_ddp *solver = solver_of(&a);
  assert_int_equal(traj_ddp_guess_states(solver, upside_down, u), TRAJ_OK);
  const outcome ill = go_on(*state, "40 ms", solver, a.start);
  assert_true(ill.stats.status == TRAJ_TIME_LIMIT && ill.stats.gap > 1 && traj_ddp_plan(solver)->gap > 1);
  for (int i = 0; i < 20 && traj_ddp_get_stats(solver)->status == TRAJ_TIME_LIMIT; i++)
    traj_ddp_solve(solver, 0, a.start);
  const double after_many = traj_ddp_get_stats(solver)->cost;
  traj_ddp_destroy(solver);
  a.settings.run.time_limit = 0.4;
  const outcome cured = try_out(*state, "400 ms", &a);
  assert_true(cured.stats.status == TRAJ_OK && cured.stats.gap == 0);
  assert_true(fabs(after_many - cured.stats.cost) < 1e-6);
}

static void far_off(void **state) {
  traj_tracking wishes;
  double u[2 * FLIGHT], still[6 * (FLIGHT + 1)] = {0};
  attempt a = fly(&wishes, u);
  const outcome ill = try_out(*state, "from controls", &a);
  a.states = still;
  const outcome cured = try_out(*state, "with states: standing still", &a);
  assert_int_equal(ill.stats.status, TRAJ_MAX_ITER);
  assert_true(ill.worst < 0.1 && ill.short_steps > 100);
  assert_int_equal(cured.stats.status, TRAJ_OK);
  assert_true(5 * cured.stats.cost < ill.stats.cost && cured.stats.gap == 0);
}

/* Fuel for a push in either direction. `user` is the radius of the corner. */
static int fuel(const traj_point *at, double *cost, void *user) {
  const double *p = user, u = at->u[0];
  *cost = 0.1 * (sqrt(u * u + *p * *p) - *p);
  return 0;
}

static int arrive(const traj_point *at, double *cost, void *user) {
  (void)user;
  *cost = 10 * at->x[0] * at->x[0] + 10 * at->x[1] * at->x[1];
  return 0;
}

static void kink(void **state) {
  const double aside[2] = {1, 0};
  double p = 0;
  attempt a = attempt_at((traj_problem){.N = 50,
                                        .dt = 0.1,
                                        .model = {.nx = 2, .nu = 1, .ode = mass},
                                        .cost = {.stage = fuel, .final = arrive, .user = &p}},
                         aside);
  const outcome ill = try_out(*state, "abs(u)", &a);
  assert_true(ill.stats.status > 0 && ill.worst < 0.1);
  assert_true(ill.stats.gradient > 1e-3);
  p = 0.01;
  const outcome cured = try_out(*state, "sqrt(u * u + p * p) - p, p = 0.01", &a);
  assert_int_equal(cured.stats.status, TRAJ_OK);
}

static const struct CMUnitTest tests[] = {
    ENTRY("A derivative is wrong", wrong_derivative),
    ENTRY("The iterations run out", too_few),
    ENTRY("The time runs out", too_late),
    ENTRY("A gap is left", gap_left),
    ENTRY("The guess is far off, and the plant unstable", far_off),
    ENTRY("The cost has a kink", kink),
};
const part cut_short = {tests, sizeof tests / sizeof *tests};
