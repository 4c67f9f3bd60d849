#include "support/rng.h"

#include <math.h>

static uint64_t splitmix(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, int by) {
  return (x << by) | (x >> (64 - by));
}

rng rng_from(uint64_t seed) {
  rng r;
  for (int i = 0; i < 4; i++)
    r.state[i] = splitmix(&seed);
  return r;
}

uint64_t rng_bits(rng *r) {
  uint64_t *s = r->state;
  uint64_t result = rotate(s[1] * 5, 7) * 9;
  uint64_t shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotate(s[3], 45);
  return result;
}

double rng_unit(rng *r) {
  return (double)(rng_bits(r) >> 11) * 0x1p-53;
}

double rng_uniform(rng *r, double low, double high) {
  return low + (high - low) * rng_unit(r);
}

double rng_decade(rng *r, double low, double high) {
  return pow(10, rng_uniform(r, low, high));
}

int rng_int(rng *r, int low, int high) {
  return low + (int)(rng_unit(r) * ((double)high - low + 1));
}

int rng_chance(rng *r, double chance) {
  return rng_unit(r) < chance;
}

double rng_normal(rng *r) {
  /* Box and Muller; the second number of the pair is dropped so that the state is the generator's alone. */
  const double two_pi = 6.283185307179586;
  double radius = sqrt(-2 * log(1 - rng_unit(r)));
  return radius * cos(two_pi * rng_unit(r));
}

void rng_fill(rng *r, double *a, size_t n, double scale) {
  for (size_t i = 0; i < n; i++)
    a[i] = scale * rng_normal(r);
}
