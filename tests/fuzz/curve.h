/* Functions of z = (x, u) with derivatives: a linear part, and one bent term, smooth or not. */
#ifndef FUZZ_CURVE_H
#define FUZZ_CURVE_H

#include <stdbool.h>

#include "fuzz/bytes.h"

enum { CURVE_MOST = 12 }; /* coordinates */

typedef enum curve_term {
  CURVE_NONE,
  CURVE_SINE,
  CURVE_SQUARE,
  CURVE_CUBE,
  CURVE_EXP,
  CURVE_KINK, /* |w| */
  CURVE_JUMP, /* floor(w) */
  CURVE_POLE, /* 1 / w */
  CURVE_ROOT, /* undefined below 0 */
  CURVE_LOG,  /* undefined up to 0 */
  CURVE_TERMS
} curve_term;

/* linear'z + gain T(w), w = offset + bend'z. */
typedef struct curve {
  int n;
  curve_term term;
  double linear[CURVE_MOST], bend[CURVE_MOST], gain, offset;
} curve;

curve curve_draw(bytes *b, int n, double scale);

/* The value; false where it is not defined, with NaN in *value. */
bool curve_value(const curve *c, const double *z, double *value);

/* Adds weight times the gradient, with entries stride apart. */
void curve_add_gradient(const curve *c, const double *z, double weight, double *gradient, int stride);

/* Adds weight times the Hessian, n x n. */
void curve_add_hessian(const curve *c, const double *z, double weight, double *H);

#endif
