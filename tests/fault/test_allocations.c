/* Whatever the library takes from the system fails in turn, each block and each thread: the call that wanted it says
 * TRAJ_E_MEMORY, gives back what it had, and does its work when called again. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "support/rigged.h"
#include "traj/extra.h"
#include "traj/lqr.h"
#include "traj/steady.h"

/* What the library has taken since the last look. */
static struct {
  int taken;   /* blocks and threads asked for */
  int fail_at; /* the one, from 1, that is refused; 0: none */
  int blocks;  /* not given back */
  int threads; /* not ended */
} books;

static int refused(void) {
  return ++books.taken == books.fail_at;
}

/* The linker puts these in the place of the functions they are named after, in the library and here. */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void __real_free(void *block);
void __wrap_free(void *block);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg);
int __real_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_join(pthread_t thread, void **result);

void *__wrap_malloc(size_t size) {
  if (refused()) return NULL;
  books.blocks++;
  return __real_malloc(size);
}

void __wrap_free(void *block) {
  books.blocks -= block != NULL;
  __real_free(block);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg) {
  if (refused()) return EAGAIN;
  books.threads++;
  return __real_pthread_create(thread, attr, start, arg);
}

int __wrap_pthread_join(pthread_t thread, void **result) {
  books.threads--;
  return __real_pthread_join(thread, result);
}

/* Creates, uses and destroys; gives what create said. */
typedef traj_status use(void);

static traj_status use_ddp(void) {
  const rigged_form form = {.limits = true, .first = true, .second = true, .method = TRAJ_DDP, .workers = 3};
  rigged r;
  rigged_prepare(&r, &form);
  traj_ddp *solver = (traj_ddp *)&r;
  traj_diag diag;
  traj_status status = traj_ddp_create(&solver, traj_heap(), &r.problem, &r.settings, &diag);
  assert_int_equal(diag.status, status);
  if (status != TRAJ_OK) {
    assert_string_equal(diag.field, "allocator");
    assert_null(solver); /* and who goes on with that is told */
    assert_int_equal(traj_ddp_guess(solver, NULL), TRAJ_E_ARG);
    assert_int_equal(traj_ddp_solve(solver, 0, rigged_start(&r)), TRAJ_E_ARG);
    assert_null(traj_ddp_plan(solver));
    traj_ddp_destroy(solver);
    return status;
  }
  assert_true(traj_ddp_solve(solver, 0, rigged_start(&r)) >= TRAJ_OK);
  traj_ddp_destroy(solver);
  return status;
}

static const double identity[] = {1, 0, 0, 1};
static const traj_lqr_problem linear = {
    .nx = 2, .nu = 2, .N = 3, .A = {identity, 0}, .B = {identity, 0}, .Q = {identity, 0}, .R = {identity, 0}};

static traj_status use_lqr(void) {
  traj_lqr *solver = (traj_lqr *)&books;
  traj_diag diag;
  traj_status status = traj_lqr_create(&solver, traj_heap(), &linear, &diag);
  assert_int_equal(diag.status, status);
  if (status != TRAJ_OK) {
    assert_string_equal(diag.field, "allocator");
    assert_null(solver);
    assert_int_equal(traj_lqr_factor(solver, NULL), TRAJ_E_ARG);
    assert_int_equal(traj_lqr_solve(solver, 0, identity), TRAJ_E_ARG);
    assert_null(traj_lqr_plan(solver));
    traj_lqr_destroy(solver);
    return status;
  }
  assert_int_equal(traj_lqr_factor(solver, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_solve(solver, 0, identity), TRAJ_OK);
  traj_lqr_destroy(solver);
  return status;
}

static traj_status use_steady(void) {
  traj_steady *steady = (traj_steady *)&books;
  traj_diag diag;
  traj_status status = traj_steady_create(&steady, traj_heap(), &linear, &diag);
  assert_int_equal(diag.status, status);
  if (status != TRAJ_OK) {
    assert_string_equal(diag.field, "allocator");
    assert_null(steady);
    assert_int_equal(traj_steady_solve(steady, NULL), TRAJ_E_ARG);
    assert_null(traj_steady_get_policy(steady));
    traj_steady_destroy(steady);
    return status;
  }
  assert_int_equal(traj_steady_solve(steady, NULL), TRAJ_OK);
  traj_steady_destroy(steady);
  return status;
}

static void note(int i, int worker, void *arg) {
  int *slots = arg;
  (void)worker;
  slots[i] = i;
}

static traj_status use_pool(void) {
  enum { JOBS = 20 };
  int slots[JOBS] = {0};
  traj_pool *pool = (traj_pool *)&books;
  traj_status status = traj_pool_create(&pool, 5);
  if (status != TRAJ_OK) {
    assert_null(pool);
    assert_int_equal(traj_pool_run(note, JOBS, slots, pool), 1);
    traj_pool_destroy(pool);
    return status;
  }
  assert_int_equal(traj_pool_run(note, JOBS, slots, pool), 0);
  for (int i = 0; i < JOBS; i++)
    assert_int_equal(slots[i], i);
  traj_pool_destroy(pool);
  return status;
}

/* Returns how much the use took from the system. */
static int run(use *it, int fail_at, traj_status expected) {
  books.taken = 0;
  books.fail_at = fail_at;
  traj_status status = it();
  books.fail_at = 0;
  assert_int_equal(status, expected);
  assert_int_equal(books.blocks, 0);
  assert_int_equal(books.threads, 0);
  return books.taken;
}

static void each_in_turn(use *it, int wanted) {
  assert_int_equal(run(it, 0, TRAJ_OK), wanted);
  for (int n = 1; n <= wanted; n++) {
    assert_int_equal(run(it, n, TRAJ_E_MEMORY), n); /* after a refusal it asks for nothing more */
    assert_int_equal(run(it, 0, TRAJ_OK), wanted);
  }
}

static void test_solvers(void **state) {
  (void)state;
  each_in_turn(use_ddp, 1);
  each_in_turn(use_lqr, 1);
  each_in_turn(use_steady, 1);
}

/* A block and four threads. */
static void test_pool(void **state) {
  (void)state;
  each_in_turn(use_pool, 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_solvers), cmocka_unit_test(test_pool)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
