/* A solver's block on lease from an allocator. */
#ifndef TJ_BASE_LEASE_H
#define TJ_BASE_LEASE_H

#include "traj/memory.h"
#include "traj/status.h"

/* Of zeros: no lease, as of a solver made by init. */
typedef struct tj_lease {
  traj_allocator allocator;
  void *block;
  size_t size;
} tj_lease;

/* Refuses an allocator that is none; then takes a block of so many bytes from it. */
traj_status tj_lease_check(const traj_allocator *allocator, traj_diag *diag);
traj_status tj_lease_take(tj_lease *lease, const traj_allocator *allocator, size_t size, traj_diag *diag);

/* Gives the block back, if there is one and the allocator wants it. It may hold what is passed, which is gone then. */
void tj_lease_end(const tj_lease *lease);

#endif
