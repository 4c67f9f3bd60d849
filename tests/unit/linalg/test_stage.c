/* What all back ends share: packing, reading back, and the slope of a sweep. The products and the factorisation are
 * tried with each back end (support/kernel_trials.h). */
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

#include "support/env.h"
#include "support/kernel_bench.h"
#include "support/near.h"

enum { X = 40, U = 20, STAGES = 6 };

static kernel_bench bench_for(int nx, int nu) {
  tj_shape shape = {.nx = nx, .nu = nu};
  return kernel_bench_for(tj_backend_choose(shape, TRAJ_LINALG_AUTO), shape);
}

static void test_availability(void **state) {
  (void)state;
  for (int i = -1; i < 5; i++) {
    bool there = tj_backend_choose((tj_shape){1, 1}, (traj_linalg)i) != NULL;
    assert_int_equal(tj_linalg_available((traj_linalg)i), there);
  }
  assert_true(tj_linalg_available(TRAJ_LINALG_AUTO));
}

/* A kernel is laid out for the back end of its setting. */
static void test_layout(void **state) {
  (void)state;
  static double memory[10000];
  tj_arena arena = tj_arena_over(memory, sizeof memory);
  tj_shape shape = {.nx = 13, .nu = 4};
  tj_kernel kernel = tj_kernel_layout(&arena, shape, TRAJ_LINALG_BUILTIN);
  assert_false(arena.overflow);
  assert_ptr_equal(kernel.backend, tj_backend_choose(shape, TRAJ_LINALG_BUILTIN));
  assert_true(kernel.sweeps.minimise == kernel.backend->sweeps_for(shape).minimise);
  assert_true(kernel.sweeps.carry == kernel.backend->sweeps_for(shape).carry);
  assert_true(kernel.shared.forward == tj_shared_choose(shape).forward);
  assert_int_equal(kernel.shape.nx, 13);
  assert_int_equal(kernel.shape.nu, 4);
}

/* What is fetched ahead of time: all that is there, in the order of its use, with its length. */
static void test_expect_given(void **state) {
  (void)state;
  static double memory[10000];
  static const double K[6], V[9], fx[9], fu[6], lux[6], luu[4];
  tj_arena arena = tj_arena_over(memory, sizeof memory);
  tj_kernel kernel = tj_kernel_layout(&arena, (tj_shape){.nx = 3, .nu = 2}, TRAJ_LINALG_BUILTIN);
  tj_stage_dynamics dynamics = {.fx = fx, .fu = fu};
  tj_stage_cost cost = {.lux = lux, .luu = luu}; /* lxx is zero */
  const tj_run wanted[] = {{K, 6}, {V, 9}, {fx, 9}, {fu, 6}, {lux, 6}, {luu, 4}};
  const int count = (int)(sizeof wanted / sizeof *wanted);
  for (int twice = 0; twice < 2; twice++) {
    tj_kernel_expect_given(&kernel, K, V, &dynamics, &cost);
    assert_int_equal(kernel.runs, count);
    for (int i = 0; i < count; i++) {
      assert_ptr_equal(kernel.next[i].at, wanted[i].at);
      assert_int_equal(kernel.next[i].doubles, wanted[i].doubles);
    }
  }
}

static void test_pack_value(void **state) {
  (void)state;
  static sample p;
  double V[X * X], v[X], s;
  rng r = rng_from(env_seed("pack_value", 21));
  for (int n = 1; n <= X; n++) {
    kernel_bench b = bench_for(n, 1);
    exact_forget();
    sample_draw(&r, b.shape, false, &p);
    tj_value_pack(&b.kernel, b.value, p.V, p.v, p.s);
    tj_value_unpack(&b.kernel, b.value, V, v, &s);
    assert_exact(V, exact_symmetric(p.V, n), 0);
    assert_exact(v, exact_of(p.v, n, 1), 0);
    assert_true(s == p.s);
    tj_value_unpack(&b.kernel, b.value, NULL, NULL, NULL);
    tj_value_pack(&b.kernel, b.value, NULL, NULL, 0);
    tj_value_unpack(&b.kernel, b.value, V, v, &s);
    assert_exact(V, exact_zero(n, n), 0);
    assert_exact(v, exact_zero(n, 1), 0);
    assert_true(s == 0);
  }
}

/* A gain and a value function come out as by themselves; any entry that is not finite shows. */
static void try_policy(rng *r, kernel_bench *b) {
  static sample p;
  static double K[X * U], k[U], V[X * X], v[X];
  size_t n = (size_t)b->shape.nx, m = (size_t)b->shape.nu, at = rng_int(r, 0, (int)m - 1) * b->kernel.row_x;
  double square = 0, wrong[] = {(double)NAN, HUGE_VAL, -HUGE_VAL}, *entry = b->gain + at + rng_int(r, 0, (int)n);
  sample_draw(r, b->shape, false, &p);
  tj_value_pack(&b->kernel, b->value, p.V, p.v, p.s);
  rng_fill(r, b->gain, b->kernel.gain_doubles, 1);
  const double *gain = kernel_bench_gain(b);
  double found = tj_policy_unpack(&b->kernel, b->gain, b->value, K, k, V, v);
  assert_memory_equal(K, gain, m * n * sizeof(double));
  assert_memory_equal(k, gain + m * n, m * sizeof(double));
  assert_exact(V, exact_symmetric(p.V, (int)n), 0);
  assert_exact(v, exact_of(p.v, (int)n, 1), 0);
  for (size_t i = 0; i < n; i++)
    square += v[i] * v[i];
  assert_near(found, square, (double)n * DBL_EPSILON * square);
  *entry = wrong[rng_int(r, 0, 2)];
  assert_true(isnan(tj_policy_unpack(&b->kernel, b->gain, b->value, K, k, V, v)));
  *entry = 0;
  b->value[n * b->kernel.row_x + (size_t)rng_int(r, 0, (int)n - 1)] = wrong[rng_int(r, 0, 2)];
  assert_false(isfinite(tj_policy_unpack(&b->kernel, b->gain, b->value, K, k, V, v)));
}

static void test_unpack_policy(void **state) {
  (void)state;
  rng r = rng_from(env_seed("unpack_policy", 23));
  for (int n = 1; n <= 13; n++) {
    for (int m = 1; m <= 12; m++) {
      kernel_bench b = bench_for(n, m);
      exact_forget();
      try_policy(&r, &b);
    }
  }
}

/* Without dynamics the Q-function of the controls is the cost, bit for bit. */
static void test_pack_cost(void **state) {
  (void)state;
  static sample p;
  double Quu[U * U], qu[U];
  rng r = rng_from(env_seed("pack_cost", 22));
  for (int m = 1; m <= U; m++) {
    kernel_bench b = bench_for(rng_int(&r, 1, X), m);
    exact_forget();
    sample_draw(&r, b.shape, false, &p);
    memset(p.A, 0, sizeof p.A);
    memset(p.B, 0, sizeof p.B);
    p.affine = false;
    kernel_bench_pack(&b, &p);
    tj_kernel_expand(&b.kernel, b.stage, b.value);
    kernel_bench_control(&b, Quu, qu);
    assert_exact(Quu, exact_symmetric(p.cost.luu, m), 0);
    assert_exact(qu, exact_of(p.cost.lu, m, 1), 0);
  }
}

/* Wherever a number that is not finite stands, with the kernels of each instruction set. */
static void test_finite(void **state) {
  (void)state;
  static sample p; /* all zero */
  for (int round = 0; round < 24; round++) {
    tj_shape shape = {.nx = 1 + round / 2, .nu = 1 + round % 3};
    kernel_ground zeros = {.garbage = 0};
    kernel_bench b = kernel_bench_on(zeros, tj_backend_choose(shape, TRAJ_LINALG_AUTO), shape);
    if (round % 2 == 0) b.kernel.shared = tj_shared_baseline(shape);
    sample_pack(&b.kernel, &p, b.stage);
    assert_true(tj_stage_finite(&b.kernel, b.stage));
    for (size_t i = 0; i < b.kernel.stage_doubles; i++) {
      double good = b.stage[i];
      b.stage[i] = i % 2 == 0 ? (double)NAN : HUGE_VAL;
      assert_false(tj_stage_finite(&b.kernel, b.stage));
      b.stage[i] = good;
    }
  }
}

/* A horizon of stages with a policy for each: minimising, damped, clamped or anything. */
typedef struct chain {
  tj_shape shape;
  sample stage[STAGES]; /* value functions: that of the last stage is the end's, with s = 0 */
  double gain[STAGES][U * (X + 1)];
} chain;

/* Any gain: the minimiser's or a random one, with some controls clamped. */
static void draw_gain(rng *r, kernel_bench *b) {
  int n = b->shape.nx, m = b->shape.nu;
  double gain[U * (X + 1)], pivot;
  if (tj_kernel_factor(&b->kernel, &pivot) < 0) {
    tj_kernel_gain(&b->kernel, b->gain);
    memcpy(gain, kernel_bench_gain(b), (size_t)(m * (n + 1)) * sizeof(double));
  } else {
    rng_fill(r, gain, (size_t)(m * (n + 1)), 0.3);
  }
  for (int i = 0; i < m; i++) { /* a clamped control has no feedback and a step of its own */
    if (!rng_chance(r, 0.3)) continue;
    for (int j = 0; j < n; j++)
      gain[i + j * m] = 0;
    gain[i + n * m] = rng_normal(r);
  }
  kernel_bench_set_gain(b, gain);
}

/* The gradient by x0 under the feedback alone, the slope, and the change of the model at alpha = 1. */
typedef struct swept {
  double v0[X], slope, s;
} swept;

/* (E1) With any gains. */
static swept sweep(rng *r, chain *c) {
  int n = c->shape.nx, m = c->shape.nu;
  kernel_bench b = bench_for(n, m);
  const sample *end = &c->stage[STAGES - 1];
  double g[U];
  swept out = {.slope = 0};
  memcpy(out.v0, end->v, (size_t)n * sizeof(double));
  tj_value_pack(&b.kernel, b.value, end->V, end->v, 0);
  for (int k = STAGES - 1; k >= 0; k--) {
    sample_pack(&b.kernel, &c->stage[k], b.stage);
    tj_kernel_expand(&b.kernel, b.stage, b.value);
    draw_gain(r, &b);
    memcpy(c->gain[k], kernel_bench_gain(&b), (size_t)(m * (n + 1)) * sizeof(double));
    out.slope += tj_kernel_slope(&b.kernel, b.stage, b.gain, out.v0, g);
    tj_kernel_value_of(&b.kernel, b.gain, b.value);
  }
  tj_value_unpack(&b.kernel, b.value, NULL, NULL, &out.s);
  return out;
}

/* With the minimising gains, where the value gradient is v0 and the slope needs no recursion. */
static swept sweep_exactly(chain *c) {
  int n = c->shape.nx, m = c->shape.nu;
  kernel_bench b = bench_for(n, m);
  const sample *end = &c->stage[STAGES - 1];
  double g[U], Quu[U * U], qu[U], pivot;
  swept out = {.slope = 0};
  tj_value_pack(&b.kernel, b.value, end->V, end->v, 0);
  for (int k = STAGES - 1; k >= 0; k--) {
    sample_pack(&b.kernel, &c->stage[k], b.stage);
    assert_int_equal(tj_kernel_backward(&b.kernel, b.stage, b.value, b.gain, &pivot), -1);
    memcpy(c->gain[k], kernel_bench_gain(&b), (size_t)(m * (n + 1)) * sizeof(double));
    out.slope += tj_kernel_exact_slope(&b.kernel, b.gain, g);
    kernel_bench_control(&b, Quu, qu);
    assert_memory_equal(g, qu, (size_t)m * sizeof(double));
  }
  tj_value_unpack(&b.kernel, b.value, NULL, out.v0, &out.s);
  return out;
}

/* The cost of u = alpha k + K x, x+ = A x + B u + alpha c from x0: what the sweep predicts. */
static exact rolled_out(const chain *c, double alpha, const double *x0) {
  int n = c->shape.nx, m = c->shape.nu, l = n + 1 + m;
  exact_matrix cost = exact_zero(1, 1), x = exact_zero(n + 1, 1), one = exact_scaled(alpha, exact_identity(1));
  exact_put(x, 0, 0, exact_of(x0, n, 1));
  for (int k = 0; k < STAGES; k++) {
    const sample *p = &c->stage[k];
    exact_matrix z = exact_zero(l, 1);
    exact_put(x, n, 0, one); /* multiplies k and c */
    exact_put(z, 0, 0, x);
    exact_put(z, n + 1, 0, exact_product(exact_of(c->gain[k], m, n + 1), x));
    x = exact_product(sample_dynamics(c->shape, p), z);
    *exact_at(z, n, 0) = (exact){1, 1}; /* multiplies lx and lu */
    cost = exact_sum(cost, exact_scaled(0.5, exact_congruence(sample_cost(c->shape, p->cost), z)));
  }
  *exact_at(x, n, 0) = (exact){1, 1};
  exact_matrix end = sample_value(c->shape, &c->stage[STAGES - 1]);
  cost = exact_sum(cost, exact_scaled(0.5, exact_congruence(end, x)));
  return *exact_at(cost, 0, 0);
}

static void assert_predicted(double predicted, long double found, long double size, int terms) {
  assert_true(fabsl(predicted - found) <= terms * DBL_EPSILON * size);
}

/* The sweep predicts the cost of every step length, and the gradient of the feedback alone. */
static void assert_predictions(const chain *c, const swept *found) {
  const double alphas[] = {-1, 1e-3, 0.25, 0.5, 1, 2}, origin[X] = {0};
  int terms = 2 * STAGES * (c->shape.nx + c->shape.nu);
  for (size_t i = 0; i < sizeof alphas / sizeof *alphas; i++) {
    exact_forget();
    double alpha = alphas[i], predicted = alpha * found->slope + alpha * alpha * (found->s - found->slope);
    exact up = rolled_out(c, alpha, origin), down = rolled_out(c, -alpha, origin);
    assert_predicted(predicted, up.sum, up.size, terms);
    /* The model is quadratic in alpha: its central difference is its slope. */
    assert_predicted(found->slope, (up.sum - down.sum) / (2 * alpha), up.size / fabs(alpha), terms);
  }
}

/* v0 is the gradient by x0 of the feedback alone. */
static void assert_gradient(const chain *c, const swept *found) {
  int terms = 2 * STAGES * (c->shape.nx + c->shape.nu);
  for (int i = 0; i < c->shape.nx; i++) {
    double plus[X] = {0}, minus[X] = {0};
    exact_forget();
    plus[i] = 1;
    minus[i] = -1;
    exact up = rolled_out(c, 0, plus), down = rolled_out(c, 0, minus);
    assert_predicted(found->v0[i], (up.sum - down.sum) / 2, up.size, terms);
  }
}

static void test_slope(void **state) {
  (void)state;
  static chain c;
  rng r = rng_from(env_seed("slope", 29));
  for (int round = env_rounds(60, 5); round > 0; round--) {
    c.shape = (tj_shape){.nx = rng_int(&r, 1, 8), .nu = rng_int(&r, 1, 8)};
    for (int k = 0; k < STAGES; k++)
      sample_draw(&r, c.shape, true, &c.stage[k]);
    c.stage[STAGES - 1].s = 0;
    swept found = sweep(&r, &c);
    assert_predictions(&c, &found);
    assert_gradient(&c, &found);
  }
}

static void test_exact_slope(void **state) {
  (void)state;
  static chain c;
  rng r = rng_from(env_seed("exact slope", 30));
  for (int round = env_rounds(60, 5); round > 0; round--) {
    c.shape = (tj_shape){.nx = rng_int(&r, 1, 8), .nu = rng_int(&r, 1, 8)};
    for (int k = 0; k < STAGES; k++) {
      sample_draw_convex(&r, c.shape, &c.stage[k]);
      c.stage[k].s = 0;
      c.stage[k].affine = false; /* the value gradient is that of the feedback alone where nothing pushes */
    }
    swept found = sweep_exactly(&c);
    assert_predictions(&c, &found);
    assert_gradient(&c, &found);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_availability),  cmocka_unit_test(test_layout),    cmocka_unit_test(test_pack_value),
      cmocka_unit_test(test_unpack_policy), cmocka_unit_test(test_pack_cost), cmocka_unit_test(test_finite),
      cmocka_unit_test(test_expect_given),  cmocka_unit_test(test_slope),     cmocka_unit_test(test_exact_slope),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
