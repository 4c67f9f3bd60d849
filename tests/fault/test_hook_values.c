/* Every hook writes a wrong number to, or forgets, every entry of its outputs at every one of its calls. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <float.h>
#include <math.h>

#include "support/env.h"
#include "support/refusal.h"
#include "support/trial.h"

/* The complaint about the entry that was hit. Forgotten entries read as NaN. */
static traj_diag complaint(const trial *t, traj_status status, const attack *a) {
  const strike *hit = &t->rig.strike;
  traj_diag diag = {.status = status, .field = hit->field, .hook = hook_name(a->hook)};
  diag.k = hit->k;
  diag.row = hit->row;
  diag.col = hit->col;
  diag.value = a->kind == WRITE_VALUE ? a->value : (double)NAN;
  if (diag.k < 0) { /* the tangent hooks are not told their stage */
    diag.k = t->said.diag.k;
    assert_in_range(diag.k, 0, RIGGED_N);
  }
  return diag;
}

/* A number that is not finite, or none at all: noticed where it was written, or replaced by another attempt. */
static void check_not_finite(trial *t, attack a) {
  traj_status status = trial_attack(t, a);
  if (!t->rig.strike.read) {
    assert_true(status >= TRAJ_OK);
  } else if (trial_in_rollout(t, a.hook, a.call)) {
    assert_diag(&t->said.diag, complaint(t, TRAJ_E_DIVERGED, &a));
  } else if (trial_is_derivative(t, a.hook) || status < TRAJ_OK) {
    assert_diag(&t->said.diag, complaint(t, TRAJ_E_NOT_FINITE, &a));
  }
}

static void not_finite_at(trial *t, hook_id hook, int call, int entry) {
  static const double values[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
  for (int i = 0; i < 3; i++) {
    check_not_finite(t, (attack){.kind = WRITE_VALUE, .hook = hook, .call = call, .entry = entry, .value = values[i]});
  }
  check_not_finite(t, (attack){.kind = FORGET_ENTRY, .hook = hook, .call = call, .entry = entry});
  check_not_finite(t, (attack){.kind = FORGET_ENTRY, .hook = hook, .call = call, .entry = entry, .onwards = true});
  if (entry == 0) check_not_finite(t, (attack){.kind = FORGET_ALL, .hook = hook, .call = call});
}

/* A finite number is no error in itself: whatever comes of it, trial_attack() asks that it be said and survived. */
static void absurd_at(trial *t, hook_id hook, int call, int entry) {
  static const double values[] = {1e308, -DBL_MAX, 1e160, -1e160, 5e-324, -DBL_MIN / 3};
  for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
    for (int onwards = 0; onwards < 2; onwards++) {
      trial_attack(
          t,
          (attack){
              .kind = WRITE_VALUE, .hook = hook, .call = call, .entry = entry, .value = values[i], .onwards = onwards});
    }
  }
}

typedef void entry_test(trial *t, hook_id hook, int call, int entry);

/* Calls the test at every entry of every call of every hook; of many calls, at every stride-th, unless there is time.
 */
static void everywhere(entry_test *test, int rounds) {
  for (int i = 0; i < rigged_form_count; i++) {
    trial t;
    trial_begin(&t, &rigged_forms[i]);
    for (int hook = 0; hook < HOOKS; hook++) {
      int stride = env_long() ? 1 : 1 + t.calls[hook] / rounds;
      for (int call = 0; call < t.calls[hook]; call += stride) {
        for (int entry = 0; entry < t.entries[hook]; entry++)
          test(&t, (hook_id)hook, call, entry);
      }
    }
    trial_end(&t);
  }
}

static void test_not_finite(void **state) {
  (void)state;
  everywhere(not_finite_at, env_rounds(60, 2));
}

static void test_absurd(void **state) {
  (void)state;
  everywhere(absurd_at, env_rounds(20, 1));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_not_finite),
      cmocka_unit_test(test_absurd),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
