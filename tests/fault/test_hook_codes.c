/* Every hook returns an error code at every one of its calls. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <limits.h>

#include "support/env.h"
#include "support/refusal.h"
#include "support/trial.h"

/* What must be said about a code: the tangent hooks are not told their stage, so they cannot be held to it. */
static traj_diag complaint(const trial *t, traj_status status, const attack *a) {
  traj_diag diag = {.status = status, .hook = hook_name(a->hook), .k = t->rig.strike.k, .row = -1, .col = -1};
  if (diag.k < 0) {
    diag.k = t->said.diag.k;
    assert_in_range(diag.k, 0, RIGGED_N);
  }
  diag.value = a->code;
  return diag;
}

static void check_given_up(trial *t, attack a) {
  traj_status status = trial_attack(t, a);
  if (trial_in_spare_candidate(t, status)) return;
  assert_int_equal(status, TRAJ_E_CALLBACK);
  assert_diag(&t->said.diag, complaint(t, TRAJ_E_CALLBACK, &a));
}

/* Not defined: fatal for the rollout of the guess and for derivatives; elsewhere the solver goes another way, if there
 * is one. From second derivatives that it chose itself there always is. */
static void check_undefined(trial *t, attack a) {
  traj_status status = trial_attack(t, a);
  if (trial_in_rollout(t, a.hook, a.call)) {
    assert_diag(&t->said.diag, complaint(t, TRAJ_E_DIVERGED, &a));
  } else if (trial_is_derivative(t, a.hook) || status < TRAJ_OK) {
    assert_diag(&t->said.diag, complaint(t, TRAJ_E_CALLBACK, &a));
  }
  if (a.hook == HOOK_HESS && t->rig.form.method == TRAJ_AUTO) assert_true(status >= TRAJ_OK);
}

static void every_call(trial *t, hook_id hook, int stride) {
  static const int codes[] = {-1, -77, INT_MIN, 1, 5, INT_MAX};
  const int n = sizeof(codes) / sizeof(codes[0]);
  for (int call = 0; call < t->calls[hook]; call += call < 2 * RIGGED_N ? 1 : stride) {
    attack a = {.kind = RETURN_CODE, .hook = hook, .call = call, .code = codes[call % n]};
    for (int sign = 0; sign < 2; sign++, a.code = codes[(call + 3) % n]) {
      for (int onwards = 0; onwards < 2; onwards++) {
        a.onwards = onwards;
        if (a.code < 0) {
          check_given_up(t, a);
        } else {
          check_undefined(t, a);
        }
      }
    }
  }
}

static void test_codes(void **state) {
  (void)state;
  for (int i = 0; i < rigged_form_count; i++) {
    trial t;
    int calls = 0;
    trial_begin(&t, &rigged_forms[i]);
    for (int hook = 0; hook < HOOKS; hook++) {
      every_call(&t, (hook_id)hook, env_rounds(1, 1 + t.calls[hook] / 10));
      calls += t.calls[hook];
    }
    print_message("%-32s %d calls\n", rigged_forms[i].name, calls);
    trial_end(&t);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_codes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
