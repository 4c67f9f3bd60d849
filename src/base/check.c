#include "base/check.h"

#include <math.h>

/* Several sums, so that they do not wait for each other. */
bool tj_many_finite(const double *a, size_t n) {
  enum { SUMS = 8 };
  double sums[SUMS] = {0}, sum = 0;
  for (; n >= SUMS; n -= SUMS, a += SUMS) {
    for (size_t j = 0; j < SUMS; j++)
      sums[j] += a[j] * 0.0;
  }
  for (size_t j = 0; j < SUMS; j++)
    sum += sums[j];
  for (; n > 0; n--, a++)
    sum += *a * 0.0;
  return sum == 0;
}

size_t tj_first_not_finite(const double *a, size_t n) {
  if (tj_all_finite(a, n)) return n;
  size_t i = 0;
  while (isfinite(a[i]))
    i++;
  return i;
}

bool tj_matrix_not_finite(const double *a, int rows, int cols, bool lower, int *row, int *col) {
  for (int j = 0; j < cols; j++) {
    int top = lower ? j : 0;
    size_t n = (size_t)(rows - top);
    const double *column = a + (size_t)j * (size_t)rows + top;
    size_t i = tj_first_not_finite(column, n);
    if (i < n) {
      *row = top + (int)i;
      *col = j;
      return true;
    }
  }
  return false;
}

bool tj_reserved_zero(void *const *reserved, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (reserved[i] != NULL) return false;
  }
  return true;
}
