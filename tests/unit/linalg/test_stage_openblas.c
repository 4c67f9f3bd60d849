/* Each kernel of the recursion against the same formula in long double: with G = [A c B; 0 1 0] and the cost H and the
 * value function P as quadratic forms of [x; 1; u] and [x; 1], the Q-function is H + G'PG, and under u = K x + k it is
 * M'QM with M = [I 0; 0 1; K k]. */
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

#include "linalg/stage.h"
#include "support/env.h"
#include "support/exact.h"
#include "support/heap_calls.h"
#include "support/rng.h"
#include "support/sample.h"

enum { X = SAMPLE_X, U = SAMPLE_U, BIG_U = 80, STAGES = 6 };

/* The kernel with packed operands. */
typedef struct bench {
  tj_shape shape;
  tj_kernel kernel;
  double *stage, *value, *gain;
} bench;

static bench bench_for(int nx, int nu) {
  static double memory[4 * (X + BIG_U + 64) * (X + BIG_U + 64)];
  tj_arena arena = tj_arena_over(memory, sizeof memory);
  bench b = {.shape = {.nx = nx, .nu = nu}};
  b.kernel = tj_kernel_layout(&arena, b.shape);
  b.stage = tj_arena_doubles(&arena, tj_stage_doubles(b.shape), 1);
  b.value = tj_arena_doubles(&arena, tj_value_doubles(b.shape), 1);
  b.gain = tj_arena_doubles(&arena, (size_t)nu, (size_t)nx + 1);
  assert_false(arena.overflow);
  return b;
}

static size_t gain_doubles(const bench *b) {
  return (size_t)b->shape.nu * ((size_t)b->shape.nx + 1);
}

/* Draws, packs and expands a stage. */
static bench expanded(rng *r, bool definite, sample *p) {
  bench b = bench_for(rng_int(r, 1, X), rng_int(r, 1, U));
  exact_forget();
  sample_draw(r, b.shape, definite, p);
  sample_pack(b.shape, p, b.stage);
  tj_value_pack(b.shape, b.value, p->V, p->v, p->s);
  tj_kernel_expand(&b.kernel, b.stage, b.value);
  return b;
}

/* Compares all that can be read of the kernel's Q-function, and of the value function under a gain. */
static void assert_q(bench *b, exact_matrix q) {
  int n = b->shape.nx, m = b->shape.nu;
  double Quu[U * U], qu[U], Qux[U * X], factor = 2 * n + 10;
  tj_kernel_control(&b->kernel, Quu, qu);
  tj_kernel_coupling(&b->kernel, Qux);
  assert_exact(Quu, exact_block(q, n + 1, n + 1, m, m), factor);
  assert_exact(qu, exact_block(q, n + 1, n, m, 1), factor);
  assert_exact(Qux, exact_block(q, n + 1, 0, m, n), factor);
}

static void assert_value(bench *b, exact_matrix q, double factor) {
  int n = b->shape.nx, m = b->shape.nu;
  double V[X * X], v[X], s;
  exact_matrix policy = exact_zero(n + 1 + m, n + 1);
  exact_put(policy, 0, 0, exact_identity(n + 1));
  exact_put(policy, n + 1, 0, exact_of(b->gain, m, n + 1));
  exact_matrix value = exact_congruence(q, policy);
  tj_kernel_value(&b->kernel, b->gain, b->value);
  tj_value_unpack(b->shape, b->value, V, v, &s);
  assert_exact(V, exact_block(value, 0, 0, n, n), factor);
  assert_exact(v, exact_block(value, 0, n, n, 1), factor);
  assert_exact(&s, exact_scaled(0.5, exact_block(value, n, n, 1, 1)), factor);
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < i; j++)
      assert_true(V[i + j * n] == V[j + i * n]);
  }
}

static void test_pack_value(void **state) {
  (void)state;
  static sample p;
  double V[X * X], v[X], s;
  rng r = rng_from(env_seed("pack_value", 21));
  for (int n = 1; n <= X; n++) {
    bench b = bench_for(n, 1);
    exact_forget();
    sample_draw(&r, b.shape, false, &p);
    tj_value_pack(b.shape, b.value, p.V, p.v, p.s);
    tj_value_unpack(b.shape, b.value, V, v, &s);
    assert_exact(V, exact_symmetric(p.V, n), 0);
    assert_exact(v, exact_of(p.v, n, 1), 0);
    assert_true(s == p.s);
    tj_value_unpack(b.shape, b.value, NULL, NULL, NULL);
    tj_value_pack(b.shape, b.value, NULL, NULL, 0);
    tj_value_unpack(b.shape, b.value, V, v, &s);
    assert_exact(V, exact_zero(n, n), 0);
    assert_exact(v, exact_zero(n, 1), 0);
    assert_true(s == 0);
  }
}

static void test_next(void **state) {
  (void)state;
  static sample p;
  rng r = rng_from(env_seed("next", 22));
  for (int round = env_rounds(100, 10); round > 0; round--) {
    bench b = expanded(&r, false, &p);
    int n = b.shape.nx, m = b.shape.nu;
    double z[X + 1 + U], next[X];
    rng_fill(&r, z, (size_t)n + 1 + (size_t)m, 1);
    z[n] = 1;
    tj_stage_next(b.shape, b.stage, z, z + n + 1, next);
    exact_matrix g = exact_block(sample_dynamics(b.shape, &p), 0, 0, n, n + 1 + m);
    assert_exact(next, exact_product(g, exact_of(z, n + 1 + m, 1)), n + m + 3);
  }
}

static void test_expand(void **state) {
  (void)state;
  static sample p;
  rng r = rng_from(env_seed("expand", 23));
  for (int round = env_rounds(60, 6); round > 0; round--) {
    bench b = expanded(&r, false, &p);
    exact_matrix q = sample_q(b.shape, &p);
    assert_q(&b, q);
    rng_fill(&r, b.gain, gain_doubles(&b), 0); /* shows Qxx, qx and the constant */
    assert_value(&b, q, 2 * b.shape.nx + 10);
  }
}

static void test_curvature(void **state) {
  (void)state;
  static sample p, curvature;
  rng r = rng_from(env_seed("curvature", 24));
  for (int round = env_rounds(40, 4); round > 0; round--) {
    bench b = expanded(&r, false, &p);
    sample_draw(&r, b.shape, false, &curvature);
    tj_kernel_add_curvature(&b.kernel, curvature.lxx, curvature.luu, curvature.lux);
    tj_stage_cost all = {.lxx = curvature.lxx, .luu = curvature.luu, .lux = curvature.lux};
    exact_matrix q = exact_sum(sample_q(b.shape, &p), sample_cost(b.shape, all));
    assert_q(&b, q);
    rng_fill(&r, b.gain, gain_doubles(&b), 0);
    assert_value(&b, q, 2 * b.shape.nx + 10);
  }
}

/* The four-term form holds for any gain, not only the minimiser's. */
static void test_value_of_any_gain(void **state) {
  (void)state;
  static sample p;
  rng r = rng_from(env_seed("value_of_any_gain", 25));
  for (int round = env_rounds(60, 6); round > 0; round--) {
    bench b = expanded(&r, false, &p);
    rng_fill(&r, b.gain, gain_doubles(&b), 1);
    assert_value(&b, sample_q(b.shape, &p), 2 * (b.shape.nx + b.shape.nu) + 20);
  }
}

/* |M x - b| of a solve by Cholesky is within a few m roundings of sum_j sqrt(M_ii M_jj) |x_j|, row by row. */
static void assert_solves(const double *M, int m, const double *x, const double *rhs) {
  for (int i = 0; i < m; i++) {
    long double residual = -(long double)rhs[i], size = 0;
    for (int j = 0; j < m; j++) {
      residual += (long double)M[i + j * m] * x[j];
      size += sqrtl((long double)M[i + i * m] * M[j + j * m]) * fabs(x[j]);
    }
    assert_true(fabsl(residual) <= 4 * (m + 1) * DBL_EPSILON * size);
  }
}

static void test_gain(void **state) {
  (void)state;
  static sample p;
  rng r = rng_from(env_seed("gain", 26));
  for (int round = env_rounds(60, 6); round > 0; round--) {
    bench b = expanded(&r, true, &p);
    int n = b.shape.nx, m = b.shape.nu;
    double M[U * U], rhs[U * (X + 1)], damping[U], pivot;
    bool damped = rng_chance(&r, 0.5);
    for (int i = 0; i < m; i++)
      damping[i] = rng_decade(&r, -6, 6);
    assert_int_equal(tj_kernel_factor(&b.kernel, damped ? damping : NULL, NULL, &pivot), -1);
    tj_kernel_gain(&b.kernel, b.gain);
    tj_kernel_control(&b.kernel, M, rhs + n * m);
    tj_kernel_coupling(&b.kernel, rhs);
    for (int i = 0; i < m; i++)
      M[i + i * m] += damped ? damping[i] : 0;
    for (int i = 0; i < m * (n + 1); i++)
      rhs[i] = -rhs[i];
    for (int j = 0; j <= n; j++)
      assert_solves(M, m, b.gain + j * m, rhs + j * m);
  }
}

/* Clamped controls: rows and columns of the identity, whatever stood there. */
static void test_clamped(void **state) {
  (void)state;
  static sample p;
  rng r = rng_from(env_seed("clamped", 27));
  for (int round = env_rounds(60, 6); round > 0; round--) {
    bench b = expanded(&r, true, &p);
    int m = b.shape.nu;
    double M[U * U] = {0}, qu[U], rhs[U], x[U], damping[U] = {0}, pivot;
    bool clamped[U] = {false};
    tj_kernel_control(&b.kernel, M, qu);
    for (int i = 0; i < m; i++) {
      clamped[i] = rng_chance(&r, 0.4);
      damping[i] = rng_unit(&r);
    }
    for (int i = 0; i < m * m; i++) {
      int row = i % m, col = i / m;
      if (row == col) M[i] += damping[row];
      if (clamped[row] || clamped[col]) M[i] = row == col;
    }
    /* NaN in the Q-function where it does not count. */
    double poison[X * X] = {0}, none[X * X] = {0}, unread[U * X] = {0};
    for (int i = 0; i < m * m; i++)
      poison[i] = clamped[i % m] || clamped[i / m] ? (double)NAN : 0;
    tj_kernel_add_curvature(&b.kernel, none, poison, unread);
    assert_int_equal(tj_kernel_factor(&b.kernel, damping, clamped, &pivot), -1);
    rng_fill(&r, rhs, (size_t)m, 1);
    memcpy(x, rhs, sizeof x);
    tj_kernel_solve(&b.kernel, 1, x);
    assert_solves(M, m, x, rhs);
    for (int i = 0; i < m; i++)
      assert_true(!clamped[i] || x[i] == rhs[i]);
  }
}

/* A kernel with Quu = M. */
static bench holding(const double *M, int m) {
  static const double zero[BIG_U];
  const double end = 0;
  bench b = bench_for(1, m);
  tj_stage_pack_dynamics(b.shape, b.stage, &end, zero, NULL);
  tj_stage_pack_cost(b.shape, b.stage, (tj_stage_cost){.luu = M});
  tj_value_pack(b.shape, b.value, NULL, NULL, 0);
  tj_kernel_expand(&b.kernel, b.stage, b.value);
  return b;
}

/* M = L D L' in whole numbers, D of squares but for one entry: every step of the factorisation is exact, so that the
 * first bad pivot is exactly that entry, zero included. */
static void test_indefinite(void **state) {
  (void)state;
  static double M[BIG_U * BIG_U], L[BIG_U * BIG_U];
  rng r = rng_from(env_seed("indefinite", 28));
  for (int round = env_rounds(300, 20); round > 0; round--) {
    int m = rng_int(&r, 1, BIG_U), bad = rng_int(&r, 0, m - 1);
    double D[BIG_U], pivot = 1;
    for (int i = 0; i < m; i++)
      D[i] = i == bad ? -rng_int(&r, 0, 3) : (rng_chance(&r, 0.5) ? 1 : 4);
    for (int i = 0; i < m * m; i++)
      L[i] = i % m == i / m ? 1 : (i % m > i / m ? rng_int(&r, -1, 1) : 0);
    for (int i = 0; i < m * m; i++) {
      M[i] = 0;
      for (int k = 0; k < m; k++)
        M[i] += L[i % m + k * m] * D[k] * L[i / m + k * m];
    }
    bench b = holding(M, m);
    assert_int_equal(tj_kernel_factor(&b.kernel, NULL, NULL, &pivot), bad);
    assert_true(pivot == D[bad]);
  }
}

static void test_not_finite(void **state) {
  (void)state;
  static double M[BIG_U * BIG_U];
  const double wrong[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
  const int sizes[] = {1, 2, 3, 5, 8, 17, 40};
  for (int n = 0; n < (env_rounds(7, 5)); n++) {
    int m = sizes[n];
    for (int at = 0; at < 3 * m * m; at++) {
      int row = at / 3 % m, col = at / 3 / m;
      if (row < col) continue;
      double pivot = 1;
      for (int i = 0; i < m * m; i++)
        M[i] = i % m == i / m ? m + 1 : 0.5;
      M[row + col * m] = wrong[at % 3];
      bench b = holding(M, m);
      assert_int_equal(tj_kernel_factor(&b.kernel, NULL, NULL, &pivot), row);
      assert_true(!(pivot > 0) || !isfinite(pivot));
    }
  }
}

/* A horizon of stages with a policy for each: minimising, damped, clamped or anything. */
typedef struct chain {
  tj_shape shape;
  sample stage[STAGES]; /* value functions: that of the last stage is the end's */
  double gain[STAGES][U * (X + 1)];
} chain;

/* (E1) v0 at stage 0 and the slope; s of the four-term form. */
static void sweep(rng *r, chain *c, double *v0, double *slope, double *s) {
  int n = c->shape.nx, m = c->shape.nu;
  bench b = bench_for(n, m);
  const sample *end = &c->stage[STAGES - 1];
  double g[U], pivot;
  memcpy(v0, end->v, (size_t)n * sizeof(double));
  tj_value_pack(b.shape, b.value, end->V, end->v, 0);
  *slope = 0;
  for (int k = STAGES - 1; k >= 0; k--) {
    double damping = rng_chance(r, 0.5) ? rng_decade(r, -3, 3) : 0, diagonal[U];
    sample_pack(b.shape, &c->stage[k], b.stage);
    tj_kernel_expand(&b.kernel, b.stage, b.value);
    for (int i = 0; i < m; i++)
      diagonal[i] = damping;
    if (tj_kernel_factor(&b.kernel, diagonal, NULL, &pivot) < 0) {
      tj_kernel_gain(&b.kernel, b.gain);
    } else {
      rng_fill(r, b.gain, gain_doubles(&b), 0.3);
    }
    for (int i = 0; i < m; i++) { /* a clamped control has no feedback and a step of its own */
      if (!rng_chance(r, 0.3)) continue;
      for (int j = 0; j < n; j++)
        b.gain[i + j * m] = 0;
      b.gain[i + n * m] = rng_normal(r);
    }
    memcpy(c->gain[k], b.gain, gain_doubles(&b) * sizeof(double));
    *slope += tj_kernel_slope(&b.kernel, b.stage, b.gain, v0, g);
    tj_kernel_value(&b.kernel, b.gain, b.value);
  }
  tj_value_unpack(b.shape, b.value, NULL, NULL, s);
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
  sample end = c->stage[STAGES - 1];
  end.s = 0;
  cost = exact_sum(cost, exact_scaled(0.5, exact_congruence(sample_value(c->shape, &end), x)));
  return *exact_at(cost, 0, 0);
}

static void assert_predicted(double predicted, long double found, long double size, int terms) {
  assert_true(fabsl(predicted - found) <= terms * DBL_EPSILON * size);
}

static void test_slope(void **state) {
  (void)state;
  static chain c;
  const double alphas[] = {-1, 1e-3, 0.25, 0.5, 1, 2}, origin[X] = {0};
  rng r = rng_from(env_seed("slope", 29));
  for (int round = env_rounds(60, 5); round > 0; round--) {
    c.shape = (tj_shape){.nx = rng_int(&r, 1, 8), .nu = rng_int(&r, 1, 8)};
    for (int k = 0; k < STAGES; k++)
      sample_draw(&r, c.shape, true, &c.stage[k]);
    int terms = 2 * STAGES * (c.shape.nx + c.shape.nu);
    double v0[X], slope, s;
    sweep(&r, &c, v0, &slope, &s);
    for (size_t i = 0; i < sizeof alphas / sizeof *alphas; i++) {
      exact_forget();
      double alpha = alphas[i], predicted = alpha * slope + alpha * alpha * (s - slope);
      exact up = rolled_out(&c, alpha, origin), down = rolled_out(&c, -alpha, origin);
      assert_predicted(predicted, up.sum, up.size, terms);
      /* The model is quadratic in alpha: its central difference is its slope. */
      assert_predicted(slope, (up.sum - down.sum) / (2 * alpha), up.size / fabs(alpha), terms);
    }
    for (int i = 0; i < c.shape.nx; i++) { /* v0 is the gradient by x0 of the feedback alone */
      double plus[X] = {0}, minus[X] = {0};
      exact_forget();
      plus[i] = 1;
      minus[i] = -1;
      exact up = rolled_out(&c, 0, plus), down = rolled_out(&c, 0, minus);
      assert_predicted(v0[i], (up.sum - down.sum) / 2, up.size, terms);
    }
  }
}

static void test_no_heap_calls(void **state) {
  (void)state;
  static sample p;
  if (!heap_calls_counted()) skip();
  rng r = rng_from(30);
  const long before = heap_calls;
  for (int nx = 1; nx <= X; nx++) {
    for (int nu = 1; nu <= U; nu += 3) {
      bench b = bench_for(nx, nu);
      double v0[X], g[U], next[X], pivot;
      sample_draw(&r, b.shape, true, &p);
      sample_pack(b.shape, &p, b.stage);
      tj_value_pack(b.shape, b.value, p.V, p.v, p.s);
      tj_kernel_expand(&b.kernel, b.stage, b.value);
      tj_kernel_add_curvature(&b.kernel, p.lxx, p.luu, p.lux);
      tj_kernel_factor(&b.kernel, NULL, NULL, &pivot);
      tj_kernel_gain(&b.kernel, b.gain);
      tj_kernel_value(&b.kernel, b.gain, b.value);
      rng_fill(&r, v0, (size_t)nx, 1);
      tj_kernel_slope(&b.kernel, b.stage, b.gain, v0, g);
      tj_stage_next(b.shape, b.stage, v0, g, next);
      tj_value_unpack(b.shape, b.value, p.V, p.v, &p.s);
      assert_int_equal(heap_calls, before);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pack_value),
      cmocka_unit_test(test_next),
      cmocka_unit_test(test_expand),
      cmocka_unit_test(test_curvature),
      cmocka_unit_test(test_value_of_any_gain),
      cmocka_unit_test(test_gain),
      cmocka_unit_test(test_clamped),
      cmocka_unit_test(test_indefinite),
      cmocka_unit_test(test_not_finite),
      cmocka_unit_test(test_slope),
      cmocka_unit_test(test_no_heap_calls),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
