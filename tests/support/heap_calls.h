/* Counts the calls to the heap that a test program makes, those from inside shared libraries included. Defines the
 * heap's functions: include it in the one source file of a test program, nowhere else.
 *
 * Under a tool that brings its own heap (address sanitizer, Valgrind) nothing is counted: ask heap_calls_counted(). */
#ifndef SUPPORT_HEAP_CALLS_H
#define SUPPORT_HEAP_CALLS_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

static long heap_calls;

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SUPPORT_FOREIGN_HEAP
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SUPPORT_FOREIGN_HEAP
#endif

#ifndef SUPPORT_FOREIGN_HEAP
// What glibc's heap functions are called beneath their public names.
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t nmemb, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size);
int posix_memalign(void **block, size_t alignment, size_t size);

void *malloc(size_t size) {
  heap_calls++;
  return __libc_malloc(size);
}

void *calloc(size_t nmemb, size_t size) {
  heap_calls++;
  return __libc_calloc(nmemb, size);
}

void *realloc(void *ptr, size_t size) {
  heap_calls++;
  return __libc_realloc(ptr, size);
}

void *memalign(size_t alignment, size_t size) {
  heap_calls++;
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  heap_calls++;
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  heap_calls++;
  *block = __libc_memalign(alignment, size);
  return *block == NULL ? ENOMEM : 0;
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
#endif

/* Whether calls are counted in this run. */
static bool heap_calls_counted(void) {
  static void *(*volatile get)(size_t) = malloc; /* volatile: a malloc that is only freed may be left out */
  long before = heap_calls;
  free(get(1));
  return heap_calls == before + 1;
}

#endif
