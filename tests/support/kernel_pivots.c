/* Factorisations that must fail, and at which pivot. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>

#include "support/env.h"
#include "support/kernel_bench.h"
#include "support/kernel_trials.h"

enum { U = KERNEL_CONTROLS };

/* Puts M into Quu, factors it in parts and in one; both say the same. */
static int failing_pivot(const tj_backend *backend, const double *M, int m, double *pivot) {
  static const double zero[U];
  kernel_bench b = kernel_bench_for(backend, (tj_shape){.nx = 1, .nu = m});
  double other = 1;
  tj_stage_pack(&b.kernel, b.stage, &(tj_stage_dynamics){zero, zero, NULL}, &(tj_stage_cost){.luu = M});
  tj_value_pack(&b.kernel, b.value, NULL, NULL, 0);
  tj_kernel_expand(&b.kernel, b.stage, b.value);
  int failed = tj_kernel_factor(&b.kernel, pivot);
  assert_int_equal(tj_kernel_backward(&b.kernel, b.stage, b.value, b.gain, &other), failed);
  assert_true(other == *pivot || (isnan(other) && isnan(*pivot)));
  return failed;
}

/* M = L D L' in whole numbers, D of squares but for one entry: every step of the factorisation is exact, so that the
 * first bad pivot is exactly that entry, zero included. */
void kernel_indefinite(void **state) {
  static double M[U * U], L[U * U];
  const kernel_subject *subject = *state;
  if (subject->backend == NULL) skip();
  rng r = rng_from(env_seed("indefinite", 28));
  for (int round = env_rounds(300, 20); round > 0; round--) {
    int m = rng_int(&r, 1, U), bad = rng_int(&r, 0, m - 1);
    double D[U], pivot = 1;
    for (int i = 0; i < m; i++)
      D[i] = i == bad ? -rng_int(&r, 0, 3) : (rng_chance(&r, 0.5) ? 1 : 4);
    for (int i = 0; i < m * m; i++)
      L[i] = i % m == i / m ? 1 : (i % m > i / m ? rng_int(&r, -1, 1) : 0);
    for (int i = 0; i < m * m; i++) {
      M[i] = 0;
      for (int k = 0; k < m; k++)
        M[i] += L[i % m + k * m] * D[k] * L[i / m + k * m];
    }
    assert_int_equal(failing_pivot(subject->backend, M, m, &pivot), bad);
    assert_true(pivot == D[bad]);
  }
}

/* Pivots that cannot be divided by. */
void kernel_tiny(void **state) {
  double M[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  const kernel_subject *subject = *state;
  if (subject->backend == NULL) skip();
  for (int i = 0; i < 3; i++) {
    double pivot = 1, accepted = 1;
    M[i + 3 * i] = 1e-310;
    assert_int_equal(failing_pivot(subject->backend, M, 3, &pivot), i);
    assert_true(pivot > 0 && pivot < 1.1e-310);
    M[i + 3 * i] = 1e-307;
    assert_int_equal(failing_pivot(subject->backend, M, 3, &accepted), -1);
    M[i + 3 * i] = 1;
  }
}

void kernel_not_finite(void **state) {
  static double M[U * U];
  const double wrong[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
  const int sizes[] = {1, 2, 3, 4, 5, 8, 12, 17, 40};
  const kernel_subject *subject = *state;
  if (subject->backend == NULL) skip();
  for (int n = 0; n < env_rounds(9, 6); n++) {
    int m = sizes[n];
    for (int at = 0; at < 3 * m * m; at++) {
      int row = at / 3 % m, col = at / 3 / m;
      if (row < col) continue;
      double pivot = 1;
      for (int i = 0; i < m * m; i++)
        M[i] = i % m == i / m ? m + 1 : 0.5;
      M[row + col * m] = wrong[at % 3];
      assert_int_equal(failing_pivot(subject->backend, M, m, &pivot), row);
      assert_true(!(pivot > 0) || !isfinite(pivot));
    }
  }
}
