/* Hooks that leave by longjmp, from every call: the solver stays busy for good, its last plan can be read, and its
 * block is as good as new. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdlib.h>

#include "support/allocator.h"
#include "support/env.h"
#include "support/rigged.h"
#include "support/same_plan.h"

/* A solver in a block of its caller's, and the way out of its hooks. */
typedef struct jumper {
  rigged rig;
  jmp_buf out;
  size_t size;
  void *block;
  traj_ddp *solver;
  kept_plan good;
  int calls[HOOKS]; /* in a solve that is left alone */
  int jumps;
} jumper;

static void leap(void *arg) {
  jumper *j = arg;
  j->jumps++;
  longjmp(j->out, 1);
}

static traj_status solve(jumper *j, attack what, const double *x0) {
  rigged_attack(&j->rig, what);
  assert_int_equal(traj_ddp_guess(j->solver, NULL), TRAJ_OK);
  return traj_ddp_solve(j->solver, 0, x0);
}

/* Builds the solver in the block, whatever is in there, and lets it find its plan. */
static void settle(jumper *j) {
  assert_int_equal(traj_ddp_init(&j->solver, j->block, j->size, &j->rig.problem, &j->rig.settings, NULL), TRAJ_OK);
  assert_true(solve(j, (attack){.kind = HARMLESS}, rigged_start(&j->rig)) >= TRAJ_OK);
  if (j->good.plan == NULL) j->good = keep_plan(traj_ddp_plan(j->solver));
  assert_same_plan(traj_ddp_plan(j->solver), j->good.plan);
}

static void begin(jumper *j, const rigged_form *form) {
  *j = (jumper){.jumps = 0};
  rigged_prepare(&j->rig, form);
  assert_int_equal(traj_ddp_size(&j->rig.problem, &j->rig.settings, &j->size, NULL), TRAJ_OK);
  j->block = malloc(j->size);
  assert_non_null(j->block);
  settle(j);
}

static void end(jumper *j) {
  assert_true(j->jumps > 0);
  free(j->good.block);
  free(j->block);
}

/* Nothing but reading is possible any more. */
static void assert_stuck(const jumper *j) {
  const double *x0 = rigged_start(&j->rig);
  double u[RIGGED_NU], work[RIGGED_NX];
  traj_ddp *s = j->solver;
  assert_int_equal(traj_ddp_solve(s, 0, x0), TRAJ_E_BUSY);
  assert_int_equal(traj_ddp_guess(s, NULL), TRAJ_E_BUSY);
  assert_int_equal(traj_ddp_shift(s, 1), TRAJ_E_BUSY);
  assert_int_equal(traj_ddp_horizon(s, 1), TRAJ_E_BUSY);
  assert_int_equal(traj_ddp_check_derivatives(s, 0, x0, NULL), TRAJ_E_BUSY);
  traj_ddp_destroy(s);
  const traj_plan *plan = traj_ddp_plan(s);
  assert_same_plan(plan, j->good.plan);
  assert_int_equal(traj_plan_action(plan, 0, x0, u, work), TRAJ_OK);
  assert_memory_equal(u, j->good.plan->u, sizeof(u));
  assert_non_null(traj_ddp_get_stats(s));
}

/* Attacks a solve, and comes back by the jump. */
static void leave_solve(jumper *j, attack what) {
  if (setjmp(j->out) == 0) {
    solve(j, what, rigged_other_start(&j->rig));
    fail_msg("%s, %s: call %d never came", j->rig.form.name, hook_name(what.hook), what.call);
  }
  rigged_attack(&j->rig, (attack){.kind = HARMLESS});
}

static void jump_from_solve(jumper *j, hook_id hook, int call) {
  leave_solve(j, (attack){.kind = CALL, .hook = hook, .call = call, .act = leap, .arg = j});
  assert_stuck(j);
  settle(j);
}

static void test_problem_hooks(void **state) {
  (void)state;
  for (int i = 0; i < rigged_form_count; i++) {
    jumper j;
    begin(&j, &rigged_forms[i]);
    assert_true(solve(&j, (attack){.kind = HARMLESS}, rigged_other_start(&j.rig)) >= TRAJ_OK);
    for (int hook = 0; hook < HOOKS; hook++)
      j.calls[hook] = j.rig.calls[hook];
    settle(&j);
    for (int hook = 0; hook < HOOKS; hook++) {
      int stride = env_long() ? 1 : 1 + j.calls[hook] / env_rounds(100, 5);
      for (int call = 0; call < j.calls[hook]; call += stride)
        jump_from_solve(&j, (hook_id)hook, call);
    }
    end(&j);
  }
}

static int jump_at_iteration(const traj_iteration *row, void *user) {
  jumper *j = user;
  if (row->iteration == j->rig.attack.call) leap(j);
  return 0;
}

static double jump_at_reading(void *user) {
  jumper *j = user;
  if (j->rig.attack.call-- == 0) leap(j);
  return 0;
}

static int jump_at_run(traj_job_fn *job, int n, void *arg, void *user) {
  jumper *j = user;
  if (j->rig.attack.call-- == 0) leap(j);
  for (int i = 0; i < n; i++)
    job(i, 0, arg);
  return 0;
}

static traj_status jump_at_check(const traj_problem *problem, int N, traj_diag *diag, void *user) {
  (void)problem, (void)N, (void)diag;
  rigged *r = user;
  if (r->attack.kind == CALL) r->attack.act(r->attack.arg);
  return TRAJ_OK;
}

/* A hook that evaluates nothing; one of them is given. */
typedef struct observer {
  traj_iteration_fn *iteration;
  traj_clock_fn *clock;
  traj_parallel_fn *parallel;
  traj_cost_check_fn *check;
} observer;

/* As begin, with the observer, which does nothing yet and changes no plan. */
static void begin_observed(jumper *j, const observer *o) {
  begin(j, &rigged_forms[1]);
  traj_run *run = &j->rig.settings.run;
  *run = (traj_run){.max_iter = run->max_iter, .iteration = o->iteration, .clock = o->clock, .parallel = o->parallel};
  run->iteration_user = run->clock_user = run->parallel_user = j;
  run->time_limit = o->clock == NULL ? 0 : 1e9;
  run->workers = o->parallel == NULL ? 1 : 2;
  j->rig.problem.cost.check = o->check;
  j->rig.attack.call = -1;
  assert_int_equal(traj_ddp_size(&j->rig.problem, &j->rig.settings, &j->size, NULL), TRAJ_OK);
  free(j->block);
  j->block = malloc(j->size);
  assert_non_null(j->block);
  assert_int_equal(traj_ddp_init(&j->solver, j->block, j->size, &j->rig.problem, &j->rig.settings, NULL), TRAJ_OK);
  assert_true(traj_ddp_solve(j->solver, 0, rigged_start(&j->rig)) >= TRAJ_OK);
  assert_same_plan(traj_ddp_plan(j->solver), j->good.plan);
}

static void jump_from_observer(const observer *o, int call) {
  jumper j;
  begin_observed(&j, o);
  /* The problem has no ode: of its hooks none but the check takes part. */
  leave_solve(&j, (attack){.kind = CALL, .hook = HOOK_ODE, .call = call, .act = leap, .arg = &j});
  assert_stuck(&j);
  end(&j);
}

static void test_observers(void **state) {
  (void)state;
  static const observer observers[] = {
      {.iteration = jump_at_iteration},
      {.clock = jump_at_reading},
      {.parallel = jump_at_run},
      {.check = jump_at_check},
  };
  for (size_t i = 0; i < sizeof(observers) / sizeof(observers[0]); i++) {
    jump_from_observer(&observers[i], 0);
    jump_from_observer(&observers[i], 1);
  }
}

static void jump_from_check(jumper *j, int call) {
  rigged_attack(&j->rig, (attack){.kind = CALL, .hook = HOOK_STEP, .call = call, .act = leap, .arg = j});
  if (setjmp(j->out) == 0) {
    traj_ddp_check_derivatives(j->solver, 0, rigged_start(&j->rig), NULL);
    fail_msg("call %d never came", call);
  }
  rigged_attack(&j->rig, (attack){.kind = HARMLESS});
  assert_stuck(j);
  settle(j);
}

static void test_derivative_check(void **state) {
  (void)state;
  jumper j;
  begin(&j, &rigged_forms[0]);
  for (int call = 0; call < 2 * RIGGED_N; call++)
    jump_from_check(&j, call);
  end(&j);
}

/* A block from an allocator stays the allocator's business: destroy does not give it back. */
static void test_created(void **state) {
  (void)state;
  jumper j;
  ledger books = {.calls = 0};
  traj_allocator allocator = ledger_allocator(&books);
  begin(&j, &rigged_forms[0]);
  assert_int_equal(traj_ddp_create(&j.solver, &allocator, &j.rig.problem, &j.rig.settings, NULL), TRAJ_OK);
  leave_solve(&j, (attack){.kind = CALL, .hook = HOOK_JAC, .act = leap, .arg = &j});
  traj_ddp_destroy(j.solver);
  assert_int_equal(books.live, 1);
  assert_int_equal(books.mistakes, 0);
  ledger_forgive(&books);
  end(&j);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_problem_hooks),
      cmocka_unit_test(test_observers),
      cmocka_unit_test(test_derivative_check),
      cmocka_unit_test(test_created),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
