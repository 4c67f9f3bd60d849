/* The dense products against sums in long double, on every instruction set at hand. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

#include "linalg/backend.h"
#include "linalg/dense.h"
#include "support/env.h"
#include "support/exact.h"
#include "support/rng.h"

enum { LONGEST = 40, ROOM = LONGEST * LONGEST };

typedef struct operands {
  int m, n, k;
  double alpha;
  double A[ROOM], B[ROOM], C[ROOM];
} operands;

static operands draw(rng *r) {
  operands o = {.m = rng_int(r, 1, LONGEST), .n = rng_int(r, 1, LONGEST), .k = rng_int(r, 1, LONGEST)};
  if (rng_chance(r, 0.2)) o.k = 0;
  o.alpha = rng_chance(r, 0.3) ? 1 : rng_normal(r);
  rng_fill(r, o.A, ROOM, 1);
  rng_fill(r, o.B, ROOM, 1);
  rng_fill(r, o.C, ROOM, 1);
  return o;
}

static exact_matrix matrix(const double *a, int rows, int cols) {
  return exact_of(a, rows, cols);
}

static exact_matrix transposed(const double *a, int rows, int cols) {
  return exact_transpose(exact_of(a, rows, cols));
}

/* The result is C + alpha a b, and what lies behind it stays as it was. */
static void assert_result(const operands *before, const operands *o, double alpha, exact_matrix a, exact_matrix b) {
  int count = a.rows * b.cols;
  exact_matrix product = exact_scaled(alpha, exact_product(a, b));
  assert_exact(o->C, exact_sum(exact_of(before->C, a.rows, b.cols), product), a.cols + 3);
  assert_memory_equal(before->C + count, o->C + count, (size_t)(ROOM - count) * sizeof(double));
  assert_memory_equal(before->A, o->A, sizeof o->A);
  assert_memory_equal(before->B, o->B, sizeof o->B);
}

typedef void product(int m, int n, int k, const double *A, const double *B, double *C);
typedef void apply(int m, int n, double alpha, const double *A, const double *x, double *y);
typedef exact_matrix operand(const double *a, int rows, int cols);

static void check_product(rng *r, product *f, operand *a, operand *b) {
  static operands before, o;
  before = o = draw(r);
  exact_forget();
  f(o.m, o.n, o.k, o.A, o.B, o.C);
  exact_matrix A = a == matrix ? matrix(o.A, o.m, o.k) : transposed(o.A, o.k, o.m);
  exact_matrix B = b == matrix ? matrix(o.B, o.k, o.n) : transposed(o.B, o.n, o.k);
  assert_result(&before, &o, 1, A, B);
}

static void check_apply(rng *r, apply *f, operand *a) {
  static operands before, o;
  before = o = draw(r);
  exact_forget();
  f(o.m, o.n, o.alpha, o.A, o.B, o.C);
  exact_matrix A = a(o.A, o.m, o.n);
  assert_result(&before, &o, o.alpha, A, exact_of(o.B, A.cols, 1));
}

/* Twice the same on a CPU that has no more than the baseline. */
static const tj_dense *instruction_set(int i) {
  return i == 0 ? &tj_dense_baseline : tj_dense_choose();
}

static void test_products(void **state) {
  (void)state;
  rng r = rng_from(env_seed("products", 11));
  for (int round = env_rounds(400, 40); round > 0; round--) {
    const tj_dense *dense = instruction_set(round % 2);
    check_product(&r, dense->add_product, matrix, matrix);
    check_product(&r, dense->add_product_tn, transposed, matrix);
  }
}

static void test_apply(void **state) {
  (void)state;
  rng r = rng_from(env_seed("apply", 13));
  for (int round = env_rounds(400, 40); round > 0; round--) {
    const tj_dense *dense = instruction_set(round % 2);
    check_apply(&r, dense->add_apply, matrix);
    check_apply(&r, dense->add_apply_t, transposed);
  }
}

/* The functions of dense.h are those of this machine. */
static void test_dispatch(void **state) {
  (void)state;
  static operands o;
  static double C[ROOM];
  rng r = rng_from(15);
  const tj_dense *dense = tj_dense_choose();
  o = draw(&r);
  o.k = 17;
  memcpy(C, o.C, sizeof C);
  dense->add_product(o.m, o.n, o.k, o.A, o.B, o.C);
  dense->add_product_tn(o.m, o.n, o.k, o.A, o.B, o.C);
  dense->add_apply(o.m, o.n, o.alpha, o.A, o.B, o.C);
  dense->add_apply_t(o.m, o.n, o.alpha, o.A, o.B, o.C);
  tj_add_product(o.m, o.n, o.k, o.A, o.B, C);
  tj_add_product_tn(o.m, o.n, o.k, o.A, o.B, C);
  tj_add_apply(o.m, o.n, o.alpha, o.A, o.B, C);
  tj_add_apply_t(o.m, o.n, o.alpha, o.A, o.B, C);
  assert_memory_equal(C, o.C, sizeof C);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_products),
      cmocka_unit_test(test_apply),
      cmocka_unit_test(test_dispatch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
