/* What a trial requires, the first thing that did not hold, and the guarded blocks that its solvers live in. */
#ifndef FUZZ_CLAIMS_H
#define FUZZ_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>

#include "traj/status.h"

typedef struct claims {
  const long *heap_calls; /* nullable */
  const char *broken;     /* NULL: everything held */
  long *solves;           /* per status, of the trial's family; NULL: not counted */
} claims;

void claim(claims *c, bool holds, const char *what);

/* A refusal or an error names its cause. */
void claim_cause(claims *c, const traj_diag *diag, traj_status status);

/* Calls of the heap so far. */
long claims_heap(const claims *c);

/* Counts how a solve ended. */
void claims_count(claims *c, traj_status status);

/* A block off any alignment, with guards about it. */
typedef struct guarded {
  unsigned char *block;
  size_t size;
} guarded;

guarded guarded_of(size_t size);
void *guarded_memory(const guarded *g);

/* Frees the block; nothing may have been written beyond it. */
void guarded_release(guarded *g, claims *c);

/* What size answered: memory for init, or false after a refusal. */
bool claim_size(claims *c, traj_status status, size_t size, const traj_diag *diag, guarded *memory);

/* What init answered to that, with so many calls of the heap before. */
bool claim_init(claims *c, traj_status status, bool built, long before);

#endif
