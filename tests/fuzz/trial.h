/* One life of a solver of a subject drawn from bytes, and what must hold in it:
 *
 *   no call allocates or writes beyond the block; hooks are called a bounded number of times;
 *   a refusal or an error names its cause, and leaves the last plan as it was;
 *   any other status comes with a plan that is finite, within the limits, what its controls lead to bit for bit, and no
 *   worse than the rollout of the guess;
 *   after whatever happened, the next clean solve is a fresh solver's bit for bit. */
#ifndef FUZZ_TRIAL_H
#define FUZZ_TRIAL_H

#include <stddef.h>
#include <stdint.h>

#include "traj/status.h"

enum { TRIAL_STATUSES = 40, TRIAL_ZERO = 20 };

/* How many solves ended in each status, at [TRIAL_ZERO + status]. */
typedef struct trial_census {
  long refused, solves[TRIAL_STATUSES];
} trial_census;

/* What did not hold; NULL: everything did. heap_calls counts the heap's, census is added to; both nullable. */
const char *trial_run(const uint8_t *data, size_t size, const long *heap_calls, trial_census *census);

#endif
