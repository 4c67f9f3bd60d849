#include "base/lease.h"

#include "base/diag.h"

traj_status tj_lease_check(const traj_allocator *allocator, traj_diag *diag) {
  if (allocator == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "allocator", 0));
  if (allocator->alloc == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "allocator.alloc", 0));
  return TRAJ_OK;
}

traj_status tj_lease_take(tj_lease *lease, const traj_allocator *allocator, size_t size, traj_diag *diag) {
  *lease = (tj_lease){.allocator = *allocator, .size = size};
  lease->block = allocator->alloc(size, allocator->ctx);
  if (lease->block != NULL) return TRAJ_OK;
  return tj_diag_report(diag, tj_diag_field(TRAJ_E_MEMORY, "allocator", (double)size));
}

void tj_lease_end(const tj_lease *lease) {
  const traj_allocator *from = &lease->allocator;
  if (lease->block != NULL && from->release != NULL) from->release(lease->block, lease->size, from->ctx);
}
