/* What a problem consists of: which sizes, strides, pointers and numbers are refused, and what is read. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <limits.h>
#include <math.h>
#include <string.h>

#include "linalg/stage.h"
#include "support/allocator.h"
#include "support/lq.h"
#include "support/near.h"
#include "traj/lqr.h"

enum { NX = 3, NU = 2, STAGES = 4, NOISES = 2 };

/* Every series present and varying, so that every entry has a stage, a row and a column. */
static lq full_instance(void) {
  static double C[STAGES * NX * NX * NOISES], D[STAGES * NX * NU * NOISES];
  rng r = rng_from(7);
  lq_kind kind = {.nx = NX, .nu = NU, .N = STAGES, .rank = NX, .condition = 1, .effort = 1, .final = 1, .growth = 1};
  kind.affine = kind.cross = kind.varying = kind.padded = kind.noise = true;
  lq instance = lq_draw(&r, &kind);
  rng_fill(&r, C, sizeof C / sizeof *C, 0.1);
  rng_fill(&r, D, sizeof D / sizeof *D, 0.1);
  instance.problem.noises = NOISES;
  instance.problem.C = (traj_series){C, NX * NX * NOISES};
  instance.problem.D = (traj_series){D, NX * NU * NOISES};
  return instance;
}

static traj_lqr *create(const traj_lqr_problem *problem, ledger *books) {
  traj_allocator allocator = ledger_allocator(books);
  traj_lqr *solver = NULL;
  assert_int_equal(traj_lqr_create(&solver, &allocator, problem, NULL), TRAJ_OK);
  return solver;
}

static void assert_create_refuses(const traj_lqr_problem *problem, const char *field, double value) {
  ledger books = {.calls = 0};
  traj_allocator allocator = ledger_allocator(&books);
  traj_lqr *solver = NULL;
  traj_diag diag;
  size_t size = 1;
  assert_int_equal(traj_lqr_create(&solver, &allocator, problem, &diag), TRAJ_E_ARG);
  assert_null(solver);
  assert_int_equal(books.calls, 0);
  assert_string_equal(diag.field, field);
  assert_true(diag.value == value || (isnan(diag.value) && isnan(value)));
  assert_int_equal(diag.k, -1);
  assert_int_equal(diag.row, -1);
  assert_int_equal(diag.col, -1);
  assert_int_equal(traj_lqr_size(problem, &size, NULL), TRAJ_E_ARG);
}

static void test_sizes(void **state) {
  (void)state;
  const int wrong[] = {0, -1, INT_MIN, INT_MAX, 16383};
  lq instance = full_instance();
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    traj_lqr_problem problem = instance.problem;
    problem.nx = wrong[i];
    assert_create_refuses(&problem, "nx", wrong[i]);
    problem = instance.problem;
    problem.nu = wrong[i];
    assert_create_refuses(&problem, "nu", wrong[i]);
    if (wrong[i] == 16383) continue;
    problem = instance.problem;
    problem.N = wrong[i];
    assert_create_refuses(&problem, "N", wrong[i]);
  }
  lq_free(&instance);
}

/* Back ends that do not exist, and the one that this library was built without. */
static void test_linalg(void **state) {
  (void)state;
  const int wrong[] = {-1, TRAJ_LINALG_OPENBLAS + 1, TRAJ_LINALG_OPENBLAS};
  lq instance = full_instance();
  for (int i = 0; i < (tj_linalg_available(TRAJ_LINALG_OPENBLAS) ? 2 : 3); i++) {
    traj_lqr_problem problem = instance.problem;
    problem.linalg = (traj_linalg)wrong[i];
    assert_create_refuses(&problem, "linalg", problem.linalg);
  }
  lq_free(&instance);
}

static void test_dt_and_reserved(void **state) {
  (void)state;
  const double wrong[] = {-1e-300, -(double)INFINITY, (double)INFINITY, (double)NAN};
  lq instance = full_instance();
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    traj_lqr_problem problem = instance.problem;
    problem.dt = wrong[i];
    assert_create_refuses(&problem, "dt", wrong[i]);
  }
  traj_lqr_problem problem = instance.problem;
  problem.reserved[7] = &problem;
  assert_create_refuses(&problem, "reserved", 0);
  lq_free(&instance);
}

/* So many noises as there are matrices to read, and none without a count. */
static void test_noises(void **state) {
  (void)state;
  const int wrong[] = {-1, INT_MIN, 0, 16384, INT_MAX};
  lq instance = full_instance();
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    traj_lqr_problem problem = instance.problem;
    problem.noises = wrong[i];
    assert_create_refuses(&problem, "noises", wrong[i]);
    problem.C.data = NULL;
    assert_create_refuses(&problem, "noises", wrong[i]);
  }
  traj_lqr_problem problem = instance.problem;
  problem.C.data = problem.D.data = NULL;
  for (int noises = 0; noises < 3; noises++) {
    ledger books = {.calls = 0};
    problem.noises = noises;
    traj_lqr_destroy(create(&problem, &books));
  }
  lq_free(&instance);
}

/* The series of a problem by number, with what is known about each. */
typedef struct entry {
  const char *name, *stride;
  int rows, cols;
  bool symmetric, vector;
} entry;

static const entry ENTRIES[] = {
    {"A", "A.stride", NX, NX, false, false},        {"B", "B.stride", NX, NU, false, false},
    {"c", "c.stride", NX, 1, false, true},          {"Q", "Q.stride", NX, NX, true, false},
    {"S", "S.stride", NU, NX, false, false},        {"R", "R.stride", NU, NU, true, false},
    {"q", "q.stride", NX, 1, false, true},          {"r", "r.stride", NU, 1, false, true},
    {"Sigma", "Sigma.stride", NX, NX, true, false}, {"C", "C.stride", NX, NX *NOISES, false, false},
    {"D", "D.stride", NX, NU *NOISES, false, false}};
enum { SERIES = sizeof ENTRIES / sizeof *ENTRIES };

static traj_series *series_of(traj_lqr_problem *p, int i) {
  traj_series *all[SERIES] = {&p->A, &p->B, &p->c, &p->Q, &p->S, &p->R, &p->q, &p->r, &p->Sigma, &p->C, &p->D};
  return all[i];
}

static void test_strides(void **state) {
  (void)state;
  lq instance = full_instance();
  for (int i = 0; i < SERIES; i++) {
    size_t size = (size_t)ENTRIES[i].rows * (size_t)ENTRIES[i].cols;
    const size_t wrong[] = {1, size - 1, SIZE_MAX, PTRDIFF_MAX / sizeof(double)};
    for (size_t j = 0; j < sizeof wrong / sizeof *wrong; j++) {
      traj_lqr_problem problem = instance.problem;
      if (wrong[j] == 0 || wrong[j] == size) continue;
      series_of(&problem, i)->stride = wrong[j];
      assert_create_refuses(&problem, ENTRIES[i].stride, (double)wrong[j]);
    }
  }
  lq_free(&instance);
}

static void test_required_series(void **state) {
  (void)state;
  lq instance = full_instance();
  for (int i = 0; i < SERIES; i++) {
    traj_lqr_problem problem = instance.problem;
    *series_of(&problem, i) = (traj_series){.data = NULL, .stride = 1};
    if (i < 2) {
      assert_create_refuses(&problem, ENTRIES[i].name, 0);
    } else {
      ledger books = {.calls = 0};
      traj_lqr_destroy(create(&problem, &books));
    }
  }
  lq_free(&instance);
}

static double *writable(const double *a) {
  return (double *)(uintptr_t)a;
}

/* One entry at a time is made bad; factor names it, or never reads it if it is above the diagonal. */
static void try_entry(traj_lqr *solver, const entry *e, double *at, int k, int row, int col, double bad) {
  double good = *at;
  traj_diag diag;
  *at = bad;
  traj_status status = traj_lqr_factor(solver, &diag);
  *at = good;
  if (e->symmetric && row < col) {
    assert_int_equal(status, TRAJ_OK);
    return;
  }
  assert_int_equal(status, TRAJ_E_ARG);
  assert_string_equal(diag.field, e->name);
  assert_int_equal(diag.k, k);
  assert_int_equal(diag.row, row);
  assert_int_equal(diag.col, e->vector ? -1 : col);
  assert_memory_equal(&diag.value, &bad, sizeof bad);
  assert_null(traj_lqr_get_policy(solver));
}

static void try_matrix(traj_lqr *solver, const entry *e, const double *a, int k) {
  const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
  for (int col = 0; col < e->cols; col++) {
    for (int row = 0; row < e->rows; row++) {
      for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        try_entry(solver, e, writable(a) + row + col * e->rows, k, row, col, bad[i]);
    }
  }
}

static void test_every_bad_entry_is_named(void **state) {
  (void)state;
  lq instance = full_instance();
  ledger books = {.calls = 0};
  traj_lqr *solver = create(&instance.problem, &books);
  for (int i = 0; i < SERIES; i++) {
    for (int k = 0; k < STAGES; k++)
      try_matrix(solver, &ENTRIES[i], lq_at(*series_of(&instance.problem, i), k), k);
  }
  const entry Q_N = {"Q_N", NULL, NX, NX, true, false}, q_N = {"q_N", NULL, NX, 1, false, true};
  try_matrix(solver, &Q_N, instance.problem.Q_N, -1);
  try_matrix(solver, &q_N, instance.problem.q_N, -1);
  assert_int_equal(traj_lqr_factor(solver, NULL), TRAJ_OK);
  traj_lqr_destroy(solver);
  lq_free(&instance);
}

static void test_negative_variance(void **state) {
  (void)state;
  lq instance = full_instance();
  ledger books = {.calls = 0};
  traj_lqr *solver = create(&instance.problem, &books);
  double *Sigma = writable(lq_at(instance.problem.Sigma, 2));
  const double good = Sigma[1 + NX];
  traj_diag diag;
  Sigma[1 + NX] = -1e-9;
  assert_int_equal(traj_lqr_factor(solver, &diag), TRAJ_E_ARG);
  assert_string_equal(diag.field, "Sigma");
  assert_int_equal(diag.k, 2);
  assert_int_equal(diag.row, 1);
  assert_int_equal(diag.col, 1);
  assert_true(diag.value == -1e-9);
  Sigma[1 + NX] = good;
  Sigma[1] = -1; /* a covariance may be negative */
  assert_int_equal(traj_lqr_factor(solver, &diag), TRAJ_OK);
  traj_lqr_destroy(solver);
  lq_free(&instance);
}

/* A matrix that is the same for all stages is bound to none. */
static void test_constant_series_names_no_stage(void **state) {
  (void)state;
  lq instance = full_instance();
  ledger books = {.calls = 0};
  instance.problem.B.stride = 0;
  traj_lqr *solver = create(&instance.problem, &books);
  const entry B = {"B", NULL, NX, NU, false, false};
  try_matrix(solver, &B, instance.problem.B.data, -1);
  traj_lqr_destroy(solver);
  lq_free(&instance);
}

/* The policy belongs to the numbers that factor saw, a trajectory to those that solve sees; a solve that sees what is
 * no number keeps the plan. */
static void test_when_numbers_are_read(void **state) {
  (void)state;
  double a = 1, x0 = 1;
  const double one = 1;
  traj_lqr_problem problem = {.nx = 1, .nu = 1, .N = 1, .A = {&a, 0}, .B = {&one, 0}, .R = {&one, 0}, .Q_N = &one};
  ledger books = {.calls = 0};
  traj_lqr *solver = create(&problem, &books);
  a = (double)NAN; /* create reads none */
  a = 2;
  problem.nx = 0; /* it was copied */
  assert_int_equal(traj_lqr_factor(solver, NULL), TRAJ_OK);
  a = 7;
  assert_near(traj_lqr_get_policy(solver)->K[0], -1, 1e-15); /* -a / 2 */
  assert_int_equal(traj_lqr_solve(solver, 0, &x0), TRAJ_OK);
  assert_near(traj_lqr_plan(solver)->x[1], 6, 1e-15);
  a = (double)NAN;
  assert_int_equal(traj_lqr_solve(solver, 0, &x0), TRAJ_E_DIVERGED);
  assert_near(traj_lqr_plan(solver)->x[1], 6, 1e-15);
  a = 7;
  assert_int_equal(traj_lqr_factor(solver, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_solve(solver, 0, &x0), TRAJ_OK);
  assert_near(traj_lqr_plan(solver)->x[1], 3.5, 1e-15);
  traj_lqr_destroy(solver);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sizes),
      cmocka_unit_test(test_linalg),
      cmocka_unit_test(test_dt_and_reserved),
      cmocka_unit_test(test_noises),
      cmocka_unit_test(test_strides),
      cmocka_unit_test(test_required_series),
      cmocka_unit_test(test_every_bad_entry_is_named),
      cmocka_unit_test(test_negative_variance),
      cmocka_unit_test(test_constant_series_names_no_stage),
      cmocka_unit_test(test_when_numbers_are_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
