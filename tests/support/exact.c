#include "support/exact.h"

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

enum { POOL = 1 << 22 };

static exact pool[POOL];
static int used;

void exact_forget(void) {
  used = 0;
}

exact_matrix exact_zero(int rows, int cols) {
  exact_matrix a = {.rows = rows, .cols = cols, .entries = pool + used};
  assert_true(rows * cols <= POOL - used);
  used += rows * cols;
  for (int i = 0; i < rows * cols; i++)
    a.entries[i] = (exact){0, 0};
  return a;
}

exact *exact_at(exact_matrix a, int row, int col) {
  return a.entries + row + col * a.rows;
}

static exact number(double a) {
  return (exact){a, fabsl(a)};
}

exact_matrix exact_identity(int n) {
  exact_matrix a = exact_zero(n, n);
  for (int i = 0; i < n; i++)
    *exact_at(a, i, i) = number(1);
  return a;
}

exact_matrix exact_of(const double *a, int rows, int cols) {
  exact_matrix b = exact_zero(rows, cols);
  for (int i = 0; a != NULL && i < rows * cols; i++)
    b.entries[i] = number(a[i]);
  return b;
}

exact_matrix exact_symmetric(const double *a, int n) {
  exact_matrix b = exact_zero(n, n);
  for (int j = 0; a != NULL && j < n; j++) {
    for (int i = j; i < n; i++)
      *exact_at(b, i, j) = *exact_at(b, j, i) = number(a[i + j * n]);
  }
  return b;
}

void exact_put(exact_matrix a, int row, int col, exact_matrix block) {
  for (int j = 0; j < block.cols; j++) {
    for (int i = 0; i < block.rows; i++)
      *exact_at(a, row + i, col + j) = *exact_at(block, i, j);
  }
}

exact_matrix exact_block(exact_matrix a, int row, int col, int rows, int cols) {
  exact_matrix b = exact_zero(rows, cols);
  for (int j = 0; j < cols; j++) {
    for (int i = 0; i < rows; i++)
      *exact_at(b, i, j) = *exact_at(a, row + i, col + j);
  }
  return b;
}

exact_matrix exact_transpose(exact_matrix a) {
  exact_matrix b = exact_zero(a.cols, a.rows);
  for (int j = 0; j < a.cols; j++) {
    for (int i = 0; i < a.rows; i++)
      *exact_at(b, j, i) = *exact_at(a, i, j);
  }
  return b;
}

exact_matrix exact_product(exact_matrix a, exact_matrix b) {
  exact_matrix c = exact_zero(a.rows, b.cols);
  assert_int_equal(a.cols, b.rows);
  for (int j = 0; j < b.cols; j++) {
    for (int k = 0; k < a.cols; k++) {
      exact factor = *exact_at(b, k, j);
      for (int i = 0; i < a.rows; i++) {
        exact_at(c, i, j)->sum += exact_at(a, i, k)->sum * factor.sum;
        exact_at(c, i, j)->size += exact_at(a, i, k)->size * factor.size;
      }
    }
  }
  return c;
}

exact_matrix exact_sum(exact_matrix a, exact_matrix b) {
  exact_matrix c = exact_zero(a.rows, a.cols);
  assert_true(a.rows == b.rows && a.cols == b.cols);
  for (int i = 0; i < a.rows * a.cols; i++)
    c.entries[i] = (exact){a.entries[i].sum + b.entries[i].sum, a.entries[i].size + b.entries[i].size};
  return c;
}

exact_matrix exact_scaled(double factor, exact_matrix a) {
  exact_matrix c = exact_zero(a.rows, a.cols);
  for (int i = 0; i < a.rows * a.cols; i++)
    c.entries[i] = (exact){factor * a.entries[i].sum, fabs(factor) * a.entries[i].size};
  return c;
}

void exact_check(const double *actual, exact_matrix expected, double factor, const char *file, int line) {
  for (int j = 0; j < expected.cols; j++) {
    for (int i = 0; i < expected.rows; i++) {
      exact e = *exact_at(expected, i, j);
      double a = actual[i + j * expected.rows];
      if (fabsl(a - e.sum) <= factor * DBL_EPSILON * e.size) continue;
      print_error("(%d, %d): %.17g is not %.17Lg within %g roundings of %.3Lg\n", i, j, a, e.sum, factor, e.size);
      _fail(file, line);
    }
  }
}
