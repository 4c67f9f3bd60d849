/* The dense products against sums in long double. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

#include "linalg/dense.h"
#include "support/env.h"
#include "support/exact.h"
#include "support/rng.h"

enum { LONGEST = 40 };

typedef struct operands {
  int m, n, k;
  double alpha;
  double A[LONGEST * LONGEST], B[LONGEST * LONGEST], C[LONGEST * LONGEST];
} operands;

static operands draw(rng *r) {
  operands o = {.m = rng_int(r, 1, LONGEST), .n = rng_int(r, 1, LONGEST), .k = rng_int(r, 1, LONGEST)};
  o.alpha = rng_chance(r, 0.3) ? 1 : rng_normal(r);
  rng_fill(r, o.A, LONGEST * LONGEST, 1);
  rng_fill(r, o.B, LONGEST * LONGEST, 1);
  rng_fill(r, o.C, LONGEST * LONGEST, 1);
  return o;
}

/* C + alpha a b */
static exact_matrix expected(const operands *o, exact_matrix a, exact_matrix b) {
  return exact_sum(exact_of(o->C, a.rows, b.cols), exact_scaled(o->alpha, exact_product(a, b)));
}

static void check_each(void (*check)(operands *o), const char *name, uint64_t usual) {
  rng r = rng_from(env_seed(name, usual));
  for (int round = env_rounds(200, 20); round > 0; round--) {
    operands o = draw(&r);
    exact_forget();
    check(&o);
  }
}

static void check_nt(operands *o) {
  exact_matrix want = expected(o, exact_of(o->A, o->m, o->k), exact_transpose(exact_of(o->B, o->n, o->k)));
  tj_add_product_nt(o->m, o->n, o->k, o->alpha, o->A, o->B, o->C);
  assert_exact(o->C, want, o->k + 3);
}

static void check_tn(operands *o) {
  exact_matrix want = expected(o, exact_transpose(exact_of(o->A, o->k, o->m)), exact_of(o->B, o->k, o->n));
  tj_add_product_tn(o->m, o->n, o->k, o->alpha, o->A, o->B, o->C);
  assert_exact(o->C, want, o->k + 3);
}

static void check_apply(operands *o) {
  exact_matrix want = expected(o, exact_of(o->A, o->m, o->n), exact_of(o->B, o->n, 1));
  tj_add_apply(o->m, o->n, o->alpha, o->A, o->B, o->C);
  assert_exact(o->C, want, o->n + 3);
}

static void check_apply_t(operands *o) {
  exact_matrix want = expected(o, exact_transpose(exact_of(o->A, o->m, o->n)), exact_of(o->B, o->m, 1));
  tj_add_apply_t(o->m, o->n, o->alpha, o->A, o->B, o->C);
  assert_exact(o->C, want, o->m + 3);
}

static void test_product_nt(void **state) {
  (void)state;
  check_each(check_nt, "product_nt", 11);
}

static void test_product_tn(void **state) {
  (void)state;
  check_each(check_tn, "product_tn", 12);
}

static void test_apply(void **state) {
  (void)state;
  check_each(check_apply, "apply", 13);
}

static void test_apply_transposed(void **state) {
  (void)state;
  check_each(check_apply_t, "apply_t", 14);
}

/* What lies behind the result stays as it was. */
static void test_writes_no_further(void **state) {
  (void)state;
  rng r = rng_from(15);
  operands o = draw(&r);
  double before[LONGEST * LONGEST];
  o.m = 3;
  o.n = 2;
  memcpy(before, o.C, sizeof before);
  tj_add_product_nt(o.m, o.n, o.k, 1, o.A, o.B, o.C);
  assert_memory_equal(before + 6, o.C + 6, sizeof before - 6 * sizeof(double));
  tj_add_product_tn(o.m, o.n, o.k, 1, o.A, o.B, o.C);
  assert_memory_equal(before + 6, o.C + 6, sizeof before - 6 * sizeof(double));
  tj_add_apply(o.m, o.n, 1, o.A, o.B, o.C);
  tj_add_apply_t(o.m, o.n, 1, o.A, o.B, o.C);
  assert_memory_equal(before + 6, o.C + 6, sizeof before - 6 * sizeof(double));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_product_nt),       cmocka_unit_test(test_product_tn),        cmocka_unit_test(test_apply),
      cmocka_unit_test(test_apply_transposed), cmocka_unit_test(test_writes_no_further),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
