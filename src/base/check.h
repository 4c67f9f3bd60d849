/* Checks of numbers, and of what must be nothing. */
#ifndef TJ_BASE_CHECK_H
#define TJ_BASE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* The same as tj_all_finite, for the longer ones among the arrays. */
bool tj_many_finite(const double *a, size_t n);

/* Whether all n numbers are finite: 0 times a finite one is 0, and NaN otherwise. Of few numbers one by one: they were
 * written a moment ago, and a CPU that is asked for several at once waits until they have left it. */
static inline bool tj_all_finite(const double *a, size_t n) {
  if (n > 16) return tj_many_finite(a, n);
  double product = 0;
  for (size_t i = 0; i < n; i++)
    product *= a[i];
  return product == 0;
}

/* Index of the first number that is not finite; n when all are. */
size_t tj_first_not_finite(const double *a, size_t n);

/* Column-major matrix: the first entry that is not finite, of the lower triangle only if lower. False: all are finite.
 */
bool tj_matrix_not_finite(const double *a, int rows, int cols, bool lower, int *row, int *col);

/* Whether n reserved pointers are all NULL. */
bool tj_reserved_zero(void *const *reserved, size_t n);

#endif
