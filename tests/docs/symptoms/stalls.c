/* Entries about TRAJ_STALLED: nothing more is gained. */
#include <math.h>
#include <string.h>

#include "docs/symptoms/symptoms.h"

static int pendulum_in_float(const traj_point *at, double *dxdt, void *user) {
  const float x = (float)at->x[0], v = (float)at->x[1], u = (float)at->u[0];
  (void)user;
  dxdt[0] = v;
  dxdt[1] = u - 0.1F * v - 9.81F * sinf(x);
  return 0;
}

static void noise(void **state) {
  traj_tracking wishes;
  attempt a = swing_up(&wishes);
  a.settings.method = TRAJ_AUTO;
  a.problem.model.ode = pendulum_in_float;
  const outcome ill = try_out(*state, "ode in float, differences of it", &a);
  assert_int_equal(ill.stats.status, TRAJ_STALLED);
  a.settings.tolerance = 1e-4;
  assert_int_equal(try_out(*state, "the same, tolerance = 1e-4", &a).stats.status, TRAJ_OK);
  a.settings.tolerance = 1e-9;
  a.problem.model.jac = pendulum_jac;
  assert_int_equal(try_out(*state, "ode in float, with jac", &a).stats.status, TRAJ_OK);
  a.problem.model.jac = NULL;
  a.problem.model.ode = pendulum;
  assert_int_equal(try_out(*state, "ode in double", &a).stats.status, TRAJ_OK);
}

/* Forward differences with the step behind `user`. */
static int difference_jac(const traj_point *at, traj_jac *out, void *user) {
  const double *step = user;
  double here[2], there[2];
  pendulum(at, here, NULL);
  for (int j = 0; j < 3; j++) {
    double z[3] = {at->x[0], at->x[1], at->u[0]}, *column = j < 2 ? out->fx + 2 * j : out->fu;
    z[j] += *step;
    pendulum(&(traj_point){.x = z, .u = z + 2}, there, NULL);
    for (int i = 0; i < 2; i++)
      column[i] = (there[i] - here[i]) / *step;
  }
  return 0;
}

static void short_differences(void **state) {
  traj_tracking wishes;
  double step = 1e-14;
  attempt a = swing_up(&wishes);
  a.problem.model.jac = difference_jac;
  a.problem.model.user = &step;
  assert_int_equal(check(&a, NULL), TRAJ_E_DERIVATIVE);
  assert_int_equal(try_out(*state, "steps of 1e-14", &a).stats.status, TRAJ_STALLED);
  step = 1e-7;
  assert_int_equal(check(&a, NULL), TRAJ_OK);
  assert_int_equal(try_out(*state, "steps of 1e-7", &a).stats.status, TRAJ_OK);
}

/* A sledge with dry friction. `user` is the speed up to which friction grows; 0: it is there at once. */
static int sledge(const traj_point *at, double *dxdt, void *user) {
  const double *slow = user, v = at->x[1];
  const double direction = *slow > 0 ? tanh(v / *slow) : (double)((v > 0) - (v < 0));
  dxdt[0] = v;
  dxdt[1] = at->u[0] - 0.5 * direction;
  return 0;
}

static void dry_friction(void **state) {
  const double aside[2] = {1, 0}, Q[2] = {1, 1}, R[1] = {0.1};
  double slow = 0;
  traj_tracking wishes = {.nx = 2, .nu = 1, .Q = Q, .R = R, .Qf = Q};
  attempt a = attempt_at((traj_problem){.N = 50,
                                        .dt = 0.1,
                                        .model = {.nx = 2, .nu = 1, .ode = sledge, .user = &slow},
                                        .cost = traj_tracking_cost(&wishes)},
                         aside);
  const outcome ill = try_out(*state, "sign(v)", &a);
  assert_int_equal(ill.stats.status, TRAJ_STALLED);
  assert_int_equal(ill.stats.diag.status, TRAJ_E_SINGULAR);
  assert_true(strcmp(ill.stats.diag.field, "Quu") == 0 || strcmp(ill.stats.diag.field, "V") == 0);
  slow = 0.01;
  assert_int_equal(try_out(*state, "tanh(v / 0.01)", &a).stats.status, TRAJ_MAX_ITER);
  slow = 0.05;
  traj_ddp *solver = solver_of(&a);
  assert_int_equal(go_on(*state, "tanh(v / 0.05)", solver, aside).stats.status, TRAJ_OK);
  slow = 0.01;
  assert_int_equal(go_on(*state, "from there, tanh(v / 0.01)", solver, aside).stats.status, TRAJ_OK);
  traj_ddp_destroy(solver);
}

static void too_strict(void **state) {
  const double start[2] = {1, 0}, Q[2] = {1e6, 1e6}, R[1] = {1e5};
  traj_tracking wishes = {.nx = 2, .nu = 1, .Q = Q, .R = R, .Qf = Q};
  attempt a = attempt_at(
      (traj_problem){
          .N = 50, .dt = 0.1, .model = {.nx = 2, .nu = 1, .ode = pendulum}, .cost = traj_tracking_cost(&wishes)},
      start);
  a.settings.tolerance = 0;
  const outcome ill = try_out(*state, "tolerance = 0", &a);
  assert_int_equal(ill.stats.status, TRAJ_STALLED);
  assert_true(ill.stats.expected < 1e-15 * ill.stats.cost);
  a.settings.tolerance = 1e-12;
  const outcome cured = try_out(*state, "tolerance = 1e-12", &a);
  assert_int_equal(cured.stats.status, TRAJ_OK);
  assert_true(cured.stats.cost - ill.stats.cost < 1e-12 * ill.stats.cost);
}

static const struct CMUnitTest tests[] = {
    ENTRY("A hook is noisy", noise),
    ENTRY("Differences of one's own are too short", short_differences),
    ENTRY("The motion has a jump", dry_friction),
    ENTRY("The tolerance asks for too much", too_strict),
};
const part stalls = {tests, sizeof tests / sizeof *tests};
