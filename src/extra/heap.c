#include <stdlib.h>

#include "traj/extra.h"

static void *take(size_t size, void *ctx) {
  (void)ctx;
  return malloc(size);
}

static void give_back(void *block, size_t size, void *ctx) {
  (void)size;
  (void)ctx;
  free(block);
}

const traj_allocator *traj_heap(void) {
  static const traj_allocator heap = {.alloc = take, .release = give_back, .ctx = NULL};
  return &heap;
}
