#include "fuzz/bytes.h"

#include <float.h>
#include <math.h>

int bytes_take(bytes *b) {
  if (b->left == 0) return 0;
  b->left--;
  return *b->at++;
}

int bytes_int(bytes *b, int low, int high) {
  return low + bytes_take(b) % (high - low + 1);
}

bool bytes_chance(bytes *b, int chances) {
  return bytes_take(b) >= 256 - chances;
}

double bytes_number(bytes *b) {
  const int byte = bytes_take(b);
  return (byte < 128 ? byte : byte - 256) / 64.0;
}

double bytes_scale(bytes *b) {
  const int kind = bytes_take(b), range = kind < 224 ? 1 : kind < 248 ? 12 : 150;
  return pow(10, range * bytes_number(b) / 2);
}

double bytes_wild(bytes *b) {
  const double wild[] = {(double)NAN, HUGE_VAL, -HUGE_VAL, DBL_MAX, -DBL_MAX, DBL_MIN / 8, -DBL_MIN / 8, 1e200};
  return wild[bytes_int(b, 0, 7)];
}
