#include "base/arena.h"

#include <stdint.h>

tj_arena tj_arena_measure(void) {
  return (tj_arena){.base = NULL, .size = SIZE_MAX};
}

tj_arena tj_arena_over(void *block, size_t size) {
  size_t skip = (TJ_ALIGNMENT - (uintptr_t)block % TJ_ALIGNMENT) % TJ_ALIGNMENT;
  if (block == NULL || size < skip) return (tj_arena){.overflow = true};
  return (tj_arena){.base = (char *)block + skip, .size = size - skip};
}

void *tj_arena_take(tj_arena *arena, size_t count, size_t element) {
  if (arena->overflow || count == 0) return NULL;
  if (element != 0 && count > (SIZE_MAX - TJ_ALIGNMENT) / element) {
    arena->overflow = true;
    return NULL;
  }
  size_t bytes = (count * element + TJ_ALIGNMENT - 1) / TJ_ALIGNMENT * TJ_ALIGNMENT;
  if (bytes > arena->size - arena->used) {
    arena->overflow = true;
    return NULL;
  }
  char *start = arena->base == NULL ? NULL : arena->base + arena->used;
  arena->used += bytes;
  return start;
}

double *tj_arena_doubles(tj_arena *arena, size_t rows, size_t cols) {
  if (cols != 0 && rows > SIZE_MAX / cols) {
    arena->overflow = true;
    return NULL;
  }
  return tj_arena_take(arena, rows * cols, sizeof(double));
}

size_t tj_arena_block_size(const tj_arena *arena) {
  if (arena->overflow || arena->used > PTRDIFF_MAX - TJ_ALIGNMENT) return 0; /* no object is larger */
  return arena->used + TJ_ALIGNMENT - 1;
}
