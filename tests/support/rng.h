/* Seeded random numbers for tests: xoshiro256**, its state filled by splitmix64. The same on every machine. */
#ifndef SUPPORT_RNG_H
#define SUPPORT_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct rng {
  uint64_t state[4];
} rng;

/* A generator; different seeds give unrelated sequences. */
rng rng_from(uint64_t seed);

uint64_t rng_bits(rng *r);

/* Uniform in [0, 1). */
double rng_unit(rng *r);

/* Uniform in [low, high). */
double rng_uniform(rng *r, double low, double high);

/* 10 to a uniform power in [low, high). */
double rng_decade(rng *r, double low, double high);

/* Uniform among low, low + 1, ..., high. */
int rng_int(rng *r, int low, int high);

/* Heads with the given chance. */
int rng_chance(rng *r, double chance);

/* Standard normal. */
double rng_normal(rng *r);

/* n standard normal numbers times scale. */
void rng_fill(rng *r, double *a, size_t n, double scale);

#endif
