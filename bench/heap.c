#include "bench.h"

/* Functions of the heap look like leaks. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
#include "support/heap_calls.h"

long bench_heap_calls(void) {
  return heap_calls;
}

bool bench_heap_counted(void) {
  return heap_calls_counted();
}
