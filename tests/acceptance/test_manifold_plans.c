/* Odes on manifolds, through the public interface: plans and their feedback, the derivative check, workers. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>

#include "support/env.h"
#include "support/flyer.h"
#include "support/near.h"
#include "support/rng.h"
#include "support/sequence.h"
#include "support/solver.h"

enum { NX = FLYER_NX, NDX = FLYER_NDX, NU = FLYER_NU, STAGES = 4 };

static const double DT = 0.2, T0 = 2;

/* A plan outlives its solver with the parts of its space; an angle that has gone round is the same, and so is -q. */
static void feedback_takes_the_short_way(void **state) {
  (void)state;
  const double TURN = 6.283185307179586;
  rng r = rng_from(env_seed("feedback", 20261204));
  double x0[NX], d[NDX], x[NX], u[NU], same[NU], work[NDX], unused[NU];
  _Alignas(64) static unsigned char block[1 << 18];
  flyer_draw(&r, x0, unused);
  rng_fill(&r, d, NDX, 0.2);
  const traj_problem problem = flyer_problem(STAGES, DT);
  traj_ddp *solver = solver_create(&problem, NULL);
  assert_true(traj_ddp_solve(solver, T0, x0) >= 0);
  const traj_plan *plan;
  assert_int_equal(traj_plan_copy(&plan, traj_ddp_plan(solver), block, sizeof block), TRAJ_OK);
  traj_ddp_destroy(solver);
  for (int k = 0; k < STAGES; k++) {
    flyer_retract(plan->x + k * NX, d, x, NULL);
    assert_int_equal(traj_plan_action(plan, plan->t[k], x, u, work), TRAJ_OK);
    for (int i = 0; i < NU; i++) {
      double expected = plan->u[k * NU + i];
      for (int j = 0; j < NDX; j++)
        expected += plan->K[k * NU * NDX + i + j * NU] * d[j];
      assert_near(u[i], expected, 1e-12 * (1 + fabs(expected)));
    }
    for (int i = 0; i < 4; i++)
      x[FLYER_Q + i] *= -1;
    x[FLYER_TH] += TURN;
    x[FLYER_TH + 1] -= 3 * TURN;
    assert_int_equal(traj_plan_action(plan, plan->t[k], x, same, work), TRAJ_OK);
    for (int i = 0; i < NU; i++)
      assert_near(same[i], u[i], 1e-11 * (1 + fabs(u[i])));
  }
}

/* The problem's space by hooks, one entry of whose derivatives is wrong. */
typedef struct spoiler {
  int difference, hess, entry; /* which hook, which output, which entry of it */
  double factor;               /* 0: nothing is wrong */
} spoiler;

static void spoil(const spoiler *s, int difference, double *jac, double *hess) {
  double *entry = s->hess ? hess : jac;
  if (s->difference == difference && entry != NULL) entry[s->entry] += s->factor;
}

static int retract_derivatives(const double *x, const double *w, double *jac, double *hess, void *user) {
  int code = traj_manifold_retract_derivatives(x, w, jac, hess, (void *)(uintptr_t)flyer_parts);
  spoil(user, 0, jac, hess);
  return code;
}

static int difference_derivatives(const double *x, const double *w, double *jac, double *hess, void *user) {
  int code = traj_manifold_difference_derivatives(x, w, jac, hess, (void *)(uintptr_t)flyer_parts);
  spoil(user, 1, jac, hess);
  return code;
}

static traj_problem by_hooks(spoiler *s) {
  traj_problem p = flyer_problem(2, DT);
  p.model.parts = NULL;
  p.model.ndx = NDX;
  p.model.retract = flyer_retract;
  p.model.difference = flyer_difference;
  p.model.project = flyer_project;
  p.model.retract_derivatives = retract_derivatives;
  p.model.difference_derivatives = difference_derivatives;
  p.model.user = s;
  return p;
}

static traj_derivative_report report_of(const traj_problem *problem, const double *x0, const double *u) {
  traj_derivative_report report;
  traj_ddp *solver = solver_create(problem, NULL);
  assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
  traj_status status = traj_ddp_check_derivatives(solver, T0, x0, &report);
  assert_int_equal(status, report.suspicious == 0 ? TRAJ_OK : TRAJ_E_DERIVATIVE);
  traj_ddp_destroy(solver);
  return report;
}

static void the_derivative_check_knows_the_hooks_of_the_space(void **state) {
  (void)state;
  rng r = rng_from(env_seed("check", 20261129));
  spoiler s = {0};
  const traj_problem parts = flyer_problem(2, DT), hooks = by_hooks(&s);
  double x0[NX], u[NU * 2], unused[NU];
  flyer_draw(&r, x0, unused);
  rng_fill(&r, u, NU * 2, 1);
  traj_derivative_report right = report_of(&parts, x0, u);
  print_message("%ld entries, largest error %.1e\n", right.checked, right.error);
  assert_int_equal(right.suspicious, 0);
  const long tangent = 2L * (2 * NX * NDX + NX * (NX + 1) / 2 + NDX * (NDX + 1) / 2);
  const long ambient = 2L * (NX * (NX + NU) + (NX + NU) * (NX + NU + 1) / 2);
  assert_true(right.checked > tangent + ambient);
  assert_int_equal(report_of(&hooks, x0, u).checked, right.checked);
  for (int round = 0, rounds = env_rounds(12, 4); round < rounds; round++) {
    s = (spoiler){.difference = round % 2, .hess = round / 2 % 2, .factor = rng_chance(&r, 0.5) ? 1e-3 : -1e-3};
    int rows = s.hess == s.difference ? NX : NDX, cols = s.hess || !s.difference ? (s.hess ? rows : NDX) : NX;
    int row = rng_int(&r, 0, rows - 1), col = rng_int(&r, 0, cols - 1);
    if (s.hess && row < col) row = col; /* the lower triangle counts */
    s.entry = row + col * rows;
    traj_derivative_report wrong = report_of(&hooks, x0, u);
    assert_int_equal(wrong.suspicious, 2); /* at both stages */
    assert_string_equal(wrong.worst.hook, s.difference ? "model.difference_derivatives" : "model.retract_derivatives");
    assert_string_equal(wrong.worst.field, s.hess ? "hess" : "jac");
    assert_true(wrong.worst.row == row && wrong.worst.col == col);
    assert_near(wrong.worst.value - wrong.expected, s.factor, 1e-7);
  }
}

static uint64_t digest_with(int workers, traj_ddp_method method, const double *x0) {
  const traj_problem problem = flyer_problem(STAGES, DT);
  sequence order = sequence_of(SHUFFLED, workers, 1);
  traj_ddp_settings settings = solver_settings(method);
  settings.run.max_iter = 6;
  if (workers > 1) sequence_install(&order, &settings.run);
  traj_ddp *solver = solver_create(&problem, &settings);
  assert_true(traj_ddp_solve(solver, T0, x0) >= 0);
  uint64_t digest = plan_digest(traj_ddp_plan(solver));
  assert_true(traj_ddp_get_stats(solver)->calls.tangent > 0 && traj_ddp_get_stats(solver)->calls.project > 0);
  traj_ddp_destroy(solver);
  return digest;
}

static void any_number_of_workers_gives_the_same_bits(void **state) {
  (void)state;
  rng r = rng_from(env_seed("workers", 20261130));
  double x0[NX], unused[NU];
  flyer_draw(&r, x0, unused);
  for (int method = TRAJ_ILQR; method <= TRAJ_DDP; method++) {
    uint64_t alone = digest_with(1, (traj_ddp_method)method, x0);
    for (int workers = 2; workers <= 4; workers++)
      assert_true(digest_with(workers, (traj_ddp_method)method, x0) == alone);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(feedback_takes_the_short_way),
      cmocka_unit_test(the_derivative_check_knows_the_hooks_of_the_space),
      cmocka_unit_test(any_number_of_workers_gives_the_same_bits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
