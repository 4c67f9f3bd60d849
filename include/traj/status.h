/** @file
 *  Status codes, and the diagnostic that says what was wrong and where. */
#ifndef TRAJ_STATUS_H
#define TRAJ_STATUS_H

#include <stddef.h>

#include "traj/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Every status: name, value, text. Negative: error; what a call keeps then is said at the call. Zero: success.
 *  Positive: stopped early, with a usable answer. Causes and remedies: docs/troubleshooting. */
#define TRAJ_STATUS_LIST(X)                                                                     \
  X(TRAJ_OK, 0, "success")                                                                      \
  X(TRAJ_MAX_ITER, 1, "the iteration limit was reached before convergence")                     \
  X(TRAJ_STALLED, 2, "no further decrease was possible although the tolerance was not reached") \
  X(TRAJ_STOPPED, 3, "the iteration hook asked to stop")                                        \
  X(TRAJ_TIME_LIMIT, 4, "the time limit was reached")                                           \
  X(TRAJ_PAST_END, 5, "the time lies past the end of the plan; its last stage was used")        \
  X(TRAJ_E_ARG, -1, "an argument is invalid")                                                   \
  X(TRAJ_E_MEMORY, -2, "the memory block is too small or the allocator gave none")              \
  X(TRAJ_E_CALLBACK, -3, "a hook returned an error code")                                       \
  X(TRAJ_E_DIVERGED, -4, "a trajectory or its value function is not finite or not defined")     \
  X(TRAJ_E_SINGULAR, -5, "the control Hessian of a stage is not positive definite")             \
  X(TRAJ_E_BUSY, -6, "the solver was called from one of its own hooks")                         \
  X(TRAJ_E_NOT_FINITE, -7, "a hook wrote NaN or infinity, or left an output unwritten")         \
  X(TRAJ_E_ORDER, -8, "the call needs another call to succeed before it")                       \
  X(TRAJ_E_DERIVATIVE, -9, "a derivative hook disagrees with finite differences")               \
  X(TRAJ_E_FILE, -10, "a file cannot be written")                                               \
  X(TRAJ_E_PARALLEL, -11, "the parallel hook did not run each job once, on a worker at rest")   \
  X(TRAJ_E_UNSTABILISABLE, -12, "no feedback stabilises the system")                            \
  X(TRAJ_E_UNDETECTABLE, -13, "the cost does not see a mode of the system that does not decay") \
  X(TRAJ_E_INDEFINITE, -14, "the cost is indefinite and has no stabilising optimum")

/** Status of a call. */
typedef enum traj_status {
#define TRAJ_STATUS_ENUM(name, value, text) name = value,
  TRAJ_STATUS_LIST(TRAJ_STATUS_ENUM)
#undef TRAJ_STATUS_ENUM
} traj_status;

/** What was refused or failed, and where. Every refusal fills one; traj_diag_text() turns it into a sentence. */
typedef struct traj_diag {
  traj_status status; /**< TRAJ_OK: nothing to report. */
  const char *field;  /**< The argument or output at fault, such as "u_min" or "fx"; static string, NULL: none. */
  const char *hook;   /**< The hook at fault, such as "model.jac"; static string, NULL: none. */
  int k;              /**< Stage, -1: not bound to a stage. */
  int row;            /**< Row of the entry, from 0; -1: the field as a whole. */
  int col;            /**< Column of the entry, from 0; -1: the field is a vector, or a matrix of one column. */
  double value;       /**< The offending number, or the code the hook returned. */
} traj_diag;

/** Name of a status, such as "TRAJ_E_ARG".
 *  @return a string with static lifetime; "TRAJ_UNKNOWN" for a number that is no status */
TRAJ_API const char *traj_status_name(traj_status status);

/** One-sentence explanation of a status.
 *  @return a string with static lifetime, never NULL */
TRAJ_API const char *traj_status_text(traj_status status);

/** Writes a diagnostic as one line of text, always terminated when size > 0.
 *  @param diag  the diagnostic; NULL is read as TRAJ_OK
 *  @param text  receives the text; nullable when size is 0
 *  @param size  bytes available in text
 *  @return the length of the whole text without its terminator; it was cut when the result is >= size */
TRAJ_API size_t traj_diag_text(const traj_diag *diag, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
