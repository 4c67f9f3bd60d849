/* An allocator that keeps books and can be told to fail. */
#ifndef SUPPORT_ALLOCATOR_H
#define SUPPORT_ALLOCATOR_H

#include <stddef.h>

#include "traj/memory.h"

/* Start with zeros. */
typedef struct ledger {
  int fail_at;  /* the call of alloc, from 1, that returns NULL; 0: none */
  int calls;    /* of alloc */
  int live;     /* blocks not given back */
  int mistakes; /* blocks given back with another size, or that were not given out */
  void *newest; /* the list of live blocks */
} ledger;

/* An allocator over the C heap that writes into the ledger, which outlives it. Its blocks lie off any alignment. */
traj_allocator ledger_allocator(ledger *books);

/* Frees the blocks that were never given back. */
void ledger_forgive(ledger *books);

#endif
