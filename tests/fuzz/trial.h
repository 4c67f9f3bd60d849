/* One life of a solver of a problem drawn from bytes, and what must hold in it, whatever the family:
 *
 *   no call allocates or writes beyond the block;
 *   a refusal or an error names its cause;
 *   any other status comes with an answer that is finite and feasible;
 *   after whatever happened, the next clean solve is a fresh solver's bit for bit.
 *
 * More in the files of the families. */
#ifndef FUZZ_TRIAL_H
#define FUZZ_TRIAL_H

#include <stddef.h>
#include <stdint.h>

#include "fuzz/bytes.h"
#include "fuzz/claims.h"
#include "traj/status.h"

enum { TRIAL_STATUSES = 40, TRIAL_ZERO = 20 };

typedef enum trial_family { TRIAL_FLAT, TRIAL_MANIFOLD, TRIAL_LQR, TRIAL_STEADY, TRIAL_FAMILIES } trial_family;

/* The first byte: the family, and for those of traj_ddp whether guesses have states, and whether the method is
 * TRAJ_AUTO. */
typedef struct trial_kind {
  trial_family family;
  bool states, automatic;
} trial_kind;

/* How many problems were refused, and how many solves ended in each status, at [TRIAL_ZERO + status]. */
typedef struct trial_census {
  long problems[TRIAL_FAMILIES], refused[TRIAL_FAMILIES], solves[TRIAL_FAMILIES][TRIAL_STATUSES];
} trial_census;

/* What did not hold; NULL: everything did. heap_calls counts the heap's, census is added to; both nullable. */
const char *trial_run(const uint8_t *data, size_t size, const long *heap_calls, trial_census *census);

/* The families. False: the problem was refused. */
bool trial_ddp(claims *c, bytes *b, trial_kind kind);
bool trial_lqr(claims *c, bytes *b);
bool trial_steady(claims *c, bytes *b);

#endif
