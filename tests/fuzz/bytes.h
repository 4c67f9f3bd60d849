/* Decisions drawn from bytes: a fuzzer's, or random ones. Where the bytes end all draws are zero, which stands for what
 * is plain everywhere. */
#ifndef FUZZ_BYTES_H
#define FUZZ_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bytes {
  const uint8_t *at;
  size_t left;
} bytes;

/* 0 to 255. */
int bytes_take(bytes *b);

/* low, low + 1, ..., high, of which there are at most 256. */
int bytes_int(bytes *b, int low, int high);

/* True for that many of 256. */
bool bytes_chance(bytes *b, int chances);

/* From -2 to 2, more often than not. Zero stays zero. */
double bytes_number(bytes *b);

/* A power of ten: mostly within 0.1..10, at times within 1e-12..1e12, seldom within 1e-150..1e150. */
double bytes_scale(bytes *b);

/* A number that no model should write: NaN, infinite, huge or denormal. */
double bytes_wild(bytes *b);

#endif
