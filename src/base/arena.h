/* One caller block carved into arrays. The same layout function runs twice: over an empty arena to measure, over the
 * block to carve, so that the two can never disagree. */
#ifndef TJ_BASE_ARENA_H
#define TJ_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

enum { TJ_ALIGNMENT = 64 }; /* a cache line: no two arrays share one */

typedef struct tj_arena {
  char *base;    /* aligned start; NULL while measuring */
  size_t size;   /* bytes available from base */
  size_t used;   /* bytes taken */
  bool overflow; /* a size did not fit into size_t, or the block was too small */
} tj_arena;

/* An arena that only measures. */
tj_arena tj_arena_measure(void);

/* An arena over a block at any alignment. */
tj_arena tj_arena_over(void *block, size_t size);

/* Takes count elements; NULL while measuring, after an overflow, and for count 0. */
void *tj_arena_take(tj_arena *arena, size_t count, size_t element);

/* Takes rows * cols doubles. */
double *tj_arena_doubles(tj_arena *arena, size_t rows, size_t cols);

/* Bytes a block of any alignment needs for what a measuring arena took; 0 when no block can be that large. */
size_t tj_arena_block_size(const tj_arena *arena);

#endif
