#include "support/box.h"

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

long double box_entry(const box *b, int i, int j) {
  long double damping = i == j ? b->damping : 0;
  return damping + (i >= j ? b->H[i + j * b->nu] : b->H[j + i * b->nu]);
}

long double box_gradient(const box *b, const double *d, int i, long double *size) {
  long double sum = b->g[i];
  *size = fabs(b->g[i]);
  for (int j = 0; j < b->nu; j++) {
    sum += box_entry(b, i, j) * d[j];
    *size += fabsl(box_entry(b, i, j) * d[j]);
  }
  return sum;
}

static long double objective(const box *b, const double *d) {
  long double sum = 0, size;
  for (int i = 0; i < b->nu; i++)
    sum += 0.5L * d[i] * (box_gradient(b, d, i, &size) + b->g[i]);
  return sum;
}

void box_eliminate(const box *b, const bool *is_free, long double *rhs) {
  long double M[BOX_MOST][BOX_MOST] = {{0}};
  for (int i = 0; i < b->nu; i++) {
    for (int j = 0; j < b->nu; j++)
      M[i][j] = is_free[i] && is_free[j] ? box_entry(b, i, j) : i == j;
    if (!is_free[i]) rhs[i] = 0;
  }
  for (int c = 0; c < b->nu; c++) {
    for (int i = c + 1; i < b->nu; i++) {
      long double factor = M[i][c] / M[c][c];
      for (int j = c; j < b->nu; j++)
        M[i][j] -= factor * M[c][j];
      rhs[i] -= factor * rhs[c];
    }
  }
  for (int i = b->nu - 1; i >= 0; i--) {
    for (int j = i + 1; j < b->nu; j++)
      rhs[i] -= M[i][j] * rhs[j];
    rhs[i] /= M[i][i];
  }
}

/* The minimum on a face: digit i of code says whether control i is free, at its lower or at its upper limit. False when
 * it is outside the box. */
static bool face_minimum(const box *b, int code, double *d) {
  bool is_free[BOX_MOST] = {false};
  long double rhs[BOX_MOST] = {0};
  for (int i = 0; i < b->nu; i++, code /= 3) {
    is_free[i] = code % 3 == 0;
    d[i] = is_free[i] ? 0 : (code % 3 == 1 ? b->lower[i] : b->upper[i]);
    if (isinf(d[i])) return false;
  }
  for (int i = 0; i < b->nu; i++) {
    long double size;
    rhs[i] = -box_gradient(b, d, i, &size);
  }
  box_eliminate(b, is_free, rhs);
  for (int i = 0; i < b->nu; i++) {
    if (is_free[i]) d[i] = (double)rhs[i];
    if (d[i] < b->lower[i] || d[i] > b->upper[i]) return false;
  }
  return true;
}

void box_best_of_faces(const box *b, double *best) {
  int faces = 1;
  bool found = false;
  for (int i = 0; i < b->nu; i++)
    faces *= 3;
  for (int code = 0; code < faces; code++) {
    double d[BOX_MOST];
    if (!face_minimum(b, code, d)) continue;
    if (found && objective(b, d) >= objective(b, best)) continue;
    memcpy(best, d, sizeof d);
    found = true;
  }
  assert_true(found);
}
