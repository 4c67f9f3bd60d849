/* Solves that start from states: from standing still, where no good controls are known, and from paths. */
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
#include <string.h>

#include "problems/problems.h"
#include "support/attitude.h"
#include "support/env.h"
#include "support/near.h"
#include "support/rng.h"
#include "support/same_plan.h"
#include "support/solver.h"

/* The same state at every stage; free() it. */
static double *still(const traj_problem *problem, const double *x0) {
  const size_t nx = (size_t)problem->model.nx, N = (size_t)problem->N;
  double *x = malloc(nx * (N + 1) * sizeof *x);
  assert_non_null(x);
  for (size_t k = 0; k <= N; k++)
    memcpy(x + k * nx, x0, nx * sizeof *x);
  return x;
}

static double *random_controls(const bench_problem *b, uint64_t seed) {
  double *u = malloc((size_t)(b->problem.N * b->problem.model.nu) * sizeof *u);
  assert_non_null(u);
  bench_problem_random_guess(b, seed, u);
  return u;
}

static bool listed(const bench_problem *b, double cost) {
  for (int i = 0; i < b->n_optima; i++) {
    if (fabs(cost - b->optima[i]) <= 1e-7 * (1 + fabs(b->optima[i]))) return true;
  }
  return false;
}

/* The states are what the controls lead to, bit for bit: the rollout of the plan's controls has the plan's cost. */
static void assert_rollout(traj_ddp *solver, const bench_problem *b) {
  kept_plan kept = keep_plan(traj_ddp_plan(solver));
  traj_ddp_settings settings = solver_settings(TRAJ_ILQR);
  settings.run.max_iter = 0;
  traj_ddp *roller = solver_create(&b->problem, &settings);
  assert_true(kept.plan->gap == 0 && traj_ddp_get_stats(solver)->gap == 0);
  assert_int_equal(traj_ddp_guess(roller, kept.plan->u), TRAJ_OK);
  assert_true(traj_ddp_solve(roller, 0, b->x0) >= 0);
  assert_memory_equal(traj_ddp_plan(roller)->x, kept.plan->x,
                      sizeof(double) * (size_t)(kept.plan->nx * (kept.plan->N + 1)));
  assert_true(traj_ddp_plan(roller)->cost == kept.plan->cost);
  free(kept.block);
  traj_ddp_destroy(roller);
}

/* Standing still, and so many random controls: each solve must converge to a rollout, within the limits, the cost no
 * more than that of the best that is known or, for the car, of its many minima. */
static void check_problem(const bench_problem *b, traj_ddp_method method, int guesses) {
  const traj_ddp_settings settings = solver_settings(method);
  traj_ddp *solver = solver_create(&b->problem, &settings);
  double *x = still(&b->problem, b->x0);
  int most = 0, found = 0;
  for (int g = 1; g <= guesses; g++) {
    double *u = random_controls(b, (uint64_t)g);
    assert_int_equal(traj_ddp_guess_states(solver, x, u), TRAJ_OK);
    traj_status status = traj_ddp_solve(solver, 0, b->x0);
    const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
    if (status != TRAJ_OK) solver_print(solver);
    assert_int_equal(status, TRAJ_OK);
    assert_rollout(solver, b);
    assert_plan_finite(traj_ddp_plan(solver));
    if (b->problem.u_min != NULL) assert_plan_within_limits(traj_ddp_plan(solver));
    found += listed(b, stats->cost);
    if (stats->iterations > most) most = stats->iterations;
    free(u);
  }
  print_message("%-22s %s: %d of %d at a listed minimum, at most %d iterations\n", b->name,
                method == TRAJ_DDP ? "DDP " : "iLQR", found, guesses, most);
  assert_true(found == guesses || strcmp(b->name, "car") == 0);
  free(x);
  traj_ddp_destroy(solver);
}

static void every_problem_from_standing_still(void **state) {
  (void)state;
  const bench_problem *b;
  for (int i = 0; (b = bench_problem_at(i)) != NULL; i++) {
    for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++)
      check_problem(b, (traj_ddp_method)method, b->spread == 0 ? 1 : env_rounds(5, 1));
  }
}

/* The quadrotor, where rollouts of the same controls lead nowhere in half of the cases. */
static void quadrotor_from_standing_still(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("quadrotor");
  check_problem(b, TRAJ_ILQR, env_rounds(20, 3));
  check_problem(b, TRAJ_DDP, env_rounds(20, 3));
}

/* States that are a rollout of the controls are the same start as the controls: the same solve, bit for bit. */
static void a_rollout_is_the_same_start(void **state) {
  (void)state;
  const char *const names[] = {"CP50", "double_integrator_box", "vanderpol_box"};
  for (int i = 0; i < 3; i++) {
    const bench_problem *b = bench_problem_find(names[i]);
    traj_ddp_settings settings = solver_settings(TRAJ_DDP);
    traj_ddp *one = solver_create(&b->problem, &settings), *two = solver_create(&b->problem, &settings);
    settings.run.max_iter = 0;
    traj_ddp *roller = solver_create(&b->problem, &settings);
    double *u = random_controls(b, 7);
    assert_int_equal(traj_ddp_guess(roller, u), TRAJ_OK);
    assert_true(traj_ddp_solve(roller, 0, b->x0) >= 0);
    assert_int_equal(traj_ddp_guess(one, u), TRAJ_OK);
    assert_int_equal(traj_ddp_guess_states(two, traj_ddp_plan(roller)->x, u), TRAJ_OK);
    assert_int_equal(traj_ddp_solve(one, 0, b->x0), TRAJ_OK);
    assert_int_equal(traj_ddp_solve(two, 0, b->x0), TRAJ_OK);
    assert_same_plan(traj_ddp_plan(two), traj_ddp_plan(one));
    assert_memory_equal(&traj_ddp_get_stats(two)->calls, &traj_ddp_get_stats(one)->calls, sizeof(traj_calls));
    free(u);
    traj_ddp_destroy(one);
    traj_ddp_destroy(two);
    traj_ddp_destroy(roller);
  }
}

/* Near the solution, states and controls moved by 1e-3, the model with all second derivatives is Newton's: the digits
 * double in each step. That wants the contraction with the gradient at the end of each stage, defect included. */
static void quadratic_tail(void **state) {
  (void)state;
  rng r = rng_from(env_seed("states tail", 20240405));
  const bench_problem *b = bench_problem_find("CP50");
  traj_ddp_settings settings = solver_settings(TRAJ_DDP);
  settings.tolerance = 1e-13;
  traj_ddp *solver = solver_create(&b->problem, &settings);
  assert_int_equal(solver_run(solver, b), TRAJ_OK);
  kept_plan best = keep_plan(traj_ddp_plan(solver));
  for (int round = 0; round < env_rounds(20, 3); round++) {
    double x[4 * 51], u[50];
    for (int i = 0; i < 4 * 51; i++)
      x[i] = best.plan->x[i] + 1e-3 * rng_normal(&r);
    for (int i = 0; i < 50; i++)
      u[i] = best.plan->u[i] + 1e-3 * rng_normal(&r);
    assert_int_equal(traj_ddp_guess_states(solver, x, u), TRAJ_OK);
    assert_int_equal(traj_ddp_solve(solver, 0, b->x0), TRAJ_OK);
    assert_near(traj_ddp_get_stats(solver)->cost, best.plan->cost, 1e-12);
    assert_in_range(traj_ddp_get_stats(solver)->iterations, 1, 5);
  }
  free(best.block);
  traj_ddp_destroy(solver);
}

/* States on a manifold, all the ways there are to their derivatives: turned by 1 rad, straight to the goal. */
static void manifold(void **state) {
  (void)state;
  rng r = rng_from(env_seed("states manifold", 20240406));
  traj_problem problem = attitude_problem();
  double x0[ATTITUDE_NX], dx[ATTITUDE_NDX];
  attitude_start(1, x0);
  traj_ddp *usual = solver_create(&problem, NULL);
  assert_int_equal(traj_ddp_solve(usual, 0, x0), TRAJ_OK);
  const double optimum = traj_ddp_plan(usual)->cost;
  for (int form = 0; form < 6; form++) {
    const traj_ddp_settings settings = solver_settings(form % 2 ? TRAJ_DDP : TRAJ_ILQR);
    if (form == 2) problem.model.hess = NULL;
    if (form == 4) problem.model.jac = NULL;
    traj_ddp *solver = solver_create(&problem, &settings);
    double *x = still(&problem, x0);
    for (int k = 1; k <= ATTITUDE_N; k++) {
      rng_fill(&r, dx, ATTITUDE_NDX, 0.3);
      problem.model.retract(x0, dx, x + k * ATTITUDE_NX, NULL);
    }
    assert_int_equal(traj_ddp_guess_states(solver, x, NULL), TRAJ_OK);
    assert_int_equal(traj_ddp_solve(solver, 0, x0), TRAJ_OK);
    assert_near(traj_ddp_plan(solver)->cost, optimum, 1e-8 * (1 + optimum));
    assert_true(traj_ddp_plan(solver)->gap == 0);
    free(x);
    traj_ddp_destroy(solver);
  }
  traj_ddp_destroy(usual);
}

/* However early a solve ends, its plan is a rollout that is no worse than that of the guessed controls. */
static void ended_early(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  double *x = still(&b->problem, b->x0), *u = random_controls(b, 3);
  traj_ddp_settings settings = solver_settings(TRAJ_ILQR);
  settings.run.max_iter = 0;
  traj_ddp *solver = solver_create(&b->problem, &settings);
  assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
  assert_int_equal(traj_ddp_solve(solver, 0, b->x0), TRAJ_MAX_ITER);
  const double alone = traj_ddp_plan(solver)->cost;
  traj_ddp_destroy(solver);
  for (int most = 0; most < 20; most++) {
    settings.run.max_iter = most;
    solver = solver_create(&b->problem, &settings);
    assert_int_equal(traj_ddp_guess_states(solver, x, u), TRAJ_OK);
    assert_int_equal(traj_ddp_solve(solver, 0, b->x0), TRAJ_MAX_ITER);
    assert_int_equal(traj_ddp_get_stats(solver)->iterations, most);
    assert_true(traj_ddp_plan(solver)->policy_current);
    assert_true(traj_ddp_plan(solver)->cost <= alone);
    assert_rollout(solver, b);
    traj_ddp_destroy(solver);
  }
  free(x);
  free(u);
}

static double ticking(void *user) {
  return ++*(double *)user;
}

/* A time limit leaves no time for a rollout: the plan has its gap, and the next solve goes on from there. */
static void out_of_time(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("quadrotor");
  double now = 0, *x = still(&b->problem, b->x0), *u = random_controls(b, 1);
  traj_ddp_settings settings = solver_settings(TRAJ_ILQR);
  settings.run.clock = ticking;
  settings.run.clock_user = &now;
  int gaps = 0;
  for (int limit = 1; limit < 1000; limit += 30) {
    settings.run.time_limit = limit;
    traj_ddp *solver = solver_create(&b->problem, &settings);
    assert_int_equal(traj_ddp_guess_states(solver, x, u), TRAJ_OK);
    traj_status status = TRAJ_TIME_LIMIT;
    int solves = 0;
    for (; status == TRAJ_TIME_LIMIT && solves < 30; solves++) {
      status = traj_ddp_solve(solver, 0, b->x0);
      assert_true(status == TRAJ_TIME_LIMIT || status == TRAJ_OK);
      assert_plan_finite(traj_ddp_plan(solver));
      gaps += traj_ddp_plan(solver)->gap > 0;
    }
    if (limit > 700) assert_int_equal(status, TRAJ_OK);
    if (status == TRAJ_OK) assert_rollout(solver, b);
    traj_ddp_destroy(solver);
  }
  assert_true(gaps > 0);
  free(x);
  free(u);
}

/* A plan with a gap can be moved and lengthened: it is a guess of states. */
static void a_gap_is_moved(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("quadrotor");
  double now = 0, *x = still(&b->problem, b->x0), *u = random_controls(b, 1);
  traj_ddp_settings settings = solver_settings(TRAJ_ILQR);
  settings.run.clock = ticking;
  settings.run.clock_user = &now;
  settings.run.time_limit = 1;
  traj_ddp *solver = solver_create(&b->problem, &settings);
  assert_int_equal(traj_ddp_horizon(solver, 60), TRAJ_OK);
  for (int k = 0; k <= 60; k++)
    x[12 * k] = 0.01 * k;
  assert_int_equal(traj_ddp_guess_states(solver, x, u), TRAJ_OK);
  assert_int_equal(traj_ddp_horizon(solver, 100), TRAJ_OK);
  assert_int_equal(traj_ddp_solve(solver, 0, b->x0), TRAJ_TIME_LIMIT);
  const traj_plan *plan = traj_ddp_plan(solver);
  assert_true(plan->gap > 0);
  for (int k = 0; k <= 100; k++)
    assert_true(plan->x[12 * k] == (k < 60 ? 0.01 * k : 0.01 * 60));
  assert_int_equal(traj_ddp_shift(solver, 10), TRAJ_OK);
  assert_int_equal(traj_ddp_solve(solver, 0, b->x0), TRAJ_TIME_LIMIT);
  for (int k = 1; k <= 100; k++)
    assert_true(plan->x[12 * k] == (k < 50 ? 0.01 * (k + 10) : 0.01 * 60));
  assert_true(plan->x[0] == 0);
  assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK); /* controls alone again */
  assert_int_equal(traj_ddp_solve(solver, 0, b->x0), TRAJ_TIME_LIMIT);
  assert_true(plan->gap == 0);
  traj_ddp_destroy(solver);
  free(x);
  free(u);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_problem_from_standing_still),
      cmocka_unit_test(quadrotor_from_standing_still),
      cmocka_unit_test(a_rollout_is_the_same_start),
      cmocka_unit_test(quadratic_tail),
      cmocka_unit_test(manifold),
      cmocka_unit_test(ended_early),
      cmocka_unit_test(out_of_time),
      cmocka_unit_test(a_gap_is_moved),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
