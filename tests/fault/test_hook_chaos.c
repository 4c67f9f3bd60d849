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

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_chaos)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
