/* Random linear-quadratic problems against the KKT oracle, on every back end that a setting can choose. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "support/env.h"
#include "support/lq_trial.h"

static void test_small_problems(void **state) {
  (void)state;
  rng r = rng_from(env_seed("small problems", 20240607));
  lq_tally t = {.drawn = 0};
  int rounds = env_rounds(200, 20);
  while (t.compared < rounds) {
    lq_kind kind = lq_any_kind(&r, 8, 10, 30);
    lq_try(&r, &kind, &t);
    assert_true(t.drawn < 2 * rounds);
  }
  lq_print_tally("small", &t);
}

static void test_larger_problems(void **state) {
  (void)state;
  rng r = rng_from(env_seed("larger problems", 4711));
  lq_tally t = {.drawn = 0};
  int rounds = env_rounds(30, 1);
  while (t.compared < rounds) {
    lq_kind kind = lq_any_kind(&r, 16, 16, env_rounds(60, 6));
    lq_try(&r, &kind, &t);
    assert_true(t.drawn < 2 * rounds + 4);
  }
  lq_print_tally("larger", &t);
}

/* The corners: one control, more controls than states, one stage, no weight on the states, the largest sizes; the
 * costly ones last. */
static void test_corners(void **state) {
  (void)state;
  const lq_kind corners[] = {
      {.nx = 1, .nu = 1, .N = 1, .rank = 1, .growth = 2},
      {.nx = 1, .nu = 20, .N = 5, .rank = 1, .growth = 1.5},
      {.nx = 10, .nu = 4, .N = 1, .rank = 3, .growth = 1},
      {.nx = 6, .nu = 3, .N = 20, .rank = 0, .growth = 1.2},
      {.nx = 12, .nu = 1, .N = 50, .rank = 12, .growth = 1.1},
      {.nx = 3, .nu = 2, .N = 200, .rank = 3, .growth = 2},
      {.nx = 40, .nu = 20, .N = 10, .rank = 40, .growth = 1.2},
      {.nx = 40, .nu = 20, .N = 200, .rank = 20, .growth = 1.2},
  };
  rng r = rng_from(env_seed("corners", 99));
  lq_tally t = {.drawn = 0};
  int count = env_rounds((int)(sizeof corners / sizeof *corners), 4);
  for (int i = 0; i < count; i++) {
    for (int variant = 0; variant < 4; variant++) {
      lq_kind kind = corners[i];
      kind.condition = 100;
      kind.effort = 1;
      kind.final = 1;
      kind.affine = variant & 1;
      kind.cross = kind.varying = kind.padded = variant & 2;
      lq_try(&r, &kind, &t);
    }
  }
  assert_int_equal(t.compared, t.drawn);
  lq_print_tally("corners", &t);
}

/* Where weights are of one scale the rows of every stage hold to rounding. */
static void test_even_problems(void **state) {
  (void)state;
  rng r = rng_from(env_seed("problems of even scale", 5));
  lq_tally t = {.drawn = 0};
  for (int round = 0; round < env_rounds(60, 8); round++) {
    lq_kind kind = lq_even_kind(&r, 10, 8, env_rounds(40, 10));
    lq_try(&r, &kind, &t);
  }
  assert_true(t.blocks <= LQ_RESIDUAL_GATE);
  lq_print_tally("even scale", &t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_small_problems),
      cmocka_unit_test(test_larger_problems),
      cmocka_unit_test(test_corners),
      cmocka_unit_test(test_even_problems),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
