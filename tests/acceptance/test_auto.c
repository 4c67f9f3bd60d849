/* TRAJ_AUTO: as few iterations as the better of iLQR and DDP, from guesses where one of them fails as well. */
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
#include "support/attitude.h"
#include "support/env.h"
#include "support/near.h"
#include "support/rng.h"
#include "support/same_plan.h"
#include "support/solver.h"

static bool listed(const bench_problem *b, double cost) {
  for (int i = 0; i < b->n_optima; i++) {
    if (fabs(cost - b->optima[i]) <= 1e-7 * (1 + fabs(b->optima[i]))) return true;
  }
  return false;
}

/* Solves from a random guess, or from the fixed one for seed 0; a solve that fails counts as 500 iterations. */
static int iterations(traj_ddp *solver, const bench_problem *b, uint64_t seed) {
  double *u = malloc((size_t)(b->problem.N * b->problem.model.nu) * sizeof *u);
  assert_non_null(u);
  if (seed == 0) {
    bench_problem_guess(b, u);
  } else {
    bench_problem_random_guess(b, seed, u);
  }
  assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
  free(u);
  traj_status status = traj_ddp_solve(solver, 0, b->x0);
  const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
  return status == TRAJ_OK && listed(b, stats->cost) ? stats->iterations : 500;
}

/* Iterations from each guess, on average. The fixed guess of the car leads to a minimum of its own. */
static double average(const bench_problem *b, traj_ddp_method method, int guesses) {
  const traj_ddp_settings settings = solver_settings(method);
  traj_ddp *solver = solver_create(&b->problem, &settings);
  double sum = 0;
  for (int seed = 0; seed < guesses; seed++)
    sum += iterations(solver, b, (uint64_t)seed);
  traj_ddp_destroy(solver);
  return sum / guesses;
}

static void near_the_better(void **state) {
  (void)state;
  const bench_problem *b;
  for (int i = 0; (b = bench_problem_at(i)) != NULL; i++) {
    const int guesses = b->spread > 0 ? 5 : 1; /* fewer would compare one minimum of the car with another */
    double ilqr = average(b, TRAJ_ILQR, guesses), ddp = average(b, TRAJ_DDP, guesses);
    double own = average(b, TRAJ_AUTO, guesses), better = fmin(ilqr, ddp);
    print_message("%-22s iLQR %5.1f, DDP %5.1f, auto %5.1f iterations\n", b->name, ilqr, ddp, own);
    assert_true(own <= 1.15 * better + 2);
  }
}

/* Where iLQR fails from half of the guesses, and where it takes its time. */
static void every_guess(void **state) {
  (void)state;
  const char *const names[] = {"pendulum", "cartpole", "quadrotor"};
  for (int i = 0; i < 3; i++) {
    const bench_problem *b = bench_problem_find(names[i]);
    const traj_ddp_settings settings = solver_settings(TRAJ_AUTO);
    traj_ddp *solver = solver_create(&b->problem, &settings);
    int most = 0;
    for (int seed = 1; seed <= env_rounds(20, 2); seed++) {
      const int taken = iterations(solver, b, (uint64_t)seed);
      if (taken > most) most = taken;
    }
    print_message("%s: at most %d iterations\n", b->name, most);
    assert_in_range(most, 1, 100);
    traj_ddp_destroy(solver);
  }
}

/* Without hess second differences stand in for it: never many more iterations than iLQR, far fewer where that is slow,
 * and from guesses where that gets stuck. */
static void without_hess(void **state) {
  (void)state;
  const char *const names[] = {"pendulum", "CP50", "vanderpol", "quadrotor"};
  for (int i = 0; i < 4; i++) {
    bench_problem b = *bench_problem_find(names[i]);
    b.problem.model.hess = NULL;
    const traj_ddp_settings settings = solver_settings(TRAJ_AUTO);
    traj_ddp *solver = solver_create(&b.problem, &settings);
    double ilqr = average(&b, TRAJ_ILQR, 1), own = iterations(solver, &b, 0);
    assert_int_equal(traj_ddp_get_stats(solver)->calls.hess, 0);
    print_message("%s without hess: iLQR %g, auto %g iterations\n", b.name, ilqr, own);
    assert_true(own <= (ilqr > 100 ? 0.3 * ilqr : ilqr + 2));
    if (b.problem.model.nx == 12) {
      for (int seed = 1; seed <= env_rounds(3, 1); seed++)
        assert_in_range(iterations(solver, &b, (uint64_t)seed), 1, 100);
    }
    traj_ddp_destroy(solver);
  }
}

/* A planar quadrotor upside down: place, tilt and their rates; two rotors that only push. */
static int rotors(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  const double *x = at->x, thrust = at->u[0] + at->u[1];
  for (int i = 0; i < 3; i++)
    dxdt[i] = x[3 + i];
  dxdt[3] = -thrust * sin(x[2]);
  dxdt[4] = thrust * cos(x[2]) - 9.81;
  dxdt[5] = 8 * (at->u[0] - at->u[1]);
  return 0;
}

static int thrust_cost(const traj_point *at, double *cost, void *user) {
  (void)user;
  const double a = at->u[0] - 4.905, b = at->u[1] - 4.905;
  *cost = 0.001 * (a * a + b * b);
  return 0;
}

static int landing_cost(const traj_point *at, double *cost, void *user) {
  (void)user;
  const double *x = at->x, goal[6] = {1}, weight[6] = {50, 50, 20, 5, 5, 5};
  *cost = 0;
  for (int i = 0; i < 6; i++)
    *cost += weight[i] * (x[i] - goal[i]) * (x[i] - goal[i]);
  return 0;
}

/* Gauss-Newton creeps, and leads the controls into their limits, from where no model finds the way: what helps is to
 * start over with curvature. It takes second differences here. */
static void crawling_is_no_way(void **state) {
  (void)state;
  const double low[2] = {0, 0}, high[2] = {12, 12}, turned[6] = {0, 0, 3.141592653589793};
  enum { STAGES = 80, GUESSES = 10 };
  const traj_problem problem = {.N = STAGES,
                                .dt = 0.025,
                                .model = {.nx = 6, .nu = 2, .ode = rotors},
                                .cost = {.stage = thrust_cost, .final = landing_cost},
                                .u_min = low,
                                .u_max = high};
  traj_ddp *solver = solver_create(&problem, NULL);
  rng r = rng_from(env_seed("crawling", 1));
  int good = 0, most = 0;
  for (int guess = 0; guess < GUESSES; guess++) {
    double u[2 * STAGES];
    for (int i = 0; i < 2 * STAGES; i++)
      u[i] = 4.905 + rng_uniform(&r, -2, 2);
    assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
    const traj_status status = traj_ddp_solve(solver, 0, turned);
    const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
    assert_true(status >= TRAJ_OK && stats->cost <= stats->initial_cost);
    good += status == TRAJ_OK && stats->cost < 2; /* turned over and landed */
    if (stats->iterations > most) most = stats->iterations;
  }
  print_message("%d of %d land, in at most %d iterations\n", good, GUESSES, most);
  assert_true(good >= 5);
  traj_ddp_destroy(solver);
}

/* No plan is worse than the rollout of its guess or than what an earlier end had found, wherever a solve that starts
 * over is ended. */
static void no_worse_when_ended_early(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("quadrotor");
  double *u = malloc((size_t)(b->problem.N * b->problem.model.nu) * sizeof *u), before = HUGE_VAL;
  assert_non_null(u);
  bench_problem_random_guess(b, 4, u);
  for (int most = 0; most < 50; most++) {
    traj_ddp_settings settings = solver_settings(TRAJ_AUTO);
    settings.run.max_iter = most;
    traj_ddp *solver = solver_create(&b->problem, &settings);
    assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
    assert_true(traj_ddp_solve(solver, 0, b->x0) >= TRAJ_OK);
    assert_true(traj_ddp_get_stats(solver)->iterations <= most);
    assert_true(traj_ddp_plan(solver)->policy_current);
    assert_true(traj_ddp_plan(solver)->cost <= before);
    before = traj_ddp_plan(solver)->cost;
    traj_ddp_destroy(solver);
  }
  assert_true(listed(b, before));
  free(u);
}

static void manifold(void **state) {
  (void)state;
  const traj_problem problem = attitude_problem();
  double x0[ATTITUDE_NX], cost[3];
  attitude_start(2, x0);
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    const traj_ddp_settings settings = solver_settings((traj_ddp_method)method);
    traj_ddp *solver = solver_create(&problem, &settings);
    assert_int_equal(traj_ddp_solve(solver, 0, x0), TRAJ_OK);
    cost[method] = traj_ddp_plan(solver)->cost;
    traj_ddp_destroy(solver);
  }
  assert_near(cost[TRAJ_AUTO], cost[TRAJ_ILQR], 1e-8 * (1 + cost[TRAJ_ILQR]));
  assert_near(cost[TRAJ_AUTO], cost[TRAJ_DDP], 1e-8 * (1 + cost[TRAJ_DDP]));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(near_the_better),           cmocka_unit_test(every_guess), cmocka_unit_test(without_hess),
      cmocka_unit_test(no_worse_when_ended_early), cmocka_unit_test(manifold),    cmocka_unit_test(crawling_is_no_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
