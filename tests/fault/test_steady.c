/* The solver for the infinite horizon, and covariances along a plan, under bad input: each call, each field, each
 * allocation; after each refusal the next answer is that of a fresh solver. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "support/allocator.h"
#include "support/refusal.h"
#include "traj/covariance.h"
#include "traj/steady.h"

enum { NX = 2, NU = 2, NOISES = 2 };

typedef struct data {
  double A[NX * NX], B[NX * NU], c[NX], Q[NX * NX], S[NU * NX], R[NU * NU], q[NX], r[NU], Sigma[NX * NX];
  double C[NOISES * NX * NX], D[NOISES * NX * NU];
} data;

static const data GOOD = {
    .A = {1.2, 0.1, 0.2, 0.9},
    .B = {0, 0.2, 1, 0},
    .c = {0.1, 0},
    .Q = {1, 0, 0, 1},
    .S = {0, 0.1, 0.1, 0},
    .R = {1, 0, 0, 1},
    .q = {0.1, 0.2},
    .r = {0, 0.1},
    .Sigma = {1, 0, 0, 1},
    .C = {0.1, 0, 0.1, 0, 0, 0.1, 0, 0.1},
    .D = {0.1, 0, 0.1, 0, 0, 0.1, 0, 0.1},
};

static traj_lqr_problem problem_of(const data *d) {
  return (traj_lqr_problem){
      .nx = NX,
      .nu = NU,
      .A = {d->A, 0},
      .B = {d->B, 0},
      .c = {d->c, 0},
      .Q = {d->Q, 0},
      .S = {d->S, 0},
      .R = {d->R, 0},
      .q = {d->q, 0},
      .r = {d->r, 0},
      .Sigma = {d->Sigma, 0},
      .noises = NOISES,
      .C = {d->C, 0},
      .D = {d->D, 0},
  };
}

static const struct {
  const char *name;
  size_t where; /* in data */
  int rows, cols;
  bool symmetric;
} fields[] = {{"A", offsetof(data, A), NX, NX, false},        {"B", offsetof(data, B), NX, NU, false},
              {"c", offsetof(data, c), NX, 1, false},         {"Q", offsetof(data, Q), NX, NX, true},
              {"S", offsetof(data, S), NU, NX, false},        {"R", offsetof(data, R), NU, NU, true},
              {"q", offsetof(data, q), NX, 1, false},         {"r", offsetof(data, r), NU, 1, false},
              {"Sigma", offsetof(data, Sigma), NX, NX, true}, {"C", offsetof(data, C), NX, NOISES *NX, false},
              {"D", offsetof(data, D), NX, NOISES *NU, false}};

/* A solver that is attacked, with the answer of a fresh one. */
typedef struct victim {
  data numbers;
  ledger books;
  traj_steady *steady;
  double K[NU * NX], k[NU], V[NX * NX], v[NX], rate;
} victim;

static void begin(victim *w) {
  *w = (victim){.numbers = GOOD};
  traj_lqr_problem problem = problem_of(&w->numbers);
  traj_allocator allocator = ledger_allocator(&w->books);
  assert_int_equal(traj_steady_create(&w->steady, &allocator, &problem, NULL), TRAJ_OK);
  assert_int_equal(traj_steady_solve(w->steady, NULL), TRAJ_OK);
  const traj_steady_policy *p = traj_steady_get_policy(w->steady);
  memcpy(w->K, p->K, sizeof w->K);
  memcpy(w->k, p->k, sizeof w->k);
  memcpy(w->V, p->V, sizeof w->V);
  memcpy(w->v, p->v, sizeof w->v);
  w->rate = p->rate;
}

static void end(victim *w) {
  traj_steady_destroy(w->steady);
  assert_int_equal(w->books.live, 0);
  assert_int_equal(w->books.mistakes, 0);
}

static void recover(victim *w) {
  assert_int_equal(traj_steady_solve(w->steady, NULL), TRAJ_OK);
  const traj_steady_policy *p = traj_steady_get_policy(w->steady);
  assert_memory_equal(w->K, p->K, sizeof w->K);
  assert_memory_equal(w->k, p->k, sizeof w->k);
  assert_memory_equal(w->V, p->V, sizeof w->V);
  assert_memory_equal(w->v, p->v, sizeof w->v);
  assert_memory_equal(&w->rate, &p->rate, sizeof w->rate);
}

typedef void number_test(victim *w, size_t field, double *number, int row, int col);

static void each_number(number_test *test) {
  victim w;
  begin(&w);
  for (size_t field = 0; field < sizeof fields / sizeof *fields; field++) {
    double *first = (double *)(void *)((char *)&w.numbers + fields[field].where);
    for (int col = 0; col < fields[field].cols; col++) {
      for (int row = 0; row < fields[field].rows; row++)
        test(&w, field, first + row + col * fields[field].rows, row, col);
    }
  }
  end(&w);
}

static void not_finite(victim *w, size_t field, double *number, int row, int col) {
  static const double bad[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
  const double good = *number;
  for (int i = 0; i < 3; i++) {
    traj_diag diag;
    *number = bad[i];
    traj_status status = traj_steady_solve(w->steady, &diag);
    if (fields[field].symmetric && row < col) {
      assert_int_equal(status, TRAJ_OK);
    } else {
      traj_diag expected = refusal_of_field(TRAJ_E_ARG, fields[field].name, bad[i]);
      expected.row = row;
      expected.col = fields[field].cols == 1 ? -1 : col;
      assert_int_equal(status, TRAJ_E_ARG);
      assert_diag(&diag, expected);
      assert_null(traj_steady_get_policy(w->steady));
    }
    *number = good;
    recover(w);
  }
}

static void test_not_finite(void **state) {
  (void)state;
  each_number(not_finite);
}

/* Finite numbers of absurd size: a finite answer, or an error that names a field. */
static void absurd(victim *w, size_t field, double *number, int row, int col) {
  static const double sizes[] = {DBL_MAX, -DBL_MAX, 1e160, -1e160, 1e30, -1e30, 5e-324, 0};
  const double good = *number;
  (void)field;
  (void)row;
  (void)col;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    traj_diag diag;
    *number = sizes[i];
    traj_status status = traj_steady_solve(w->steady, &diag);
    const traj_steady_policy *p = traj_steady_get_policy(w->steady);
    assert_true((p != NULL) == (status == TRAJ_OK));
    if (status == TRAJ_OK) {
      for (int j = 0; j < NU * NX; j++)
        assert_true(isfinite(p->K[j]) && isfinite(p->V[j]));
      assert_true(isfinite(p->v[0]) && isfinite(p->v[1]) && isfinite(p->k[0]) && isfinite(p->k[1]));
      assert_true(isfinite(p->rate) && p->radius < 1 && isfinite(p->residual));
    } else {
      assert_int_equal(diag.status, status);
      assert_non_null(diag.field);
    }
    *number = good;
    recover(w);
  }
}

static void test_absurd(void **state) {
  (void)state;
  each_number(absurd);
}

static void test_null(void **state) {
  (void)state;
  data numbers = GOOD;
  traj_lqr_problem problem = problem_of(&numbers);
  ledger books = {.calls = 0};
  traj_allocator allocator = ledger_allocator(&books), empty = {.alloc = NULL};
  traj_steady *steady = NULL;
  traj_diag diag;
  size_t size = 0;
  double block[8];
  assert_int_equal(traj_steady_size(&problem, NULL, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "size", 0));
  assert_int_equal(traj_steady_size(NULL, &size, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "problem", 0));
  assert_int_equal(traj_steady_init(NULL, block, sizeof block, &problem, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "steady", 0));
  assert_int_equal(traj_steady_init(&steady, NULL, 0, &problem, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "block", 0));
  assert_int_equal(traj_steady_init(&steady, block, sizeof block, NULL, &diag), TRAJ_E_ARG);
  assert_int_equal(traj_steady_create(NULL, &allocator, &problem, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "steady", 0));
  assert_int_equal(traj_steady_create(&steady, NULL, &problem, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "allocator", 0));
  assert_int_equal(traj_steady_create(&steady, &empty, &problem, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "allocator.alloc", 0));
  assert_int_equal(traj_steady_create(&steady, &allocator, NULL, &diag), TRAJ_E_ARG);
  assert_int_equal(traj_steady_solve(NULL, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "steady", 0));
  assert_null(traj_steady_get_policy(NULL));
  assert_int_equal(traj_steady_finish(NULL, &problem, NULL), TRAJ_E_ARG);
  traj_steady_destroy(NULL);
  assert_int_equal(books.calls, 0);
}

static void test_allocation_fails(void **state) {
  (void)state;
  data numbers = GOOD;
  traj_lqr_problem problem = problem_of(&numbers);
  ledger books = {.fail_at = 1};
  traj_allocator allocator = ledger_allocator(&books);
  traj_steady *steady = NULL;
  traj_diag diag;
  size_t size = 0;
  assert_int_equal(traj_steady_size(&problem, &size, NULL), TRAJ_OK);
  assert_int_equal(traj_steady_create(&steady, &allocator, &problem, &diag), TRAJ_E_MEMORY);
  assert_diag(&diag, refusal_of_field(TRAJ_E_MEMORY, "allocator", (double)size));
  assert_null(steady);
  assert_int_equal(books.live, 0);
  assert_int_equal(traj_steady_create(&steady, &allocator, &problem, &diag), TRAJ_OK);
  traj_steady_destroy(steady);
  assert_int_equal(books.live, 0);
}

/* Every number of the covariance's input, bad in turn. */
static void test_covariance(void **state) {
  (void)state;
  static const double bad[] = {(double)NAN, HUGE_VAL, -HUGE_VAL, DBL_MAX};
  static const double path[2 * NX] = {1, 2, 3, 4}, K[NU * NX] = {0.1, 0.2, 0.3, 0.4};
  double P[2 * NX * NX], work[NX * (3 * NX + NU + 1)], cost = 0;
  data numbers = GOOD;
  traj_lqr_problem about = problem_of(&numbers);
  about.N = 1;
  traj_plan plan = {.nx = NX, .ndx = NX, .nu = NU, .N = 1, .x = path, .u = path, .K = K};
  for (size_t field = 0; field < sizeof fields / sizeof *fields; field++) {
    bool read = strchr("cqr", fields[field].name[0]) == NULL || fields[field].name[1] != 0;
    double *first = (double *)(void *)((char *)&numbers + fields[field].where);
    for (int j = 0; j < fields[field].rows * fields[field].cols; j++) {
      const double good = first[j];
      const int row = j % fields[field].rows, col = j / fields[field].rows;
      for (int i = 0; i < 4; i++) {
        traj_diag diag;
        first[j] = bad[i];
        traj_status status = traj_plan_covariance(&plan, &about, numbers.Q, P, &cost, work, &diag);
        first[j] = good;
        if (!read || (fields[field].symmetric && row < col)) {
          assert_int_equal(status, TRAJ_OK);
          continue;
        }
        if (bad[i] == DBL_MAX) continue; /* whatever comes of it */
        assert_int_equal(status, TRAJ_E_ARG);
        assert_int_equal(diag.row, row);
        assert_int_equal(diag.col, col);
      }
    }
  }
  assert_int_equal(traj_plan_covariance(&plan, &about, numbers.Q, P, &cost, work, NULL), TRAJ_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_not_finite),       cmocka_unit_test(test_absurd),     cmocka_unit_test(test_null),
      cmocka_unit_test(test_allocation_fails), cmocka_unit_test(test_covariance),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
