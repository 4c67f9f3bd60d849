/* An ode on a manifold that starts from states: the shortest turn to the goal, for which no torques are known, and a
 * path about the best plan, some of its quaternions with the other sign. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/body.h"
#include "support/env.h"
#include "support/near.h"
#include "support/rng.h"
#include "support/rotor.h"
#include "support/same_plan.h"
#include "support/sequence.h"
#include "support/solver.h"

enum { NX = BODY_NX, NU = BODY_NU, N = BODY_STAGES, MOST_WORKERS = 3 };

static const double limits[2 * NU] = {-0.9, -0.8, -0.7, 0.9, 0.8, 0.7};

/* The shortest turn to the goal at even speed. */
static void direct_path(const double *x0, double *x) {
  double turn[3];
  rotor_difference(x0, body_goal, turn, NULL);
  for (int k = 1; k <= N; k++) {
    const double s = (double)k / N, there[3] = {s * turn[0], s * turn[1], s * turn[2]};
    rotor_retract(x0, there, x + k * NX, NULL);
    memset(x + k * NX + 4, 0, 3 * sizeof *x);
  }
  memcpy(x, x0, NX * sizeof *x);
}

/* About a plan, every third quaternion with the other sign, which is the same attitude. */
static void path_about(const traj_plan *plan, rng *r, double *x) {
  for (int k = 0; k <= N; k++) {
    double aside[BODY_NDX];
    rng_fill(r, aside, BODY_NDX, 0.2);
    rotor_retract(plan->x + k * NX, aside, x + k * NX, NULL);
    for (int i = 0; i < 4 && k % 3 == 1; i++)
      x[k * NX + i] *= -1;
    for (int i = 4; i < NX; i++)
      x[k * NX + i] = plan->x[k * NX + i] + aside[i - 1];
  }
  memcpy(x, plan->x, NX * sizeof *x);
}

/* A plan whose states are where its controls lead, bit for bit, within the limits. */
static void assert_rollout(const traj_problem *problem, const traj_plan *plan, const double *x0) {
  traj_ddp_settings settings = solver_settings(TRAJ_ILQR);
  settings.run.max_iter = 0;
  traj_ddp *roller = solver_create(problem, &settings);
  assert_true(plan->gap == 0);
  assert_int_equal(traj_ddp_guess(roller, plan->u), TRAJ_OK);
  assert_true(traj_ddp_solve(roller, 0, x0) >= 0);
  assert_memory_equal(traj_ddp_plan(roller)->x, plan->x, sizeof(double) * NX * (N + 1));
  assert_true(traj_ddp_plan(roller)->cost == plan->cost);
  if (problem->u_min != NULL) assert_plan_within_limits(plan);
  traj_ddp_destroy(roller);
}

static kept_plan solve(const traj_problem *problem, traj_ddp_method method, int workers, const double *x,
                       const double *u) {
  sequence order = sequence_of(SHUFFLED, workers, 7);
  traj_ddp_settings settings = solver_settings(method);
  sequence_install(&order, &settings.run);
  traj_ddp *solver = solver_create(problem, &settings);
  assert_int_equal(traj_ddp_guess_states(solver, x, u), TRAJ_OK);
  const traj_status status = traj_ddp_solve(solver, 0, x);
  if (status != TRAJ_OK) solver_print(solver);
  assert_int_equal(status, TRAJ_OK);
  print_message("  method %d, %d workers: cost %.12g in %d iterations\n", (int)method, workers,
                traj_ddp_get_stats(solver)->cost, traj_ddp_get_stats(solver)->iterations);
  kept_plan kept = keep_plan(traj_ddp_plan(solver));
  traj_ddp_destroy(solver);
  return kept;
}

/* The best plan, found from the path x by any workers as by one. Full second order may find another way round from
 * afar. */
static void check_path(const traj_problem *problem, const double *x, const double *u, double optimum, bool near) {
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    const kept_plan alone = solve(problem, (traj_ddp_method)method, 1, x, u);
    if (near || method != TRAJ_DDP) assert_near(alone.plan->cost, optimum, 1e-8);
    assert_rollout(problem, alone.plan, x);
    for (int workers = 2; workers <= MOST_WORKERS; workers++) {
      const kept_plan shared = solve(problem, (traj_ddp_method)method, workers, x, u);
      assert_same_plan(shared.plan, alone.plan);
      free(shared.block);
    }
    free(alone.block);
  }
}

static void check_paths(const traj_problem *problem, rng *r) {
  double x0[NX], x[NX * (N + 1)];
  const double turned[3] = {0.2, 0.1, -0.3}, rates[3] = {0.1, -0.2, 0.3};
  rotor_exp(turned, x0);
  memcpy(x0 + 4, rates, sizeof rates);
  traj_ddp *usual = solver_create(problem, NULL);
  assert_int_equal(traj_ddp_solve(usual, 0, x0), TRAJ_OK);
  const traj_plan *best = traj_ddp_plan(usual);
  direct_path(x0, x);
  check_path(problem, x, NULL, best->cost, false);
  path_about(best, r, x);
  check_path(problem, x, best->u, best->cost, true);
  traj_ddp_destroy(usual);
}

static void paths_of_attitudes(void **state) {
  (void)state;
  rng r = rng_from(env_seed("paths of attitudes", 20261210));
  traj_problem problem = body_task();
  check_paths(&problem, &r);
  problem.u_min = limits;
  problem.u_max = limits + NU;
  check_paths(&problem, &r);
}

/* A body at rest, its attitude in other numbers: the states of a rollout, so the same start as its controls, bit for
 * bit. */
static void other_numbers_for_a_rollout(void **state) {
  (void)state;
  const double at_rest[NX] = {-0.5, 0.5, 0.5, 0.5}, lengths[] = {-1, 2, 1, -4};
  const traj_problem problem = body_task();
  double x[NX * (N + 1)] = {0};
  traj_ddp *one = solver_create(&problem, NULL), *two = solver_create(&problem, NULL);
  for (int k = 0; k <= N; k++) {
    for (int i = 0; i < 4; i++)
      x[k * NX + i] = lengths[k % 4] * at_rest[i];
  }
  assert_int_equal(traj_ddp_guess_states(two, x, NULL), TRAJ_OK);
  assert_int_equal(traj_ddp_solve(one, 0, at_rest), TRAJ_OK);
  assert_int_equal(traj_ddp_solve(two, 0, at_rest), TRAJ_OK);
  assert_same_plan(traj_ddp_plan(two), traj_ddp_plan(one));
  assert_rollout(&problem, traj_ddp_plan(two), at_rest);
  traj_ddp_destroy(one);
  traj_ddp_destroy(two);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(paths_of_attitudes),
      cmocka_unit_test(other_numbers_for_a_rollout),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
