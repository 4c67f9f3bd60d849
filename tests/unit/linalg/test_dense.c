/* The dense products against sums in long double, on every instruction set at hand. */
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

#include "linalg/backend.h"
#include "linalg/dense.h"
#include "linalg/order.h"
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

/* A substep or an evaluation: sizes, the derivatives of the ode, and derivatives by z in padded columns. tj_pad() pads
 * by up to three numbers, but lengths of 61 to 64 to 68. */
enum { FEW_X = 17, FEW_U = 6, MOST_Z = 64, MOST_X = MOST_Z - 1, MOST_U = MOST_Z - 1, MOST_PADDED = 68, STAGES = 4 };
enum { COLUMNS = MOST_PADDED * MOST_PADDED };

typedef struct sensitivity {
  int nx, nu, nz, column, row;
  bool start;
  tj_method method;
  double h, F[STAGES * MOST_X * MOST_Z + 3], points[STAGES][COLUMNS], X[COLUMNS];
} sensitivity;

/* Columns that are [I 0] or random, with padding that is not a number. */
static void draw_columns(rng *r, const sensitivity *s, double *columns) {
  for (int j = 0; j < s->nz; j++) {
    for (int i = 0; i < s->column; i++)
      columns[i + j * s->column] = i >= s->nx ? (double)NAN : (s->start ? i == j : rng_normal(r));
  }
}

static sensitivity draw_sensitivity(rng *r) {
  sensitivity s = {.nx = rng_int(r, 1, FEW_X), .nu = rng_int(r, 1, FEW_U), .start = rng_chance(r, 0.3)};
  s.nz = s.nx + s.nu;
  if (rng_chance(r, 0.05)) {
    s.nz = rng_int(r, 61, MOST_Z);
    s.nx = rng_int(r, 1, s.nz - 1);
    s.nu = s.nz - s.nx;
  }
  s.column = tj_pad(s.nx);
  s.row = tj_pad(s.nz);
  s.h = rng_uniform(r, 0.1, 1);
  s.method.n = rng_int(r, 1, STAGES);
  rng_fill(r, s.method.a, STAGES, 1);
  rng_fill(r, s.method.b, STAGES, 1);
  rng_fill(r, s.F, s.method.n * s.nx * s.nz, 1);
  draw_columns(r, &s, s.points[0]);
  memcpy(s.X, s.points[0], sizeof s.X);
  return s;
}

static exact_matrix without_padding(const double *columns, const sensitivity *s) {
  double tight[MOST_X * MOST_Z];
  for (int j = 0; j < s->nz; j++)
    memcpy(tight + j * s->nx, columns + j * s->column, (size_t)s->nx * sizeof(double));
  return exact_of(tight, s->nx, s->nz);
}

static void assert_columns(const double *columns, const sensitivity *s, exact_matrix expected) {
  double tight[MOST_X * MOST_Z];
  for (int j = 0; j < s->nz; j++)
    memcpy(tight + j * s->nx, columns + j * s->column, (size_t)s->nx * sizeof(double));
  assert_exact(tight, expected, STAGES * (s->nx + 8));
}

/* (I2) as it is written. */
static void check_chain(const tj_dense *dense, rng *r) {
  static sensitivity s;
  static double points[STAGES * COLUMNS], tight[COLUMNS];
  s = draw_sensitivity(r);
  exact_forget();
  size_t size = (size_t)(s.column * s.nz);
  memcpy(points, s.points[0], size * sizeof(double));
  dense->chain(&s.method, s.h, s.nx, s.nu, s.start, s.F, points, s.X, tight);
  exact_matrix first = without_padding(points, &s), point = first, sum = first;
  for (int i = 0; i < s.method.n; i++) {
    const double *fz = s.F + i * s.nx * s.nz;
    exact_matrix slope = exact_zero(s.nx, s.nz);
    assert_columns(points + (size_t)i * size, &s, point);
    exact_put(slope, 0, s.nx, exact_of(fz + s.nx * s.nx, s.nx, s.nu));
    slope = exact_sum(slope, exact_product(exact_of(fz, s.nx, s.nx), point));
    sum = exact_sum(sum, exact_scaled(s.h * s.method.b[i], slope));
    if (i + 1 < s.method.n) point = exact_sum(first, exact_scaled(s.h * s.method.a[i + 1], slope));
  }
  assert_columns(s.X, &s, sum);
  for (int j = 0; j < s.nz; j++)
    assert_memory_equal(tight + j * s.nx, s.X + j * s.column, (size_t)s.nx * sizeof(double));
}

/* A lower triangle; what is above it is not a number. */
static void draw_lower(rng *r, double *a, int n) {
  rng_fill(r, a, n * n, 1);
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < j; i++)
      a[i + j * n] = (double)NAN;
  }
}

/* (I3) as it is written, through two substeps. */
static void check_adjoint(const tj_dense *dense, rng *r) {
  enum { SUBSTEPS = 2, MOST = SUBSTEPS * STAGES };
  static double F[MOST * MOST_X * MOST_Z + 3], kappa[MOST * MOST_PADDED], work[3 * COLUMNS];
  sensitivity s = draw_sensitivity(r);
  double lambda[MOST_X];
  rng_fill(r, lambda, s.nx, 1);
  rng_fill(r, F, MOST * s.nx * s.nz, 1);
  exact_forget();
  dense->adjoint(&s.method, s.h, SUBSTEPS, s.nx, s.nu, F, lambda, kappa, work);
  exact_matrix end = exact_of(lambda, s.nx, 1);
  for (int at = SUBSTEPS * s.method.n - 1; at >= 0; at -= s.method.n) {
    exact_matrix start = end, through = exact_zero(s.nx, 1);
    for (int i = s.method.n - 1; i >= 0; i--) {
      int evaluation = at - (s.method.n - 1 - i);
      exact_matrix k = exact_scaled(s.h * s.method.b[i], end);
      if (i + 1 < s.method.n) k = exact_sum(k, exact_scaled(s.h * s.method.a[i + 1], through));
      assert_exact(kappa + evaluation * s.column, k, MOST * (s.nx + 8));
      through = exact_product(exact_transpose(exact_of(F + evaluation * s.nx * s.nz, s.nx, s.nx)), k);
      start = exact_sum(start, through);
    }
    end = start;
  }
}

/* The second derivatives of the ode in an evaluation by [x; u]. */
static exact_matrix draw_bends(rng *r, const sensitivity *s, double *w) {
  double *wuu = w + s->nx * s->nx, *wux = wuu + s->nu * s->nu;
  draw_lower(r, w, s->nx);
  draw_lower(r, wuu, s->nu);
  rng_fill(r, wux, s->nu * s->nx, 1);
  exact_matrix W = exact_zero(s->nz, s->nz), by_both = exact_of(wux, s->nu, s->nx);
  exact_put(W, 0, 0, exact_symmetric(w, s->nx));
  exact_put(W, s->nx, s->nx, exact_symmetric(wuu, s->nu));
  exact_put(W, s->nx, 0, by_both);
  exact_put(W, 0, s->nx, exact_transpose(by_both));
  return W;
}

/* Both triangles of the lower one. */
static void assert_lower(const double *lower, int n, exact_matrix expected, double factor) {
  double whole[MOST_X * MOST_X];
  for (int i = 0; i < n * n; i++)
    whole[i] = i % n >= i / n ? lower[i] : lower[i / n + i % n * n];
  assert_exact(whole, expected, factor);
}

/* So many doubles that are not numbers; sanitizers watch their end. */
static double *watched(size_t count) {
  double *block = malloc(count * sizeof *block);
  assert_non_null(block);
  memset(block, 0xff, count * sizeof *block);
  return block;
}

/* (I4) as it is written; and what is not finite is noticed, wherever it is. */
static void check_curve(const tj_dense *dense, rng *r) {
  double hxx[MOST_X * MOST_X], huu[MOST_U * MOST_U], hux[MOST_U * MOST_X];
  sensitivity s = draw_sensitivity(r);
  int bends = s.nx * s.nx + s.nu * s.nu + s.nu * s.nx, n = s.method.n;
  exact_forget();
  double *W = watched((size_t)(n * bends)), *X = watched((size_t)(((n - 1) * s.nz + s.row) * s.column));
  double *work = watched(tj_curve_work_doubles(s.nx, s.nu, n));
  exact_matrix sum = exact_zero(s.nz, s.nz), Z = exact_zero(s.nz, s.nz);
  exact_put(Z, s.nx, s.nx, exact_identity(s.nu));
  for (int e = 0; e < n; e++) {
    double *columns = X + e * s.column * s.nz;
    s.start = e == 0;
    draw_columns(r, &s, columns);
    exact_put(Z, 0, 0, without_padding(columns, &s));
    sum = exact_sum(sum, exact_product(exact_transpose(Z), exact_product(draw_bends(r, &s, W + e * bends), Z)));
  }
  assert_true(dense->curve(s.nx, s.nu, n, W, X, work, hxx, huu, hux));
  double factor = 4 * (s.nz + 4) + n;
  assert_lower(hxx, s.nx, exact_block(sum, 0, 0, s.nx, s.nx), factor);
  assert_lower(huu, s.nu, exact_block(sum, s.nx, s.nx, s.nu, s.nu), factor);
  assert_exact(hux, exact_block(sum, s.nx, 0, s.nu, s.nx), factor);
  int bad = rng_int(r, 0, n * bends - 1);
  bool above = bad % bends < s.nx * s.nx && bad % bends % s.nx < bad % bends / s.nx; /* written by the first call */
  bool counts = !above && !isnan(W[bad]);
  if (counts) W[bad] = rng_chance(r, 0.5) ? (double)NAN : (double)INFINITY;
  assert_int_equal(dense->curve(s.nx, s.nu, n, W, X, work, hxx, huu, hux), !counts);
  free(work);
  free(X);
  free(W);
}

static void test_sensitivities(void **state) {
  (void)state;
  rng r = rng_from(env_seed("sensitivities", 17));
  for (int round = env_rounds(400, 40); round > 0; round--) {
    check_chain(instruction_set(round % 2), &r);
    check_adjoint(instruction_set(round % 2), &r);
    check_curve(instruction_set(round % 2), &r);
  }
}

/* The functions of dense.h are those of this machine. */
static void test_mirror(void **state) {
  (void)state;
  double a[16];
  for (int n = 0; n <= 4; n++) {
    for (int i = 0; i < 16; i++)
      a[i] = i;
    tj_mirror(n, a);
    for (int j = 0; j < n; j++) {
      for (int i = j; i < n; i++)
        assert_true(a[i + j * n] == i + j * n && a[j + i * n] == i + j * n);
    }
    for (int i = n * n; i < 16; i++)
      assert_true(a[i] == i);
  }
}

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
      cmocka_unit_test(test_products), cmocka_unit_test(test_apply),    cmocka_unit_test(test_sensitivities),
      cmocka_unit_test(test_mirror),   cmocka_unit_test(test_dispatch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
