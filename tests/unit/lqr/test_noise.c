/* Noise that depends on state and control: what it adds to a stage, and what becomes of the finite horizon. */
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

#include "lqr/noise.h"
#include "support/allocator.h"
#include "support/env.h"
#include "support/exact.h"
#include "support/lq.h"
#include "support/near.h"

enum { MOST = 6, NOISES = 3 };

/* Q + sum C'VC and so on, in long double. */
static void check_sums(int nx, int nu, const double *C, const double *D, const double *V, const double *given,
                       const tj_stage_cost *cost) {
  exact_matrix Q = exact_symmetric(given, nx), S = exact_of(given, nu, nx), R = exact_symmetric(given, nu);
  exact_matrix value = exact_symmetric(V, nx);
  for (int i = 0; i < NOISES; i++) {
    exact_matrix Ci = exact_of(C == NULL ? NULL : C + i * nx * nx, nx, nx);
    exact_matrix Di = exact_of(D == NULL ? NULL : D + i * nx * nu, nx, nu);
    exact_matrix VC = exact_product(value, Ci), VD = exact_product(value, Di), Dt = exact_transpose(Di);
    Q = exact_sum(Q, exact_product(exact_transpose(Ci), VC));
    S = exact_sum(S, exact_product(Dt, VC));
    R = exact_sum(R, exact_product(Dt, VD));
  }
  assert_exact(cost->lxx, Q, 4 * MOST);
  assert_exact(cost->lux, S, 4 * MOST);
  assert_exact(cost->luu, R, 4 * MOST);
}

static void make_symmetric(double *a, int n) {
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < j; i++)
      a[i + j * n] = a[j + i * n];
  }
}

static void test_sums(void **state) {
  (void)state;
  rng r = rng_from(env_seed("sums", 5));
  for (int round = 0; round < env_rounds(40, 8); round++) {
    double C[NOISES * MOST * MOST], D[NOISES * MOST * MOST], V[MOST * MOST], Q[MOST * MOST], R[MOST * MOST];
    double given[MOST * MOST];
    traj_lqr_problem problem = {.nx = rng_int(&r, 1, MOST), .nu = rng_int(&r, 1, MOST), .noises = NOISES};
    int nx = problem.nx, nu = problem.nu;
    rng_fill(&r, C, sizeof C / sizeof *C, 1);
    rng_fill(&r, D, sizeof D / sizeof *D, 1);
    rng_fill(&r, V, sizeof V / sizeof *V, 1);
    rng_fill(&r, given, sizeof given / sizeof *given, 1);
    make_symmetric(V, nx);
    memcpy(Q, given, sizeof Q);
    memcpy(R, given, sizeof R);
    make_symmetric(Q, nx);
    make_symmetric(R, nu);
    tj_arena arena = tj_arena_measure();
    tj_lqr_noise_layout(&arena, &problem);
    size_t size = tj_arena_block_size(&arena);
    void *block = malloc(size);
    assert_non_null(block);
    arena = tj_arena_over(block, size);
    tj_lqr_noise noise = tj_lqr_noise_layout(&arena, &problem);
    for (int which = 0; which < 4; which++) {
      const double *c = which & 1 ? C : NULL, *d = which & 2 ? D : NULL;
      tj_stage_cost cost = {.lxx = Q, .lux = given, .luu = R};
      tj_lqr_noise_add(&noise, c, d, V, &cost);
      check_sums(nx, nu, c, d, V, given, &cost);
      exact_forget();
    }
    free(block);
  }
}

static traj_lqr *create(const traj_lqr_problem *problem, ledger *books) {
  traj_allocator allocator = ledger_allocator(books);
  traj_lqr *solver = NULL;
  assert_int_equal(traj_lqr_create(&solver, &allocator, problem, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_factor(solver, NULL), TRAJ_OK);
  return solver;
}

/* V = q + (a^2 + C^2) V+ - (a b + C D)^2 V+^2 / (r + (b^2 + D^2) V+), with two noises; plans and their cost are those
 * without noise. */
static void test_scalar_recursion(void **state) {
  (void)state;
  enum { N = 20 };
  const double a = 1.1, b = 0.7, q = 2, r = 0.5, C[2] = {0.3, 0.2}, D[2] = {0.4, -0.1}, end = 3, x0 = 1.5;
  traj_lqr_problem problem = {.nx = 1, .nu = 1, .N = N, .A = {&a, 0}, .B = {&b, 0}, .Q = {&q, 0}, .R = {&r, 0}};
  problem.Q_N = &end;
  problem.noises = 2;
  problem.C = (traj_series){C, 0};
  problem.D = (traj_series){D, 0};
  ledger books = {.calls = 0};
  traj_lqr *solver = create(&problem, &books);
  const traj_lqr_policy *policy = traj_lqr_get_policy(solver);
  double V = end, A = a * a + 0.09 + 0.04, B = b * b + 0.16 + 0.01, G = a * b + 0.12 - 0.02;
  for (int k = N - 1; k >= 0; k--) {
    assert_near(policy->K[k], -G * V / (r + B * V), 1e-15);
    V = q + A * V - G * G * V * V / (r + B * V);
    assert_near(policy->V[k], V, 1e-14);
  }
  assert_int_equal(traj_lqr_solve(solver, 0, &x0), TRAJ_OK);
  const traj_plan *plan = traj_lqr_plan(solver);
  double x = x0, cost = 0, expected = 0;
  for (int k = 0; k < N; k++) {
    double u = policy->K[k] * x;
    cost += 0.5 * (q * x * x + r * u * u);
    x = a * x + b * u;
  }
  assert_near(plan->cost, cost + 0.5 * end * x * x, 1e-13);
  assert_int_equal(traj_lqr_expected_cost(solver, 0, &x0, &expected), TRAJ_OK);
  assert_near(expected, 0.5 * V * x0 * x0, 1e-13);
  assert_true(expected > 1.1 * plan->cost);
  traj_lqr_destroy(solver);
}

/* A series of noises with a stride is that of one stage after the other: stages k.. are a problem of their own. */
static void test_varying_noise(void **state) {
  (void)state;
  enum { N = 9, CUT = 4 };
  rng r = rng_from(12);
  lq_kind kind = {.nx = 4, .nu = 2, .N = N, .rank = 4, .condition = 10, .effort = 1, .final = 1, .growth = 1};
  kind.affine = kind.cross = kind.varying = true;
  lq instance = lq_draw(&r, &kind);
  double C[N * 2 * 16 + N], D[N * 2 * 8 + N];
  rng_fill(&r, C, sizeof C / sizeof *C, 0.2);
  rng_fill(&r, D, sizeof D / sizeof *D, 0.2);
  traj_lqr_problem whole = instance.problem;
  whole.noises = 2;
  whole.C = (traj_series){C, 33};
  whole.D = (traj_series){D, 17};
  traj_lqr_problem tail = lq_tail(&whole, CUT);
  tail.C.data = C + CUT * 33;
  tail.D.data = D + CUT * 17;
  ledger books = {.calls = 0};
  traj_lqr *one = create(&whole, &books), *other = create(&tail, &books);
  const traj_lqr_policy *p = traj_lqr_get_policy(one), *t = traj_lqr_get_policy(other);
  assert_memory_equal(p->K + CUT * 8, t->K, sizeof(double) * 8 * (N - CUT));
  assert_memory_equal(p->V + CUT * 16, t->V, sizeof(double) * 16 * (N - CUT + 1));
  traj_lqr_destroy(one);
  whole.noises = 1; /* the second matrix of each stage counts, too */
  one = create(&whole, &books);
  assert_memory_not_equal(traj_lqr_get_policy(one)->V, t->V, sizeof(double) * 16);
  assert_true(fabs(traj_lqr_get_policy(one)->V[CUT * 16] - t->V[0]) > 1e-3);
  traj_lqr_destroy(one);
  traj_lqr_destroy(other);
  lq_free(&instance);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sums),
      cmocka_unit_test(test_scalar_recursion),
      cmocka_unit_test(test_varying_noise),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
