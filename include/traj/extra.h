/** @file
 *  What needs an operating system: the heap, a clock, printing and files. Linked only where it is named. */
#ifndef TRAJ_EXTRA_H
#define TRAJ_EXTRA_H

#include "traj/memory.h"
#include "traj/plan.h"
#include "traj/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Allocator on top of malloc and free. */
TRAJ_API const traj_allocator *traj_heap(void);

/** Monotonic clock of the operating system, for traj_run.clock. user is ignored. */
TRAJ_API double traj_clock(void *user);

/** Prints one row of the iteration table, with a heading at iteration 0; for traj_run.iteration.
 *  @param user  a FILE pointer; NULL: stdout
 *  @return 0 */
TRAJ_API int traj_print_iteration(const traj_iteration *row, void *user);

/** Writes a plan as CSV with a heading: k,t,x0..,u0..; the controls of the final row are empty.
 *  @param path  file to write
 *  @return TRAJ_OK, TRAJ_E_ARG, or TRAJ_E_CALLBACK when the file cannot be written */
TRAJ_API traj_status traj_write_csv(const traj_plan *plan, const char *path);

#ifdef __cplusplus
}
#endif

#endif
