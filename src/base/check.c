#include "base/check.h"

#include <math.h>

/* Several products, so that they do not wait for each other. */
bool tj_many_finite(const double *a, size_t n) {
  enum { PRODUCTS = 8 };
  double products[PRODUCTS] = {0};
  for (; n >= PRODUCTS; n -= PRODUCTS, a += PRODUCTS) {
    for (size_t j = 0; j < PRODUCTS; j++)
      products[j] *= a[j];
  }
  for (size_t j = 0; j < n; j++)
    products[j] *= a[j];
  return tj_all_finite(products, PRODUCTS);
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
