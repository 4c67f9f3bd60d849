/* Trials of a back end: each of its kernels against the same formula in long double, over many shapes. */
#ifndef SUPPORT_KERNEL_TRIALS_H
#define SUPPORT_KERNEL_TRIALS_H

#include "linalg/backend.h"

typedef struct kernel_subject {
  const tj_backend *backend; /* NULL: this machine cannot run it, and all is skipped */
  const long *heap_calls;    /* the counter of support/heap_calls.h; NULL: nothing is counted in this run */
} kernel_subject;

/* Runs all trials as a CMocka group and returns what main should. */
int kernel_trials(const kernel_subject *subject);

/* CMocka tests of the group; the state is the subject. In kernel_pivots.c: which factorisations fail, and where. */
void kernel_indefinite(void **state);
void kernel_tiny(void **state);
void kernel_not_finite(void **state);

#endif
