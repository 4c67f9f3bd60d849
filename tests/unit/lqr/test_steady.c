/* The solver for the infinite horizon: memory, sizes, which stage counts, and a finite horizon that ends in it. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/allocator.h"
#include "support/env.h"
#include "support/lq.h"
#include "support/near.h"
#include "support/refusal.h"
#include "traj/steady.h"

static const double ONE = 1, TWO = 2;

static traj_lqr_problem scalar(void) {
  return (traj_lqr_problem){.nx = 1, .nu = 1, .A = {&ONE, 0}, .B = {&ONE, 0}, .Q = {&ONE, 0}, .R = {&ONE, 0}};
}

static traj_steady *create(const traj_lqr_problem *problem, ledger *books) {
  traj_allocator allocator = ledger_allocator(books);
  traj_steady *steady = NULL;
  traj_diag diag;
  assert_int_equal(traj_steady_create(&steady, &allocator, problem, &diag), TRAJ_OK);
  assert_no_diag(&diag);
  return steady;
}

/* Both doors, at every alignment, in a block full of ones and in one of zeros: the same bits. */
static void test_doors(void **state) {
  (void)state;
  rng r = rng_from(4);
  lq_kind kind = {.nx = 5, .nu = 2, .N = 1, .rank = 5, .condition = 10, .effort = 1, .growth = 1.2};
  kind.affine = kind.cross = kind.noise = true;
  lq instance = lq_draw(&r, &kind);
  ledger books = {.calls = 0};
  traj_steady *one = create(&instance.problem, &books);
  assert_int_equal(traj_steady_solve(one, NULL), TRAJ_OK);
  const traj_steady_policy *expected = traj_steady_get_policy(one);
  size_t size = 0;
  assert_int_equal(traj_steady_size(&instance.problem, &size, NULL), TRAJ_OK);
  unsigned char *memory = malloc(size + 8);
  assert_non_null(memory);
  for (int shift = 0; shift < 8; shift++) {
    traj_steady *other = NULL;
    memset(memory, shift % 2 ? 255 : 0, size + 8);
    assert_int_equal(traj_steady_init(&other, memory + shift, size, &instance.problem, NULL), TRAJ_OK);
    assert_null(traj_steady_get_policy(other));
    assert_int_equal(traj_steady_solve(other, NULL), TRAJ_OK);
    const traj_steady_policy *policy = traj_steady_get_policy(other);
    assert_memory_equal(policy->K, expected->K, sizeof(double) * 10);
    assert_memory_equal(policy->k, expected->k, sizeof(double) * 2);
    assert_memory_equal(policy->V, expected->V, sizeof(double) * 25);
    assert_memory_equal(policy->v, expected->v, sizeof(double) * 5);
    assert_memory_equal(&policy->rate, &expected->rate, sizeof(double));
    traj_steady_destroy(other);
  }
  free(memory);
  assert_int_equal(books.calls, 1);
  traj_steady_destroy(one);
  assert_int_equal(books.live, 0);
  lq_free(&instance);
}

static void test_refusals(void **state) {
  (void)state;
  traj_lqr_problem problem = scalar(), wrong = scalar();
  traj_steady *steady = NULL;
  traj_diag diag;
  size_t size = 0;
  assert_int_equal(traj_steady_size(&problem, &size, NULL), TRAJ_OK);
  void *block = malloc(size);
  assert_non_null(block);
  assert_int_equal(traj_steady_init(&steady, block, size - 64, &problem, &diag), TRAJ_E_MEMORY);
  assert_diag(&diag, refusal_of_field(TRAJ_E_MEMORY, "size", (double)(size - 64)));
  assert_null(steady);
  wrong.nx = 0;
  assert_int_equal(traj_steady_init(&steady, block, size, &wrong, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "nx", 0));
  wrong = scalar();
  wrong.N = -1;
  assert_int_equal(traj_steady_size(&wrong, &size, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "N", -1));
  wrong = scalar();
  wrong.C = (traj_series){&ONE, 0};
  assert_int_equal(traj_steady_size(&wrong, &size, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "noises", 0));
  wrong = scalar();
  wrong.nx = 16000;
  wrong.nu = 300;
  wrong.noises = 16383;
  wrong.C = (traj_series){&ONE, 0};
  wrong.D = (traj_series){&ONE, 0};
  assert_int_equal(traj_steady_size(&wrong, &size, &diag), TRAJ_OK); /* numbers are not touched */
  assert_true(size > (size_t)16383 * 16000 * 16000 * 8);
  free(block);
}

/* Of a problem whose matrices change from stage to stage, the last stage goes on forever. */
static void test_last_stage(void **state) {
  (void)state;
  const double A[3] = {5, 7, 1}, Q[3] = {9, 9, 1};
  traj_lqr_problem problem = scalar();
  problem.N = 3;
  problem.A = (traj_series){A, 1};
  problem.Q = (traj_series){Q, 1};
  problem.Q_N = &TWO;
  ledger books = {.calls = 0};
  traj_steady *steady = create(&problem, &books);
  assert_int_equal(traj_steady_solve(steady, NULL), TRAJ_OK);
  assert_near(traj_steady_get_policy(steady)->V[0], 1.6180339887498949, 1e-15);
  traj_steady_destroy(steady);
}

/* The numbers are read by solve, and by nothing else; after a failure there is no policy, after the next success the
 * bits are those of before. */
static void test_recovery(void **state) {
  (void)state;
  double a = (double)NAN;
  traj_lqr_problem problem = scalar();
  problem.A.data = &a;
  ledger books = {.calls = 0};
  traj_steady *steady = create(&problem, &books);
  a = 1.25;
  assert_int_equal(traj_steady_solve(steady, NULL), TRAJ_OK);
  double V = traj_steady_get_policy(steady)->V[0];
  a = (double)NAN;
  assert_near(traj_steady_get_policy(steady)->V[0], V, 0);
  assert_int_equal(traj_steady_solve(steady, NULL), TRAJ_E_ARG);
  assert_null(traj_steady_get_policy(steady));
  a = 1.25;
  assert_int_equal(traj_steady_solve(steady, NULL), TRAJ_OK);
  assert_near(traj_steady_get_policy(steady)->V[0], V, 0);
  traj_steady_destroy(steady);
}

static void check_same(const double *a, const double *b, int count) {
  double size = 1;
  for (int i = 0; i < count; i++)
    size = fmax(size, fabs(b[i]));
  for (int i = 0; i < count; i++)
    assert_near(a[i], b[i], 1e-12 * size);
}

/* A finite horizon that ends in the steady value function has the steady policy at every stage, and each stage adds the
 * rate to the constant. */
static void test_finite_horizon_that_ends_in_it(void **state) {
  (void)state;
  enum { N = 50, MOST = 12 };
  rng r = rng_from(env_seed("steady end", 6));
  for (int round = 0; round < env_rounds(30, 4); round++) {
    lq_kind kind = {.nx = rng_int(&r, 1, MOST), .nu = rng_int(&r, 1, MOST), .N = 1, .condition = 10, .effort = 1};
    kind.rank = kind.nx;
    kind.growth = 1;
    kind.affine = kind.cross = kind.noise = round % 3 > 0;
    lq instance = lq_draw(&r, &kind);
    double C[2 * MOST * MOST];
    rng_fill(&r, C, sizeof C / sizeof *C, 0.1 / sqrt(kind.nx));
    traj_lqr_problem problem = instance.problem;
    problem.N = N;
    problem.noises = 2;
    problem.C = (traj_series){C, 0};
    ledger books = {.calls = 0};
    traj_allocator allocator = ledger_allocator(&books);
    traj_steady *steady = create(&problem, &books);
    traj_lqr *lqr = NULL;
    assert_int_equal(traj_steady_finish(steady, &problem, NULL), TRAJ_OK);
    assert_int_equal(traj_lqr_create(&lqr, &allocator, &problem, NULL), TRAJ_OK);
    assert_int_equal(traj_lqr_factor(lqr, NULL), TRAJ_OK);
    const traj_steady_policy *s = traj_steady_get_policy(steady);
    const traj_lqr_policy *p = traj_lqr_get_policy(lqr);
    int nx = kind.nx, nu = kind.nu;
    for (int k = 0; k < N; k++) {
      check_same(p->K + k * nu * nx, s->K, nu * nx);
      check_same(p->k + k * nu, s->k, nu);
      check_same(p->V + k * nx * nx, s->V, nx * nx);
      check_same(p->v + k * nx, s->v, nx);
      assert_near(p->constant[k] - p->constant[k + 1], s->rate, 1e-12 * (1 + fabs(p->constant[k])));
    }
    traj_lqr_destroy(lqr);
    traj_steady_destroy(steady);
    lq_free(&instance);
  }
}

static void test_finish_refuses(void **state) {
  (void)state;
  double a = 1;
  const double none = 0;
  traj_lqr_problem problem = scalar(), other = scalar();
  problem.A.data = &a;
  ledger books = {.calls = 0};
  traj_steady *steady = create(&problem, &books);
  traj_diag diag;
  assert_int_equal(traj_steady_finish(steady, NULL, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "problem", 0));
  other.nx = 2;
  assert_int_equal(traj_steady_finish(steady, &other, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "nx", 2));
  assert_int_equal(traj_steady_finish(NULL, &other, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "steady", 0));
  traj_steady_destroy(steady);
  problem.B.data = &none;
  problem.Q_N = &TWO;
  steady = create(&problem, &books);
  assert_int_equal(traj_steady_finish(steady, &problem, NULL), TRAJ_E_UNSTABILISABLE);
  assert_ptr_equal(problem.Q_N, &TWO);
  assert_null(problem.q_N);
  traj_steady_destroy(steady);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_doors),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_last_stage),
      cmocka_unit_test(test_recovery),
      cmocka_unit_test(test_finite_horizon_that_ends_in_it),
      cmocka_unit_test(test_finish_refuses),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
