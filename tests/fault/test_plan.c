/* Plans under bad arguments: the policy at absurd places and times, snapshots in bad blocks, a difference hook that
 * fails. */
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
#include <stdlib.h>
#include <string.h>

#include "support/trial.h"

static const rigged_form flat = {.limits = true, .first = true}, curved = {.tangent = true, .limits = true};

static const double bad_numbers[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};

static void test_action_arguments(void **state) {
  (void)state;
  trial t;
  trial_begin(&t, &curved);
  const traj_plan *plan = traj_ddp_plan(t.solver);
  const double *x = rigged_start(&t.rig);
  double u[RIGGED_NU], work[RIGGED_NX];
  assert_int_equal(traj_plan_action(NULL, 0, x, u, work), TRAJ_E_ARG);
  assert_int_equal(traj_plan_action(plan, 0, NULL, u, work), TRAJ_E_ARG);
  assert_int_equal(traj_plan_action(plan, 0, x, NULL, work), TRAJ_E_ARG);
  assert_int_equal(traj_plan_action(plan, 0, x, u, NULL), TRAJ_E_ARG); /* not Euclidean */
  assert_int_equal(traj_plan_action(plan, 0, x, u, work), TRAJ_OK);
  assert_memory_equal(u, plan->u, sizeof(u));
  trial_end(&t);
}

/* The control of stage k without feedback is what is left to do. */
static void assert_falls_back(const traj_plan *plan, int k, double t, const double *x, traj_status expected) {
  double u[RIGGED_NU] = {7, 7}, work[RIGGED_NX];
  assert_int_equal(traj_plan_action(plan, t, x, u, work), expected);
  assert_memory_equal(u, plan->u + (ptrdiff_t)k * RIGGED_NU, sizeof(u));
}

static void test_action_not_finite(void **state) {
  (void)state;
  const rigged_form *const forms[] = {&flat, &curved};
  for (int form = 0; form < 2; form++) {
    trial t;
    trial_begin(&t, forms[form]);
    const traj_plan *plan = traj_ddp_plan(t.solver);
    for (int i = 0; i < 3; i++) {
      assert_falls_back(plan, 0, bad_numbers[i], rigged_start(&t.rig), TRAJ_E_NOT_FINITE);
      for (int row = 0; row < plan->nx; row++) {
        double x[RIGGED_MAX_NX];
        memcpy(x, rigged_start(&t.rig), (size_t)plan->nx * sizeof(double));
        x[row] = bad_numbers[i];
        assert_falls_back(plan, 0, -1e300, x, TRAJ_E_NOT_FINITE);
        assert_falls_back(plan, 2, 0.5 * (plan->t[2] + plan->t[3]), x, TRAJ_E_NOT_FINITE);
        assert_falls_back(plan, RIGGED_N - 1, 1e300, x, TRAJ_E_NOT_FINITE);
      }
    }
    trial_end(&t);
  }
}

/* However far away the state is, the control is finite and within the limits, or the fallback. */
static void test_action_absurd(void **state) {
  (void)state;
  static const double sizes[] = {1e3, 1e100, 1e300, DBL_MAX, 5e-324};
  trial t;
  trial_begin(&t, &flat);
  const traj_plan *plan = traj_ddp_plan(t.solver);
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    for (int signs = 0; signs < 4; signs++) {
      for (double time = -0.15; time < 1.3; time += 0.1) {
        const double x[] = {signs & 1 ? -sizes[i] : sizes[i], signs & 2 ? -sizes[i] : sizes[i]};
        double u[RIGGED_NU];
        traj_status status = traj_plan_action(plan, time, x, u, NULL);
        bool past = time > plan->t[RIGGED_N];
        assert_true(status == (past ? TRAJ_PAST_END : TRAJ_OK) || status == TRAJ_E_NOT_FINITE);
        for (int j = 0; j < RIGGED_NU; j++) {
          assert_true(isfinite(u[j]));
          assert_true(plan->u_min[j] <= u[j] && u[j] <= plan->u_max[j]);
        }
      }
    }
  }
  trial_end(&t);
}

/* A difference hook that refuses, fails or forgets, at either of its two calls. */
static void test_action_difference(void **state) {
  (void)state;
  static const int codes[] = {-3, 3};
  trial t;
  trial_begin(&t, &curved);
  const traj_plan *plan = traj_ddp_plan(t.solver);
  double middle = 0.5 * (plan->t[1] + plan->t[2]);
  const double *x = rigged_other_start(&t.rig);
  for (int call = 0; call < 2; call++) {
    for (int i = 0; i < 2; i++) {
      rigged_attack(&t.rig, (attack){.kind = RETURN_CODE, .hook = HOOK_DIFFERENCE, .call = call, .code = codes[i]});
      assert_falls_back(plan, 1, middle, x, TRAJ_E_CALLBACK);
    }
    for (int entry = 0; entry < RIGGED_NX; entry++) {
      attack forget = {.kind = FORGET_ENTRY, .hook = HOOK_DIFFERENCE, .call = call, .entry = entry};
      rigged_attack(&t.rig, forget);
      assert_falls_back(plan, 1, middle, x, TRAJ_E_NOT_FINITE);
      for (int j = 0; j < 3; j++) {
        forget.kind = WRITE_VALUE;
        forget.value = bad_numbers[j];
        rigged_attack(&t.rig, forget);
        assert_falls_back(plan, 1, middle, x, TRAJ_E_NOT_FINITE);
      }
    }
  }
  rigged_attack(&t.rig, (attack){.kind = HARMLESS});
  trial_end(&t);
}

static void test_copy(void **state) {
  (void)state;
  trial t;
  trial_begin(&t, &flat);
  const traj_plan *plan = traj_ddp_plan(t.solver), *copy = plan;
  size_t size = traj_plan_size(plan);
  char *block = malloc(size);
  assert_non_null(block);
  assert_true(traj_plan_size(NULL) == 0);
  assert_int_equal(traj_plan_copy(NULL, plan, block, size), TRAJ_E_ARG);
  assert_int_equal(traj_plan_copy(&copy, NULL, block, size), TRAJ_E_ARG);
  assert_null(copy);
  copy = plan;
  assert_int_equal(traj_plan_copy(&copy, plan, NULL, size), TRAJ_E_ARG);
  assert_null(copy);
  const size_t small[] = {0, 1, 63, 64, size / 2, size - 1};
  for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
    char *tight = malloc(small[i] + 1);
    assert_non_null(tight);
    copy = plan;
    assert_int_equal(traj_plan_copy(&copy, plan, tight, small[i]), TRAJ_E_MEMORY);
    assert_null(copy);
    free(tight);
  }
  assert_int_equal(traj_plan_copy(&copy, plan, block, size), TRAJ_OK);
  assert_same_plan(copy, plan);
  free(block);
  trial_end(&t);
}

/* At every offset; the copy outlives the solver, and a copy can be copied. */
static void test_copy_misaligned(void **state) {
  (void)state;
  enum { OFFSETS = 64 };
  trial t;
  trial_begin(&t, &flat);
  size_t size = traj_plan_size(t.good.plan);
  for (size_t offset = 0; offset < OFFSETS; offset++) {
    char *block = malloc(size + offset);
    assert_non_null(block);
    const traj_plan *copy = NULL;
    assert_int_equal(traj_plan_copy(&copy, t.good.plan, block + offset, size), TRAJ_OK);
    assert_same_plan(copy, t.good.plan);
    assert_memory_equal(copy->u_min, t.good.plan->u_min, sizeof(double) * RIGGED_N * RIGGED_NU);
    assert_memory_equal(copy->u_max, t.good.plan->u_max, sizeof(double) * RIGGED_N * RIGGED_NU);
    free(block);
  }
  trial_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_action_arguments),
      cmocka_unit_test(test_action_not_finite),
      cmocka_unit_test(test_action_absurd),
      cmocka_unit_test(test_action_difference),
      cmocka_unit_test(test_copy),
      cmocka_unit_test(test_copy_misaligned),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
