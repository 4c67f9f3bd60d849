/* Deadlines at random moments, on a clock that stands still except in the hooks: once a deadline is over, hooks are
 * called for the stage in hand and no other, and once the clock has said so, not at all. */
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

#include "support/allocator.h"
#include "support/env.h"
#include "support/refusal.h"
#include "support/rigged.h"
#include "support/same_plan.h"
#include "support/watch.h"

static const double LIMIT = 1024, NEVER = 1e9;

/* A solver in a world whose time passes in its hooks alone. */
typedef struct slow {
  rigged rig;
  watch watched;
  rng dice;
  ledger books;
  traj_ddp *solver;
  kept_plan unhurried;
  double now, deadline;
  int rollout;       /* calls that the rollout of the guess has still to make: it runs to its end */
  int stage;         /* of the calls since the deadline, -1: none yet */
  int other_stages;  /* calls since the deadline for another one */
  int after_reading; /* calls after the clock had told that it is late */
  bool started;      /* the clock has been read */
  bool told;         /* it has told that it is late */
} slow;

static int pass_time(const watch_call *call, void *ctx) {
  slow *s = ctx;
  bool late = s->now >= s->deadline;
  s->now += rng_decade(&s->dice, -4, 0);
  if (call->at == NULL) return call->code; /* retract and difference are not told the stage */
  if (s->rollout > 0) {
    s->rollout--;
    return call->code;
  }
  if (!late) return call->code;
  if (s->stage < 0) s->stage = call->at->k;
  s->other_stages += call->at->k != s->stage;
  s->after_reading += s->told;
  return call->code;
}

/* The first reading sets the deadline. */
static double read_clock(void *user) {
  slow *s = user;
  if (!s->started) {
    s->started = true;
    return s->deadline - LIMIT;
  }
  s->told = s->told || s->now >= s->deadline;
  return s->now;
}

static traj_status solve(slow *s, double deadline) {
  s->now = 0;
  s->deadline = deadline - LIMIT + LIMIT; /* as the solver rounds it */
  s->started = s->told = false;
  s->stage = -1;
  s->rollout = RIGGED_N + 1 + (s->rig.form.ode ? 4 : 1) * RIGGED_N;
  return traj_ddp_solve(s->solver, 0, rigged_start(&s->rig));
}

static traj_status solve_anew(slow *s, double deadline) {
  assert_int_equal(traj_ddp_guess(s->solver, NULL), TRAJ_OK);
  return solve(s, deadline);
}

static void begin(slow *s, const rigged_form *form, uint64_t seed) {
  *s = (slow){.dice = rng_from(seed)};
  rigged_prepare(&s->rig, form);
  traj_problem problem = watch_problem(&s->watched, &s->rig.problem);
  s->watched.look = pass_time;
  s->watched.ctx = s;
  traj_run *run = &s->rig.settings.run;
  run->time_limit = LIMIT;
  run->clock = read_clock;
  run->clock_user = s;
  traj_allocator allocator = ledger_allocator(&s->books);
  assert_int_equal(traj_ddp_create(&s->solver, &allocator, &problem, &s->rig.settings, NULL), TRAJ_OK);
  assert_true(solve_anew(s, NEVER) >= TRAJ_OK);
  s->unhurried = keep_plan(traj_ddp_plan(s->solver));
}

static void end(slow *s) {
  assert_true(solve_anew(s, NEVER) >= TRAJ_OK);
  assert_same_plan(traj_ddp_plan(s->solver), s->unhurried.plan);
  traj_ddp_destroy(s->solver);
  assert_int_equal(s->books.live, 0);
  free(s->unhurried.block);
}

static void assert_in_time(const slow *s, traj_status status) {
  const traj_ddp_stats *stats = traj_ddp_get_stats(s->solver);
  const traj_plan *plan = traj_ddp_plan(s->solver);
  assert_true(status >= TRAJ_OK);
  assert_int_equal(stats->status, status);
  if (status == TRAJ_TIME_LIMIT) {
    assert_true(s->told);
    assert_no_diag(&stats->diag);
  }
  assert_int_equal(s->other_stages, 0);
  assert_int_equal(s->after_reading, 0);
  assert_null(plan_not_finite(plan));
  assert_true(plan->cost <= stats->initial_cost);
}

/* Half of the solves begin at the last plan, moved on. */
static void hurry(const rigged_form *form, int rounds, uint64_t seed, int ends[2]) {
  slow s;
  begin(&s, form, seed);
  double whole = s.now;
  for (int round = 0; round < rounds; round++) {
    double deadline = rng_uniform(&s.dice, 0, 1.2 * whole);
    bool anew = rng_chance(&s.dice, 0.5);
    if (!anew) assert_int_equal(traj_ddp_shift(s.solver, 1), TRAJ_OK);
    traj_status status = anew ? solve_anew(&s, deadline) : solve(&s, deadline);
    assert_in_time(&s, status);
    if (anew && !s.told) assert_same_plan(traj_ddp_plan(s.solver), s.unhurried.plan);
    ends[status == TRAJ_TIME_LIMIT]++;
  }
  end(&s);
}

static void test_random_deadlines(void **state) {
  (void)state;
  uint64_t seed = env_seed("random_deadlines", 60222);
  int rounds = env_long() ? 100000 / rigged_form_count + 1 : env_rounds(200, 20), ends[2] = {0, 0};
  for (int i = 0; i < rigged_form_count; i++)
    hurry(&rigged_forms[i], rounds, seed + (uint64_t)i, ends);
  print_message("%d solves in time, %d ended by the deadline\n", ends[0], ends[1]);
  assert_true(ends[0] > 0 && ends[1] > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_deadlines)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
