/* With G = [A c B; 0 1 0] and the cost H and the value function P as quadratic forms of [x; 1; u] and [x; 1], the
 * Q-function is H + G'PG, and under u = K x + k it is M'QM with M = [I 0; 0 1; K k]. */
#include "support/kernel_trials.h"

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
#include <stdlib.h>
#include <string.h>

#include "support/env.h"
#include "support/kernel_bench.h"

enum { X = SAMPLE_X, U = SAMPLE_U };

void kernel_over_shapes(void **state, const char *name, kernel_trial *try) {
  /* The two largest with code of their own; by the root of V, with column 1 apart in rows, in V alone, and not. */
  static const tj_shape always[] = {{24, 8}, {36, 12}, {40, 8}, {44, 5}, {42, 6}};
  static const tj_shape large[] = {{97, 33}, {100, 30}, {128, 64}, {200, 50}, {257, 1}, {300, 64}};
  const kernel_subject *subject = *state;
  const bool all = env_long();
  const int most_x = all ? 64 : 13, most_u = all ? 32 : 12;
  if (subject->backend == NULL) skip();
  rng r = rng_from(env_seed(name, 23));
  for (int i = 0; i < most_x * most_u; i += env_rounds(1, 7))
    try(subject, (tj_shape){.nx = 1 + i % most_x, .nu = 1 + i / most_x}, &r);
  for (int round = env_rounds(30, 3); round > 0; round--)
    try(subject, (tj_shape){.nx = rng_int(&r, 1, 60), .nu = rng_int(&r, 1, 20)}, &r);
  for (size_t i = 0; i < sizeof always / sizeof *always; i++)
    try(subject, always[i], &r);
  for (size_t i = 0; all && i < sizeof large / sizeof *large; i++)
    try(subject, large[i], &r);
}

/* Draws and packs a stage. */
static kernel_bench packed(const kernel_subject *subject, tj_shape shape, rng *r, bool definite, sample *p) {
  kernel_bench b = kernel_bench_for(subject->backend, shape);
  exact_forget();
  sample_draw(r, shape, definite, p);
  kernel_bench_pack(&b, p);
  return b;
}

static kernel_bench expanded(const kernel_subject *subject, tj_shape shape, rng *r, bool definite, sample *p) {
  kernel_bench b = packed(subject, shape, r, definite, p);
  tj_kernel_expand(&b.kernel, b.stage, b.value);
  return b;
}

/* Roundings in an entry of the Q-function. */
static double roundings(const kernel_bench *b) {
  return 2 * b->shape.nx + 10;
}

static void assert_controls(const kernel_bench *b, exact_matrix q) {
  int n = b->shape.nx, m = b->shape.nu;
  double Quu[U * U], qu[U];
  kernel_bench_control(b, Quu, qu);
  assert_exact(Quu, exact_block(q, n + 1, n + 1, m, m), roundings(b));
  assert_exact(qu, exact_block(q, n + 1, n, m, 1), roundings(b));
}

/* M'QM */
static exact_matrix value_under(exact_matrix q, const double *gain, tj_shape shape) {
  int n1 = shape.nx + 1, m = shape.nu;
  exact_matrix policy = exact_zero(n1 + m, n1);
  exact_put(policy, 0, 0, exact_identity(n1));
  exact_put(policy, n1, 0, exact_of(gain, m, n1));
  return exact_congruence(q, policy);
}

static void assert_value(const kernel_bench *b, exact_matrix expected, double factor) {
  static double V[X * X];
  int n = b->shape.nx;
  double v[X], s;
  tj_value_unpack(&b->kernel, b->value, V, v, &s);
  assert_exact(V, exact_block(expected, 0, 0, n, n), factor);
  assert_exact(v, exact_block(expected, 0, n, n, 1), factor);
  assert_exact(&s, exact_scaled(0.5, exact_block(expected, n, n, 1, 1)), factor);
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < i; j++)
      assert_true(V[i + j * n] == V[j + i * n]);
  }
}

/* The four-term form, which holds for any gain; a gain of zero shows Qxx, qx and the constant. */
static void assert_q(kernel_bench *b, rng *r, exact_matrix q) {
  static double gain[U * (X + 1)];
  assert_controls(b, q);
  for (int scale = 0; scale < 2; scale++) {
    rng_fill(r, gain, (size_t)(b->shape.nu * (b->shape.nx + 1)), scale);
    kernel_bench_set_gain(b, gain);
    tj_kernel_value_of(&b->kernel, b->gain, b->value);
    assert_value(b, value_under(q, gain, b->shape), roundings(b) + 2 * b->shape.nu + 10);
  }
}

static void try_expand(const kernel_subject *subject, tj_shape shape, rng *r) {
  static sample p;
  kernel_bench b = expanded(subject, shape, r, false, &p);
  assert_q(&b, r, sample_q(shape, &p));
}

/* q with damping on the diagonal of Quu. */
static exact_matrix damped(exact_matrix q, tj_shape shape, double damping) {
  exact_matrix more = exact_zero(q.rows, q.cols);
  exact_put(more, shape.nx + 1, shape.nx + 1, exact_scaled(damping, exact_identity(shape.nu)));
  return exact_sum(q, more);
}

/* Curvature and damping, each also without the other. */
static void try_bent(const kernel_subject *subject, tj_shape shape, rng *r) {
  static sample p, more;
  kernel_bench b = expanded(subject, shape, r, false, &p);
  sample_draw(r, shape, false, &more);
  double damping = rng_chance(r, 0.3) ? 0 : rng_decade(r, -6, 6);
  tj_stage_cost curvature = {.lxx = more.lxx, .luu = more.luu, .lux = more.lux};
  if (rng_chance(r, 0.3)) curvature = (tj_stage_cost){.lxx = NULL};
  const size_t bytes = tj_stage_doubles(shape) * sizeof(double);
  double *bent = malloc(bytes), *before = malloc(bytes);
  assert_true(bent != NULL && before != NULL);
  memset(bent, 0xff, bytes); /* NaN */
  memcpy(before, b.stage, bytes);
  tj_stage_bend(&b.kernel, b.stage, &curvature, damping, bent);
  assert_memory_equal(b.stage, before, bytes);
  tj_kernel_expand(&b.kernel, bent, b.value);
  free(before);
  free(bent);
  assert_q(&b, r, damped(exact_sum(sample_q(shape, &p), sample_cost(shape, curvature)), shape, damping));
}

/* sum_i |x_i| sqrt(M_ii): a solve by Cholesky leaves in row i at most a few m roundings of sqrt(M_ii) times this. */
static long double weight(exact_matrix M, const double *x) {
  long double sum = 0;
  for (int i = 0; i < M.rows; i++)
    sum += fabs(x[i]) * sqrtl(exact_at(M, i, i)->sum);
  return sum;
}

/* M x + rhs = 0, columns of x and rhs side by side, within the roundings of M, of rhs and of the solve. */
static void assert_solves(const kernel_bench *b, exact_matrix M, const double *x, exact_matrix rhs) {
  int m = M.rows;
  exact_matrix residual = exact_sum(exact_product(M, exact_of(x, m, rhs.cols)), rhs);
  for (int j = 0; j < rhs.cols; j++) {
    long double solve = 4 * (m + 1) * weight(M, x + j * m);
    for (int i = 0; i < m; i++) {
      exact e = *exact_at(residual, i, j);
      assert_true(fabsl(e.sum) <= DBL_EPSILON * (roundings(b) * e.size + solve * sqrtl(exact_at(M, i, i)->sum)));
    }
  }
}

/* rows u of the Q-function, damped (nullable) and masked (nullable): M = Quu and rhs = [Qux qu]. */
typedef struct rows_u {
  exact_matrix M, rhs;
} rows_u;

static rows_u masked(exact_matrix q, tj_shape shape, const double *damping, const bool *clamped) {
  int n1 = shape.nx + 1, m = shape.nu;
  rows_u u = {exact_block(q, n1, n1, m, m), exact_block(q, n1, 0, m, n1)};
  for (int i = 0; i < m; i++) {
    if (damping != NULL) exact_at(u.M, i, i)->sum += damping[i], exact_at(u.M, i, i)->size += fabs(damping[i]);
    for (int j = 0; clamped != NULL && j < m; j++) {
      if (clamped[i] || clamped[j]) *exact_at(u.M, i, j) = (exact){i == j, i == j};
    }
    for (int j = 0; clamped != NULL && clamped[i] && j < n1; j++)
      *exact_at(u.rhs, i, j) = (exact){0, 0};
  }
  return u;
}

/* Adds to Quu. */
static void add_to_controls(kernel_bench *b, const double *luu, const double *lux) {
  tj_stage_bend(&b->kernel, b->stage, &(tj_stage_cost){.luu = luu, .lux = lux}, 0, b->stage);
  tj_kernel_expand(&b->kernel, b->stage, b->value);
}

/* Gain and solve, with controls of different scales. */
static void try_gain(const kernel_subject *subject, tj_shape shape, rng *r) {
  static sample p;
  kernel_bench b = expanded(subject, shape, r, true, &p);
  double damping[U], diagonal[U * U] = {0}, x[U], rhs[U], pivot;
  for (int i = 0; i < shape.nu; i++)
    diagonal[i + i * shape.nu] = damping[i] = rng_decade(r, -6, 6);
  add_to_controls(&b, diagonal, NULL);
  assert_int_equal(tj_kernel_factor(&b.kernel, &pivot), -1);
  rows_u u = masked(sample_q(shape, &p), shape, damping, NULL);
  tj_kernel_gain(&b.kernel, b.gain);
  assert_solves(&b, u.M, kernel_bench_gain(&b), u.rhs);
  rng_fill(r, rhs, (size_t)shape.nu, 1);
  memcpy(x, rhs, sizeof x);
  tj_kernel_solve(&b.kernel, x);
  assert_solves(&b, u.M, x, exact_scaled(-1, exact_of(rhs, shape.nu, 1)));
}

/* Rows and columns of clamped controls are those of the identity, whatever stood there; their gains are zero. */
static void try_clamped_controls(const kernel_subject *subject, tj_shape shape, rng *r) {
  static sample p;
  static double poison_uu[U * U], poison_ux[U * X];
  int n1 = shape.nx + 1, m = shape.nu;
  kernel_bench b = expanded(subject, shape, r, true, &p);
  double damping[U], x[U], rhs[U], pivot;
  bool clamped[U];
  for (int i = 0; i < m; i++) {
    clamped[i] = rng_chance(r, 0.4);
    damping[i] = rng_unit(r);
  }
  for (int i = 0; i < m * m; i++)
    poison_uu[i] = clamped[i % m] || clamped[i / m] ? (double)NAN : (i % m == i / m ? damping[i % m] : 0);
  for (int i = 0; i < m * shape.nx; i++)
    poison_ux[i] = clamped[i % m] ? (double)NAN : 0;
  add_to_controls(&b, poison_uu, poison_ux);
  assert_int_equal(tj_kernel_clamp(&b.kernel, clamped, b.gain, &pivot), -1);
  rows_u u = masked(sample_q(shape, &p), shape, damping, clamped);
  assert_solves(&b, u.M, kernel_bench_gain(&b), u.rhs);
  rng_fill(r, rhs, (size_t)m, 1);
  memcpy(x, rhs, sizeof x);
  tj_kernel_solve(&b.kernel, x);
  assert_solves(&b, u.M, x, exact_scaled(-1, exact_of(rhs, m, 1)));
  for (int i = 0; i < m; i++) {
    assert_true(!clamped[i] || x[i] == rhs[i]);
    for (int j = 0; clamped[i] && j < n1; j++)
      assert_true(kernel_bench_gain(&b)[i + j * m] == 0);
  }
}

/* P = Q - [Qxu; qu'] Quu^-1 [Qux qu] is the value under the gain, but for the rounding of the elimination of the damped
 * Quu: with weights t_i of the columns of the gain, a few m roundings of t_i t_j in entry (i, j). */
static void assert_least_value(const kernel_bench *b, exact_matrix q, double damping) {
  int n1 = b->shape.nx + 1, m = b->shape.nu;
  const double *gain = kernel_bench_gain(b);
  exact_matrix expected = value_under(q, gain, b->shape);
  exact_matrix M = exact_block(damped(q, b->shape, damping), n1, n1, m, m);
  for (int j = 0; j < n1; j++) {
    long double t = weight(M, gain + j * m);
    for (int i = 0; i < n1; i++)
      exact_at(expected, i, j)->size += t * weight(M, gain + i * m);
  }
  assert_value(b, expected, roundings(b) + 4 * (m + 1));
}

/* All in one, by the kernel of the shape; rows u of the Q-function are there afterwards. */
static void try_backward(const kernel_subject *subject, tj_shape shape, rng *r) {
  static sample p;
  double pivot;
  kernel_bench b = packed(subject, shape, r, true, &p);
  exact_matrix q = sample_q(shape, &p);
  rows_u u = masked(q, shape, NULL, NULL);
  assert_int_equal(tj_kernel_backward(&b.kernel, b.stage, b.value, b.gain, &pivot), -1);
  assert_controls(&b, q);
  assert_solves(&b, u.M, kernel_bench_gain(&b), u.rhs);
  assert_least_value(&b, q, 0);
}

/* Damped, the gains are shorter and the value is what they cost without the damping. */
static void try_damped_controls(const kernel_subject *subject, tj_shape shape, rng *r) {
  static sample p;
  double pivot, damping = rng_decade(r, -6, 6);
  kernel_bench b = packed(subject, shape, r, true, &p);
  tj_stage_bend(&b.kernel, b.stage, &(tj_stage_cost){.lxx = NULL}, damping, b.stage);
  assert_int_equal(tj_kernel_backward(&b.kernel, b.stage, b.value, b.gain, &pivot), -1);
  tj_kernel_undamp(&b.kernel, damping, b.gain, b.value);
  assert_least_value(&b, sample_q(shape, &p), damping);
}

/* With some controls clamped after minimising, and another step than that of the gain. */
static void try_limited(const kernel_subject *subject, tj_shape shape, rng *r) {
  static sample p;
  double pivot, step[U];
  bool clamped[U];
  kernel_bench b = packed(subject, shape, r, true, &p);
  for (int i = 0; i < shape.nu; i++)
    clamped[i] = rng_chance(r, 0.4);
  rng_fill(r, step, (size_t)shape.nu, rng_chance(r, 0.2) ? 0 : 1);
  assert_int_equal(tj_kernel_minimise(&b.kernel, b.stage, b.value, b.gain, &pivot), -1);
  assert_int_equal(tj_kernel_clamp(&b.kernel, clamped, b.gain, &pivot), -1);
  for (int i = 0; i < shape.nu; i++)
    tj_kernel_set_step(&b.kernel, b.gain, i, step[i]);
  tj_kernel_carry_limited(&b.kernel, b.stage, b.gain, b.value);
  assert_least_value(&b, sample_q(shape, &p), 0);
}

/* A CMocka test of each trial. */
#define OVER_SHAPES(trial)                          \
  static void trial(void **state) {                 \
    kernel_over_shapes(state, #trial, try_##trial); \
  }

OVER_SHAPES(expand)
OVER_SHAPES(bent)
OVER_SHAPES(gain)
OVER_SHAPES(clamped_controls)
OVER_SHAPES(damped_controls)
OVER_SHAPES(backward)
OVER_SHAPES(limited)

int kernel_trials(const kernel_subject *subject) {
  kernel_subject state = *subject;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_prestate(expand, &state),
      cmocka_unit_test_prestate(bent, &state),
      cmocka_unit_test_prestate(gain, &state),
      cmocka_unit_test_prestate(clamped_controls, &state),
      cmocka_unit_test_prestate(damped_controls, &state),
      cmocka_unit_test_prestate(backward, &state),
      cmocka_unit_test_prestate(limited, &state),
      cmocka_unit_test_prestate(kernel_follows, &state),
      cmocka_unit_test_prestate(kernel_gradients, &state),
      cmocka_unit_test_prestate(kernel_costs, &state),
      cmocka_unit_test_prestate(kernel_one_by_one, &state),
      cmocka_unit_test_prestate(kernel_indefinite, &state),
      cmocka_unit_test_prestate(kernel_tiny, &state),
      cmocka_unit_test_prestate(kernel_not_finite, &state),
      cmocka_unit_test_prestate(kernel_same_bits, &state),
      cmocka_unit_test_prestate(kernel_no_heap_calls, &state),
  };
  return cmocka_run_group_tests_name(subject->backend == NULL ? "not on this machine" : subject->backend->name, tests,
                                     NULL, NULL);
}
