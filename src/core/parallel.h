/* Jobs spread over workers by the user's hook. The hook is not trusted: a job that is left out or run twice, and a
 * worker that does not exist or is at work already, are found out. */
#ifndef TJ_CORE_PARALLEL_H
#define TJ_CORE_PARALLEL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/arena.h"
#include "traj/run.h"

enum { TJ_MAX_WORKERS = 1024 };

/* What a hook did against its contract, and the last index with which it did. */
typedef struct tj_breach {
  atomic_int found, index;
} tj_breach;

typedef struct tj_parallel {
  traj_parallel_fn *hook;
  void *user;
  int workers;
  atomic_int *working; /* per worker: whether it is at work; NULL for one worker */
  atomic_int *claimed; /* per job: whether a worker has taken it */
  /* The run under way. */
  traj_job_fn *job;
  void *arg;
  int n;
  atomic_int open;    /* whether there is one */
  atomic_int settled; /* the lowest job that makes all higher ones pointless; INT_MAX: none */
  tj_breach bad_job, bad_worker;
} tj_parallel;

/* most: the most jobs of any run. */
tj_parallel tj_parallel_layout(tj_arena *arena, const traj_run *run, int most);

/* Runs job(i, worker, arg) for i = 0..n-1: by the hook, or a single one at once as worker 0. TJ_FINE: each has run once
 * and has ended; otherwise a negative status, and diag says what the hook did. */
int tj_parallel_run(tj_parallel *parallel, traj_job_fn *job, int n, void *arg, traj_diag *diag);

/* Called by job i: whatever the higher ones find does not matter any more. */
void tj_parallel_settle(tj_parallel *parallel, int i);

/* Whether a job below i has settled the run. */
static inline bool tj_parallel_settled(const tj_parallel *parallel, int i) {
  return atomic_load_explicit(&parallel->settled, memory_order_relaxed) < i;
}

#endif
