/* Smooth functions with exact derivatives, at any scale: S g(x / s) of three variables. Some cancel, some stand on a
 * large constant, some are defined on one side of an edge only (NaN on the other). */
#ifndef SUPPORT_SMOOTH_H
#define SUPPORT_SMOOTH_H

#include "support/jet.h"

enum { SMOOTH_NZ = 3 };

typedef jet smooth_fn(const jet *y);

typedef struct smooth {
  const char *name;
  smooth_fn *g;
  double hidden; /* size of terms that cancel: their rounding stays, and cannot be seen in the value */
} smooth;

/* The i-th function, i = 0, 1, ...; NULL past the last. */
const smooth *smooth_list(int i);

/* The function of that name, or NULL. */
const smooth *smooth_find(const char *name);

typedef struct scaled {
  const smooth *f;
  double s, S;
} scaled;

/* Value at z with derivatives by n = SMOOTH_NZ variables, or as a plain number for n = 0. */
jet smooth_at(const scaled *f, int n, const double *z);

#endif
