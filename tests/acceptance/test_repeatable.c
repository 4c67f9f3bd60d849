/* The same question gets the same bits: whatever the solver did before, wherever its block lies and whatever it held.
 * A solve that failed leaves no trace. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdlib.h>
#include <string.h>

#include "problems/problems.h"
#include "support/attitude.h"
#include "support/rng.h"
#include "support/same_plan.h"
#include "support/solver.h"
#include "support/watch.h"

/* A problem, its start and a few iterations. */
typedef struct subject {
  traj_problem problem;
  const double *x0;
  traj_ddp_settings settings;
} subject;

/* Limits, small and large matrices, an ode with differences, a manifold; each by both methods. */
static const char *const names[] = {"CP50", "car", "quadrotor", "chain60", "CP50 by differences", "attitude"};

enum { SUBJECTS = 2 * sizeof names / sizeof names[0] };

static subject subject_at(int i) {
  static double turned[ATTITUDE_NX];
  const char *name = names[i / 2];
  const bench_problem *b = bench_problem_find(name);
  subject s = {.settings = solver_settings(i % 2 ? TRAJ_DDP : TRAJ_ILQR)};
  s.settings.run.max_iter = 4;
  if (b != NULL) {
    s.problem = b->problem;
    s.x0 = b->x0;
  } else if (strcmp(name, "attitude") == 0) {
    attitude_start(2, turned);
    s.problem = attitude_problem();
    s.x0 = turned;
  } else {
    b = bench_problem_find("CP50");
    s.problem = b->problem;
    s.problem.model.jac = NULL;
    s.problem.model.hess = NULL;
    s.problem.cost.stage_quad = s.problem.cost.final_quad = NULL;
    s.x0 = b->x0;
  }
  return s;
}

/* Same plan and same story. */
static void assert_same_solve(const traj_ddp *one, const traj_ddp *two) {
  const traj_ddp_stats *a = traj_ddp_get_stats(one), *b = traj_ddp_get_stats(two);
  assert_int_equal(a->status, b->status);
  assert_int_equal(a->iterations, b->iterations);
  assert_int_equal(a->backward_passes, b->backward_passes);
  assert_int_equal(a->candidates, b->candidates);
  assert_memory_equal(&a->calls, &b->calls, sizeof a->calls);
  assert_same_plan(traj_ddp_plan(one), traj_ddp_plan(two));
}

static void fresh_guess_is_a_fresh_solver(void **state) {
  (void)state;
  for (int i = 0; i < SUBJECTS; i++) {
    const subject s = subject_at(i);
    const int N = s.problem.N, nx = s.problem.model.nx;
    traj_ddp *fresh = solver_create(&s.problem, &s.settings), *used = solver_create(&s.problem, &s.settings);
    assert_true(traj_ddp_solve(fresh, 0.5, s.x0) >= 0);
    assert_true(traj_ddp_solve(used, 0, s.x0) >= 0);
    assert_int_equal(traj_ddp_shift(used, 3), TRAJ_OK);
    assert_int_equal(traj_ddp_horizon(used, N / 2), TRAJ_OK);
    double elsewhere[60];
    memcpy(elsewhere, traj_ddp_plan(used)->x + 3 * nx, (size_t)nx * sizeof *elsewhere);
    assert_true(traj_ddp_solve(used, 7, elsewhere) >= 0);
    assert_int_equal(traj_ddp_solve(used, 0, NULL), TRAJ_E_ARG);
    assert_int_equal(traj_ddp_horizon(used, N), TRAJ_OK);
    assert_int_equal(traj_ddp_guess(used, NULL), TRAJ_OK);
    assert_true(traj_ddp_solve(used, 0.5, s.x0) >= 0);
    assert_same_solve(fresh, used);
    traj_ddp_destroy(fresh);
    traj_ddp_destroy(used);
  }
}

static void block_and_its_content_play_no_part(void **state) {
  (void)state;
  rng r = rng_from(5);
  for (int i = 0; i < SUBJECTS; i++) {
    const subject s = subject_at(i);
    size_t size;
    traj_ddp *reference = solver_create(&s.problem, &s.settings);
    assert_true(traj_ddp_solve(reference, 0, s.x0) >= 0);
    assert_int_equal(traj_ddp_size(&s.problem, &s.settings, &size, NULL), TRAJ_OK);
    const int offsets[] = {0, 1, 8, 33, 63};
    for (int j = 0; j < 5; j++) {
      unsigned char *memory = malloc(size + 64);
      assert_non_null(memory);
      for (size_t byte = 0; byte < size + 64; byte++)
        memory[byte] = j % 2 ? 0xff : (unsigned char)rng_bits(&r); /* 0xff...: NaN */
      traj_ddp *solver;
      assert_int_equal(traj_ddp_init(&solver, memory + offsets[j], size, &s.problem, &s.settings, NULL), TRAJ_OK);
      assert_true(traj_ddp_solve(solver, 0, s.x0) >= 0);
      assert_same_solve(reference, solver);
      free(memory);
    }
    traj_ddp_destroy(reference);
  }
}

/* From a certain call on, a hook gives up. */
typedef struct quitter {
  watch_hook hook;
  long from, calls;
} quitter;

static int give_up(const watch_call *call, void *ctx) {
  quitter *q = ctx;
  return call->hook == q->hook && q->calls++ >= q->from ? -7 : call->code;
}

/* Fails a solve in one way or another, between two that succeed. */
static void check_failure(const subject *s, watch_hook hook, long from) {
  watch w;
  const traj_problem problem = watch_problem(&w, &s->problem);
  quitter q = {.hook = hook, .from = from};
  traj_ddp *solver = solver_create(&problem, &s->settings), *spared = solver_create(&problem, &s->settings);
  assert_true(traj_ddp_solve(solver, 0, s->x0) >= 0);
  assert_true(traj_ddp_solve(spared, 0, s->x0) >= 0);
  const uint64_t digest = plan_digest(traj_ddp_plan(solver));
  w.look = give_up;
  w.ctx = &q;
  assert_int_equal(traj_ddp_solve(solver, 1, traj_ddp_plan(solver)->x + s->problem.model.nx), TRAJ_E_CALLBACK);
  assert_true(traj_ddp_get_stats(solver)->diag.value == -7);
  w.look = NULL;
  assert_true(plan_digest(traj_ddp_plan(solver)) == digest);
  assert_true(traj_ddp_solve(solver, 0, s->x0) >= 0);
  assert_true(traj_ddp_solve(spared, 0, s->x0) >= 0);
  assert_same_solve(solver, spared);
  traj_ddp_destroy(solver);
  traj_ddp_destroy(spared);
}

static void failed_solve_leaves_no_trace(void **state) {
  (void)state;
  const watch_hook hooks[] = {WATCH_DYNAMICS, WATCH_JAC, WATCH_COST, WATCH_QUAD};
  const int subjects[] = {0, 3, SUBJECTS - 1};
  for (int i = 0; i < 3; i++) {
    const subject s = subject_at(subjects[i]);
    for (int hook = 0; hook < 4; hook++)
      for (long from = 0; from < 2 * s.problem.N; from += s.problem.N - 1)
        check_failure(&s, hooks[hook], from);
  }
}

/* Two solvers share a problem and take turns. */
static void solvers_share_nothing(void **state) {
  (void)state;
  for (int i = 0; i < SUBJECTS; i++) {
    const subject s = subject_at(i);
    traj_ddp *one = solver_create(&s.problem, &s.settings), *two = solver_create(&s.problem, &s.settings);
    for (int round = 0; round < 2; round++) {
      assert_true(traj_ddp_solve(one, 0, s.x0) >= 0);
      assert_true(traj_ddp_solve(two, 0, s.x0) >= 0);
      assert_same_solve(one, two);
    }
    traj_ddp_destroy(one);
    traj_ddp_destroy(two);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fresh_guess_is_a_fresh_solver),
      cmocka_unit_test(block_and_its_content_play_no_part),
      cmocka_unit_test(failed_solve_leaves_no_trace),
      cmocka_unit_test(solvers_share_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
