#include "fuzz/curve.h"

#include <math.h>

curve curve_draw(bytes *b, int n, double scale) {
  curve c = {.n = n};
  if (bytes_chance(b, 80)) c.term = (curve_term)bytes_int(b, 0, CURVE_TERMS - 1);
  for (int i = 0; i < n; i++)
    c.linear[i] = scale * bytes_number(b);
  if (c.term == CURVE_NONE) return c;
  for (int i = 0; i < n; i++)
    c.bend[i] = bytes_number(b);
  c.gain = scale * bytes_number(b);
  c.offset = bytes_number(b);
  return c;
}

static double argument(const curve *c, const double *z) {
  double w = c->offset;
  for (int i = 0; i < c->n; i++)
    w += c->bend[i] * z[i];
  return w;
}

/* T, T' or T'' at w; NaN where there is none. */
static double term(curve_term kind, double w, int order) {
  switch (kind) {
    case CURVE_SINE:
      return order == 0 ? sin(w) : order == 1 ? cos(w) : -sin(w);
    case CURVE_SQUARE:
      return order == 0 ? w * w : order == 1 ? 2 * w : 2;
    case CURVE_CUBE:
      return order == 0 ? w * w * w : order == 1 ? 3 * w * w : 6 * w;
    case CURVE_EXP:
      return exp(w);
    case CURVE_KINK:
      return order == 0 ? fabs(w) : order == 1 ? copysign(1, w) : 0;
    case CURVE_JUMP:
      return order == 0 ? floor(w) : 0;
    case CURVE_POLE:
      return order == 0 ? 1 / w : order == 1 ? -1 / (w * w) : 2 / (w * w * w);
    case CURVE_ROOT:
      return order == 0 ? sqrt(w) : order == 1 ? 0.5 / sqrt(w) : -0.25 / (w * sqrt(w));
    case CURVE_LOG:
      return w < 0 ? (double)NAN : order == 0 ? log(w) : order == 1 ? 1 / w : -1 / (w * w);
    case CURVE_NONE:
    case CURVE_TERMS:
      break;
  }
  return 0;
}

bool curve_value(const curve *c, const double *z, double *value) {
  *value = 0;
  for (int i = 0; i < c->n; i++)
    *value += c->linear[i] * z[i];
  if (c->term != CURVE_NONE) *value += c->gain * term(c->term, argument(c, z), 0);
  return !isnan(*value);
}

void curve_add_gradient(const curve *c, const double *z, double weight, double *gradient, int stride) {
  const double slope = c->term == CURVE_NONE ? 0 : c->gain * term(c->term, argument(c, z), 1);
  for (int i = 0; i < c->n; i++)
    gradient[i * stride] += weight * (c->linear[i] + slope * c->bend[i]);
}

void curve_add_hessian(const curve *c, const double *z, double weight, double *H) {
  if (c->term == CURVE_NONE) return;
  const double bend = weight * c->gain * term(c->term, argument(c, z), 2);
  for (int j = 0; j < c->n; j++)
    for (int i = 0; i < c->n; i++)
      H[i + j * c->n] += bend * c->bend[i] * c->bend[j];
}
