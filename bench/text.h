/* Reading numbers out of text. */
#ifndef BENCH_TEXT_H
#define BENCH_TEXT_H

#include <stdbool.h>
#include <stdlib.h>

/* Reads "a,b" with a, b >= 1, blanks before it allowed, and steps over it; false: something else stands there. */
static inline bool bench_read_pair(const char **text, int *a, int *b) {
  enum { MOST = 1 << 20 };
  char *end;
  long first = strtol(*text, &end, 10);
  if (end == *text || *end != ',') return false;
  const char *rest = end + 1;
  long second = strtol(rest, &end, 10);
  if (end == rest || first < 1 || first > MOST || second < 1 || second > MOST) return false;
  *text = end;
  *a = (int)first;
  *b = (int)second;
  return true;
}

#endif
