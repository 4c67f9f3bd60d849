/* Whole matrices: against long double, and refusals. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <string.h>

#include "linalg/matrix.h"
#include "support/env.h"
#include "support/exact.h"
#include "support/near.h"
#include "support/rng.h"

enum { MOST = 33 };

static void test_product(void **state) {
  (void)state;
  static double A[MOST * MOST], B[MOST * MOST], C[MOST * MOST];
  rng r = rng_from(env_seed("product", 1));
  for (int round = 0; round < env_rounds(40, 5); round++) {
    int m = rng_int(&r, 1, MOST), n = rng_int(&r, 1, MOST), k = rng_int(&r, 1, MOST);
    rng_fill(&r, A, MOST * MOST, 1);
    rng_fill(&r, B, MOST * MOST, 1);
    for (int i = 0; i < MOST * MOST; i++)
      C[i] = (double)NAN;
    tj_set_product(m, n, k, A, B, C);
    assert_exact(C, exact_product(exact_of(A, m, k), exact_of(B, k, n)), k + 2);
    exact_forget();
  }
}

static void test_close_loop(void **state) {
  (void)state;
  const double A[4] = {1, 2, 3, 4}, B[2] = {1, -1}, K[2] = {5, 7}, zero[4] = {0};
  const double closed[4] = {6, -3, 10, -3}, fed_back[4] = {5, -5, 7, -7};
  double M[4] = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};
  tj_close_loop(2, 1, A, B, K, M);
  assert_memory_equal(M, closed, sizeof M);
  tj_close_loop(2, 1, NULL, B, K, M);
  assert_memory_equal(M, fed_back, sizeof M);
  tj_close_loop(2, 1, A, NULL, K, M);
  assert_memory_equal(M, A, sizeof M);
  tj_close_loop(2, 1, NULL, NULL, K, M);
  assert_memory_equal(M, zero, sizeof M);
}

static void test_transpose(void **state) {
  (void)state;
  const double A[6] = {1, 2, 3, 4, 5, 6}, expected[6] = {1, 3, 5, 2, 4, 6};
  double B[6];
  tj_transpose(2, 3, A, B);
  assert_memory_equal(B, expected, sizeof B);
}

static void test_identity_and_symmetry(void **state) {
  (void)state;
  const double expected[9] = {2.5, 0, 0, 0, 2.5, 0, 0, 0, 2.5}, mean[4] = {1, 3, 3, 7};
  double I[9], A[4] = {1, 2, 4, 7};
  tj_set_identity(3, 2.5, I);
  assert_memory_equal(I, expected, sizeof I);
  tj_symmetrise(2, A);
  assert_memory_equal(A, mean, sizeof A);
}

static void test_largest(void **state) {
  (void)state;
  const double a[5] = {1, -7, 3, (double)NAN, 0}, b[2] = {1, -HUGE_VAL};
  assert_near(tj_largest(a, 3), 7, 0);
  assert_near(tj_largest(a, 0), 0, 0);
  assert_true(tj_largest(a, 5) == HUGE_VAL);
  assert_true(tj_largest(b, 2) == HUGE_VAL);
}

/* What is left of A X = B, against the sizes of its terms. */
static void test_lu(void **state) {
  (void)state;
  static double A[MOST * MOST], F[MOST * MOST], B[MOST * MOST], X[MOST * MOST], AX[MOST * MOST];
  int pivots[MOST];
  rng r = rng_from(env_seed("lu", 2));
  double worst = 0;
  for (int round = 0; round < env_rounds(60, 6); round++) {
    int n = rng_int(&r, 1, MOST), count = rng_int(&r, 1, MOST);
    rng_fill(&r, A, MOST * MOST, 1);
    rng_fill(&r, B, MOST * MOST, 1);
    A[0] = round % 2 ? A[0] : 0; /* rows must move */
    if (n == 1) A[0] = 3;
    memcpy(F, A, sizeof F);
    memcpy(X, B, sizeof X);
    assert_true(tj_lu_factor(n, F, pivots));
    tj_lu_solve(n, count, F, pivots, X);
    tj_set_product(n, count, n, A, X, AX);
    double size = tj_largest(A, (size_t)(n * n)) * tj_largest(X, (size_t)(n * count)) * n;
    for (int i = 0; i < n * count; i++)
      worst = fmax(worst, fabs(AX[i] - B[i]) / size);
  }
  print_message("lu: largest residual %.1e of the terms\n", worst);
  assert_true(worst <= 1e-14);
}

static void test_trace(void **state) {
  (void)state;
  const double A[4] = {1, 2, (double)NAN, 3}, B[4] = {5, 7, (double)NAN, 11};
  assert_true(tj_trace(2, A, B) == 5 + 2 * 14 + 33);
  assert_true(tj_trace(2, NULL, B) == 0);
}

static void test_lu_refuses(void **state) {
  (void)state;
  double singular[4] = {1, 2, 2, 4}, zero[1] = {0}, nan[4] = {1, 2, (double)NAN, 4}, infinite[1] = {HUGE_VAL};
  int pivots[2];
  assert_false(tj_lu_factor(2, singular, pivots));
  assert_false(tj_lu_factor(1, zero, pivots));
  assert_false(tj_lu_factor(2, nan, pivots));
  assert_false(tj_lu_factor(1, infinite, pivots));
}

static void test_positive_definite(void **state) {
  (void)state;
  const double A[9] = {2, -1, 0, (double)NAN, 2, -1, (double)NAN, (double)NAN, 2}; /* least eigenvalue 2 - sqrt(2) */
  const double least = 2 - sqrt(2);
  double work[9], nan[1] = {(double)NAN}, infinite[1] = {HUGE_VAL};
  assert_true(tj_positive_definite(3, A, 0, work));
  assert_true(tj_positive_definite(3, A, -least * (1 - 1e-9), work));
  assert_false(tj_positive_definite(3, A, -least * (1 + 1e-9), work));
  assert_false(tj_positive_definite(3, A, -3, work));
  assert_false(tj_positive_definite(1, nan, 0, work));
  assert_false(tj_positive_definite(1, infinite, 0, work));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_product),           cmocka_unit_test(test_close_loop),
      cmocka_unit_test(test_transpose),         cmocka_unit_test(test_identity_and_symmetry),
      cmocka_unit_test(test_largest),           cmocka_unit_test(test_lu),
      cmocka_unit_test(test_lu_refuses),        cmocka_unit_test(test_trace),
      cmocka_unit_test(test_positive_definite),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
