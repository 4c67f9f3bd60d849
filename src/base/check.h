/* Number checks. */
#ifndef TJ_BASE_CHECK_H
#define TJ_BASE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* The same as tj_all_finite, for the large ones among the arrays. */
bool tj_many_finite(const double *a, size_t n);

/* Whether all n numbers are finite: x * 0 is 0 for a finite x and NaN otherwise. Four sums, so that they do not wait
 * for each other; inline, because most of the arrays that are checked are small. */
static inline bool tj_all_finite(const double *a, size_t n) {
  if (n > 256) return tj_many_finite(a, n);
  double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  size_t whole = n - n % 4;
  for (size_t i = 0; i < whole; i += 4) {
    s0 += a[i] * 0.0;
    s1 += a[i + 1] * 0.0;
    s2 += a[i + 2] * 0.0;
    s3 += a[i + 3] * 0.0;
  }
  for (size_t rest = n % 4; rest > 0; rest--)
    s0 += a[n - rest] * 0.0;
  return (s0 + s1) + (s2 + s3) == 0;
}

/* Index of the first number that is not finite; n when all are. */
size_t tj_first_not_finite(const double *a, size_t n);

/* Column-major matrix: the first entry that is not finite, of the lower triangle only if lower. False: all are finite.
 */
bool tj_matrix_not_finite(const double *a, int rows, int cols, bool lower, int *row, int *col);

#endif
