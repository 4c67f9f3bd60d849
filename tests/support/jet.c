#include "support/jet.h"

#include <math.h>

static int pair(int i, int j) {
  return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i;
}

jet jet_constant(double v) {
  return (jet){.v = v};
}

jet jet_variable(int n, int i, double v) {
  jet a = {.n = n, .v = v};
  if (n > 0) a.g[i] = 1;
  return a;
}

double jet_second(jet a, int i, int j) {
  return a.h[pair(i, j)];
}

/* p a + q b + r (product of the first derivatives), with the value v: every operation on two jets has this form. */
static jet combine(double v, double p, jet a, double q, jet b, double r) {
  jet c = {.n = a.n > b.n ? a.n : b.n, .v = v};
  for (int i = 0; i < c.n; i++) {
    c.g[i] = p * a.g[i] + q * b.g[i];
    for (int j = 0; j <= i; j++) {
      int at = pair(i, j);
      c.h[at] = p * a.h[at] + q * b.h[at] + r * (a.g[i] * b.g[j] + a.g[j] * b.g[i]);
    }
  }
  return c;
}

/* f(a) from the value and the first two derivatives of f. */
static jet chain(jet a, double f, double df, double ddf) {
  return combine(f, df, a, 0, a, 0.5 * ddf);
}

jet jet_add(jet a, jet b) {
  return combine(a.v + b.v, 1, a, 1, b, 0);
}

jet jet_sub(jet a, jet b) {
  return combine(a.v - b.v, 1, a, -1, b, 0);
}

jet jet_mul(jet a, jet b) {
  return combine(a.v * b.v, b.v, a, a.v, b, 1);
}

jet jet_scale(double c, jet a) {
  return chain(a, c * a.v, c, 0);
}

jet jet_shift(jet a, double c) {
  return chain(a, a.v + c, 1, 0);
}

jet jet_inverse(jet a) {
  double f = 1 / a.v;
  return chain(a, f, -f * f, 2 * f * f * f);
}

jet jet_sin(jet a) {
  return chain(a, sin(a.v), cos(a.v), -sin(a.v));
}

jet jet_cos(jet a) {
  return chain(a, cos(a.v), -sin(a.v), -cos(a.v));
}

jet jet_exp(jet a) {
  double f = exp(a.v);
  return chain(a, f, f, f);
}

jet jet_log(jet a) {
  return chain(a, log(a.v), 1 / a.v, -1 / (a.v * a.v));
}

jet jet_sqrt(jet a) {
  double f = sqrt(a.v);
  return chain(a, f, 0.5 / f, -0.25 / (f * a.v));
}

jet jet_tanh(jet a) {
  double f = tanh(a.v), df = 1 - f * f;
  return chain(a, f, df, -2 * f * df);
}

jet jet_atan(jet a) {
  double df = 1 / (1 + a.v * a.v);
  return chain(a, atan(a.v), df, -2 * a.v * df * df);
}
