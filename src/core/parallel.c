#include "core/parallel.h"

#include <limits.h>

#include "base/diag.h"
#include "core/world.h"

tj_parallel tj_parallel_layout(tj_arena *arena, const traj_run *run, int most) {
  tj_parallel parallel = {.hook = run->parallel, .user = run->parallel_user, .workers = run->workers};
  parallel.settled = INT_MAX;
  if (run->workers == 1) return parallel;
  parallel.working = tj_arena_take(arena, (size_t)run->workers, sizeof(atomic_int));
  parallel.claimed = tj_arena_take(arena, (size_t)most, sizeof(atomic_int));
  return parallel;
}

/* Any thread may come here, at any time. */
static void note(tj_breach *breach, int index) {
  breach->index = index;
  breach->found = 1;
}

/* What the hook gets as its job. A worker is at work before it looks whether there is a run: so the one who ends the
 * run either keeps it out or sees it at work, and waits. */
static void guarded(int i, int worker, void *arg) {
  tj_parallel *parallel = arg;
  if (worker < 0 || worker >= parallel->workers || atomic_exchange(&parallel->working[worker], 1) != 0) {
    note(&parallel->bad_worker, worker);
    return;
  }
  if (parallel->open) {
    if (i < 0 || i >= parallel->n || atomic_exchange(&parallel->claimed[i], 1) != 0) {
      note(&parallel->bad_job, i);
    } else {
      parallel->job(i, worker, parallel->arg);
    }
  }
  parallel->working[worker] = 0;
}

static void open_run(tj_parallel *parallel, traj_job_fn *job, int n, void *arg) {
  for (int i = 0; i < n; i++)
    parallel->claimed[i] = 0;
  parallel->job = job;
  parallel->arg = arg;
  parallel->n = n;
  parallel->bad_job.found = parallel->bad_worker.found = 0;
  parallel->open = 1;
}

/* Nothing starts any more; what a hook that returned too early has left at work comes to its end, since it works in the
 * solver's memory. */
static void close_run(tj_parallel *parallel) {
  parallel->open = 0;
  for (int worker = 0; worker < parallel->workers; worker++) {
    while (parallel->working[worker]) {
    }
  }
  parallel->settled = INT_MAX;
}

static int refuse(traj_diag *diag, traj_status status, const char *field, int value) {
  *diag = tj_diag_field(status, field, value);
  diag->hook = "run.parallel";
  return status;
}

/* What is wrong with a run that has ended. */
static int judge(tj_parallel *parallel, int code, traj_diag *diag) {
  if (code != 0) return refuse(diag, TRAJ_E_CALLBACK, NULL, code);
  if (parallel->bad_worker.found) return refuse(diag, TRAJ_E_PARALLEL, "worker", parallel->bad_worker.index);
  if (parallel->bad_job.found) return refuse(diag, TRAJ_E_PARALLEL, "i", parallel->bad_job.index);
  for (int i = 0; i < parallel->n; i++) {
    if (!parallel->claimed[i]) return refuse(diag, TRAJ_E_PARALLEL, "i", i);
  }
  return TJ_FINE;
}

int tj_parallel_run(tj_parallel *parallel, traj_job_fn *job, int n, void *arg, traj_diag *diag) {
  if (n == 1) {
    job(0, 0, arg);
    parallel->settled = INT_MAX;
    return TJ_FINE;
  }
  open_run(parallel, job, n, arg);
  int code = parallel->hook(guarded, n, parallel, parallel->user);
  close_run(parallel);
  return judge(parallel, code, diag);
}

void tj_parallel_settle(tj_parallel *parallel, int i) {
  int lowest = parallel->settled;
  while (i < lowest && !atomic_compare_exchange_weak(&parallel->settled, &lowest, i)) {
  }
}
