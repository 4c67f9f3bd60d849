/* All hooks write random numbers at once, of every size. Whatever a solve makes of that: trial_attack() asks for an
 * honest answer, a finite plan and a next solve as if nothing had happened. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "support/env.h"
#include "support/pair.h"
#include "support/rng.h"
#include "support/trial.h"

static void test_chaos(void **state) {
  (void)state;
  static const hook_id derivatives[] = {HOOK_JAC,        HOOK_HESS,         HOOK_STAGE_QUAD,
                                        HOOK_FINAL_QUAD, HOOK_RESIDUAL_JAC, HOOK_FINAL_RESIDUAL_JAC};
  rng dice = rng_from(env_seed("hook_chaos", 7041776));
  int rounds = env_rounds(1500, 15), answers[2] = {0, 0};
  for (int i = 0; i < rigged_form_count; i++) {
    trial t;
    trial_begin(&t, &rigged_forms[i]);
    for (int round = 0; round < rounds; round++) {
      attack a = {.kind = SCRAMBLE, .hook = HOOKS, .onwards = true, .arg = &dice};
      a.value = rng_decade(&dice, -3, 0);
      if (rng_chance(&dice, 0.7)) { /* wrong derivatives alone: a solve that goes on */
        a.hook = derivatives[rng_int(&dice, 0, 5)];
        if (t.calls[a.hook] == 0) a.hook = HOOKS;
      }
      a.call = a.hook == HOOKS ? rng_int(&dice, 0, RIGGED_N) : rng_int(&dice, 0, t.calls[a.hook] - 1);
      answers[trial_attack(&t, a) >= TRAJ_OK]++;
    }
    trial_end(&t);
  }
  print_message("%d errors, %d plans\n", answers[0], answers[1]);
  assert_true(answers[0] > 0 && answers[1] > 0);
}

/* An error in the middle, and then on from the same guess: guess, plan and regularisation are as if it had not been. */
static void test_errors_leave_no_trace(void **state) {
  (void)state;
  rng dice = rng_from(env_seed("errors_leave_no_trace", 31337));
  int rounds = env_rounds(400, 40), errors = 0;
  for (int i = 0; i < rigged_form_count; i++) {
    rigged r;
    pair p;
    rigged_prepare(&r, &rigged_forms[i]);
    pair_begin(&p, &r.problem, &r.settings);
    for (int round = 0; round < rounds; round++) {
      attack a = {.kind = SCRAMBLE, .hook = HOOKS, .onwards = true, .arg = &dice};
      a.call = rng_int(&dice, 0, 2 * RIGGED_N);
      a.value = rng_decade(&dice, -2, 0);
      rigged_attack(&r, a);
      traj_status status = traj_ddp_solve(p.victim, 0, rigged_other_start(&r));
      rigged_attack(&r, (attack){.kind = HARMLESS});
      errors += status < TRAJ_OK;
      if (status >= TRAJ_OK || rng_chance(&dice, 0.1)) { /* a plan is the next guess: begin anew */
        assert_int_equal(traj_ddp_guess(p.victim, NULL), TRAJ_OK);
        assert_int_equal(traj_ddp_guess(p.spared, NULL), TRAJ_OK);
      }
      pair_solve(&p, round % 2 == 0 ? rigged_start(&r) : rigged_other_start(&r));
    }
    pair_end(&p);
  }
  assert_true(errors > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_chaos),
      cmocka_unit_test(test_errors_leave_no_trace),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
