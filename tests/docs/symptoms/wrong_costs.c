/* Entries about TRAJ_OK with a plan that nobody wanted: the cost asks for something else. */
#include <math.h>

#include "docs/symptoms/symptoms.h"

static const double aside[2] = {1, 0};

/* A mass to be brought to zero in five seconds. */
static attempt push(traj_cost cost) {
  return attempt_at((traj_problem){.N = 50, .dt = 0.1, .model = {.nx = 2, .nu = 1, .ode = mass}, .cost = cost}, aside);
}

static void tiny(void **state) {
  const double Q[2] = {1e-10, 1e-10}, R[1] = {1e-11}, larger_Q[2] = {1, 1}, larger_R[1] = {0.1};
  traj_tracking wishes = {.nx = 2, .nu = 1, .Q = Q, .R = R, .Qf = Q};
  attempt a = push(traj_tracking_cost(&wishes));
  const outcome ill = try_out(*state, "weights of 1e-10", &a);
  assert_true(ill.stats.status == TRAJ_OK && ill.stats.iterations == 0 && ill.largest == 0);
  a.settings.tolerance = 1e-20;
  const outcome stricter = try_out(*state, "the same, tolerance = 1e-20", &a);
  assert_int_equal(stricter.stats.status, TRAJ_OK);
  a.settings.tolerance = 1e-9;
  wishes.Q = wishes.Qf = larger_Q;
  wishes.R = larger_R;
  const outcome cured = try_out(*state, "weights of 1", &a);
  assert_true(cured.stats.status == TRAJ_OK && fabs(cured.end[0]) < 0.02);
  assert_true(fabs(stricter.end[0] - cured.end[0]) < 1e-6);
}

static void heavy(void **state) {
  const double least[1] = {-3}, most[1] = {3}, huge[2] = {1e11, 1e11}, large[2] = {1e5, 1e5};
  traj_tracking wishes;
  attempt a = swing_up(&wishes);
  a.problem.u_min = least;
  a.problem.u_max = most;
  wishes.Qf = huge;
  const outcome ill = try_out(*state, "Qf of 1e11", &a);
  assert_true(ill.stats.status == TRAJ_OK && ill.stats.iterations == 0);
  wishes.Qf = large;
  traj_ddp *solver = solver_of(&a);
  const outcome first = go_on(*state, "Qf of 1e5", solver, a.start);
  assert_true(first.stats.status == TRAJ_OK && fabs(first.end[0] - wishes.x_ref[0]) < 1e-4);
  wishes.Qf = huge;
  const outcome then = go_on(*state, "from there, Qf of 1e11", solver, a.start);
  assert_true(then.stats.status == TRAJ_OK && fabs(then.end[0] - wishes.x_ref[0]) < 1e-9);
  traj_ddp_destroy(solver);
}

/* `user` is the price of the force. */
static int priced(const traj_point *at, double *cost, void *user) {
  const double *price = user;
  *cost = at->x[0] * at->x[0] + *price * at->u[0] * at->u[0];
  return 0;
}

static void wrong_sign(void **state) {
  double price = -0.1;
  attempt a = push((traj_cost){.stage = priced, .user = &price});
  a.settings.run.max_iter = 20;
  const outcome ill = try_out(*state, "- 0.1 * u * u, max_iter = 20", &a);
  assert_true(ill.stats.status == TRAJ_MAX_ITER && ill.stats.cost < -1e5);
  assert_true(isnan(ill.stats.expected) && ill.stats.regularization > 0 && ill.largest > 100);
  a.settings.run.max_iter = 500;
  const double least[1] = {-3}, most[1] = {3};
  a.problem.u_min = least;
  a.problem.u_max = most;
  assert_int_equal(try_out(*state, "the same, limits of 3", &a).stats.status, TRAJ_OK);
  a.problem.u_min = a.problem.u_max = NULL;
  price = 0.1;
  const outcome cured = try_out(*state, "+ 0.1 * u * u", &a);
  assert_true(cured.stats.status == TRAJ_OK && cured.largest < 10);
}

static void free_control(void **state) {
  const double Qf[2] = {10, 10}, R[1] = {1e-6};
  traj_tracking wishes = {.nx = 2, .nu = 1, .Qf = Qf};
  attempt a = push(traj_tracking_cost(&wishes));
  const outcome ill = try_out(*state, "no R", &a);
  assert_true(isnan(ill.stats.expected) && ill.stats.max_regularization > 0);
  wishes.R = R;
  const outcome cured = try_out(*state, "R of 1e-6", &a);
  assert_true(cured.stats.status == TRAJ_OK && cured.stats.max_regularization == 0);
  assert_true(ill.largest > 10 && cured.largest < 0.3 && fabs(cured.end[0]) < 1e-6);
}

static int effort(const traj_point *at, double *cost, void *user) {
  (void)user;
  *cost = 0.01 * at->u[0] * at->u[0];
  return 0;
}

static int hit(const traj_point *at, double *cost, void *user) {
  (void)user;
  *cost = hypot(at->x[0], at->x[1]) > 0.1;
  return 0;
}

static int near_hit(const traj_point *at, double *cost, void *user) {
  const double d2 = at->x[0] * at->x[0] + at->x[1] * at->x[1];
  (void)user;
  *cost = d2 / (0.01 + d2);
  return 0;
}

static void jump(void **state) {
  attempt a = push((traj_cost){.stage = effort, .final = hit});
  const outcome ill = try_out(*state, "1 beside the goal, 0 at it", &a);
  assert_true(ill.stats.status == TRAJ_OK && ill.stats.iterations == 0 && ill.stats.gradient == 0);
  a.problem.cost.final = near_hit;
  const outcome cured = try_out(*state, "d2 / (0.01 + d2)", &a);
  assert_true(cured.stats.status == TRAJ_OK && hypot(cured.end[0], cured.end[1]) < 0.1);
}

static const struct CMUnitTest tests[] = {
    ENTRY("The cost is tiny", tiny),
    ENTRY("The final weight is too large", heavy),
    ENTRY("A weight has the wrong sign", wrong_sign),
    ENTRY("A control costs nothing", free_control),
    ENTRY("The cost has a jump", jump),
};
const part wrong_costs = {tests, sizeof tests / sizeof *tests};
