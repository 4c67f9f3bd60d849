/** @file
 *  The two doors to memory. Every solver lives in one block: either the caller supplies it (`size`, then `init`), or
 *  an allocator does (`create`, `destroy`). No other call allocates. */
#ifndef TRAJ_MEMORY_H
#define TRAJ_MEMORY_H

#include <stddef.h>

/** Where `create` gets its block from. traj/extra.h has one on top of the C heap. */
typedef struct traj_allocator {
  /** Returns size bytes at any alignment, or NULL. */
  void *(*alloc)(size_t size, void *ctx);
  /** Takes a block back; size is the one it was asked with. Nullable: blocks are never given back. */
  void (*release)(void *block, size_t size, void *ctx);
  void *ctx; /**< Passed to both; nullable. */
} traj_allocator;

#endif
