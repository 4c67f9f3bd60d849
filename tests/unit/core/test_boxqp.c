/* The stage problem under limits: against the best point of all faces of the box for few controls, by its optimality
 * conditions for many; and the gains of the controls that stay free. */
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
#include <string.h>

#include "core/boxqp.h"
#include "support/box.h"
#include "support/env.h"
#include "support/near.h"
#include "support/rng.h"

enum { MOST = BOX_MOST, FEW = 5, NX = BOX_X };

typedef struct answer {
  bool solved;
  int pivot;
  double K[MOST * NX], d[MOST];
} answer;

static answer solve(const box *b) {
  static double memory[1 << 14];
  static const double fx[NX * NX], fu[NX * MOST];
  const tj_shape shape = {.nx = NX, .nu = b->nu};
  size_t nu = (size_t)b->nu;
  tj_arena arena = tj_arena_over(memory, sizeof memory);
  tj_riccati riccati = tj_riccati_layout(&arena, shape, TRAJ_LINALG_AUTO);
  tj_boxqp qp = tj_boxqp_layout(&arena, shape);
  double *stage = tj_arena_doubles(&arena, tj_stage_doubles(shape), 1);
  assert_false(arena.overflow);
  tj_stage_pack(&riccati.kernel, stage, &(tj_stage_dynamics){fx, fu, NULL},
                &(tj_stage_cost){.luu = b->H, .lu = b->g, .lux = b->coupling});
  tj_riccati_start(&riccati, NULL, NULL);
  tj_stage_bend(&riccati.kernel, stage, &(tj_stage_cost){.lxx = NULL}, b->damping, stage);
  memcpy(qp.lower, b->lower, nu * sizeof(double));
  memcpy(qp.upper, b->upper, nu * sizeof(double));
  tj_riccati_minimise(&riccati, stage, b->damping); /* definite or not */
  answer a = {.solved = tj_boxqp_gain(&qp, &riccati), .pivot = riccati.pivot};
  if (!a.solved) return a;
  tj_gain_unpack(&riccati.kernel, riccati.gain, a.K, a.d);
  return a;
}

/* What rounding may leave of the gradients, in units of sqrt(H_ii). */
static long double rounding_unit(const box *b, const answer *a) {
  long double unit = 0;
  for (int i = 0; i < b->nu; i++) {
    long double size;
    box_gradient(b, a->d, i, &size);
    unit = fmaxl(unit, 64 * b->nu * DBL_EPSILON * size / sqrtl(box_entry(b, i, i)));
  }
  return unit;
}

/* Within the limits exactly; at rest or pushed against a limit. */
static void assert_optimal(const box *b, const answer *a) {
  long double unit = rounding_unit(b, a);
  for (int i = 0; i < b->nu; i++) {
    long double size, slope = box_gradient(b, a->d, i, &size), rounding = unit * sqrtl(box_entry(b, i, i));
    assert_true(a->d[i] >= b->lower[i] && a->d[i] <= b->upper[i]);
    if (a->d[i] > b->lower[i]) assert_true(slope <= rounding);
    if (a->d[i] < b->upper[i]) assert_true(slope >= -rounding);
  }
}

/* Gains of controls that a limit holds are zero, those of the others minimise with the held ones fixed. */
static void assert_gains(const box *b, const answer *a) {
  bool is_free[MOST];
  long double unit = rounding_unit(b, a);
  for (int i = 0; i < b->nu; i++) {
    long double size, slope = box_gradient(b, a->d, i, &size);
    bool zero = true, inside = a->d[i] > b->lower[i] && a->d[i] < b->upper[i];
    for (int j = 0; j < NX; j++)
      zero = zero && a->K[i + j * b->nu] == 0;
    is_free[i] = !zero;
    if (inside) assert_true(is_free[i]);
    if (fabsl(slope) > unit * sqrtl(box_entry(b, i, i))) assert_false(is_free[i]); /* pushed, so held */
    if (b->lower[i] == b->upper[i]) assert_false(is_free[i]);
  }
  for (int j = 0; j < NX; j++) {
    long double rhs[MOST] = {0};
    for (int i = 0; i < b->nu; i++)
      rhs[i] = -b->coupling[i + j * b->nu];
    box_eliminate(b, is_free, rhs);
    for (int i = 0; i < b->nu; i++)
      assert_near(a->K[i + j * b->nu], (double)rhs[i], 1e-9);
  }
}

/* H = W W' + I; limits about where the free minimum would be, some one-sided, some without width. */
static box draw(rng *r, int nu) {
  box b = {.nu = nu};
  double W[MOST * MOST];
  rng_fill(r, W, (size_t)nu * (size_t)nu, 1);
  for (int i = 0; i < nu * nu; i++) {
    b.H[i] = i % nu == i / nu;
    for (int k = 0; k < nu; k++)
      b.H[i] += W[i % nu + k * nu] * W[i / nu + k * nu];
  }
  rng_fill(r, b.g, (size_t)nu, 3);
  rng_fill(r, b.coupling, (size_t)nu * NX, 1);
  b.damping = rng_chance(r, 0.5) ? rng_unit(r) : 0;
  for (int i = 0; i < nu; i++) {
    b.lower[i] = rng_normal(r);
    b.upper[i] = b.lower[i] + (rng_chance(r, 0.1) ? 0 : rng_unit(r));
    if (rng_chance(r, 0.1)) b.lower[i] = -(double)INFINITY;
    if (rng_chance(r, 0.1)) b.upper[i] = (double)INFINITY;
  }
  return b;
}

static void test_few_controls(void **state) {
  (void)state;
  rng r = rng_from(env_seed("few_controls", 10));
  for (int round = env_rounds(1000, 30); round > 0; round--) {
    box b = draw(&r, rng_int(&r, 1, FEW));
    answer a = solve(&b);
    double best[MOST] = {0};
    assert_true(a.solved);
    box_best_of_faces(&b, best);
    for (int i = 0; i < b.nu; i++)
      assert_near(a.d[i], best[i], 1e-12 * (1 + fabs(best[i])));
    assert_optimal(&b, &a);
    assert_gains(&b, &a);
  }
}

static void test_many_controls(void **state) {
  (void)state;
  rng r = rng_from(env_seed("many_controls", 52));
  for (int round = env_rounds(3000, 50); round > 0; round--) {
    box b = draw(&r, rng_int(&r, FEW + 1, MOST));
    answer a = solve(&b);
    assert_true(a.solved);
    assert_optimal(&b, &a);
    assert_gains(&b, &a);
  }
}

/* Small whole numbers: minima that lie exactly on limits, with multipliers that are exactly zero. */
static void test_degenerate(void **state) {
  (void)state;
  rng r = rng_from(env_seed("degenerate", 2));
  for (int round = env_rounds(20000, 300); round > 0; round--) {
    box b = draw(&r, rng_int(&r, 2, 8));
    for (int j = 0; j < b.nu; j++) {
      for (int i = j; i < b.nu; i++)
        b.H[i + j * b.nu] = i == j ? 2 * b.nu : rng_int(&r, -2, 2);
      b.g[j] = rng_int(&r, -8, 8);
      b.lower[j] = rng_int(&r, -2, 1);
      b.upper[j] = b.lower[j] + rng_int(&r, 0, 2);
    }
    b.damping = 0;
    answer a = solve(&b);
    assert_true(a.solved);
    assert_optimal(&b, &a);
    assert_gains(&b, &a);
  }
}

/* Scales from 1e-6 to 1e6 in H and in the limits. */
static void test_scales(void **state) {
  (void)state;
  rng r = rng_from(env_seed("scales", 54));
  for (int round = env_rounds(2000, 50); round > 0; round--) {
    box b = draw(&r, rng_int(&r, 1, MOST));
    double unit[MOST] = {0};
    for (int i = 0; i < b.nu; i++) {
      unit[i] = rng_decade(&r, -3, 3);
      b.g[i] /= unit[i];
      b.lower[i] *= unit[i];
      b.upper[i] *= unit[i];
    }
    b.damping = 0;
    for (int i = 0; i < b.nu * b.nu; i++)
      b.H[i] /= unit[i % b.nu] * unit[i / b.nu];
    answer a = solve(&b);
    assert_true(a.solved);
    assert_optimal(&b, &a);
  }
}

static void test_no_limits(void **state) {
  (void)state;
  rng r = rng_from(env_seed("no_limits", 55));
  for (int round = env_rounds(200, 20); round > 0; round--) {
    box b = draw(&r, rng_int(&r, 1, MOST));
    bool all[MOST] = {false};
    long double rhs[MOST] = {0};
    for (int i = 0; i < b.nu; i++) {
      b.lower[i] = -(double)INFINITY;
      b.upper[i] = (double)INFINITY;
      rhs[i] = -b.g[i];
      all[i] = true;
    }
    answer a = solve(&b);
    assert_true(a.solved);
    box_eliminate(&b, all, rhs);
    for (int i = 0; i < b.nu; i++)
      assert_near(a.d[i], (double)rhs[i], 1e-11 * (1 + fabs(a.d[i])));
    assert_gains(&b, &a);
  }
}

static void test_all_pinned(void **state) {
  (void)state;
  rng r = rng_from(56);
  box b = draw(&r, MOST);
  memcpy(b.upper, b.lower, sizeof b.upper);
  for (int i = 0; i < MOST; i++)
    b.lower[i] = b.upper[i] = i - 3;
  answer a = solve(&b);
  assert_true(a.solved);
  for (int i = 0; i < MOST; i++)
    assert_true(a.d[i] == i - 3);
  for (int i = 0; i < MOST * NX; i++)
    assert_true(a.K[i] == 0);
}

/* The free minimum is (1e-12, 3): once the second control is clipped, the first is to go back by 1e-12 of its step. */
static void test_beside_a_limit(void **state) {
  (void)state;
  const box b = {.nu = 2, .H = {1, -0.5, -0.5, 1}, .g = {1.5 - 1e-12, -3 + 5e-13}, .upper = {2, 1}};
  answer a = solve(&b);
  assert_true(a.solved && a.d[0] == 0 && a.d[1] == 1);
}

/* A control of negative curvature, or of none that is a number, and none at a limit. */
static void test_indefinite(void **state) {
  (void)state;
  const double wrong[] = {-100, (double)NAN, (double)INFINITY, -(double)INFINITY};
  rng r = rng_from(57);
  for (int bad = 0; bad < MOST; bad++) {
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
      box b = draw(&r, MOST);
      b.H[bad + bad * MOST] = wrong[i];
      for (int j = 0; j < MOST; j++)
        b.lower[j] = -1, b.upper[j] = 1;
      answer a = solve(&b);
      assert_false(a.solved);
      assert_int_equal(a.pivot, bad);
    }
  }
}

/* At the start some controls are at a limit that their gradients push against: held[i] is the sign of the push. */
static box draw_held(rng *r, int nu, int *held) {
  box b = draw(r, nu);
  for (int i = 0; i < nu; i++) {
    held[i] = rng_int(r, -1, 1);
    b.lower[i] = held[i] > 0 ? 0 : -0.1 - rng_unit(r);
    b.upper[i] = held[i] < 0 ? 0 : 0.1 + rng_unit(r);
    if (held[i] != 0) b.g[i] = 100 * held[i];
  }
  return b;
}

/* Curvature of controls that a limit holds does not count: the others come out as if it were positive. That of a
 * control which is free does. */
static void test_held_curvature(void **state) {
  (void)state;
  int counts[2] = {0};
  rng r = rng_from(env_seed("held_curvature", 58));
  for (int round = env_rounds(1000, 30); round > 0; round--) {
    int held[MOST], bad = 0;
    box pinned = draw_held(&r, rng_int(&r, 1, MOST), held), b = pinned;
    for (int i = 0; i < b.nu; i++) {
      if (held[i] == 0) continue;
      pinned.lower[i] = pinned.upper[i] = 0;
      b.H[i + i * b.nu] = -5 * rng_unit(&r);
    }
    answer a = solve(&b), expected = solve(&pinned);
    assert_true(a.solved && expected.solved);
    for (int i = 0; i < b.nu; i++)
      assert_near(a.d[i], expected.d[i], 1e-9);
    for (int i = 0; i < b.nu * NX; i++)
      assert_near(a.K[i], expected.K[i], 1e-9);
    while (bad < b.nu && held[bad] != 0)
      bad++;
    counts[bad < b.nu]++;
    if (bad == b.nu) continue;
    b.H[bad + bad * b.nu] = -5;
    a = solve(&b);
    assert_false(a.solved);
    assert_int_equal(a.pivot, bad);
  }
  assert_true(counts[0] > 0 && counts[1] > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_few_controls), cmocka_unit_test(test_many_controls),  cmocka_unit_test(test_degenerate),
      cmocka_unit_test(test_scales),       cmocka_unit_test(test_no_limits),      cmocka_unit_test(test_all_pinned),
      cmocka_unit_test(test_indefinite),   cmocka_unit_test(test_beside_a_limit), cmocka_unit_test(test_held_curvature),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
