/* The steady policy against an independent method: the generalized Schur form of LAPACK, and the truth in long double.
 * The benchmark collection DAREX, and random problems up to 200 states. */
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

#include "support/dare.h"
#include "support/darex.h"
#include "support/env.h"
#include "support/near.h"
#include "support/rng.h"
#include "support/schur.h"
#include "traj/extra.h"
#include "traj/steady.h"

enum { LARGEST = 200 };

static traj_steady *solve(const traj_lqr_problem *problem, traj_diag *diag) {
  traj_steady *steady = NULL;
  assert_int_equal(traj_steady_create(&steady, traj_heap(), problem, diag), TRAJ_OK);
  traj_steady_solve(steady, diag);
  return steady;
}

/* Within what the condition allows, whatever the other method makes of it. */
static void check_example(const darex *e) {
  static double V[DAREX_MOST * DAREX_MOST];
  traj_lqr_problem problem = darex_problem(e);
  traj_diag diag;
  traj_steady *steady = solve(&problem, &diag);
  const traj_steady_policy *policy = traj_steady_get_policy(steady);
  assert_int_equal(diag.status, TRAJ_OK);
  dare_verdict own = dare_judge(&problem, policy->V);
  int stable = schur_solve(&problem, V), count = e->nx * e->nx;
  double known = e->known ? largest_difference(policy->V, e->X, count) : 0,
         apart = largest_difference(policy->V, V, count);
  print_message("%-4s nx %3d  condition %.1e  error %.1e  (Schur %.1e)  residual %.1e  radius %.8f\n", e->name, e->nx,
                own.condition, own.error, dare_judge(&problem, V).error, policy->residual, policy->radius);
  assert_true(own.residual <= 1e-17);
  assert_true(own.error <= dare_gate(&own));
  assert_true(known <= dare_gate(&own));
  assert_true(policy->residual <= 1e-14);
  assert_true(policy->radius < 1);
  assert_int_equal(stable, e->nx);
  assert_true(apart <= 0.05); /* the same of all the solutions; in 2.5 Schur is 3 % off */
  traj_steady_destroy(steady);
}

static void test_darex(void **state) {
  (void)state;
  for (int i = 0; i < DAREX_COUNT; i++) {
    const darex *e = darex_example(i);
    if (strcmp(e->name, "1.2") != 0) check_example(e);
  }
}

/* Example 1.2 has a stabilising solution, but R + B'VB is indefinite there: it is a saddle, and no minimum. So has 1.4
 * with the entry .01 that generators of the collection give it. */
static void test_darex_saddles(void **state) {
  (void)state;
  darex *e = malloc(sizeof *e);
  assert_non_null(e);
  for (int i = 0; i < DAREX_COUNT; i++) {
    *e = *darex_example(i);
    bool saddle = strcmp(e->name, "1.2") == 0, misprint = strcmp(e->name, "1.4") == 0;
    if (!saddle && !misprint) continue;
    if (misprint) e->A[1 + 2 * 3] = 0.01;
    traj_lqr_problem problem = darex_problem(e);
    double V[9];
    traj_diag diag;
    traj_steady *steady = solve(&problem, &diag);
    assert_int_equal(diag.status, TRAJ_E_SINGULAR);
    assert_string_equal(diag.field, "Quu");
    assert_true(diag.value < 0);
    assert_int_equal(schur_solve(&problem, V), e->nx);
    assert_true(dare_judge(&problem, V).error <= 1e-13);
    traj_steady_destroy(steady);
  }
  free(e);
}

/* Weights between 1/spread and spread, cross terms, an indefinite part of Q where there is room. */
static traj_lqr_problem draw(rng *r, int nx, int nu, double growth, double spread, double *numbers) {
  size_t n = (size_t)nx, m = (size_t)nu;
  double *A = numbers, *B = A + n * n, *Q = B + n * m, *S = Q + n * n, *R = S + n * m;
  rng_fill(r, A, n * n, growth / sqrt(nx));
  rng_fill(r, B, n * m, 1 / sqrt(nx));
  rng_fill(r, S, n * m, 0.1 / sqrt(nx) / spread);
  memset(Q, 0, n * n * sizeof(double));
  memset(R, 0, m * m * sizeof(double));
  for (size_t i = 0; i < n; i++)
    Q[i + i * n] = rng_decade(r, -log10(spread), log10(spread));
  for (size_t i = 0; i < m; i++)
    R[i + i * m] = rng_decade(r, -log10(spread), log10(spread));
  return (traj_lqr_problem){.nx = nx, .nu = nu, .A = {A, 0}, .B = {B, 0}, .Q = {Q, 0}, .S = {S, 0}, .R = {R, 0}};
}

typedef struct tally {
  int solved;
  double share, condition, residual, apart;
} tally;

static void check_random(rng *r, int nx, int nu, double growth, double spread, bool judge, tally *t) {
  static double numbers[5 * LARGEST * LARGEST], V[LARGEST * LARGEST];
  traj_lqr_problem problem = draw(r, nx, nu, growth, spread, numbers);
  traj_diag diag;
  traj_steady *steady = solve(&problem, &diag);
  const traj_steady_policy *policy = traj_steady_get_policy(steady);
  if (diag.status != TRAJ_OK) print_error("nx %d nu %d growth %g spread %g\n", nx, nu, growth, spread);
  assert_int_equal(diag.status, TRAJ_OK);
  assert_int_equal(schur_solve(&problem, V), nx);
  if (judge) {
    dare_verdict own = dare_judge(&problem, policy->V);
    if (!(own.error <= dare_gate(&own))) {
      print_error("nx %d nu %d growth %g spread %g: error %.1e\n", nx, nu, growth, spread, own.error);
    }
    assert_true(own.residual <= 1e-15);
    assert_true(own.error <= dare_gate(&own));
    t->share = fmax(t->share, own.error / dare_gate(&own));
    t->condition = fmax(t->condition, own.condition);
  }
  t->residual = fmax(t->residual, policy->residual);
  t->apart = fmax(t->apart, largest_difference(policy->V, V, nx * nx));
  t->solved++;
  traj_steady_destroy(steady);
}

static void print_tally(const char *family, const tally *t) {
  print_message(
      "%s: %d problems, condition up to %.1e; errors up to %.2f of the gate, residual %.1e, Schur %.1e apart\n", family,
      t->solved, t->condition, t->share, t->residual, t->apart);
}

static void test_random(void **state) {
  (void)state;
  rng r = rng_from(env_seed("random", 71));
  tally even = {.solved = 0}, wide = {.solved = 0};
  for (int i = 0; i < env_rounds(300, 20); i++) {
    int nx = rng_int(&r, 1, 20), nu = rng_int(&r, 1, nx);
    double growth = rng_uniform(&r, 0, nu * 3 < nx ? 1.1 : 2);
    check_random(&r, nx, nu, growth, 1, true, &even);
    check_random(&r, nx, nu, growth, 1e4, true, &wide);
  }
  print_tally("even weights", &even);
  print_tally("weights 1e-4..1e4", &wide);
  assert_true(even.residual <= 1e-12);
  assert_true(even.apart <= 1e-6);
}

static void test_large(void **state) {
  (void)state;
  rng r = rng_from(env_seed("large", 72));
  tally t = {.solved = 0};
  const int sizes[] = {50, 120, LARGEST, LARGEST};
  for (int i = 0; i < env_rounds(4, 1); i++)
    check_random(&r, sizes[i], i == 3 ? 10 : sizes[i] / 4, 0.95, 10, sizes[i] < LARGEST || env_long(), &t);
  print_tally("large", &t);
  assert_true(t.residual <= 1e-12);
  assert_true(t.apart <= 1e-9);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_darex),
      cmocka_unit_test(test_darex_saddles),
      cmocka_unit_test(test_random),
      cmocka_unit_test(test_large),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
