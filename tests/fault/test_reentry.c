/* Calls of a solver from its own hooks: refused as busy, and without any effect on the solve that is under way. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdlib.h>

#include "support/env.h"
#include "support/trial.h"

/* The solver that is called, and what it answered. */
typedef struct caller {
  traj_ddp *solver;
  const traj_plan *shown; /* the plan it must show all the while; NULL: none */
  int calls, wrong;
} caller;

static void expect(caller *c, bool right) {
  c->calls++;
  c->wrong += !right;
}

static void call_everything(void *arg) {
  static const double numbers[RIGGED_N * RIGGED_NU] = {0.1, 0.2, 0.3};
  caller *c = arg;
  traj_derivative_report report;
  expect(c, traj_ddp_solve(c->solver, 1, numbers) == TRAJ_E_BUSY);
  expect(c, traj_ddp_solve(c->solver, 1, NULL) == TRAJ_E_BUSY);
  expect(c, traj_ddp_guess(c->solver, numbers) == TRAJ_E_BUSY);
  expect(c, traj_ddp_guess(c->solver, NULL) == TRAJ_E_BUSY);
  expect(c, traj_ddp_guess_states(c->solver, numbers, numbers) == TRAJ_E_BUSY);
  expect(c, traj_ddp_shift(c->solver, 1) == TRAJ_E_BUSY);
  expect(c, traj_ddp_shift(c->solver, -1) == TRAJ_E_BUSY);
  expect(c, traj_ddp_horizon(c->solver, 1) == TRAJ_E_BUSY);
  expect(c, traj_ddp_horizon(c->solver, 0) == TRAJ_E_BUSY);
  expect(c, traj_ddp_check_derivatives(c->solver, 1, numbers, &report) == TRAJ_E_BUSY);
  expect(c, traj_ddp_plan(c->solver) == c->shown);
  expect(c, traj_ddp_get_stats(c->solver) != NULL);
  traj_ddp_destroy(c->solver);
}

/* From each hook of the problem. */
static void test_hooks(void **state) {
  (void)state;
  for (int i = 0; i < rigged_form_count; i++) {
    trial t;
    trial_begin(&t, &rigged_forms[i]);
    caller c = {.solver = t.solver, .shown = traj_ddp_plan(t.solver)};
    for (int hook = 0; hook < HOOKS; hook++) {
      int stride = 1 + t.calls[hook] / env_rounds(50, 5);
      for (int call = 0; call < t.calls[hook]; call += stride) {
        trial_attack(&t, (attack){.kind = CALL,
                                  .hook = (hook_id)hook,
                                  .call = call,
                                  .onwards = call == 0,
                                  .act = call_everything,
                                  .arg = &c});
      }
    }
    assert_true(c.calls > 0);
    assert_int_equal(c.wrong, 0);
    trial_end(&t);
  }
}

static int iteration(const traj_iteration *row, void *user) {
  (void)row;
  call_everything(user);
  return 0;
}

static double slow_clock(void *user) {
  call_everything(user);
  return 0;
}

static traj_status check(const traj_problem *problem, int N, traj_diag *diag, void *user) {
  (void)problem, (void)N, (void)diag;
  rigged *r = user;
  if (r->attack.kind == CALL) r->attack.act(r->attack.arg);
  return TRAJ_OK;
}

/* From the hooks that evaluate nothing: iteration, clock and check. */
static void test_observers(void **state) {
  (void)state;
  rigged r;
  kept_plan plain;
  caller c = {.calls = 0};
  ledger books = {.calls = 0};
  traj_allocator allocator = ledger_allocator(&books);
  for (int rigging = 0; rigging < 2; rigging++) {
    rigged_prepare(&r, &rigged_forms[0]);
    if (rigging) {
      r.settings.run.iteration = iteration;
      r.settings.run.clock = slow_clock;
      r.settings.run.iteration_user = r.settings.run.clock_user = &c;
      r.settings.run.time_limit = 1;
      r.problem.cost.check = check;
    }
    traj_ddp *solver = NULL;
    assert_int_equal(traj_ddp_create(&solver, &allocator, &r.problem, &r.settings, NULL), TRAJ_OK);
    c.solver = solver;
    if (rigging) rigged_attack(&r, (attack){.kind = CALL, .hook = HOOKS, .act = call_everything, .arg = &c});
    assert_true(traj_ddp_solve(solver, 0, rigged_start(&r)) >= TRAJ_OK);
    if (rigging) {
      assert_same_plan(traj_ddp_plan(solver), plain.plan);
    } else {
      plain = keep_plan(traj_ddp_plan(solver));
    }
    traj_ddp_destroy(solver);
  }
  assert_true(c.calls > 0);
  assert_int_equal(c.wrong, 0);
  assert_int_equal(books.live, 0);
  free(plain.block);
}

/* From the hooks of the derivative check. */
static void test_derivative_check(void **state) {
  (void)state;
  trial t;
  trial_begin(&t, &rigged_forms[0]);
  caller c = {.solver = t.solver, .shown = traj_ddp_plan(t.solver)};
  rigged_attack(&t.rig, (attack){.kind = CALL, .hook = HOOK_JAC, .onwards = true, .act = call_everything, .arg = &c});
  assert_int_equal(traj_ddp_check_derivatives(t.solver, 0, rigged_start(&t.rig), NULL), TRAJ_OK);
  assert_true(c.calls > 0);
  assert_int_equal(c.wrong, 0);
  assert_same_plan(traj_ddp_plan(t.solver), t.good.plan);
  trial_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hooks),
      cmocka_unit_test(test_observers),
      cmocka_unit_test(test_derivative_check),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
