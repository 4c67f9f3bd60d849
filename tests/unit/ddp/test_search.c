/* The line search: as many candidates at a time as there are workers, the first acceptable one wins. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "ddp/ddp.h"
#include "problems/problems.h"
#include "support/sequence.h"
#include "support/solver.h"

enum { CANDIDATES = 10 }; /* from 1 down to 1e-3 by halves */

/* A solver of CP50 after its first backward pass. */
static traj_ddp *prepare(sequence *s) {
  const bench_problem *b = bench_problem_find("CP50");
  traj_ddp_settings settings = solver_settings(TRAJ_ILQR);
  sequence_install(s, &settings.run);
  traj_ddp *ddp = solver_create(&b->problem, &settings);
  assert_int_equal(tj_ddp_start(ddp, 0, b->x0, false), TRAJ_OK);
  assert_int_equal(tj_ddp_differentiate(ddp), TJ_FINE);
  assert_int_equal(tj_ddp_sweep(ddp, 0), TJ_FINE);
  s->runs = 0;
  return ddp;
}

/* Refuses the first candidates by a promise that they cannot keep. */
static void promise(traj_ddp *ddp, double decrease) {
  ddp->sweep.slope = -decrease;
  ddp->sweep.full = -decrease;
}

static void test_first_acceptable_wins(void **state) {
  (void)state;
  sequence one = sequence_of(FORWARDS, 1, 0);
  traj_ddp *alone = prepare(&one);
  bool accepted;
  assert_int_equal(tj_ddp_search(alone, &accepted), TJ_FINE);
  assert_true(accepted);
  assert_true(alone->stats.candidates > 1 && alone->stats.step < 1);
  assert_false(alone->policy_current);
  for (int workers = 2; workers <= 12; workers++) {
    for (int order = FORWARDS; order <= SHUFFLED; order++) {
      sequence s = sequence_of((sequence_order)order, workers, 3);
      traj_ddp *ddp = prepare(&s);
      assert_int_equal(tj_ddp_search(ddp, &accepted), TJ_FINE);
      assert_true(accepted);
      assert_int_equal(ddp->stats.candidates, alone->stats.candidates);
      assert_true(ddp->stats.step == alone->stats.step);
      assert_true(ddp->stats.predicted == alone->stats.predicted && ddp->stats.actual == alone->stats.actual);
      assert_true(ddp->current.cost == alone->current.cost);
      assert_memory_equal(ddp->current.x, alone->current.x, 4 * 51 * sizeof(double));
      traj_ddp_destroy(ddp);
    }
  }
  traj_ddp_destroy(alone);
}

/* Every candidate is tried once; a last one alone needs no hook. */
static void test_none_acceptable(void **state) {
  (void)state;
  for (int workers = 1; workers <= 12; workers++) {
    sequence s = sequence_of(SHUFFLED, workers, 5);
    traj_ddp *ddp = prepare(&s);
    bool accepted = true;
    const double *x = ddp->current.x;
    promise(ddp, 1e30);
    assert_int_equal(tj_ddp_search(ddp, &accepted), TJ_FINE);
    assert_false(accepted);
    assert_int_equal(ddp->stats.candidates, CANDIDATES);
    assert_int_equal(s.runs, workers == 1 ? 0 : (CANDIDATES - 1) / workers + (CANDIDATES % workers != 1));
    assert_ptr_equal(ddp->current.x, x);
    traj_ddp_destroy(ddp);
  }
}

/* A step that promises nothing is not tried. */
static void test_no_promise(void **state) {
  (void)state;
  sequence s = sequence_of(FORWARDS, 3, 5);
  traj_ddp *ddp = prepare(&s);
  bool accepted = true;
  promise(ddp, -1);
  assert_int_equal(tj_ddp_search(ddp, &accepted), TJ_FINE);
  assert_false(accepted);
  assert_int_equal(ddp->stats.candidates, 0);
  assert_int_equal(s.runs, 0);
  traj_ddp_destroy(ddp);
}

static void test_negligible(void **state) {
  (void)state;
  sequence s = sequence_of(FORWARDS, 1, 0);
  traj_ddp *ddp = prepare(&s);
  ddp->current.cost = -1e6;
  assert_true(tj_ddp_negligible(ddp, 1e-9));
  assert_false(tj_ddp_negligible(ddp, 1e-7));
  ddp->current.cost = 0;
  assert_false(tj_ddp_negligible(ddp, 1e-9));
  assert_true(tj_ddp_negligible(ddp, -1));
  traj_ddp_destroy(ddp);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_first_acceptable_wins),
      cmocka_unit_test(test_none_acceptable),
      cmocka_unit_test(test_no_promise),
      cmocka_unit_test(test_negligible),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
