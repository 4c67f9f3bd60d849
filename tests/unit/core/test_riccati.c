/* One stage of the recursion at a time: the scalar problem with its Fibonacci ratios, the double integrator's known
 * gain, and what is reported of a control Hessian that is not positive definite. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>

#include "core/riccati.h"
#include "support/near.h"

typedef struct recursion {
  tj_riccati riccati;
  double *stage;
} recursion;

static recursion recursion_for(tj_shape shape) {
  static double memory[4096];
  tj_arena arena = tj_arena_over(memory, sizeof memory);
  recursion r = {.riccati = tj_riccati_layout(&arena, shape, TRAJ_LINALG_AUTO)};
  r.stage = tj_arena_doubles(&arena, tj_stage_doubles(shape), 1);
  assert_false(arena.overflow);
  return r;
}

/* One step back, expanded first or not. */
static void step_back(recursion *r, bool at_once) {
  if (at_once) {
    assert_true(tj_riccati_minimise(&r->riccati, r->stage));
  } else {
    tj_riccati_expand(&r->riccati, r->stage);
    assert_true(tj_riccati_gain(&r->riccati, NULL));
  }
  tj_riccati_value(&r->riccati);
  assert_true(r->riccati.exact);
}

/* a = b = q = r = 1 from a final weight of 0: V = 1, 3/2, 8/5, 21/13, ..., ratios of Fibonacci numbers. */
static void test_scalar(void **state) {
  (void)state;
  const double one = 1;
  const tj_shape shape = {.nx = 1, .nu = 1};
  recursion r = recursion_for(shape);
  tj_stage_pack_dynamics(&r.riccati.kernel, r.stage, &one, &one, NULL);
  tj_stage_pack_cost(&r.riccati.kernel, r.stage, (tj_stage_cost){.lxx = &one, .luu = &one});
  tj_riccati_start(&r.riccati, NULL, NULL);
  double numerator = 1, denominator = 1, V;
  for (int k = 0; k < 30; k++) {
    step_back(&r, k % 2);
    tj_value_unpack(&r.riccati.kernel, r.riccati.value, &V, NULL, NULL);
    assert_near(V, numerator / denominator, 1e-15 * 4);
    denominator = numerator + denominator;
    numerator = numerator + denominator;
  }
  assert_near(V, 0.5 * (1 + sqrt(5)), 1e-15 * 4);
}

/* dt = .1, B = (.005, .1), Q = I, R = .1. */
static void test_double_integrator(void **state) {
  (void)state;
  const double A[] = {1, 0, 0.1, 1}, B[] = {0.005, 0.1}, Q[] = {1, 0, 0, 1}, R[] = {0.1};
  const tj_shape shape = {.nx = 2, .nu = 1};
  recursion r = recursion_for(shape);
  tj_stage_pack_dynamics(&r.riccati.kernel, r.stage, A, B, NULL);
  tj_stage_pack_cost(&r.riccati.kernel, r.stage, (tj_stage_cost){.lxx = Q, .luu = R});
  tj_riccati_start(&r.riccati, Q, NULL);
  for (int k = 0; k < 1000; k++)
    step_back(&r, k % 2);
  assert_near(r.riccati.gain[0], -2.585701, 5e-7);
  assert_near(r.riccati.gain[1], -3.443436, 5e-7);
  assert_true(r.riccati.gain[2] == 0);
}

/* Minimise 1/2 u'u + 2 u about a final value 1/2 x^2 + 3 x with x+ = x + u: u = -(x + 5) / 2; damped by 2: / 4. */
static void test_affine(void **state) {
  (void)state;
  const double one = 1, two = 2, three = 3;
  const tj_shape shape = {.nx = 1, .nu = 1};
  recursion r = recursion_for(shape);
  tj_stage_pack_dynamics(&r.riccati.kernel, r.stage, &one, &one, NULL);
  tj_stage_pack_cost(&r.riccati.kernel, r.stage, (tj_stage_cost){.luu = &one, .lu = &two});
  tj_riccati_start(&r.riccati, &one, &three);
  tj_riccati_expand(&r.riccati, r.stage);
  assert_true(tj_riccati_gain(&r.riccati, NULL));
  assert_near(r.riccati.gain[0], -0.5, 1e-15);
  assert_near(r.riccati.gain[1], -2.5, 1e-15);
  assert_true(tj_riccati_gain(&r.riccati, &two));
  assert_near(r.riccati.gain[0], -0.25, 1e-15);
  assert_near(r.riccati.gain[1], -1.25, 1e-15);
}

static void test_indefinite(void **state) {
  (void)state;
  const double A = 0, B[] = {0, 0, 0}, R[] = {4, 2, 0, 2, 0, 0, 0, 0, 1}, damping[] = {0, 2, 0};
  const tj_shape shape = {.nx = 1, .nu = 3};
  recursion r = recursion_for(shape);
  tj_stage_pack_dynamics(&r.riccati.kernel, r.stage, &A, B, NULL);
  tj_stage_pack_cost(&r.riccati.kernel, r.stage, (tj_stage_cost){.luu = R});
  tj_riccati_start(&r.riccati, NULL, NULL);
  tj_riccati_expand(&r.riccati, r.stage);
  assert_false(tj_riccati_gain(&r.riccati, NULL));
  assert_int_equal(r.riccati.pivot, 1);
  assert_true(r.riccati.size == -1); /* 0 - (2 / 2)^2 */
  assert_true(tj_riccati_gain(&r.riccati, damping));
  assert_int_equal(r.riccati.pivot, -1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_scalar),
      cmocka_unit_test(test_double_integrator),
      cmocka_unit_test(test_affine),
      cmocka_unit_test(test_indefinite),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
