/* The pool of threads: every job once, workers apart, whoever calls. */
#define _POSIX_C_SOURCE 200809L
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "support/env.h"
#include "traj/extra.h"

enum { JOBS = 100, WORKERS = 4 };

typedef struct tally {
  atomic_int done[JOBS];
  atomic_int working[WORKERS];
  atomic_int clashes, sum;
  traj_pool *pool;
  pthread_barrier_t meeting;
} tally;

static void count(int i, int worker, void *arg) {
  tally *t = arg;
  if (worker < 0 || worker >= WORKERS || atomic_exchange(&t->working[worker], 1)) t->clashes++;
  t->done[i]++;
  t->sum += i;
  if (worker >= 0 && worker < WORKERS) t->working[worker] = 0;
}

static void test_every_job_once(void **state) {
  (void)state;
  for (int workers = 1; workers <= WORKERS; workers++) {
    traj_pool *pool;
    tally t = {.sum = 0};
    assert_int_equal(traj_pool_create(&pool, workers), TRAJ_OK);
    const int rounds = env_rounds(2000, 100);
    for (int round = 0; round < rounds; round++)
      assert_int_equal(traj_pool_run(count, round % JOBS, &t, pool), 0);
    for (int i = 0; i < JOBS; i++)
      assert_int_equal(t.done[i], rounds / JOBS * (JOBS - 1 - i));
    assert_int_equal(t.clashes, 0);
    traj_pool_destroy(pool);
  }
}

/* Jobs that wait for each other need as many threads. */
static void meet(int i, int worker, void *arg) {
  tally *t = arg;
  pthread_barrier_wait(&t->meeting);
  count(i, worker, arg);
}

static void test_jobs_run_at_the_same_time(void **state) {
  (void)state;
  traj_pool *pool;
  tally t = {.sum = 0};
  assert_int_equal(traj_pool_create(&pool, WORKERS), TRAJ_OK);
  assert_int_equal(pthread_barrier_init(&t.meeting, NULL, WORKERS), 0);
  for (int round = 0; round < 20; round++)
    assert_int_equal(traj_pool_run(meet, WORKERS, &t, pool), 0);
  assert_int_equal(t.sum, 20 * WORKERS * (WORKERS - 1) / 2);
  assert_int_equal(t.clashes, 0);
  pthread_barrier_destroy(&t.meeting);
  traj_pool_destroy(pool);
}

/* A job that brings jobs of its own to the pool that it runs on. */
static void nest(int i, int worker, void *arg) {
  tally *t = arg;
  (void)i, (void)worker;
  tally own = {.sum = 0};
  if (traj_pool_run(count, JOBS, &own, t->pool) != 0 || own.sum != JOBS * (JOBS - 1) / 2) t->clashes++;
  t->sum++;
}

static void test_job_that_brings_jobs(void **state) {
  (void)state;
  tally t = {.sum = 0};
  assert_int_equal(traj_pool_create(&t.pool, 3), TRAJ_OK);
  assert_int_equal(traj_pool_run(nest, JOBS, &t, t.pool), 0);
  assert_int_equal(t.sum, JOBS);
  assert_int_equal(t.clashes, 0);
  traj_pool_destroy(t.pool);
}

/* Several threads bring jobs to one pool. */
static void *bring(void *arg) {
  tally *shared = arg;
  for (int round = 0; round < 200; round++) {
    tally own = {.sum = 0};
    if (traj_pool_run(count, JOBS, &own, shared->pool) != 0 || own.sum != JOBS * (JOBS - 1) / 2 || own.clashes != 0)
      shared->clashes++;
  }
  return NULL;
}

static void test_shared_pool(void **state) {
  (void)state;
  pthread_t callers[3];
  tally t = {.sum = 0};
  assert_int_equal(traj_pool_create(&t.pool, 3), TRAJ_OK);
  for (int i = 0; i < 3; i++)
    assert_int_equal(pthread_create(&callers[i], NULL, bring, &t), 0);
  for (int i = 0; i < 3; i++)
    assert_int_equal(pthread_join(callers[i], NULL), 0);
  assert_int_equal(t.clashes, 0);
  traj_pool_destroy(t.pool);
}

/* The threads of the pool block every signal that can be blocked. */
static void look_at_signals(int i, int worker, void *arg) {
  tally *t = arg;
  sigset_t blocked;
  (void)i;
  pthread_barrier_wait(&t->meeting);
  if (pthread_sigmask(SIG_BLOCK, NULL, &blocked) != 0) t->clashes++;
  t->sum += worker == 0 ? !sigismember(&blocked, SIGINT) : sigismember(&blocked, SIGINT);
}

static void test_signals_go_elsewhere(void **state) {
  (void)state;
  tally t = {.sum = 0};
  assert_int_equal(traj_pool_create(&t.pool, 2), TRAJ_OK);
  assert_int_equal(pthread_barrier_init(&t.meeting, NULL, 2), 0);
  assert_int_equal(traj_pool_run(look_at_signals, 2, &t, t.pool), 0);
  assert_int_equal(t.sum, 2);
  assert_int_equal(t.clashes, 0);
  pthread_barrier_destroy(&t.meeting);
  traj_pool_destroy(t.pool);
}

static void test_refusals(void **state) {
  (void)state;
  const int wrong[] = {0, -1, 1025, INT32_MAX};
  traj_pool *pool;
  for (int i = 0; i < 4; i++) {
    pool = (traj_pool *)&wrong;
    assert_int_equal(traj_pool_create(&pool, wrong[i]), TRAJ_E_ARG);
    assert_null(pool);
  }
  assert_int_equal(traj_pool_create(NULL, 1), TRAJ_E_ARG);
  tally t = {.sum = 0};
  assert_int_equal(traj_pool_run(count, 3, &t, NULL), 1);
  assert_int_equal(traj_pool_create(&pool, 2), TRAJ_OK);
  assert_int_equal(traj_pool_run(NULL, 3, &t, pool), 1);
  assert_int_equal(traj_pool_run(count, 0, &t, pool), 0);
  assert_int_equal(traj_pool_run(count, -1, &t, pool), 0);
  assert_int_equal(t.done[0], 0);
  traj_pool_destroy(pool);
  traj_pool_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_job_once),       cmocka_unit_test(test_jobs_run_at_the_same_time),
      cmocka_unit_test(test_job_that_brings_jobs), cmocka_unit_test(test_shared_pool),
      cmocka_unit_test(test_signals_go_elsewhere), cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
