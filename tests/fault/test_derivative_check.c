/* The check of the derivatives under attack: errors of hooks as in a solve, wrong entries named, the plan untouched. */
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
#include "support/refusal.h"
#include "support/trial.h"

/* The outcome of a check under attack, and that it left no trace. */
static traj_status check(trial *t, attack what, traj_diag *diag, traj_derivative_report *report) {
  rigged_attack(&t->rig, what);
  assert_int_equal(traj_ddp_guess(t->solver, NULL), TRAJ_OK);
  traj_status status = traj_ddp_check_derivatives(t->solver, 0, rigged_start(&t->rig), report);
  *diag = traj_ddp_get_stats(t->solver)->diag;
  assert_int_equal(traj_ddp_get_stats(t->solver)->status, status);
  assert_int_equal(diag->status, status);
  assert_int_equal(t->rig.wild, 0);
  assert_same_plan(traj_ddp_plan(t->solver), t->good.plan);
  return status;
}

/* The next solve is that of a fresh solver. */
static void solve_as_ever(trial *t) {
  rigged_attack(&t->rig, (attack){.kind = HARMLESS});
  assert_int_equal(traj_ddp_guess(t->solver, NULL), TRAJ_OK);
  assert_true(traj_ddp_solve(t->solver, 0, rigged_start(&t->rig)) >= TRAJ_OK);
  assert_same_plan(traj_ddp_plan(t->solver), t->good.plan);
}

typedef void call_test(trial *t, hook_id hook, int call);

static void each_call(call_test *test, int rounds) {
  for (int i = 0; i < rigged_form_count; i++) {
    trial t;
    traj_derivative_report report;
    traj_diag diag;
    trial_begin(&t, &rigged_forms[i]);
    assert_int_equal(check(&t, (attack){.kind = HARMLESS}, &diag, &report), TRAJ_OK);
    assert_no_diag(&diag);
    assert_int_equal(report.suspicious, 0);
    assert_true(t.rig.form.first == (report.checked > 0));
    int calls[HOOKS];
    for (int hook = 0; hook < HOOKS; hook++)
      calls[hook] = t.rig.calls[hook];
    for (int hook = 0; hook < HOOKS; hook++) {
      int stride = 1 + calls[hook] / rounds;
      for (int call = 0; call < calls[hook]; call += stride)
        test(&t, (hook_id)hook, call);
    }
    solve_as_ever(&t);
    trial_end(&t);
  }
}

static void give_up_at(trial *t, hook_id hook, int call) {
  traj_derivative_report report;
  traj_diag diag;
  attack a = {.kind = RETURN_CODE, .hook = hook, .call = call, .code = -9};
  assert_int_equal(check(t, a, &diag, &report), TRAJ_E_CALLBACK);
  traj_diag expected = {.status = TRAJ_E_CALLBACK, .hook = hook_name(hook), .row = -1, .col = -1, .value = -9};
  expected.k = t->rig.strike.k < 0 ? diag.k : t->rig.strike.k;
  assert_diag(&diag, expected);
}

static void test_codes(void **state) {
  (void)state;
  each_call(give_up_at, env_rounds(60, 2));
}

/* Not a number, or not defined: an error of that hook, or steps of the differences that lead elsewhere. */
static void upset_at(trial *t, hook_id hook, int call) {
  const attack attacks[] = {
      {.kind = RETURN_CODE, .hook = hook, .call = call, .code = 1},
      {.kind = RETURN_CODE, .hook = hook, .call = call, .code = 1, .onwards = true},
      {.kind = WRITE_VALUE, .hook = hook, .call = call, .value = (double)NAN},
      {.kind = WRITE_VALUE, .hook = hook, .call = call, .value = -HUGE_VAL, .onwards = true},
      {.kind = FORGET_ALL, .hook = hook, .call = call},
      {.kind = WRITE_VALUE, .hook = hook, .call = call, .value = 1e308},
      {.kind = WRITE_VALUE, .hook = hook, .call = call, .value = -1e308, .onwards = true},
  };
  for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
    traj_derivative_report report;
    traj_diag diag;
    traj_status status = check(t, attacks[i], &diag, &report);
    if (status == TRAJ_OK) continue;
    assert_true(status < TRAJ_OK);
    assert_non_null(diag.hook);
    assert_in_range(diag.k, 0, RIGGED_N);
    if (trial_in_rollout(t, hook, call) && isnan(attacks[i].value)) assert_int_equal(status, TRAJ_E_DIVERGED);
    if (status == TRAJ_E_CALLBACK || status == TRAJ_E_NOT_FINITE) assert_string_equal(diag.hook, hook_name(hook));
    if (status != TRAJ_E_DERIVATIVE) continue;
    assert_true(report.suspicious > 0);
    assert_diag(&diag, report.worst);
  }
}

static void test_upsets(void **state) {
  (void)state;
  each_call(upset_at, env_rounds(25, 1));
}

/* One entry off: found and named with its place and the value given. Each hook is called once per stage here. */
static void spoil_entry(trial *t, hook_id hook, int call, int entry) {
  traj_derivative_report report;
  traj_diag diag;
  attack a = {.kind = WRITE_VALUE, .hook = hook, .call = call, .entry = entry, .value = 17};
  assert_int_equal(check(t, a, &diag, &report), TRAJ_E_DERIVATIVE);
  const strike *hit = &t->rig.strike;
  traj_diag expected = {.status = TRAJ_E_DERIVATIVE, .hook = hook_name(hook), .field = hit->field, .value = 17};
  expected.k = hit->k;
  expected.row = hit->row;
  expected.col = hit->col;
  assert_diag(&diag, expected);
  assert_diag(&report.worst, expected);
  assert_int_equal(report.suspicious, 1);
  assert_true(report.error > 0.5);
  assert_true(fabs(report.expected) < 5);
}

static void test_wrong_entries(void **state) {
  (void)state;
  static const rigged_form form = {.name = "residual", .residual = true, .first = true};
  static const hook_id hooks[] = {HOOK_JAC, HOOK_RESIDUAL_JAC, HOOK_FINAL_RESIDUAL_JAC};
  trial t;
  trial_begin(&t, &form);
  for (int i = 0; i < 3; i++) {
    int calls = hooks[i] == HOOK_FINAL_RESIDUAL_JAC ? 1 : RIGGED_N;
    for (int call = 0; call < calls; call++) {
      for (int entry = 0; entry < t.entries[hooks[i]]; entry++)
        spoil_entry(&t, hooks[i], call, entry);
    }
  }
  solve_as_ever(&t);
  trial_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_codes),
      cmocka_unit_test(test_upsets),
      cmocka_unit_test(test_wrong_entries),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
