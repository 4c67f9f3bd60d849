/* A pool of threads. One that finds nothing to do looks for work for about as long as waking it would take, since a
 * solve brings more within microseconds, and then sleeps. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/parallel.h"
#include "traj/extra.h"

enum { LOOKS = 20000 }; /* about 20 us */

typedef struct member {
  traj_pool *pool;
  int worker;
  pthread_t thread;
} member;

struct traj_pool {
  pthread_mutex_t turn;         /* held by the thread whose jobs run */
  pthread_mutex_t lock;         /* guards what follows, as far as it is not atomic */
  pthread_cond_t opened, empty; /* there is work; nobody is at it any more */
  traj_job_fn *job;
  void *arg;
  int n;
  bool leaving;      /* the pool ends */
  atomic_bool open;  /* there is work that may still be joined */
  atomic_int inside; /* members at work */
  atomic_int next;   /* job that is taken next */
  int count;         /* members that were started */
  member members[];
};

/* Looks often, but not for ever, whether a number has become 0. */
static void await_zero(atomic_int *number) {
  for (int i = 0; i < LOOKS && *number != 0; i++) {
  }
}

static void await_work(traj_pool *pool) {
  for (int i = 0; i < LOOKS && !pool->open; i++) {
  }
}

/* Takes jobs until there are none. */
static void work(traj_pool *pool, int worker) {
  for (int i; (i = pool->next++) < pool->n;)
    pool->job(i, worker, pool->arg);
}

static void *serve(void *arg) {
  member *self = arg;
  traj_pool *pool = self->pool;
  pthread_mutex_lock(&pool->lock);
  for (;;) {
    while (!pool->open && !pool->leaving)
      pthread_cond_wait(&pool->opened, &pool->lock);
    if (pool->leaving) break;
    pool->inside++;
    pthread_mutex_unlock(&pool->lock);
    work(pool, self->worker);
    pthread_mutex_lock(&pool->lock);
    pool->open = false; /* all jobs are taken */
    if (--pool->inside == 0) pthread_cond_signal(&pool->empty);
    pthread_mutex_unlock(&pool->lock);
    await_work(pool);
    pthread_mutex_lock(&pool->lock);
  }
  pthread_mutex_unlock(&pool->lock);
  return NULL;
}

/* The handlers of the application run on its own threads. */
static int start_quiet_thread(member *self) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int code = pthread_create(&self->thread, NULL, serve, self);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return code;
}

traj_status traj_pool_create(traj_pool **pool, int workers) {
  if (pool == NULL) return TRAJ_E_ARG;
  *pool = NULL;
  if (workers < 1 || workers > TJ_MAX_WORKERS) return TRAJ_E_ARG;
  traj_pool *made = malloc(sizeof(traj_pool) + (size_t)(workers - 1) * sizeof(member));
  if (made == NULL) return TRAJ_E_MEMORY;
  *made = (traj_pool){.turn = PTHREAD_MUTEX_INITIALIZER,
                      .lock = PTHREAD_MUTEX_INITIALIZER,
                      .opened = PTHREAD_COND_INITIALIZER,
                      .empty = PTHREAD_COND_INITIALIZER};
  for (int worker = 1; worker < workers; worker++) {
    member *self = &made->members[made->count];
    *self = (member){.pool = made, .worker = worker};
    if (start_quiet_thread(self) != 0) {
      traj_pool_destroy(made);
      return TRAJ_E_MEMORY;
    }
    made->count++;
  }
  *pool = made;
  return TRAJ_OK;
}

void traj_pool_destroy(traj_pool *pool) {
  if (pool == NULL) return;
  pthread_mutex_lock(&pool->lock);
  pool->leaving = true;
  pthread_cond_broadcast(&pool->opened);
  pthread_mutex_unlock(&pool->lock);
  for (int i = 0; i < pool->count; i++)
    pthread_join(pool->members[i].thread, NULL);
  free(pool);
}

int traj_pool_run(traj_job_fn *job, int n, void *arg, void *user) {
  traj_pool *pool = user;
  if (job == NULL || pool == NULL) return 1;
  if (pthread_mutex_trylock(&pool->turn) != 0) { /* in use, perhaps by the job that called: waiting could be for ever */
    for (int i = 0; i < n; i++)
      job(i, 0, arg);
    return 0;
  }
  pthread_mutex_lock(&pool->lock);
  pool->job = job;
  pool->arg = arg;
  pool->n = n;
  pool->next = 0;
  pool->open = true;
  pthread_cond_broadcast(&pool->opened);
  pthread_mutex_unlock(&pool->lock);
  work(pool, 0);
  await_zero(&pool->inside);
  pthread_mutex_lock(&pool->lock);
  pool->open = false;
  while (pool->inside > 0)
    pthread_cond_wait(&pool->empty, &pool->lock);
  pthread_mutex_unlock(&pool->lock);
  pthread_mutex_unlock(&pool->turn);
  return 0;
}
