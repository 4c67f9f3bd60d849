/* TRAJ_AUTO where the way that a solve takes is the ill of it: it starts over, from the guessed controls or standing
 * still, and no plan is worse for it. The guesses are those of the robustness table that need it. */
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
#include "problems/verdict.h"
#include "support/env.h"
#include "support/solver.h"

typedef struct guessed {
  const char *name;
  uint64_t seed;
  bool still; /* with states that stand still at x0 */
} guessed;

static traj_ddp *solver_from(const bench_problem *b, const guessed *guess, int max_iter) {
  const size_t N = (size_t)b->problem.N, nx = (size_t)b->problem.model.nx;
  traj_ddp_settings settings = solver_settings(TRAJ_AUTO);
  settings.run.max_iter = max_iter;
  traj_ddp *solver = solver_create(&b->problem, &settings);
  double *u = malloc(N * (size_t)b->problem.model.nu * sizeof *u), *x = malloc((N + 1) * nx * sizeof *x);
  assert_true(u != NULL && x != NULL);
  bench_problem_random_guess(b, guess->seed, u);
  for (size_t k = 0; k <= N; k++)
    memcpy(x + k * nx, b->x0, nx * sizeof *x);
  assert_int_equal(traj_ddp_guess_states(solver, guess->still ? x : NULL, u), TRAJ_OK);
  free(u);
  free(x);
  return solver;
}

/* Neither model came to an end from these within 500 iterations, on the way that was taken first. */
static void other_ways_are_found(void **state) {
  (void)state;
  static const guessed guesses[] = {
      {"quadrotor", 88, false},       {"quadrotor", 66, false}, {"planar_quadrotor", 31, false},
      {"planar_quadrotor", 1, true},  {"flip", 81, false},      {"flip", 2, true},
      {"planar_quadrotor", 61, true},
  };
  const int n = env_rounds((int)(sizeof guesses / sizeof *guesses), 1);
  for (int i = 0; i < n; i++) {
    const bench_problem *b = bench_problem_find(guesses[i].name);
    traj_ddp *solver = solver_from(b, &guesses[i], 500);
    const traj_status status = traj_ddp_solve(solver, 0, b->x0);
    const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
    print_message("%s, seed %d: %d iterations to %.6g\n", b->name, (int)guesses[i].seed, stats->iterations,
                  stats->cost);
    assert_int_equal(status, TRAJ_OK);
    /* The cost of states that do not follow from the controls is no measure. */
    assert_null(bench_verdict(status, traj_ddp_plan(solver), guesses[i].still ? HUGE_VAL : stats->initial_cost));
    traj_ddp_destroy(solver);
  }
}

/* Wherever it is ended, while it takes the first way, goes back to the controls or has a gap again, the plan is a
 * rollout, and no worse than one that an earlier end gave. */
static void no_worse_when_ended_early(void **state) {
  (void)state;
  const guessed guess = {"quadrotor", 88, false};
  const bench_problem *b = bench_problem_find(guess.name);
  double before = HUGE_VAL;
  for (int most = env_rounds(0, 20); most < 32; most++) {
    traj_ddp *solver = solver_from(b, &guess, most);
    const traj_status status = traj_ddp_solve(solver, 0, b->x0);
    const traj_plan *plan = traj_ddp_plan(solver);
    assert_null(bench_verdict(status, plan, traj_ddp_get_stats(solver)->initial_cost));
    assert_true(plan->gap == 0 && plan->policy_current);
    assert_true(plan->cost <= before);
    before = plan->cost;
    traj_ddp_destroy(solver);
  }
  assert_true(before < 3);
}

/* A pendulum too weak to swing up at once, whose motor is at a limit nearly always: the full model creeps there, so
 * Gauss-Newton has to have its turns. */
static void a_weak_motor(void **state) {
  (void)state;
  bench_problem b = *bench_problem_find("pendulum");
  const double low = -2, high = 2;
  b.problem.u_min = &low;
  b.problem.u_max = &high;
  for (int seed = 1; seed <= env_rounds(5, 1); seed++) {
    const guessed guess = {b.name, (uint64_t)seed, false};
    traj_ddp *solver = solver_from(&b, &guess, 500);
    assert_int_equal(traj_ddp_solve(solver, 0, b.x0), TRAJ_OK);
    const int taken = traj_ddp_get_stats(solver)->iterations;
    print_message("weak pendulum, seed %d: %d iterations\n", seed, taken);
    assert_in_range(taken, 1, 400);
    traj_ddp_destroy(solver);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(other_ways_are_found),
      cmocka_unit_test(no_worse_when_ended_early),
      cmocka_unit_test(a_weak_motor),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
