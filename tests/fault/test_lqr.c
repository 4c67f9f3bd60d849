/* The linear-quadratic solver under bad input: each call and each field; after each refusal the next factor and solve
 * are those of a fresh solver. What its fields refuse one by one is tested in tests/unit/lqr. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/allocator.h"
#include "support/refusal.h"
#include "support/same_plan.h"
#include "traj/lqr.h"

enum { NX = 2, NU = 2, N = 4, NOISES = 2 };

/* All the numbers of a problem, per stage. */
typedef struct data {
  double A[N][NX * NX], B[N][NX * NU], c[N][NX];
  double Q[N][NX * NX], S[N][NU * NX], R[N][NU * NU], q[N][NX], r[N][NU];
  double C[N][NOISES * NX * NX], D[N][NOISES * NX * NU];
  double Sigma[N][NX * NX], Q_N[NX * NX], q_N[NX];
} data;

static const double start[NX] = {1, -0.5};

static void fill(data *d) {
  static const double A[] = {1, 0.1, 0.2, 0.9}, B[] = {0, 0.2, 0.1, 0}, one[] = {1, 0, 0, 1}, S[] = {0, 0.1, 0.1, 0};
  *d = (data){.q_N = {0.1, 0.2}};
  for (int k = 0; k < N; k++) {
    memcpy(d->A[k], A, sizeof(A));
    memcpy(d->B[k], B, sizeof(B));
    memcpy(d->Q[k], one, sizeof(one));
    memcpy(d->R[k], one, sizeof(one));
    memcpy(d->S[k], S, sizeof(S));
    memcpy(d->Sigma[k], one, sizeof(one));
    for (int i = 0; i < NOISES * NX * NX; i++)
      d->C[k][i] = d->D[k][i] = 0.01 * (i + k);
    d->c[k][0] = d->q[k][1] = d->r[k][0] = 0.1 * k;
  }
  memcpy(d->Q_N, one, sizeof(one));
}

/* Nothing but control weights: zeros hide what is multiplied with them. */
static void fill_hollow(data *d) {
  *d = (data){.q_N = {0, 0}};
  for (int k = 0; k < N; k++)
    d->R[k][0] = d->R[k][3] = 1;
}

static traj_lqr_problem problem_of(const data *d) {
  return (traj_lqr_problem){
      .nx = NX,
      .nu = NU,
      .N = N,
      .dt = 0.1,
      .A = {d->A[0], NX * NX},
      .B = {d->B[0], NX * NU},
      .c = {d->c[0], NX},
      .Q = {d->Q[0], NX * NX},
      .S = {d->S[0], NU * NX},
      .R = {d->R[0], NU * NU},
      .q = {d->q[0], NX},
      .r = {d->r[0], NU},
      .Sigma = {d->Sigma[0], NX * NX},
      .noises = NOISES,
      .C = {d->C[0], NOISES * NX * NX},
      .D = {d->D[0], NOISES * NX * NU},
      .Q_N = d->Q_N,
      .q_N = d->q_N,
  };
}

/* A solver that is attacked, with the plan of a fresh one. */
typedef struct victim {
  data numbers;
  ledger books;
  traj_lqr *solver;
  kept_plan good;
} victim;

static void begin_with(victim *v, void (*fill_in)(data *)) {
  *v = (victim){.solver = NULL};
  fill_in(&v->numbers);
  traj_lqr_problem problem = problem_of(&v->numbers);
  traj_allocator allocator = ledger_allocator(&v->books);
  traj_diag diag;
  assert_int_equal(traj_lqr_create(&v->solver, &allocator, &problem, &diag), TRAJ_OK);
  assert_no_diag(&diag);
  assert_int_equal(traj_lqr_factor(v->solver, &diag), TRAJ_OK);
  assert_no_diag(&diag);
  assert_int_equal(traj_lqr_solve(v->solver, 0, start), TRAJ_OK);
  v->good = keep_plan(traj_lqr_plan(v->solver));
  assert_null(plan_not_finite(v->good.plan));
}

static void begin(victim *v) {
  begin_with(v, fill);
}

static void end(victim *v) {
  traj_lqr_destroy(v->solver);
  assert_int_equal(v->books.live, 0);
  assert_int_equal(v->books.mistakes, 0);
  free(v->good.block);
}

static void recover(victim *v) {
  assert_int_equal(traj_lqr_factor(v->solver, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_solve(v->solver, 0, start), TRAJ_OK);
  assert_same_plan(traj_lqr_plan(v->solver), v->good.plan);
}

/* A solver without a policy answers nothing. */
static void assert_empty(const victim *v) {
  double cost = 7;
  assert_null(traj_lqr_get_policy(v->solver));
  assert_null(traj_lqr_plan(v->solver));
  assert_int_equal(traj_lqr_solve(v->solver, 0, start), TRAJ_E_ORDER);
  assert_int_equal(traj_lqr_expected_cost(v->solver, 0, start, &cost), TRAJ_E_ORDER);
  assert_true(cost == 7);
}

static void test_null(void **state) {
  (void)state;
  double cost = 7;
  traj_diag diag;
  assert_int_equal(traj_lqr_factor(NULL, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "solver", 0));
  assert_int_equal(traj_lqr_factor(NULL, NULL), TRAJ_E_ARG);
  assert_int_equal(traj_lqr_solve(NULL, 0, start), TRAJ_E_ARG);
  assert_int_equal(traj_lqr_expected_cost(NULL, 0, start, &cost), TRAJ_E_ARG);
  assert_null(traj_lqr_get_policy(NULL));
  assert_null(traj_lqr_plan(NULL));
  traj_lqr_destroy(NULL);
  victim v;
  begin(&v);
  assert_int_equal(traj_lqr_solve(v.solver, 0, NULL), TRAJ_E_ARG);
  assert_int_equal(traj_lqr_expected_cost(v.solver, 0, NULL, &cost), TRAJ_E_ARG);
  assert_int_equal(traj_lqr_expected_cost(v.solver, 0, start, NULL), TRAJ_E_ARG);
  assert_true(cost == 7);
  assert_same_plan(traj_lqr_plan(v.solver), v.good.plan);
  end(&v);
}

static void test_bad_start(void **state) {
  (void)state;
  static const double bad[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
  static const int stages[] = {-1, INT_MIN, N + 1, INT_MAX};
  victim v;
  double cost = 7;
  begin(&v);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(traj_lqr_solve(v.solver, bad[i], start), TRAJ_E_ARG);
    for (int row = 0; row < NX; row++) {
      double x[NX] = {start[0], start[1]};
      x[row] = bad[i];
      assert_int_equal(traj_lqr_solve(v.solver, 0, x), TRAJ_E_ARG);
      assert_int_equal(traj_lqr_expected_cost(v.solver, 0, x, &cost), TRAJ_E_ARG);
    }
  }
  for (int i = 0; i < 4; i++)
    assert_int_equal(traj_lqr_expected_cost(v.solver, stages[i], start, &cost), TRAJ_E_ARG);
  const double far[NX] = {DBL_MAX, -DBL_MAX};
  assert_int_equal(traj_lqr_solve(v.solver, 0, far), TRAJ_E_DIVERGED);
  assert_int_equal(traj_lqr_expected_cost(v.solver, 0, far, &cost), TRAJ_E_DIVERGED);
  assert_true(cost == 7);
  assert_same_plan(traj_lqr_plan(v.solver), v.good.plan);
  recover(&v);
  end(&v);
}

/* What is read of each field. */
static const struct {
  const char *name;
  size_t where; /* in data */
  int rows, cols, stages;
  bool symmetric;
} fields[] = {
    {"A", offsetof(data, A), NX, NX, N, false},         {"B", offsetof(data, B), NX, NU, N, false},
    {"c", offsetof(data, c), NX, 1, N, false},          {"Q", offsetof(data, Q), NX, NX, N, true},
    {"S", offsetof(data, S), NU, NX, N, false},         {"R", offsetof(data, R), NU, NU, N, true},
    {"q", offsetof(data, q), NX, 1, N, false},          {"r", offsetof(data, r), NU, 1, N, false},
    {"Sigma", offsetof(data, Sigma), NX, NX, N, true},  {"Q_N", offsetof(data, Q_N), NX, NX, 1, true},
    {"q_N", offsetof(data, q_N), NX, 1, 1, false},      {"C", offsetof(data, C), NX, NOISES *NX, N, false},
    {"D", offsetof(data, D), NX, NOISES *NU, N, false},
};

static double *number_of(victim *v, size_t field, int k, int row, int col) {
  double *first = (double *)(void *)((char *)&v->numbers + fields[field].where);
  return first + ((ptrdiff_t)k * fields[field].cols + col) * fields[field].rows + row;
}

typedef void number_test(victim *v, size_t field, int k, int row, int col);

static void each_number(void (*fill_in)(data *), number_test *test) {
  victim v;
  begin_with(&v, fill_in);
  for (size_t field = 0; field < sizeof(fields) / sizeof(fields[0]); field++) {
    for (int k = 0; k < fields[field].stages; k++) {
      for (int col = 0; col < fields[field].cols; col++) {
        for (int row = 0; row < fields[field].rows; row++)
          test(&v, field, k, row, col);
      }
    }
  }
  end(&v);
}

static void not_finite(victim *v, size_t field, int k, int row, int col) {
  static const double bad[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
  double *number = number_of(v, field, k, row, col), good = *number;
  for (int i = 0; i < 3; i++) {
    traj_diag diag;
    *number = bad[i];
    traj_status status = traj_lqr_factor(v->solver, &diag);
    if (fields[field].symmetric && row < col) {
      assert_int_equal(status, TRAJ_OK);
    } else {
      traj_diag expected = refusal_of_field(TRAJ_E_ARG, fields[field].name, bad[i]);
      expected.k = fields[field].stages == 1 ? -1 : k;
      expected.row = row;
      expected.col = fields[field].cols == 1 ? -1 : col;
      assert_int_equal(status, TRAJ_E_ARG);
      assert_diag(&diag, expected);
      assert_int_equal(traj_lqr_factor(v->solver, NULL), TRAJ_E_ARG);
      assert_empty(v);
    }
    *number = good;
    recover(v);
  }
}

static void test_not_finite(void **state) {
  (void)state;
  each_number(fill, not_finite);
  each_number(fill_hollow, not_finite);
}

/* Finite numbers of absurd size: a finite answer, or an error that names a result and a stage. */
static void absurd(victim *v, size_t field, int k, int row, int col) {
  static const double sizes[] = {DBL_MAX, -DBL_MAX, 1e160, -1e160, 5e-324};
  double *number = number_of(v, field, k, row, col), good = *number;
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    traj_diag diag;
    *number = sizes[i];
    traj_status status = traj_lqr_factor(v->solver, &diag);
    if (status == TRAJ_OK) {
      status = traj_lqr_solve(v->solver, 0, start);
      assert_true(status == TRAJ_OK || status == TRAJ_E_DIVERGED);
      if (status == TRAJ_OK) assert_null(plan_not_finite(traj_lqr_plan(v->solver)));
    } else {
      bool covariance = strcmp(fields[field].name, "Sigma") == 0 && status == TRAJ_E_ARG;
      assert_true(status == TRAJ_E_SINGULAR || status == TRAJ_E_DIVERGED || covariance);
      assert_int_equal(diag.status, status);
      assert_non_null(diag.field);
      assert_in_range(diag.k, 0, N);
      assert_empty(v);
    }
    *number = good;
    recover(v);
  }
}

static void test_absurd(void **state) {
  (void)state;
  each_number(fill, absurd);
}

/* A control Hessian that is not positive definite, at each stage and pivot. */
static void test_indefinite(void **state) {
  (void)state;
  victim v;
  begin(&v);
  for (int k = 0; k < N; k++) {
    for (int pivot = 0; pivot < NU; pivot++) {
      double *number = &v.numbers.R[k][pivot * (NU + 1)], good = *number;
      traj_diag diag;
      *number = -1e6;
      assert_int_equal(traj_lqr_factor(v.solver, &diag), TRAJ_E_SINGULAR);
      assert_true(diag.value < 0);
      traj_diag expected = {.status = TRAJ_E_SINGULAR, .field = "Quu", .k = k, .row = pivot, .col = pivot};
      expected.value = diag.value;
      assert_diag(&diag, expected);
      assert_empty(&v);
      *number = good;
      recover(&v);
    }
  }
  end(&v);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_null),   cmocka_unit_test(test_bad_start),  cmocka_unit_test(test_not_finite),
      cmocka_unit_test(test_absurd), cmocka_unit_test(test_indefinite),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
