#include "support/near.h"

// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>

void near_check(double actual, double expected, double tolerance, const char *file, int line) {
  if (fabs(actual - expected) <= tolerance) return;
  print_error("%.17g is not within %g of %.17g\n", actual, tolerance, expected);
  _fail(file, line);
}

double largest_difference(const double *a, const double *b, int count) {
  double difference = 0, size = 0;
  for (int i = 0; i < count; i++) {
    difference = fmax(difference, fabs(a[i] - b[i]));
    size = fmax(size, fabs(b[i]));
  }
  return size > 0 ? difference / size : difference;
}
