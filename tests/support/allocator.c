#include "support/allocator.h"

#include <stdlib.h>

enum { SHIFT = 3 };

/* What precedes each block. */
typedef struct entry {
  struct entry *older;
  size_t size;
} entry;

static char *block_of(entry *e) {
  return (char *)(e + 1) + SHIFT;
}

static void *book_alloc(size_t size, void *ctx) {
  ledger *books = ctx;
  books->calls++;
  if (books->calls == books->fail_at) return NULL;
  entry *e = malloc(sizeof *e + SHIFT + size);
  if (e == NULL) return NULL;
  *e = (entry){.older = books->newest, .size = size};
  books->newest = e;
  books->live++;
  return block_of(e);
}

static void book_release(void *block, size_t size, void *ctx) {
  ledger *books = ctx;
  entry *newer = NULL, *e = books->newest;
  while (e != NULL && block_of(e) != block) {
    newer = e;
    e = e->older;
  }
  if (e == NULL || e->size != size) {
    books->mistakes++;
    return;
  }
  if (newer == NULL) {
    books->newest = e->older;
  } else {
    newer->older = e->older;
  }
  books->live--;
  free(e);
}

traj_allocator ledger_allocator(ledger *books) {
  return (traj_allocator){.alloc = book_alloc, .release = book_release, .ctx = books};
}

void ledger_forgive(ledger *books) {
  for (entry *e = books->newest; e != NULL;) {
    entry *older = e->older;
    free(e);
    e = older;
  }
  books->newest = NULL;
  books->live = 0;
}
