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

static void step_back(recursion *r) {
  assert_true(tj_riccati_minimise(&r->riccati, r->stage, 0));
  tj_riccati_value(&r->riccati);
  assert_true(tj_riccati_exact(&r->riccati));
}

/* The same stage with damping on its controls. */
static bool minimise_damped(recursion *r, double damping) {
  tj_stage_bend(&r->riccati.kernel, r->stage, &(tj_stage_cost){.lxx = NULL}, damping, r->stage);
  return tj_riccati_minimise(&r->riccati, r->stage, damping);
}

/* a = b = q = r = 1 from a final weight of 0: V = 1, 3/2, 8/5, 21/13, ..., ratios of Fibonacci numbers. */
static void test_scalar(void **state) {
  (void)state;
  const double one = 1;
  const tj_shape shape = {.nx = 1, .nu = 1};
  recursion r = recursion_for(shape);
  tj_stage_pack(&r.riccati.kernel, r.stage, &(tj_stage_dynamics){&one, &one, NULL},
                &(tj_stage_cost){.lxx = &one, .luu = &one});
  tj_riccati_start(&r.riccati, NULL, NULL);
  double numerator = 1, denominator = 1, V;
  for (int k = 0; k < 30; k++) {
    step_back(&r);
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
  tj_stage_pack(&r.riccati.kernel, r.stage, &(tj_stage_dynamics){A, B, NULL}, &(tj_stage_cost){.lxx = Q, .luu = R});
  tj_riccati_start(&r.riccati, Q, NULL);
  for (int k = 0; k < 1000; k++)
    step_back(&r);
  assert_near(r.riccati.gain[0], -2.585701, 5e-7);
  assert_near(r.riccati.gain[1], -3.443436, 5e-7);
  assert_true(r.riccati.gain[2] == 0);
}

/* Minimise 1/2 u'u + 2 u about a final value 1/2 x^2 + 3 x with x+ = x + u: u = -(x + 5) / 2; damped by 2: / 4, and the
 * value under that is 5/16 x^2 + 9/8 x - 75/16 without the damping. */
static void test_affine(void **state) {
  (void)state;
  const double one = 1, two = 2, three = 3;
  double V, v, s;
  const tj_shape shape = {.nx = 1, .nu = 1};
  recursion r = recursion_for(shape);
  tj_stage_pack(&r.riccati.kernel, r.stage, &(tj_stage_dynamics){&one, &one, NULL},
                &(tj_stage_cost){.luu = &one, .lu = &two});
  tj_riccati_start(&r.riccati, &one, &three);
  assert_true(tj_riccati_minimise(&r.riccati, r.stage, 0));
  assert_near(r.riccati.gain[0], -0.5, 1e-15);
  assert_near(r.riccati.gain[1], -2.5, 1e-15);
  assert_true(minimise_damped(&r, 2));
  assert_false(tj_riccati_exact(&r.riccati));
  assert_near(r.riccati.gain[0], -0.25, 1e-15);
  assert_near(r.riccati.gain[1], -1.25, 1e-15);
  tj_riccati_value(&r.riccati);
  tj_value_unpack(&r.riccati.kernel, r.riccati.value, &V, &v, &s);
  assert_near(V, 0.625, 1e-15);
  assert_near(v, 1.125, 1e-15);
  assert_near(s, -4.6875, 1e-15);
}

static void test_indefinite(void **state) {
  (void)state;
  const double A = 0, B[] = {0, 0, 0}, R[] = {4, 2, 0, 2, 0, 0, 0, 0, 1};
  const tj_shape shape = {.nx = 1, .nu = 3};
  recursion r = recursion_for(shape);
  tj_stage_pack(&r.riccati.kernel, r.stage, &(tj_stage_dynamics){&A, B, NULL}, &(tj_stage_cost){.luu = R});
  tj_riccati_start(&r.riccati, NULL, NULL);
  assert_false(tj_riccati_minimise(&r.riccati, r.stage, 0));
  assert_int_equal(r.riccati.pivot, 1);
  assert_true(r.riccati.size == -1); /* 0 - (2 / 2)^2 */
  assert_true(minimise_damped(&r, 2));
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
