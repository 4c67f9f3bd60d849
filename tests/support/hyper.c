#include "support/hyper.h"

#include <math.h>

/* f(p) from f and its first two derivatives. */
static hyper chain(hyper p, long double f, long double df, long double ddf) {
  return (hyper){f, df * p.a, df * p.b, df * p.ab + ddf * p.a * p.b};
}

hyper hyper_sin(hyper p) {
  return chain(p, sinl(p.v), cosl(p.v), -sinl(p.v));
}

hyper hyper_cos(hyper p) {
  return chain(p, cosl(p.v), -sinl(p.v), -cosl(p.v));
}

void hyper_cross(const hyper *p, const hyper *q, hyper *out) {
  for (int i = 0; i < 3; i++) {
    int j = (i + 1) % 3, k = (i + 2) % 3;
    out[i] = hyper_sub(hyper_mul(p[j], q[k]), hyper_mul(p[k], q[j]));
  }
}

hyper hyper_dot(int n, const hyper *p, const hyper *q) {
  hyper sum = {0};
  for (int i = 0; i < n; i++)
    sum = hyper_add(sum, hyper_mul(p[i], q[i]));
  return sum;
}

void hyper_quaternion(const hyper *p, const hyper *q, hyper *out) {
  hyper across[3];
  hyper_cross(p + 1, q + 1, across);
  out[0] = hyper_sub(hyper_mul(p[0], q[0]), hyper_dot(3, p + 1, q + 1));
  for (int i = 0; i < 3; i++)
    out[1 + i] = hyper_add(across[i], hyper_add(hyper_mul(p[0], q[1 + i]), hyper_mul(q[0], p[1 + i])));
}
