/* Feedback is the product: with noise N(0, .02^2) on both velocities of CP50 after each step, the plan's policy keeps
 * the mean cost near the optimum, where its controls alone lose it. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

#include "problems/problems.h"
#include "support/env.h"
#include "support/rk4.h"
#include "support/rng.h"
#include "support/solver.h"

static const double NOISE = 0.02;

/* Cost of one rollout of the plan in a noisy world, with or without feedback. */
static double noisy_cost(const traj_problem *p, const traj_plan *plan, int feedback, rng *r) {
  double x[RK4_NX], next[RK4_NX], u[RK4_NU], cost = 0, term;
  memcpy(x, plan->x, sizeof x);
  for (int k = 0; k < p->N; k++) {
    traj_point at = {.k = k, .t = plan->t[k], .x = x, .u = feedback ? u : plan->u + k};
    if (feedback) assert_int_equal(traj_plan_action(plan, plan->t[k], x, u, NULL), TRAJ_OK);
    assert_int_equal(p->cost.stage(&at, &term, p->cost.user), 0);
    cost += term;
    assert_int_equal(p->model.step(&at, next, p->model.user), 0);
    memcpy(x, next, sizeof x);
    x[2] += NOISE * rng_normal(r);
    x[3] += NOISE * rng_normal(r);
  }
  traj_point end = {.k = p->N, .t = plan->t[p->N], .x = x};
  assert_int_equal(p->cost.final(&end, &term, p->cost.user), 0);
  return cost + term;
}

static double mean_cost(const traj_problem *p, const traj_plan *plan, int feedback, uint64_t seed, int rollouts) {
  rng r = rng_from(seed);
  double sum = 0;
  for (int i = 0; i < rollouts; i++)
    sum += noisy_cost(p, plan, feedback, &r);
  return sum / rollouts;
}

static void check_method(traj_ddp_method method, const char *name, uint64_t seed) {
  const bench_problem *b = bench_problem_find("CP50");
  traj_problem problem = b->problem;
  rk4 world = {.ode = problem.model, .dt = problem.dt};
  problem.model = rk4_model(&world);
  const traj_ddp_settings settings = solver_settings(method);
  traj_ddp *solver = solver_create(&b->problem, &settings);
  assert_int_equal(solver_run(solver, b), TRAJ_OK);
  const traj_plan *plan = traj_ddp_plan(solver);
  double closed = mean_cost(&problem, plan, 1, seed, 200), open = mean_cost(&problem, plan, 0, seed, 200);
  print_message("%s: mean cost of 200 rollouts %.4f with feedback, %.2f without\n", name, closed, open);
  assert_true(closed >= 3.09);
  assert_true(closed <= 3.21);
  assert_true(open >= 10 * closed);
  traj_ddp_destroy(solver);
}

static void feedback_holds_the_cost(void **state) {
  (void)state;
  const uint64_t seed = env_seed("noise", 20240305);
  check_method(TRAJ_ILQR, "iLQR", seed);
  check_method(TRAJ_DDP, "DDP", seed);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(feedback_holds_the_cost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
