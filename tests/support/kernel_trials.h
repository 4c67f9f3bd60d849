/* Trials of a back end: each of its kernels against the same formula in long double, over many shapes. */
#ifndef SUPPORT_KERNEL_TRIALS_H
#define SUPPORT_KERNEL_TRIALS_H

#include "linalg/backend.h"
#include "support/rng.h"

typedef struct kernel_subject {
  const tj_backend *backend; /* NULL: this machine cannot run it, and all is skipped */
  const long *heap_calls;    /* the counter of support/heap_calls.h; NULL: nothing is counted in this run */
} kernel_subject;

/* Runs all trials as a CMocka group and returns what main should. */
int kernel_trials(const kernel_subject *subject);

/* One trial at one shape; and that at all small shapes, among them those that have kernels of their own, and others at
 * random. With TRAJ_LONG all shapes up to 64 x 32 and some large ones. The state is the subject, name that of the seed.
 */
typedef void kernel_trial(const kernel_subject *subject, tj_shape shape, rng *r);
void kernel_over_shapes(void **state, const char *name, kernel_trial *try);

/* CMocka tests of the group; the state is the subject. In kernel_pivots.c: which factorisations fail, and where. */
void kernel_indefinite(void **state);
void kernel_tiny(void **state);
void kernel_not_finite(void **state);

/* In kernel_forward.c. */
void kernel_follows(void **state);
void kernel_gradients(void **state);
void kernel_costs(void **state);

/* In kernel_bits.c. */
void kernel_one_by_one(void **state);
void kernel_same_bits(void **state);
void kernel_no_heap_calls(void **state);

#endif
