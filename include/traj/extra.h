/** @file
 *  What needs an operating system: the heap, a clock, threads, printing and files. Linked only where it is named. */
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

/** Threads that wait for work. */
typedef struct traj_pool traj_pool;

/** Starts a pool. The thread that brings work is one of its workers, so there are workers - 1 threads; they take no
 *  signals.
 *  @param pool     receives the pool, NULL on refusal
 *  @param workers  1..1024, at most the run.workers of the solvers that will use it
 *  @return TRAJ_OK, TRAJ_E_ARG, or TRAJ_E_MEMORY when the system gives no memory or no thread */
TRAJ_API traj_status traj_pool_create(traj_pool **pool, int workers);

/** Runs jobs on all workers of a pool; for traj_run.parallel. Several solvers may have one pool: while it is in use by
 *  one, the others run their jobs on their own threads.
 *  @param job   the job
 *  @param n     how many
 *  @param arg   passed to job
 *  @param user  a traj_pool
 *  @return 0; 1 when job or user is NULL */
TRAJ_API int traj_pool_run(traj_job_fn *job, int n, void *arg, void *user);

/** Ends the threads and frees the pool, which is not in use; does nothing for NULL. */
TRAJ_API void traj_pool_destroy(traj_pool *pool);

/** Prints one row of the iteration table, with a heading at iteration 0, and the gap while there is one; for
 *  traj_run.iteration.
 *  @param row   the row; NULL: nothing is printed
 *  @param user  a FILE pointer; NULL: stdout
 *  @return 0 */
TRAJ_API int traj_print_iteration(const traj_iteration *row, void *user);

/** The iteration table of a solve, kept in the caller's array. */
typedef struct traj_history {
  traj_iteration *rows;    /**< The array. */
  int capacity;            /**< Rows that fit; later iterations are not kept. */
  int count;               /**< Rows kept. */
  traj_iteration_fn *next; /**< Called with every row as well, such as traj_print_iteration; nullable. */
  void *next_user;         /**< Passed to next; nullable. */
  void *reserved[4];       /**< Must be zero. */
} traj_history;

/** Keeps one row, starting again at iteration 0; for traj_run.iteration.
 *  @param row   the row
 *  @param user  a traj_history; NULL: nothing is kept
 *  @return what next returned; 0 without next */
TRAJ_API int traj_record_iteration(const traj_iteration *row, void *user);

/** Writes a plan as CSV with a heading: k,t,x0..,u0..; the controls of the final row are empty. The decimal point is a
 *  point in every locale.
 *  @param plan  what to write
 *  @param path  file to write
 *  @return TRAJ_OK, TRAJ_E_ARG or TRAJ_E_FILE */
TRAJ_API traj_status traj_write_csv(const traj_plan *plan, const char *path);

/** What stands in the plot of a plan; every pointer is nullable. */
typedef struct traj_plot {
  const char *title;          /**< Above the plot. */
  const char *const *x_names; /**< nx labels of axes, with units, such as "angle [rad]"; NULL: x0, x1, ... */
  const char *const *u_names; /**< nu labels of axes; NULL: u0, u1, ... */
  const double *x_goal;       /**< nx states to draw as dashed lines, NAN where there is none; NULL: none. */
  void *reserved[4];          /**< Must be zero. */
} traj_plot;

/** Writes STEM.gp, a script with its data by which gnuplot draws STEM.png: states and controls against time, and the
 *  control limits. Text is UTF-8 and drawn as it is. A relative STEM counts from where gnuplot runs.
 *  @param plan  what to draw
 *  @param plot  labels; NULL: plain ones
 *  @param stem  path without its ending and without control characters
 *  @return TRAJ_OK, TRAJ_E_ARG or TRAJ_E_FILE */
TRAJ_API traj_status traj_plot_plan(const traj_plan *plan, const traj_plot *plot, const char *stem);

/** Writes STEM.gp, a script with its data by which gnuplot draws STEM.png: cost, gradient and regularisation against
 *  the iteration.
 *  @param history  at least one row
 *  @param title    above the plot; nullable
 *  @param stem     as for traj_plot_plan
 *  @return TRAJ_OK, TRAJ_E_ARG or TRAJ_E_FILE */
TRAJ_API traj_status traj_plot_history(const traj_history *history, const char *title, const char *stem);

#ifdef __cplusplus
}
#endif

#endif
