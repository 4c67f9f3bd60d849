/* Policy and value function: closed forms, noise, refusals. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <string.h>

#include "support/allocator.h"
#include "support/lq.h"
#include "support/near.h"
#include "traj/lqr.h"

static const double ONE = 1;

static traj_lqr *create(const traj_lqr_problem *problem, ledger *books) {
  traj_allocator allocator = ledger_allocator(books);
  traj_lqr *solver = NULL;
  assert_int_equal(traj_lqr_create(&solver, &allocator, problem, NULL), TRAJ_OK);
  return solver;
}

static const traj_lqr_policy *factor(traj_lqr *solver) {
  traj_diag diag = {.status = TRAJ_E_ARG};
  assert_int_equal(traj_lqr_factor(solver, &diag), TRAJ_OK);
  assert_int_equal(diag.status, TRAJ_OK);
  return traj_lqr_get_policy(solver);
}

static traj_lqr_problem scalar(int N) {
  return (traj_lqr_problem){.nx = 1, .nu = 1, .N = N, .A = {&ONE, 0}, .B = {&ONE, 0}, .Q = {&ONE, 0}, .R = {&ONE, 0}};
}

/* a = b = q = r = 1 without final cost: V runs through ratios of Fibonacci numbers to the golden ratio. */
static void test_golden_ratio(void **state) {
  (void)state;
  const double expected[] = {0, 1, 3.0 / 2, 8.0 / 5, 21.0 / 13, 55.0 / 34};
  enum { N = 40 };
  traj_lqr_problem problem = scalar(N);
  ledger books = {.calls = 0};
  traj_lqr *solver = create(&problem, &books);
  const traj_lqr_policy *policy = factor(solver);
  for (int i = 0; i < 6; i++)
    assert_near(policy->V[N - i], expected[i], 1e-15);
  assert_near(policy->V[0], 1.6180339887498949, 1e-15);
  assert_near(policy->K[0], -0.6180339887498949, 1e-15);
  assert_near(policy->constant[0], 0, 0);
  traj_lqr_destroy(solver);
}

static void test_double_integrator(void **state) {
  (void)state;
  static const double A[] = {1, 0, 0.1, 1}, B[] = {0.005, 0.1}, Q[] = {1, 0, 0, 1}, R[] = {0.1};
  traj_lqr_problem problem = {.nx = 2, .nu = 1, .N = 400, .A = {A, 0}, .B = {B, 0}, .Q = {Q, 0}, .R = {R, 0}, .Q_N = Q};
  ledger books = {.calls = 0};
  traj_lqr *solver = create(&problem, &books);
  const traj_lqr_policy *policy = factor(solver);
  assert_int_equal(policy->nx, 2);
  assert_int_equal(policy->nu, 1);
  assert_int_equal(policy->N, 400);
  assert_near(policy->K[0], -2.585701, 5e-7);
  assert_near(policy->K[1], -3.443436, 5e-7);
  traj_lqr_destroy(solver);
}

/* A constant disturbance c in the scalar problem: v tends to c and k to -c, the control that cancels it. */
static void test_constant_disturbance(void **state) {
  (void)state;
  const double c = 0.3;
  traj_lqr_problem problem = scalar(60);
  problem.c = (traj_series){&c, 0};
  ledger books = {.calls = 0};
  traj_lqr *solver = create(&problem, &books);
  const traj_lqr_policy *policy = factor(solver);
  assert_near(policy->v[0], c, 1e-14);
  assert_near(policy->k[0], -c, 1e-14);
  traj_lqr_destroy(solver);
}

/* One stage of two states and one control, by hand: V' = Q_N = I, w = q_N + c. */
static void test_one_stage(void **state) {
  (void)state;
  static const double A[] = {1, 2, 3, 4}, B[] = {1, -1}, c[] = {1, 0}, Q[] = {2, 1, 0, 3}, S[] = {1, 2};
  static const double R[] = {2}, q[] = {1, -1}, r[] = {3}, Q_N[] = {1, 0, 0, 1}, q_N[] = {0, 1};
  traj_lqr_problem problem = {.nx = 2,
                              .nu = 1,
                              .N = 1,
                              .A = {A, 0},
                              .B = {B, 0},
                              .c = {c, 0},
                              .Q = {Q, 0},
                              .S = {S, 0},
                              .R = {R, 0},
                              .q = {q, 0},
                              .r = {r, 0},
                              .Q_N = Q_N,
                              .q_N = q_N};
  ledger books = {.calls = 0};
  traj_lqr *solver = create(&problem, &books);
  const traj_lqr_policy *policy = factor(solver);
  /* Quu = 2 + 2 = 4, Qux = S + B'A = (1, 2) + (-1, -1) = (0, 1), qu = 3 + B'(1, 1) = 3. */
  assert_near(policy->K[0], 0, 1e-15);
  assert_near(policy->K[1], -0.25, 1e-15);
  assert_near(policy->k[0], -0.75, 1e-15);
  /* Qxx = Q + A'A = (2 + 5, 1 + 11; ., 3 + 25), less Qux'Qux / 4. */
  assert_near(policy->V[0], 7, 1e-14);
  assert_near(policy->V[1], 12, 1e-14);
  assert_near(policy->V[2], 12, 1e-14);
  assert_near(policy->V[3], 27.75, 1e-14);
  /* qx = q + A'(1, 1) = (4, 6), less Qux' qu / 4. */
  assert_near(policy->v[0], 4, 1e-14);
  assert_near(policy->v[1], 5.25, 1e-14);
  /* 1/2 c'c + q_N'c - 1/2 qu^2 / 4. */
  assert_near(policy->constant[0], 0.5 - 1.125, 1e-15);
  assert_near(policy->constant[1], 0, 0);
  traj_lqr_destroy(solver);
}

/* What counts is Quu = R + B'VB: here R = -1 and R = 0 are fine. */
static void test_weights_need_not_be_definite(void **state) {
  (void)state;
  const double minus = -1, four = 4;
  traj_lqr_problem problem = scalar(1);
  problem.Q_N = &four;
  problem.R.data = &minus;
  ledger books = {.calls = 0};
  traj_lqr *solver = create(&problem, &books);
  assert_near(factor(solver)->K[0], -4.0 / 3, 1e-15);
  traj_lqr_destroy(solver);
  problem.R.data = NULL;
  solver = create(&problem, &books);
  assert_near(factor(solver)->K[0], -1, 1e-15);
  traj_lqr_destroy(solver);
}

/* Noise leaves K, k, V and v as they are, bit for bit, and adds 1/2 tr(V_{k+1} Sigma_k) at each stage. */
static void test_noise_adds_its_trace(void **state) {
  (void)state;
  rng r = rng_from(11);
  lq_kind kind = {.nx = 4, .nu = 2, .N = 12, .rank = 4, .condition = 10, .effort = 1, .final = 2, .growth = 1.1};
  kind.affine = kind.cross = kind.varying = kind.noise = true;
  lq instance = lq_draw(&r, &kind);
  traj_lqr_problem quiet = instance.problem;
  quiet.Sigma.data = NULL;
  ledger books = {.calls = 0};
  traj_lqr *noisy_solver = create(&instance.problem, &books), *quiet_solver = create(&quiet, &books);
  const traj_lqr_policy *noisy = factor(noisy_solver), *calm = factor(quiet_solver);
  assert_memory_equal(noisy->K, calm->K, sizeof(double) * 4 * 2 * 12);
  assert_memory_equal(noisy->k, calm->k, sizeof(double) * 2 * 12);
  assert_memory_equal(noisy->V, calm->V, sizeof(double) * 16 * 13);
  assert_memory_equal(noisy->v, calm->v, sizeof(double) * 4 * 13);
  double expected = 0;
  for (int k = 11; k >= 0; k--) {
    const double *V = calm->V + (k + 1) * 16, *Sigma = lq_at(instance.problem.Sigma, k);
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 4; j++)
        expected += 0.5 * V[i + 4 * j] * (i >= j ? Sigma[i + 4 * j] : Sigma[j + 4 * i]);
    }
    assert_near(noisy->constant[k] - calm->constant[k], expected, 1e-13 * (expected + fabs(calm->constant[k])));
  }
  traj_lqr_destroy(noisy_solver);
  traj_lqr_destroy(quiet_solver);
  lq_free(&instance);
}

/* The scalar problem with unit noise costs 1/2 sum V_{k+1}, and V_{k+1} are the ratios of above. */
static void test_noise_of_the_scalar_problem(void **state) {
  (void)state;
  traj_lqr_problem problem = scalar(4);
  problem.Sigma = (traj_series){&ONE, 0};
  ledger books = {.calls = 0};
  traj_lqr *solver = create(&problem, &books);
  assert_near(factor(solver)->constant[0], 0.5 * (0 + 1 + 1.5 + 1.6), 1e-15);
  traj_lqr_destroy(solver);
}

static void assert_failure(traj_lqr *solver, traj_status status, const char *field, int k, int row, int col) {
  traj_diag diag;
  assert_int_equal(traj_lqr_factor(solver, &diag), status);
  assert_int_equal(diag.status, status);
  assert_string_equal(diag.field, field);
  assert_int_equal(diag.k, k);
  assert_int_equal(diag.row, row);
  assert_int_equal(diag.col, col);
  assert_null(traj_lqr_get_policy(solver));
  assert_null(traj_lqr_plan(solver));
  assert_int_equal(traj_lqr_factor(solver, NULL), status);
}

/* R is diag(1, 1) but at stage 2, where the second pivot is zero or negative; B is zero. */
static void test_control_hessian_not_positive(void **state) {
  (void)state;
  enum { NU = 2, N = 5 };
  static const double none[NU] = {0};
  double R[N][NU * NU];
  for (int k = 0; k < N; k++)
    memcpy(R[k], (double[]){1, 0, 0, 1}, sizeof R[k]);
  traj_lqr_problem problem = {.nx = 1, .nu = NU, .N = N, .A = {&ONE, 0}, .B = {none, 0}, .R = {R[0], NU * NU}};
  ledger books = {.calls = 0};
  traj_lqr *solver = create(&problem, &books);
  const double pivots[] = {0, -3, -1e-300};
  for (int i = 0; i < 3; i++) {
    R[2][3] = pivots[i];
    assert_failure(solver, TRAJ_E_SINGULAR, "Quu", 2, 1, 1);
    traj_diag diag;
    traj_lqr_factor(solver, &diag);
    assert_near(diag.value, pivots[i], 0);
  }
  R[2][3] = 1;
  R[4][0] = -1; /* the first stage that the recursion meets is reported */
  R[1][0] = -1;
  assert_failure(solver, TRAJ_E_SINGULAR, "Quu", 4, 0, 0);
  traj_lqr_destroy(solver);
}

/* All numbers are finite, the products are not. */
static void test_overflow(void **state) {
  (void)state;
  const double huge = 1e200, none = 0, tiny = 1e-300;
  ledger books = {.calls = 0};
  traj_lqr_problem problem = scalar(3);
  problem.A.data = &huge;
  problem.B.data = &none;
  traj_lqr *solver = create(&problem, &books);
  traj_diag diag;
  assert_int_equal(traj_lqr_factor(solver, &diag), TRAJ_E_DIVERGED);
  assert_string_equal(diag.field, "V");
  assert_int_equal(diag.k, 1);
  assert_false(isfinite(diag.value));
  traj_lqr_destroy(solver);

  problem = scalar(1);
  problem.B.data = &huge;
  problem.Q_N = &ONE;
  solver = create(&problem, &books);
  assert_int_equal(traj_lqr_factor(solver, &diag), TRAJ_E_DIVERGED);
  assert_string_equal(diag.field, "Quu");
  assert_int_equal(diag.k, 0);
  traj_lqr_destroy(solver);

  problem = scalar(2);
  problem.R.data = &tiny;
  problem.r = (traj_series){&huge, 0};
  solver = create(&problem, &books);
  assert_int_equal(traj_lqr_factor(solver, &diag), TRAJ_E_DIVERGED);
  assert_string_equal(diag.field, "k");
  assert_int_equal(diag.k, 1);
  assert_int_equal(diag.row, 0);
  traj_lqr_destroy(solver);
}

static void assert_same_policy(const traj_lqr_policy *a, const traj_lqr_policy *b) {
  size_t nx = (size_t)a->nx, nu = (size_t)a->nu, N = (size_t)a->N;
  assert_memory_equal(a->K, b->K, sizeof(double) * nu * nx * N);
  assert_memory_equal(a->k, b->k, sizeof(double) * nu * N);
  assert_memory_equal(a->V, b->V, sizeof(double) * nx * nx * (N + 1));
  assert_memory_equal(a->v, b->v, sizeof(double) * nx * (N + 1));
  assert_memory_equal(a->constant, b->constant, sizeof(double) * (N + 1));
}

static double *writable(const double *a) {
  return (double *)(uintptr_t)a;
}

/* After every kind of failure, a factor of good numbers gives the bits of a solver that has seen nothing else. */
static void test_recovery(void **state) {
  (void)state;
  rng r = rng_from(13);
  lq_kind kind = {.nx = 5, .nu = 3, .N = 20, .rank = 5, .condition = 10, .effort = 1, .final = 1, .growth = 1.1};
  kind.affine = kind.cross = kind.varying = kind.noise = true;
  lq instance = lq_draw(&r, &kind);
  ledger books = {.calls = 0};
  traj_lqr *fresh = create(&instance.problem, &books), *used = create(&instance.problem, &books);
  const traj_lqr_policy *expected = factor(fresh);
  const struct {
    const double *at;
    double bad;
    traj_status status;
  } failures[] = {
      {lq_at(instance.problem.A, 9) + 7, (double)NAN, TRAJ_E_ARG},
      {lq_at(instance.problem.R, 9) + 4, -1e6, TRAJ_E_SINGULAR},
      {lq_at(instance.problem.A, 9) + 7, 1e300, TRAJ_E_DIVERGED},
      {lq_at(instance.problem.Q, 19), (double)INFINITY, TRAJ_E_ARG},
  };
  for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
    double good = *failures[i].at;
    *writable(failures[i].at) = failures[i].bad;
    assert_int_equal(traj_lqr_factor(used, NULL), failures[i].status);
    assert_int_equal(traj_lqr_solve(used, 0, instance.x0), TRAJ_E_ORDER);
    *writable(failures[i].at) = good;
    assert_same_policy(factor(used), expected);
  }
  assert_same_policy(factor(used), expected);
  traj_lqr_destroy(fresh);
  traj_lqr_destroy(used);
  assert_int_equal(books.calls, 2);
  lq_free(&instance);
}

static void test_without_solver(void **state) {
  (void)state;
  traj_diag diag;
  assert_int_equal(traj_lqr_factor(NULL, &diag), TRAJ_E_ARG);
  assert_string_equal(diag.field, "solver");
  assert_null(traj_lqr_get_policy(NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_golden_ratio),
      cmocka_unit_test(test_double_integrator),
      cmocka_unit_test(test_constant_disturbance),
      cmocka_unit_test(test_one_stage),
      cmocka_unit_test(test_weights_need_not_be_definite),
      cmocka_unit_test(test_noise_adds_its_trace),
      cmocka_unit_test(test_noise_of_the_scalar_problem),
      cmocka_unit_test(test_control_hessian_not_positive),
      cmocka_unit_test(test_overflow),
      cmocka_unit_test(test_recovery),
      cmocka_unit_test(test_without_solver),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
