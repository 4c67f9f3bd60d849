/* The doubled recursion against the plain one, sums of powers against closed forms, and spectral radii. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/matrix.h"
#include "lqr/doubling.h"
#include "support/env.h"
#include "support/near.h"
#include "support/rng.h"

enum { MOST = 9 };

typedef struct subject {
  void *block;
  tj_doubling d;
} subject;

static void begin(subject *s, int n) {
  tj_arena arena = tj_arena_measure();
  tj_doubling_layout(&arena, n);
  size_t size = tj_arena_block_size(&arena);
  s->block = calloc(1, size);
  assert_non_null(s->block);
  arena = tj_arena_over(s->block, size);
  s->d = tj_doubling_layout(&arena, n);
  assert_false(arena.overflow);
}

static bool run_scalar(double a, double g, double h, double *limit) {
  subject s;
  begin(&s, 1);
  s.d.A[0] = a;
  s.d.G[0] = g;
  s.d.H[0] = h;
  bool settled = tj_doubling_run(&s.d, 1);
  *limit = s.d.H[0];
  free(s.block);
  return settled;
}

static void test_scalar(void **state) {
  (void)state;
  double limit;
  assert_true(run_scalar(1, 1, 1, &limit));
  assert_near(limit, 1.6180339887498949, 1e-15);
  assert_true(run_scalar(0.5, 0, 1, &limit)); /* 1 + 1/4 + 1/16 + ... */
  assert_near(limit, 4.0 / 3, 1e-15);
  assert_true(run_scalar(0, 1, 7, &limit));
  assert_near(limit, 7, 0);
  assert_true(run_scalar(2, 1, 0, &limit)); /* nothing to pay: nothing is done */
  assert_near(limit, 0, 0);
  assert_false(run_scalar(2, 0, 1, &limit));  /* it grows without limit */
  assert_false(run_scalar(1, 0, 1, &limit));  /* so does this, slowly */
  assert_false(run_scalar(1, -1, 1, &limit)); /* I + G H is singular */
  assert_false(run_scalar((double)NAN, 1, 1, &limit));
}

/* X = H + A'X (I + G X)^-1 A, repeated until it stays. */
static void plain(int n, const double *A, const double *G, const double *H, double *X) {
  double M[MOST * MOST], Y[MOST * MOST], T[MOST * MOST], At[MOST * MOST];
  int pivots[MOST];
  tj_transpose(n, n, A, At);
  memset(X, 0, sizeof(double) * (size_t)(n * n));
  for (int round = 0; round < 3000; round++) {
    tj_set_product(n, n, n, G, X, M);
    for (int i = 0; i < n; i++)
      M[i + i * n] += 1;
    memcpy(Y, A, sizeof(double) * (size_t)(n * n));
    assert_true(tj_lu_factor(n, M, pivots));
    tj_lu_solve(n, n, M, pivots, Y);
    tj_set_product(n, n, n, X, Y, T);
    tj_set_product(n, n, n, At, T, X);
    for (int i = 0; i < n * n; i++)
      X[i] += H[i];
  }
}

static void draw_square(rng *r, int n, double *a) {
  double W[MOST * MOST], Wt[MOST * MOST];
  rng_fill(r, W, (size_t)(n * n), 1 / sqrt(n));
  tj_transpose(n, n, W, Wt);
  tj_set_product(n, n, n, W, Wt, a);
}

static void test_against_the_plain_recursion(void **state) {
  (void)state;
  rng r = rng_from(env_seed("plain recursion", 3));
  double worst = 0;
  for (int round = 0; round < env_rounds(40, 4); round++) {
    double A[MOST * MOST], G[MOST * MOST], H[MOST * MOST], X[MOST * MOST];
    int n = rng_int(&r, 1, MOST);
    size_t bytes = sizeof(double) * (size_t)(n * n);
    rng_fill(&r, A, (size_t)(n * n), 1 / sqrt(n));
    draw_square(&r, n, G);
    draw_square(&r, n, H);
    subject s;
    begin(&s, n);
    memcpy(s.d.A, A, bytes);
    memcpy(s.d.G, G, bytes);
    memcpy(s.d.H, H, bytes);
    assert_true(tj_doubling_run(&s.d, 1));
    plain(n, A, G, H, X);
    for (int i = 0; i < n * n; i++)
      worst = fmax(worst, fabs(s.d.H[i] - X[i]) / tj_largest(X, (size_t)(n * n)));
    free(s.block);
  }
  print_message("doubling: at most %.1e from the plain recursion\n", worst);
  assert_true(worst <= 1e-12);
}

static void test_sums(void **state) {
  (void)state;
  double T[4], U[4];
  double half[1] = {0.5}, X[1] = {3};
  assert_near(tj_stein(1, half, X, T, U), 0.5, 1e-14);
  assert_near(X[0], 4, 1e-14);
  double nil[4] = {0, 0, 1, 0}, I[4] = {1, 0, 0, 1};
  assert_near(tj_stein(2, nil, I, T, U), 0, 0);
  assert_near(I[0], 1, 0);
  assert_near(I[3], 2, 0);
  double zero[1] = {0}, Y[1] = {5};
  assert_near(tj_stein(1, zero, Y, T, U), 0, 0);
  assert_near(Y[0], 5, 0);
  /* A turn of length 0.9: each power is 0.81 of the one before. */
  const double c = 0.9 * cos(0.3), s = 0.9 * sin(0.3);
  double turn[4] = {c, s, -s, c}, W[4] = {1, 0, 0, 1};
  assert_near(tj_stein(2, turn, W, T, U), 0.9, 1e-3);
  assert_near(W[0], 1 / (1 - 0.81), 1e-13);
  assert_near(W[1], 0, 1e-13);
}

static void test_distance_from_the_unit_circle(void **state) {
  (void)state;
  double T[4], U[4], X[4] = {1, 0, 0, 1}, Y[1] = {1}, Z[1] = {1};
  double far[4] = {0.99, 0, 1e6, 0.98}; /* the powers grow a million-fold before they fall */
  assert_near(tj_stein(2, far, X, T, U), 0.99, 1e-4);
  double slow[1] = {1 - 1e-8}, unit[1] = {-1}, growing[1] = {1.001}, nan[1] = {(double)NAN};
  assert_near(1 - tj_stein(1, slow, Y, T, U), 1e-8, 1e-14);
  assert_near(Y[0] * 2e-8, 1, 2e-8);
  assert_true(tj_stein(1, unit, Z, T, U) >= 1);
  Z[0] = 1;
  assert_true(tj_stein(1, growing, Z, T, U) > 1);
  assert_true(tj_stein(1, nan, Z, T, U) > 1);
}

static void test_radius(void **state) {
  (void)state;
  const double c = 1.3 * cos(1), s = 1.3 * sin(1);
  double T[9], turn[4] = {c, s, -s, c}, far[4] = {0.99, 0, 1e6, 0.98}, zero[4] = {0}, nil[4] = {0, 0, 5, 0};
  double pair[9] = {0, 0, 1, 1, 0, 0, 0, 1, 0}; /* the cube is I */
  double negative[1] = {-0.25}, huge[1] = {1e200}, tiny[1] = {1e-300}, nan[1] = {(double)NAN};
  assert_near(tj_radius(2, turn, T), 1.3, 1e-9);
  assert_near(tj_radius(2, far, T), 0.99, 1e-9);
  assert_near(tj_radius(3, pair, T), 1, 1e-15);
  assert_near(tj_radius(2, zero, T), 0, 0);
  assert_near(tj_radius(2, nil, T), 0, 0);
  assert_near(tj_radius(1, negative, T), 0.25, 1e-15);
  assert_near(tj_radius(1, huge, T) / 1e200, 1, 1e-12);
  assert_near(tj_radius(1, tiny, T) / 1e-300, 1, 1e-12);
  assert_true(tj_radius(1, nan, T) == HUGE_VAL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_scalar), cmocka_unit_test(test_against_the_plain_recursion),
      cmocka_unit_test(test_sums),   cmocka_unit_test(test_distance_from_the_unit_circle),
      cmocka_unit_test(test_radius),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
