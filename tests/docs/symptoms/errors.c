/* Entries about statuses below zero: there is no plan. */
#include <math.h>

#include "docs/symptoms/symptoms.h"

/* A mass on a spring; its first Jacobian writes only what is not zero. */
static int spring(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  dxdt[0] = at->x[1];
  dxdt[1] = at->u[0] - at->x[0];
  return 0;
}

static int forgetful_jac(const traj_point *at, traj_jac *out, void *user) {
  (void)at, (void)user;
  out->fx[2] = 1;
  out->fx[1] = -1;
  out->fu[1] = 1;
  return 0;
}

static int whole_jac(const traj_point *at, traj_jac *out, void *user) {
  out->fx[0] = out->fx[3] = out->fu[0] = 0;
  return forgetful_jac(at, out, user);
}

static void unwritten(void **state) {
  const double start[2] = {1, 0}, Q[2] = {1, 1}, R[1] = {0.1};
  traj_tracking wishes = {.nx = 2, .nu = 1, .Q = Q, .R = R, .Qf = Q};
  attempt a = attempt_at((traj_problem){.N = 50,
                                        .dt = 0.1,
                                        .model = {.nx = 2, .nu = 1, .ode = spring, .jac = forgetful_jac},
                                        .cost = traj_tracking_cost(&wishes)},
                         start);
  const outcome ill = try_out(*state, "zeros left out", &a);
  assert_int_equal(ill.stats.status, TRAJ_E_NOT_FINITE);
  assert_told(*state, &ill.stats.diag);
  a.problem.model.jac = whole_jac;
  assert_int_equal(try_out(*state, "zeros written", &a).stats.status, TRAJ_OK);
}

/* Water runs out of a tank by the root of its level. */
static int tank(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  if (at->x[0] < 0) return 1;
  dxdt[0] = at->u[0] - sqrt(at->x[0]);
  return 0;
}

static void outside(void **state) {
  enum { N = 50 };
  const double start[1] = {1}, Q[1] = {1}, R[1] = {0.1}, level[1] = {2};
  double inflow[N], full[N + 1];
  traj_tracking wishes = {.nx = 1, .nu = 1, .Q = Q, .R = R, .Qf = Q, .x_ref = level};
  attempt a = attempt_at(
      (traj_problem){.N = N, .dt = 0.1, .model = {.nx = 1, .nu = 1, .ode = tank}, .cost = traj_tracking_cost(&wishes)},
      start);
  const outcome ill = try_out(*state, "no inflow", &a);
  assert_int_equal(ill.stats.status, TRAJ_E_DIVERGED);
  assert_told(*state, &ill.stats.diag);
  for (int k = 0; k < N; k++)
    inflow[k] = 1;
  for (int k = 0; k <= N; k++)
    full[k] = 1;
  a.u = inflow;
  assert_int_equal(try_out(*state, "inflow that holds the level", &a).stats.status, TRAJ_OK);
  a.u = NULL;
  a.states = full;
  assert_int_equal(try_out(*state, "no inflow, with states: a full tank", &a).stats.status, TRAJ_OK);
}

/* It runs away from zero, ever faster. */
static int runaway(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  dxdt[0] = at->x[0] * at->x[0] * at->x[0] + at->u[0];
  return 0;
}

static void overflow(void **state) {
  enum { N = 50 };
  const double start[1] = {1}, Q[1] = {1}, R[1] = {0.1};
  double still[N + 1];
  traj_tracking wishes = {.nx = 1, .nu = 1, .Q = Q, .R = R, .Qf = Q};
  attempt a = attempt_at(
      (traj_problem){
          .N = N, .dt = 0.1, .model = {.nx = 1, .nu = 1, .ode = runaway}, .cost = traj_tracking_cost(&wishes)},
      start);
  const outcome ill = try_out(*state, "from zero controls", &a);
  assert_int_equal(ill.stats.status, TRAJ_E_DIVERGED);
  assert_told(*state, &ill.stats.diag);
  for (int k = 0; k <= N; k++)
    still[k] = 1;
  a.states = still;
  assert_int_equal(try_out(*state, "from standing still", &a).stats.status, TRAJ_OK);
}

/* A cart whose motor follows its command within a millisecond. */
static int motor(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  dxdt[0] = at->x[1];
  dxdt[1] = at->x[2];
  dxdt[2] = (at->u[0] - at->x[2]) / 0.001;
  return 0;
}

static void stiff(void **state) {
  const double start[3] = {0, 0, 0.5}, Qf[3] = {100, 100, 0}, R[1] = {0.01}, goal[3] = {1, 0, 0};
  traj_tracking wishes = {.nx = 3, .nu = 1, .R = R, .Qf = Qf, .x_ref = goal};
  attempt a = attempt_at(
      (traj_problem){
          .N = 100, .dt = 0.02, .model = {.nx = 3, .nu = 1, .ode = motor}, .cost = traj_tracking_cost(&wishes)},
      start);
  const outcome ill = try_out(*state, "substeps = 1", &a);
  assert_int_equal(ill.stats.status, TRAJ_E_DIVERGED);
  assert_told(*state, &ill.stats.diag);
  a.problem.model.substeps = 10;
  const outcome cured = try_out(*state, "substeps = 10", &a);
  assert_int_equal(cured.stats.status, TRAJ_OK);
  assert_true(fabs(cured.end[0] - 1) < 0.01);
}

static const struct CMUnitTest tests[] = {
    ENTRY("An output is not written", unwritten),
    ENTRY("The guess leaves the domain of a hook", outside),
    ENTRY("The rollout of the guess overflows", overflow),
    ENTRY("The steps are too long for the ode", stiff),
};
const part errors = {tests, sizeof tests / sizeof *tests};
