#include "support/richardson.h"

enum { LEVELS = 4, MOST = RICHARDSON_MOST };

static const long double LONGEST = 0.04L;

/* The limit of estimates at LONGEST, LONGEST / 2, ... whose errors are even powers of the step. */
static long double limit(long double *estimate) {
  long double power = 1;
  for (int known = 1; known < LEVELS; known++) {
    power *= 4;
    for (int i = 0; i < LEVELS - known; i++)
      estimate[i] = (power * estimate[i + 1] - estimate[i]) / (power - 1);
  }
  return estimate[0];
}

void richardson_slope(richardson_fn *f, const void *ctx, int m, int i, long double *slope) {
  long double estimate[MOST][LEVELS], h = LONGEST;
  for (int level = 0; level < LEVELS; level++, h /= 2) {
    long double z[MOST] = {0}, up[MOST], down[MOST];
    z[i] = h;
    f(z, up, ctx);
    z[i] = -h;
    f(z, down, ctx);
    for (int row = 0; row < m; row++)
      estimate[row][level] = (up[row] - down[row]) / (2 * h);
  }
  for (int row = 0; row < m; row++)
    slope[row] = limit(estimate[row]);
}

long double richardson_bend(richardson_fn *f, const void *ctx, int i, int j) {
  long double estimate[LEVELS], h = LONGEST;
  for (int level = 0; level < LEVELS; level++, h /= 2) {
    long double sum = 0;
    for (int corner = 0; corner < 4; corner++) {
      long double z[MOST] = {0}, out[MOST];
      z[i] += corner & 1 ? -h : h;
      z[j] += corner & 2 ? -h : h;
      f(z, out, ctx);
      sum += corner == 0 || corner == 3 ? out[0] : -out[0];
    }
    estimate[level] = sum / (4 * h * h);
  }
  return limit(estimate);
}

double richardson_error(int order) {
  const double AMPLIFIED = 16; /* by the extrapolation, and by the function itself */
  volatile long double epsilon = 1, next;
  double shortest = (double)LONGEST;
  do {
    epsilon /= 2;
    next = 1 + epsilon;
  } while (next > 1);
  for (int level = 1; level < LEVELS; level++)
    shortest /= 2;
  return AMPLIFIED * 2 * (double)epsilon / (order == 1 ? shortest : shortest * shortest);
}
