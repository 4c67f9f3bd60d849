/* What workers own and share. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdatomic.h>
#include <stdlib.h>

#include "base/diag.h"
#include "ddp/ddp.h"
#include "problems/problems.h"
#include "support/refusal.h"
#include "support/sequence.h"
#include "support/solver.h"

enum { WORKERS = 4 };

static traj_ddp *solver_with(sequence *s, traj_ddp_method method) {
  traj_ddp_settings settings = solver_settings(method);
  sequence_install(s, &settings.run);
  return solver_create(&bench_problem_find("CP50")->problem, &settings);
}

static void test_workers_evaluate_the_same_problem(void **state) {
  (void)state;
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    sequence s = sequence_of(FORWARDS, WORKERS, 0);
    traj_ddp *ddp = solver_with(&s, (traj_ddp_method)method);
    assert_ptr_equal(ddp->workers[0].sim, &ddp->sim);
    assert_int_equal(traj_ddp_horizon(ddp, 7), TRAJ_OK);
    assert_int_equal(tj_ddp_start(ddp, 3, bench_problem_find("CP50")->x0, false), TRAJ_OK);
    for (int i = 1; i < WORKERS; i++) {
      const tj_simulator *sim = ddp->workers[i].sim, *before = ddp->workers[i - 1].sim;
      assert_int_equal(sim->world.worker, i);
      assert_int_equal(sim->world.N, 7);
      assert_ptr_equal(sim->world.t, ddp->sim.world.t);
      assert_ptr_not_equal(sim->fd.x, before->fd.x);
      assert_ptr_not_equal(sim->dx, before->dx);
      assert_ptr_not_equal(sim->dynamics.integrator.slope, before->dynamics.integrator.slope);
      assert_ptr_not_equal(ddp->workers[i].slots[0].fz, ddp->workers[i - 1].slots[0].fz);
      assert_ptr_not_equal(ddp->workers[i].slots[0].quad.lx, ddp->workers[i - 1].slots[0].quad.lx);
      assert_ptr_not_equal(ddp->candidates[i].at.x, ddp->candidates[i - 1].at.x);
      /* Tapes per stage are shared, for sweeps with curvature; those of the slots are not. */
      assert_ptr_equal(sim->dynamics.tapes, before->dynamics.tapes);
      assert_true((sim->dynamics.tapes != NULL) == (method != TRAJ_ILQR));
      assert_ptr_not_equal(sim->dynamics.tape, before->dynamics.tape);
    }
    traj_ddp_destroy(ddp);
  }
}

/* Nothing is kept of the solve before. */
static void test_calls_add_up(void **state) {
  (void)state;
  sequence s = sequence_of(SHUFFLED, WORKERS, 2);
  traj_ddp *ddp = solver_with(&s, TRAJ_DDP);
  for (int i = 0; i < WORKERS; i++)
    ddp->workers[i].sim->world.calls = (traj_calls){1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const traj_calls sum = tj_ddp_calls(ddp), expected = {4, 8, 12, 16, 20, 24, 28, 32, 36, 40};
  assert_memory_equal(&sum, &expected, sizeof sum);
  assert_int_equal(traj_ddp_solve(ddp, 0, NULL), TRAJ_E_ARG);
  const traj_calls none = {0};
  assert_memory_equal(&traj_ddp_get_stats(ddp)->calls, &none, sizeof none);
  traj_ddp_destroy(ddp);
}

static void test_jobs(void **state) {
  (void)state;
  sequence one = sequence_of(FORWARDS, 1, 0), some = sequence_of(FORWARDS, WORKERS, 0);
  traj_ddp *alone = solver_with(&one, TRAJ_ILQR), *shared = solver_with(&some, TRAJ_ILQR);
  assert_int_equal(tj_ddp_jobs(alone, 1000), 1);
  assert_in_range(tj_ddp_jobs(shared, 1000), 2 * WORKERS, SEQUENCE_MOST);
  assert_int_equal(tj_ddp_jobs(shared, 3), 3);
  traj_ddp_destroy(alone);
  traj_ddp_destroy(shared);
}

/* What each job says, to be kept apart from what its worker says later. */
static void complain(int i, int worker, void *arg) {
  traj_ddp *ddp = arg;
  traj_diag *diag = &tj_ddp_begin(ddp, i, worker)->sim->world.diag;
  *diag = tj_diag_field(TRAJ_E_DIVERGED, "x", i);
  tj_ddp_end(ddp, i, worker, i == 1 ? TJ_FINE : TJ_UNDEFINED + i, false);
}

static void test_results(void **state) {
  (void)state;
  sequence s = sequence_of(BACKWARDS, 2, 9);
  traj_ddp *ddp = solver_with(&s, TRAJ_ILQR);
  assert_int_equal(tj_ddp_share(ddp, complain, 5), TJ_FINE);
  assert_int_equal(tj_ddp_result(ddp, 0), TJ_UNDEFINED);
  assert_diag(&ddp->sim.world.diag, refusal_of_field(TRAJ_E_DIVERGED, "x", 0));
  assert_int_equal(tj_ddp_result(ddp, 1), TJ_FINE);
  assert_diag(&ddp->sim.world.diag, refusal_of_field(TRAJ_E_DIVERGED, "x", 0));
  assert_int_equal(tj_ddp_result(ddp, 4), TJ_UNDEFINED + 4);
  assert_diag(&ddp->sim.world.diag, refusal_of_field(TRAJ_E_DIVERGED, "x", 4));
  traj_ddp_destroy(ddp);
}

/* Workers cost memory, each the same; one costs nothing that a solver without the setting would not need. */
static void test_memory(void **state) {
  (void)state;
  const traj_problem *p = &bench_problem_find("CP50")->problem;
  size_t size[WORKERS + 1];
  for (int workers = 0; workers <= WORKERS; workers++) {
    sequence s = sequence_of(FORWARDS, workers, 0);
    traj_ddp_settings settings = solver_settings(TRAJ_ILQR);
    sequence_install(&s, &settings.run);
    assert_int_equal(traj_ddp_size(p, &settings, &size[workers], NULL), TRAJ_OK);
  }
  assert_true(size[0] == size[1]);
  const size_t trajectory = 50 * 25 * sizeof(double), scratch = 8192;
  const size_t tapes = 4 * tj_integrator_tape_doubles(&p->model) * sizeof(double); /* one for each slot */
  for (int workers = 2; workers <= WORKERS; workers++)
    assert_in_range(size[workers] - size[workers - 1], trajectory + tapes, trajectory + tapes + scratch);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_workers_evaluate_the_same_problem),
      cmocka_unit_test(test_calls_add_up),
      cmocka_unit_test(test_jobs),
      cmocka_unit_test(test_results),
      cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
