/* Calls in any order: two solvers are used the same way, horizon, limits and guess changing in between, but one of them
 * also meets with failing hooks, refused arguments and spoilt numbers. It stays the other's twin, and at any time
 * either answers a fresh guess as a fresh solver does. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <limits.h>
#include <math.h>
#include <string.h>

#include "support/env.h"
#include "support/pair.h"
#include "support/refusal.h"
#include "support/rigged.h"
#include "support/rng.h"
#include "support/same_plan.h"

/* A pair and the numbers that its problem points to. */
typedef struct household {
  rigged rig;
  double u_min[RIGGED_N][RIGGED_NU], u_max[RIGGED_N][RIGGED_NU], dt_stage[RIGGED_N];
  pair twins;
  rng dice;
  int horizon;
  int survived[2]; /* attacked solves that failed, and that found a plan all the same */
} household;

static void draw_numbers(household *h) {
  for (int k = 0; k < RIGGED_N; k++) {
    h->dt_stage[k] = rng_uniform(&h->dice, 0.05, 0.3);
    for (int i = 0; i < RIGGED_NU; i++) {
      h->u_min[k][i] = rng_chance(&h->dice, 0.3) ? -HUGE_VAL : rng_uniform(&h->dice, -1, 0);
      h->u_max[k][i] = rng_chance(&h->dice, 0.3) ? HUGE_VAL : rng_uniform(&h->dice, 0, 1);
      if (rng_chance(&h->dice, 0.1)) h->u_min[k][i] = h->u_max[k][i] = 0.1;
    }
  }
}

static void begin(household *h, const rigged_form *form, uint64_t seed) {
  *h = (household){.dice = rng_from(seed), .horizon = RIGGED_N};
  rigged_prepare(&h->rig, form);
  h->rig.problem.dt_stage = h->dt_stage;
  if (form->limits) {
    h->rig.problem.u_min = h->u_min[0];
    h->rig.problem.u_max = h->u_max[0];
    h->rig.problem.u_stride = RIGGED_NU;
  }
  draw_numbers(h);
  pair_begin(&h->twins, &h->rig.problem, &h->rig.settings);
}

static const double *any_start(household *h) {
  return rng_chance(&h->dice, 0.5) ? rigged_start(&h->rig) : rigged_other_start(&h->rig);
}

/* What both go through. */
static void change_guess(household *h) {
  double u[RIGGED_N * RIGGED_NU];
  rng_fill(&h->dice, u, RIGGED_N * RIGGED_NU, 0.5);
  const double *guess = rng_chance(&h->dice, 0.3) ? NULL : u;
  assert_int_equal(traj_ddp_guess(h->twins.spared, guess), TRAJ_OK);
  assert_int_equal(traj_ddp_guess(h->twins.victim, guess), TRAJ_OK);
}

static void change_horizon(household *h) {
  h->horizon = rng_int(&h->dice, 1, RIGGED_N);
  assert_int_equal(traj_ddp_horizon(h->twins.spared, h->horizon), TRAJ_OK);
  assert_int_equal(traj_ddp_horizon(h->twins.victim, h->horizon), TRAJ_OK);
}

static void shift(household *h) {
  int n = rng_int(&h->dice, 0, RIGGED_N + 1);
  assert_int_equal(traj_ddp_shift(h->twins.spared, n), TRAJ_OK);
  assert_int_equal(traj_ddp_shift(h->twins.victim, n), TRAJ_OK);
}

static void solve_both(household *h) {
  pair_solve(&h->twins, any_start(h));
}

/* What the victim alone goes through. An attack that the solve survives leaves it with a plan of its own: both begin
 * anew. */
static void fail_hook(household *h) {
  static const attack_kind kinds[] = {RETURN_CODE, WRITE_VALUE, FORGET_ALL};
  attack a = {.kind = kinds[rng_int(&h->dice, 0, 2)], .hook = HOOKS, .code = -3, .value = (double)NAN};
  a.onwards = rng_chance(&h->dice, 0.8);
  a.call = rng_int(&h->dice, 0, 3 * h->horizon);
  rigged_attack(&h->rig, a);
  traj_status status = traj_ddp_solve(h->twins.victim, 0, any_start(h));
  traj_diag said = traj_ddp_get_stats(h->twins.victim)->diag;
  rigged_attack(&h->rig, (attack){.kind = HARMLESS});
  h->survived[status >= TRAJ_OK]++;
  if (status >= TRAJ_OK) {
    change_guess(h);
    solve_both(h);
  } else {
    assert_true(status == TRAJ_E_CALLBACK || status == TRAJ_E_DIVERGED || status == TRAJ_E_NOT_FINITE);
    pair_assert_refused(&h->twins, status, said);
  }
}

static void check_derivatives(household *h) {
  attack a = {.kind = RETURN_CODE, .hook = HOOKS, .code = -1, .call = rng_int(&h->dice, 0, h->horizon - 1)};
  rigged_attack(&h->rig, a);
  traj_status status = traj_ddp_check_derivatives(h->twins.victim, 0, any_start(h), NULL);
  rigged_attack(&h->rig, (attack){.kind = HARMLESS});
  assert_int_equal(status, TRAJ_E_CALLBACK);
}

static void pass_rubbish(household *h) {
  const double bad[RIGGED_N * RIGGED_NU] = {(double)NAN};
  traj_ddp *v = h->twins.victim;
  pair_assert_refused(&h->twins, traj_ddp_solve(v, 0, NULL), refusal_of_field(TRAJ_E_ARG, "x0", 0));
  pair_assert_refused(&h->twins, traj_ddp_horizon(v, RIGGED_N + 1), refusal_of_field(TRAJ_E_ARG, "n", RIGGED_N + 1));
  pair_assert_refused(&h->twins, traj_ddp_shift(v, INT_MIN), refusal_of_field(TRAJ_E_ARG, "n", INT_MIN));
  pair_assert_refused(&h->twins, traj_ddp_solve(v, HUGE_VAL, bad), refusal_of_field(TRAJ_E_ARG, "t0", HUGE_VAL));
  assert_int_equal(traj_ddp_guess(v, bad), TRAJ_E_ARG);
}

static void spoil_number(household *h) {
  int k = rng_int(&h->dice, 0, h->horizon - 1);
  double *number = &h->dt_stage[k], good = *number;
  *number = -1;
  const traj_diag expected = {.status = TRAJ_E_ARG, .field = "dt_stage", .k = k, .row = -1, .col = -1, .value = -1};
  pair_assert_refused(&h->twins, traj_ddp_solve(h->twins.victim, 0, any_start(h)), expected);
  *number = good;
}

/* A fresh guess at the horizon in use: the victim, its twin and a fresh solver agree in everything they say. */
static void compare_with_fresh(household *h) {
  double u[RIGGED_N * RIGGED_NU];
  traj_ddp *fresh, *const old[] = {h->twins.victim, h->twins.spared};
  traj_allocator allocator = ledger_allocator(&h->twins.books);
  const double *x0 = any_start(h);
  rng_fill(&h->dice, u, RIGGED_N * RIGGED_NU, 0.5);
  assert_int_equal(traj_ddp_create(&fresh, &allocator, &h->rig.problem, &h->rig.settings, NULL), TRAJ_OK);
  assert_int_equal(traj_ddp_horizon(fresh, h->horizon), TRAJ_OK);
  assert_int_equal(traj_ddp_guess(fresh, u), TRAJ_OK);
  traj_status status = traj_ddp_solve(fresh, 0.25, x0);
  assert_true(status >= TRAJ_OK);
  const traj_ddp_stats *expected = traj_ddp_get_stats(fresh);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(traj_ddp_guess(old[i], u), TRAJ_OK);
    assert_int_equal(traj_ddp_solve(old[i], 0.25, x0), status);
    assert_same_plan(traj_ddp_plan(old[i]), traj_ddp_plan(fresh));
    const traj_ddp_stats *said = traj_ddp_get_stats(old[i]);
    assert_int_equal(said->iterations, expected->iterations);
    assert_int_equal(said->candidates, expected->candidates);
    assert_memory_equal(&said->calls, &expected->calls, sizeof(traj_calls));
    assert_memory_equal(&said->regularization, &expected->regularization, sizeof(double));
  }
  traj_ddp_destroy(fresh);
}

static void test_any_order(void **state) {
  (void)state;
  static void (*const acts[])(household *) = {
      change_guess, change_horizon,    shift,        draw_numbers, solve_both,         solve_both, fail_hook,
      fail_hook,    check_derivatives, pass_rubbish, spoil_number, compare_with_fresh,
  };
  const int most = sizeof(acts) / sizeof(acts[0]) - 1;
  uint64_t seed = env_seed("any_order", 424242);
  int steps = env_long() ? 50000 : env_rounds(2000, 100);
  int failed = 0, survived = 0;
  for (int i = 0; i < rigged_form_count; i++) {
    household h;
    begin(&h, &rigged_forms[i], seed + (uint64_t)i);
    for (int step = 0; step < steps; step++)
      acts[rng_int(&h.dice, 0, most)](&h);
    compare_with_fresh(&h);
    pair_end(&h.twins);
    failed += h.survived[0];
    survived += h.survived[1];
  }
  print_message("%d attacked solves failed, %d found a plan\n", failed, survived);
  assert_true(failed > 0 && survived > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_order)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
