/* Covariances along a plan: closed forms, the expected cost by another way, and what is refused. */
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
#include "support/exact.h"
#include "support/lq.h"
#include "support/near.h"
#include "support/refusal.h"
#include "traj/covariance.h"

enum { MOST = 6, STAGES = 12, NOISES = 2 };

typedef struct subject {
  lq instance;
  traj_lqr_problem problem;
  ledger books;
  traj_lqr *solver;
  const traj_plan *plan;
  double C[STAGES * NOISES * MOST * MOST], D[STAGES * NOISES * MOST * MOST], start[MOST * MOST];
  double P[(STAGES + 1) * MOST * MOST], work[MOST * (4 * MOST + 1)];
} subject;

/* A random problem with its plan, and a covariance to start with whose upper triangle is NaN. */
static void begin(subject *s, rng *r, int noises) {
  lq_kind kind = lq_even_kind(r, MOST, MOST, STAGES);
  kind.noise = true;
  s->instance = lq_draw(r, &kind);
  s->problem = s->instance.problem;
  size_t nx = (size_t)kind.nx, nu = (size_t)kind.nu;
  rng_fill(r, s->C, sizeof s->C / sizeof *s->C, 0.2);
  rng_fill(r, s->D, sizeof s->D / sizeof *s->D, 0.2);
  s->problem.noises = noises;
  if (noises > 0) s->problem.C = (traj_series){s->C, (size_t)noises * nx * nx};
  if (noises > 1) s->problem.D = (traj_series){s->D, (size_t)noises * nx * nu};
  double W[MOST * MOST];
  rng_fill(r, W, MOST * MOST, 0.5);
  for (size_t j = 0; j < nx; j++) {
    for (size_t i = 0; i < nx; i++) {
      s->start[i + j * nx] = i < j ? (double)NAN : 0;
      for (size_t l = 0; i >= j && l < nx; l++)
        s->start[i + j * nx] += W[i + l * nx] * W[j + l * nx];
    }
  }
  s->books = (ledger){.calls = 0};
  traj_allocator allocator = ledger_allocator(&s->books);
  assert_int_equal(traj_lqr_create(&s->solver, &allocator, &s->problem, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_factor(s->solver, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_solve(s->solver, 0, s->instance.x0), TRAJ_OK);
  s->plan = traj_lqr_plan(s->solver);
}

static void end(subject *s) {
  traj_lqr_destroy(s->solver);
  lq_free(&s->instance);
}

static exact_matrix of_stage(traj_series series, int k, int rows, int cols, int which) {
  const double *first = lq_at(series, k);
  return exact_of(first == NULL ? NULL : first + which * rows * cols, rows, cols);
}

/* (N1) and (N2) in long double, each stage from the covariance that was found for it. */
static void check_stage(const subject *s, int k) {
  int n = s->plan->ndx, m = s->plan->nu;
  const double *Pk = s->P + k * n * n;
  exact_matrix K = exact_of(s->plan->K + k * m * n, m, n), P = exact_of(Pk, n, n);
  exact_matrix x = exact_of(s->plan->x + k * n, n, 1), u = exact_of(s->plan->u + k * m, m, 1);
  exact_matrix sum = exact_symmetric(lq_at(s->problem.Sigma, k), n);
  for (int i = -1; i < s->problem.noises; i++) {
    exact_matrix A = i < 0 ? of_stage(s->problem.A, k, n, n, 0) : of_stage(s->problem.C, k, n, n, i);
    exact_matrix B = i < 0 ? of_stage(s->problem.B, k, n, m, 0) : of_stage(s->problem.D, k, n, m, i);
    exact_matrix M = exact_sum(A, exact_product(B, K));
    sum = exact_sum(sum, exact_product(exact_product(M, P), exact_transpose(M)));
    if (i < 0) continue;
    exact_matrix g = exact_sum(exact_product(A, x), exact_product(B, u));
    sum = exact_sum(sum, exact_product(g, exact_transpose(g)));
  }
  assert_exact(s->P + (k + 1) * n * n, sum, 8 * MOST);
}

static void test_stages(void **state) {
  (void)state;
  static subject s;
  rng r = rng_from(env_seed("stages", 3));
  for (int round = 0; round < env_rounds(30, 6); round++) {
    begin(&s, &r, round % 3);
    assert_int_equal(traj_plan_covariance(s.plan, &s.problem, s.start, s.P, NULL, s.work, NULL), TRAJ_OK);
    int n = s.plan->ndx;
    for (int j = 0; j < n; j++) {
      for (int i = j; i < n; i++) {
        assert_near(s.P[i + j * n], s.start[i + j * n], 0);
        assert_near(s.P[j + i * n], s.start[i + j * n], 0);
      }
    }
    for (int k = 0; k < s.plan->N; k++) {
      check_stage(&s, k);
      exact_forget();
    }
    end(&s);
  }
}

/* The value function of the problem gives the same expected cost: its constant holds the noise, and the spread of the
 * start costs 1/2 tr(V start). */
static void test_expected_cost(void **state) {
  (void)state;
  static subject s;
  rng r = rng_from(env_seed("expected cost", 4));
  double worst = 0;
  for (int round = 0; round < env_rounds(60, 6); round++) {
    begin(&s, &r, round % 3);
    double expected = 0, found = 0;
    assert_int_equal(traj_plan_covariance(s.plan, &s.problem, s.start, s.P, &found, s.work, NULL), TRAJ_OK);
    assert_int_equal(traj_lqr_expected_cost(s.solver, 0, s.instance.x0, &expected), TRAJ_OK);
    int n = s.plan->ndx;
    for (int i = 0; i < n * n; i++)
      expected += 0.5 * s.plan->V[i] * s.P[i];
    worst = fmax(worst, fabs(found - expected) / (1 + fabs(expected)));
    end(&s);
  }
  print_message("expected cost: at most %.1e from the value function's\n", worst);
  assert_true(worst <= 1e-12);
}

/* x+ = a x + noise of variance w under no feedback: a^2k p + w (a^2k - 1) / (a^2 - 1). */
static void test_scalar(void **state) {
  (void)state;
  enum { N = 10 };
  const double a = 1.2, b = 1, w = 0.3, p = 2, q = 3, end_weight = 5, zero[N + 1] = {0};
  double P[N + 1], work[5], cost = 0, expected = 0;
  traj_plan plan = {.nx = 1, .ndx = 1, .nu = 1, .N = N, .cost = 7, .x = zero, .u = zero, .K = zero};
  traj_lqr_problem about = {.nx = 1, .nu = 1, .N = N, .A = {&a, 0}, .B = {&b, 0}, .Q = {&q, 0}, .Q_N = &end_weight};
  about.Sigma = (traj_series){&w, 0};
  assert_int_equal(traj_plan_covariance(&plan, &about, &p, P, &cost, work, NULL), TRAJ_OK);
  for (int k = 0; k <= N; k++) {
    double power = pow(a, 2 * k), variance = power * p + w * (power - 1) / (a * a - 1);
    assert_near(P[k], variance, 1e-13 * variance);
    expected += 0.5 * (k < N ? q : end_weight) * variance;
  }
  assert_near(cost, 7 + expected, 1e-12 * expected);
  assert_int_equal(traj_plan_covariance(&plan, &about, NULL, P, &cost, work, NULL), TRAJ_OK);
  assert_near(P[0], 0, 0);
  assert_near(P[1], w, 0);
}

static int any_difference(const double *x, const double *y, double *dx, void *user) {
  (void)user;
  *dx = *y - *x;
  return 0;
}

static void test_refusals(void **state) {
  (void)state;
  enum { N = 3 };
  const double one = 1, zero[N + 1] = {0}, minus = -1, nan = (double)NAN, huge = 1e200;
  double P[N + 1], work[5], cost = 0;
  traj_diag diag;
  traj_plan plan = {.nx = 1, .ndx = 1, .nu = 1, .N = N, .x = zero, .u = zero, .K = zero};
  const traj_lqr_problem about = {.nx = 1, .nu = 1, .N = N, .A = {&one, 0}, .B = {&one, 0}};
  assert_int_equal(traj_plan_covariance(NULL, &about, NULL, P, &cost, work, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "plan", 0));
  assert_int_equal(traj_plan_covariance(&plan, NULL, NULL, P, &cost, work, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "problem", 0));
  assert_int_equal(traj_plan_covariance(&plan, &about, NULL, NULL, &cost, work, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "P", 0));
  assert_int_equal(traj_plan_covariance(&plan, &about, NULL, P, &cost, NULL, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "work", 0));
  assert_int_equal(traj_plan_covariance(&plan, &about, &minus, P, &cost, work, &diag), TRAJ_E_ARG);
  assert_string_equal(diag.field, "start");
  assert_int_equal(diag.row, 0);
  assert_int_equal(traj_plan_covariance(&plan, &about, &nan, P, &cost, work, &diag), TRAJ_E_ARG);
  assert_string_equal(diag.field, "start");
  for (int i = 0; i < 3; i++) {
    static const char *const fields[] = {"nx", "nu", "N"};
    traj_lqr_problem wrong = about;
    *(i == 0 ? &wrong.nx : i == 1 ? &wrong.nu : &wrong.N) = 2;
    assert_int_equal(traj_plan_covariance(&plan, &wrong, NULL, P, &cost, work, &diag), TRAJ_E_ARG);
    assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, fields[i], 2));
  }
  traj_lqr_problem noisy = about;
  noisy.noises = 1;
  plan.difference = any_difference;
  assert_int_equal(traj_plan_covariance(&plan, &noisy, NULL, P, &cost, work, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "noises", 1));
  assert_int_equal(traj_plan_covariance(&plan, &about, NULL, P, &cost, work, &diag), TRAJ_OK);
  assert_no_diag(&diag);
  traj_lqr_problem growing = about;
  growing.A.data = &huge;
  assert_int_equal(traj_plan_covariance(&plan, &growing, &one, P, &cost, work, &diag), TRAJ_E_DIVERGED);
  assert_string_equal(diag.field, "P");
  assert_int_equal(diag.k, 1);
  growing = about;
  growing.Q_N = &huge;
  assert_int_equal(traj_plan_covariance(&plan, &growing, &huge, P, &cost, work, &diag), TRAJ_E_DIVERGED);
  assert_string_equal(diag.field, "expected");
  assert_int_equal(traj_plan_covariance(&plan, &growing, &huge, P, NULL, work, &diag), TRAJ_OK);
}

/* Numbers that are not finite are named; those that are not read may be anything. */
static void test_numbers(void **state) {
  (void)state;
  enum { N = 2 };
  const double zero[N + 1] = {0}, bad[N] = {1, (double)NAN}, end_weight = (double)NAN, one = 1;
  double P[N + 1], work[5], cost = 0;
  traj_diag diag;
  traj_plan plan = {.nx = 1, .ndx = 1, .nu = 1, .N = N, .x = zero, .u = zero, .K = zero};
  const char *const names[] = {"A", "B", "Sigma", "C", "D", "Q", "S", "R", "c", "q", "r"};
  for (int i = 0; i < 11; i++) {
    traj_lqr_problem about = {.nx = 1, .nu = 1, .N = N, .A = {&one, 0}, .B = {&one, 0}, .noises = 1};
    traj_series *const all[] = {&about.A, &about.B, &about.Sigma, &about.C, &about.D, &about.Q,
                                &about.S, &about.R, &about.c,     &about.q, &about.r};
    *all[i] = (traj_series){bad, 1};
    traj_status status = traj_plan_covariance(&plan, &about, NULL, P, &cost, work, &diag);
    assert_int_equal(status, i < 8 ? TRAJ_E_ARG : TRAJ_OK);
    if (i >= 8) continue;
    assert_string_equal(diag.field, names[i]);
    assert_int_equal(diag.k, 1);
    assert_int_equal(traj_plan_covariance(&plan, &about, NULL, P, NULL, work, &diag), i < 5 ? TRAJ_E_ARG : TRAJ_OK);
  }
  traj_lqr_problem about = {.nx = 1, .nu = 1, .N = N, .A = {&one, 0}, .B = {&one, 0}, .Q_N = &end_weight};
  assert_int_equal(traj_plan_covariance(&plan, &about, NULL, P, &cost, work, &diag), TRAJ_E_ARG);
  assert_string_equal(diag.field, "Q_N");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_stages),   cmocka_unit_test(test_expected_cost), cmocka_unit_test(test_scalar),
      cmocka_unit_test(test_refusals), cmocka_unit_test(test_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
