/* Jobs shared by a hook, and what a hook may do wrong. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <limits.h>
#include <pthread.h>
#include <string.h>

#include "base/diag.h"
#include "core/parallel.h"
#include "core/world.h"
#include "support/refusal.h"
#include "support/sequence.h"

enum { WORKERS = 3, JOBS = 7 };

/* What the library keeps, and a hook that is told what to do wrong. */
typedef struct bench {
  char memory[2 * TJ_ALIGNMENT + 2 * TJ_ALIGNMENT];
  tj_parallel parallel;
  enum { NOTHING, OMIT, REPEAT, EXTRA_JOB, EXTRA_WORKER, RETURN } wrong;
  int index; /* what is done wrong with which number */
  int done[JOBS];
  int worker[JOBS];
  traj_job_fn *job; /* as the hook was given it */
  void *arg;
  pthread_t thread;
  atomic_int started;
} bench;

static void job(int i, int worker, void *arg) {
  bench *b = arg;
  b->done[i]++;
  b->worker[i] = worker;
}

static void all_but(bench *b, traj_job_fn *run, int n, void *arg, int left_out) {
  b->job = run;
  b->arg = arg;
  for (int i = 0; i < n; i++)
    if (i != left_out) run(i, i % WORKERS, arg);
}

static int hook(traj_job_fn *run, int n, void *arg, void *user) {
  bench *b = user;
  all_but(b, run, n, arg, b->wrong == OMIT ? b->index : -1);
  if (b->wrong == REPEAT || b->wrong == EXTRA_JOB) run(b->index, 0, arg);
  if (b->wrong == EXTRA_WORKER) run(0, b->index, arg);
  return b->wrong == RETURN ? b->index : 0;
}

static void prepare(bench *b, traj_parallel_fn *with) {
  *b = (bench){.wrong = NOTHING};
  const traj_run run = {.workers = WORKERS, .parallel = with, .parallel_user = b};
  tj_arena arena = tj_arena_over(b->memory, sizeof b->memory);
  b->parallel = tj_parallel_layout(&arena, &run, JOBS);
  assert_false(arena.overflow);
}

static int spread(bench *b, traj_job_fn *what, int n, traj_diag *diag) {
  memset(b->done, 0, sizeof b->done);
  *diag = tj_diag_none();
  return tj_parallel_run(&b->parallel, what, n, b, diag);
}

static void assert_all_done_once(const bench *b, int n) {
  for (int i = 0; i < JOBS; i++)
    assert_int_equal(b->done[i], i < n);
}

static void test_each_job_once(void **state) {
  (void)state;
  bench b;
  traj_diag diag;
  prepare(&b, hook);
  for (int n = 2; n <= JOBS; n++) {
    assert_int_equal(spread(&b, job, n, &diag), TJ_FINE);
    assert_no_diag(&diag);
    assert_all_done_once(&b, n);
    for (int i = 0; i < n; i++)
      assert_int_equal(b.worker[i], i % WORKERS);
  }
}

/* A single job is not worth a hook. */
static void test_one_job(void **state) {
  (void)state;
  bench b;
  traj_diag diag;
  prepare(&b, NULL);
  assert_int_equal(spread(&b, job, 1, &diag), TJ_FINE);
  assert_all_done_once(&b, 1);
  assert_int_equal(b.worker[0], 0);
}

static traj_diag breach(traj_status status, const char *field, int value) {
  traj_diag diag = tj_diag_field(status, field, value);
  diag.hook = "run.parallel";
  return diag;
}

static void check_breach(bench *b, int wrong, int index, traj_diag expected) {
  traj_diag diag;
  b->wrong = wrong;
  b->index = index;
  assert_int_equal(spread(b, job, JOBS, &diag), expected.status);
  assert_diag(&diag, expected);
  for (int i = 0; i < JOBS; i++)
    assert_true(b->done[i] <= 1);
  b->wrong = NOTHING; /* and all is well again */
  assert_int_equal(spread(b, job, JOBS, &diag), TJ_FINE);
  assert_all_done_once(b, JOBS);
}

static void test_breaches(void **state) {
  (void)state;
  const int beyond[] = {-1, INT_MIN, INT_MAX, JOBS, 1000};
  bench b;
  prepare(&b, hook);
  for (int i = 0; i < JOBS; i++) {
    check_breach(&b, OMIT, i, breach(TRAJ_E_PARALLEL, "i", i));
    check_breach(&b, REPEAT, i, breach(TRAJ_E_PARALLEL, "i", i));
  }
  for (int i = 0; i < 5; i++) {
    check_breach(&b, EXTRA_JOB, beyond[i], breach(TRAJ_E_PARALLEL, "i", beyond[i]));
    check_breach(&b, EXTRA_WORKER, beyond[i], breach(TRAJ_E_PARALLEL, "worker", beyond[i]));
    check_breach(&b, RETURN, beyond[i], breach(TRAJ_E_CALLBACK, NULL, beyond[i]));
  }
  check_breach(&b, EXTRA_WORKER, WORKERS, breach(TRAJ_E_PARALLEL, "worker", WORKERS));
}

/* A job from which its own worker is given another. */
static void nesting_job(int i, int worker, void *arg) {
  bench *b = arg;
  job(i, worker, arg);
  if (i == 0) b->job(1, worker, b->arg);
}

static void test_worker_at_work(void **state) {
  (void)state;
  bench b;
  traj_diag diag;
  prepare(&b, hook);
  assert_int_equal(spread(&b, nesting_job, JOBS, &diag), TRAJ_E_PARALLEL);
  assert_diag(&diag, breach(TRAJ_E_PARALLEL, "worker", 0));
}

/* A job that is kept for later does nothing then. */
static void test_late_job(void **state) {
  (void)state;
  bench b;
  traj_diag diag;
  prepare(&b, hook);
  b.wrong = OMIT;
  b.index = 2;
  assert_int_equal(spread(&b, job, JOBS, &diag), TRAJ_E_PARALLEL);
  b.job(2, 2, b.arg);
  assert_int_equal(b.done[2], 0);
}

/* A hook that does not wait for its last job. */
static void long_job(int i, int worker, void *arg) {
  bench *b = arg;
  b->started = 1;
  for (volatile int pause = 0; i == JOBS - 1 && pause < 1000000;)
    pause++;
  job(i, worker, arg);
}

static void *last_job(void *user) {
  bench *b = user;
  b->job(JOBS - 1, WORKERS - 1, b->arg);
  return NULL;
}

static int hasty_hook(traj_job_fn *run, int n, void *arg, void *user) {
  bench *b = user;
  all_but(b, run, n, arg, JOBS - 1);
  b->started = 0;
  if (pthread_create(&b->thread, NULL, last_job, b) != 0) return 1;
  while (!b->started) {
  }
  return 0;
}

static void test_hasty_hook(void **state) {
  (void)state;
  bench b;
  traj_diag diag;
  prepare(&b, hasty_hook);
  assert_int_equal(spread(&b, long_job, JOBS, &diag), TJ_FINE);
  assert_all_done_once(&b, JOBS);
  assert_int_equal(pthread_join(b.thread, NULL), 0);
}

/* Jobs that settle the run: those in question and all above them see it, and the next run starts anew. */
static void settling_job(int i, int worker, void *arg) {
  bench *b = arg;
  job(i, worker, arg);
  if (tj_parallel_settled(&b->parallel, i)) b->done[i]++;
  if (i == 3 || i == 5) tj_parallel_settle(&b->parallel, i);
}

static void test_settled(void **state) {
  (void)state;
  const int upwards[JOBS] = {1, 1, 1, 1, 2, 2, 2}, downwards[JOBS] = {1, 1, 1, 1, 1, 1, 1};
  for (int order = FORWARDS; order <= BACKWARDS; order++) {
    bench b;
    traj_diag diag;
    prepare(&b, sequence_run);
    sequence s = sequence_of((sequence_order)order, WORKERS, 1);
    b.parallel.user = &s;
    for (int round = 0; round < 2; round++) {
      assert_int_equal(spread(&b, settling_job, JOBS, &diag), TJ_FINE);
      /* Downwards job 5 settles what only job 6, which has ended, worked for; then job 3 what is above it. */
      assert_memory_equal(b.done, order == FORWARDS ? upwards : downwards, sizeof b.done);
      assert_false(tj_parallel_settled(&b.parallel, JOBS));
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_each_job_once),  cmocka_unit_test(test_one_job),  cmocka_unit_test(test_breaches),
      cmocka_unit_test(test_worker_at_work), cmocka_unit_test(test_late_job), cmocka_unit_test(test_hasty_hook),
      cmocka_unit_test(test_settled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
