/* The policy between the stages, and the copy of a plan. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/env.h"
#include "support/near.h"
#include "support/rng.h"
#include "support/rotor.h"
#include "traj/plan.h"

enum { STAGES = 5, MOST_X = 4, MOST_D = 4, NU = 2, ALIGNMENTS = 64 };

/* A plan with its numbers. */
typedef struct numbers {
  double t[STAGES + 1], x[MOST_X * (STAGES + 1)], u[NU * STAGES], K[NU * MOST_D * STAGES];
  double V[MOST_D * MOST_D * (STAGES + 1)], v[MOST_D * (STAGES + 1)], u_min[NU * STAGES], u_max[NU * STAGES];
  traj_plan plan;
} numbers;

/* Random numbers, stages of different lengths. */
static void draw(rng *r, int nx, int ndx, numbers *n) {
  n->t[0] = rng_normal(r);
  for (int k = 0; k < STAGES; k++)
    n->t[k + 1] = n->t[k] + rng_uniform(r, 0.1, 2);
  rng_fill(r, n->x, (size_t)nx * (STAGES + 1), 1);
  rng_fill(r, n->u, NU * STAGES, 1);
  rng_fill(r, n->K, (size_t)ndx * NU * STAGES, 1);
  rng_fill(r, n->V, (size_t)ndx * (size_t)ndx * (STAGES + 1), 1);
  rng_fill(r, n->v, (size_t)ndx * (STAGES + 1), 1);
  for (int i = 0; i < NU * STAGES; i++) {
    n->u_min[i] = n->u[i] - rng_unit(r);
    n->u_max[i] = n->u[i] + rng_unit(r);
  }
  n->plan = (traj_plan){.nx = nx, .ndx = ndx, .nu = NU, .N = STAGES, .policy_current = 1, .cost = 3};
  n->plan.t = n->t;
  n->plan.x = n->x;
  n->plan.u = n->u;
  n->plan.K = n->K;
  n->plan.V = n->V;
  n->plan.v = n->v;
}

/* u_k + K_k e */
static void assert_control(const numbers *n, int k, const double *e, const double *u) {
  for (int i = 0; i < NU; i++) {
    double want = n->u[i + k * NU];
    for (int j = 0; j < n->plan.ndx; j++)
      want += n->K[i + (j + k * n->plan.ndx) * NU] * e[j];
    assert_near(u[i], want, 1e-13);
  }
}

/* Acts at a time within stage k of which this share has gone by, Euclidean. */
static void assert_action(rng *r, const numbers *n, double t, int k, double share, traj_status status) {
  double x[MOST_X], e[MOST_X] = {0}, u[NU];
  rng_fill(r, x, MOST_X, 1);
  for (int i = 0; i < n->plan.nx; i++) {
    double from = n->x[i + k * n->plan.nx], to = n->x[i + (k + 1) * n->plan.nx];
    e[i] = x[i] - ((1 - share) * from + share * to);
  }
  assert_int_equal(traj_plan_action(&n->plan, t, x, u, NULL), status);
  assert_control(n, k, e, u);
}

static void test_action(void **state) {
  (void)state;
  numbers n;
  rng r = rng_from(env_seed("action", 61));
  for (int round = env_rounds(200, 20); round > 0; round--) {
    draw(&r, rng_int(&r, 1, MOST_X), 0, &n);
    n.plan.ndx = n.plan.nx;
    rng_fill(&r, n.K, NU * MOST_D * STAGES, 1);
    for (int k = 0; k < STAGES; k++) {
      double t = rng_uniform(&r, n.t[k], n.t[k + 1]);
      assert_action(&r, &n, t, k, (t - n.t[k]) / (n.t[k + 1] - n.t[k]), TRAJ_OK);
      assert_action(&r, &n, n.t[k], k, 0, TRAJ_OK);
      assert_action(&r, &n, nextafter(n.t[k + 1], -HUGE_VAL), k, 1, TRAJ_OK);
    }
    assert_action(&r, &n, nextafter(n.t[0], -HUGE_VAL), 0, 0, TRAJ_OK);
    assert_action(&r, &n, n.t[0] - 1e300, 0, 0, TRAJ_OK);
    assert_action(&r, &n, n.t[STAGES], STAGES - 1, 1, TRAJ_OK);
    assert_action(&r, &n, nextafter(n.t[STAGES], HUGE_VAL), STAGES - 1, 1, TRAJ_PAST_END);
    assert_action(&r, &n, 1e300, STAGES - 1, 1, TRAJ_PAST_END);
  }
}

/* Limits hold exactly; where they do not bind the control is that of the plan without limits. */
static void test_clip(void **state) {
  (void)state;
  numbers n;
  int cut = 0;
  rng r = rng_from(env_seed("clip", 62));
  for (int round = env_rounds(200, 20); round > 0; round--) {
    double x[2], u[NU], wish[NU];
    int k = rng_int(&r, 0, STAGES - 1);
    draw(&r, 2, 2, &n);
    if (rng_chance(&r, 0.3)) n.u_min[k * NU] = -HUGE_VAL;
    if (rng_chance(&r, 0.3)) n.u_max[k * NU + 1] = HUGE_VAL;
    rng_fill(&r, x, 2, 1);
    double t = n.t[k];
    assert_int_equal(traj_plan_action(&n.plan, t, x, wish, NULL), TRAJ_OK);
    n.plan.u_min = n.u_min;
    n.plan.u_max = n.u_max;
    assert_int_equal(traj_plan_action(&n.plan, t, x, u, NULL), TRAJ_OK);
    for (int i = 0; i < NU; i++) {
      assert_true(u[i] == fmin(fmax(wish[i], n.u_min[i + k * NU]), n.u_max[i + k * NU]));
      cut += u[i] != wish[i];
    }
  }
  assert_true(cut > 0);
}

/* x = x_k Exp(e) and x_{k+1} = x_k Exp(w): the displacement from the reference is e - share w. */
static void test_tangent_space(void **state) {
  (void)state;
  numbers n;
  rng r = rng_from(env_seed("tangent_space", 63));
  for (int round = env_rounds(200, 20); round > 0; round--) {
    double w[STAGES][ROTOR_D], e[ROTOR_D], x[ROTOR_X], u[NU], work[ROTOR_D];
    draw(&r, ROTOR_X, ROTOR_D, &n);
    n.plan.difference = rotor_difference;
    rotor_draw(&r, n.x);
    for (int k = 0; k < STAGES; k++) {
      rng_fill(&r, w[k], ROTOR_D, 0.5);
      rotor_retract(n.x + k * ROTOR_X, w[k], n.x + (k + 1) * ROTOR_X, NULL);
    }
    int k = rng_int(&r, 0, STAGES - 1);
    double share = rng_unit(&r);
    rng_fill(&r, e, ROTOR_D, 0.5);
    rotor_retract(n.x + k * ROTOR_X, e, x, NULL);
    assert_int_equal(traj_plan_action(&n.plan, n.t[k] + share * (n.t[k + 1] - n.t[k]), x, u, work), TRAJ_OK);
    for (int i = 0; i < ROTOR_D; i++)
      e[i] -= share * w[k][i];
    assert_control(&n, k, e, u);
    /* On the way from x_k to x_{k+1} there is nothing to correct. */
    for (int i = 0; i < ROTOR_D; i++)
      w[k][i] *= share;
    rotor_retract(n.x + k * ROTOR_X, w[k], x, NULL);
    assert_int_equal(traj_plan_action(&n.plan, n.t[k] + share * (n.t[k + 1] - n.t[k]), x, u, work), TRAJ_OK);
    assert_control(&n, k, (double[ROTOR_D]){0}, u);
  }
}

static int refusing_difference(const double *a, const double *b, double *out, void *user) {
  (void)a;
  (void)b;
  *out = (double)NAN;
  return *(const int *)user;
}

/* Whatever goes wrong with the state, u is the control of the stage, within the limits. */
static void assert_fallback(const numbers *n, double t, const double *x, int k, traj_status status) {
  double u[NU] = {7, 7}, work[MOST_D];
  assert_int_equal(traj_plan_action(&n->plan, t, x, u, work), status);
  for (int i = 0; i < NU; i++)
    assert_true(u[i] == fmin(n->u[i + k * NU], n->u_max[i + k * NU]));
}

static void test_fallback(void **state) {
  (void)state;
  const double wrong[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
  numbers n;
  rng r = rng_from(64);
  draw(&r, 2, 2, &n);
  n.u_max[2 * NU] = n.u[2 * NU] - 1;
  n.u_min[2 * NU] = n.u_max[2 * NU] - 1;
  n.plan.u_min = n.u_min;
  n.plan.u_max = n.u_max;
  double t = 0.5 * (n.t[2] + n.t[3]), fine[] = {1, 2};
  for (int i = 0; i < 3; i++) {
    for (int row = 0; row < 2; row++) {
      double x[] = {1, 2};
      x[row] = wrong[i];
      assert_fallback(&n, t, x, 2, TRAJ_E_NOT_FINITE);
    }
    assert_fallback(&n, wrong[i], fine, 0, TRAJ_E_NOT_FINITE);
  }
  n.K[2 * NU * 2] = 1e300;
  assert_fallback(&n, t, (double[]){1e300, 0}, 2, TRAJ_E_NOT_FINITE);
  int code = -4;
  n.plan.difference = refusing_difference;
  n.plan.user = &code;
  assert_fallback(&n, t, fine, 2, TRAJ_E_CALLBACK);
  code = 0;
  assert_fallback(&n, t, fine, 2, TRAJ_E_NOT_FINITE);
}

static void test_arguments(void **state) {
  (void)state;
  numbers n;
  double x[2] = {0}, u[NU], work[2];
  char block[8];
  const traj_plan *copy = &n.plan;
  rng r = rng_from(65);
  draw(&r, 2, 2, &n);
  assert_int_equal(traj_plan_action(NULL, 0, x, u, work), TRAJ_E_ARG);
  assert_int_equal(traj_plan_action(&n.plan, 0, NULL, u, work), TRAJ_E_ARG);
  assert_int_equal(traj_plan_action(&n.plan, 0, x, NULL, work), TRAJ_E_ARG);
  n.plan.difference = rotor_difference;
  assert_int_equal(traj_plan_action(&n.plan, 0, x, u, NULL), TRAJ_E_ARG);
  assert_int_equal(traj_plan_size(NULL), 0);
  assert_int_equal(traj_plan_copy(NULL, &n.plan, block, sizeof block), TRAJ_E_ARG);
  assert_int_equal(traj_plan_copy(&copy, NULL, block, sizeof block), TRAJ_E_ARG);
  assert_null(copy);
  copy = &n.plan;
  assert_int_equal(traj_plan_copy(&copy, &n.plan, NULL, 1 << 20), TRAJ_E_ARG);
  assert_null(copy);
  copy = &n.plan;
  assert_int_equal(traj_plan_copy(&copy, &n.plan, block, traj_plan_size(&n.plan) - 1), TRAJ_E_MEMORY);
  assert_null(copy);
}

static void assert_same_numbers(const double *a, const double *b, int count, const char *block, size_t size) {
  assert_memory_equal(a, b, (size_t)count * sizeof(double));
  assert_true((const char *)a >= block && (const char *)(a + count) <= block + size);
}

/* The copy holds the same numbers inside the block, also after those of the original have gone. */
static void assert_copy(rng *r, bool limited, size_t offset) {
  const char canary[] = "canary";
  numbers n, kept;
  draw(r, 3, 2, &n);
  n.plan.difference = rotor_difference;
  n.plan.user = r;
  if (limited) {
    n.plan.u_min = n.u_min;
    n.plan.u_max = n.u_max;
  }
  memcpy(&kept, &n, sizeof n);
  size_t size = traj_plan_size(&n.plan);
  char *memory = malloc(ALIGNMENTS + size + ALIGNMENTS), *block = memory + offset;
  const traj_plan *copy;
  assert_non_null(memory);
  memcpy(block + size, canary, sizeof canary);
  assert_int_equal(traj_plan_copy(&copy, &n.plan, block, size), TRAJ_OK);
  assert_memory_equal(block + size, canary, sizeof canary);
  memset(&n, 0xff, sizeof n);
  assert_true((const char *)copy >= block && (const char *)(copy + 1) <= block + size);
  assert_true(copy->nx == 3 && copy->ndx == 2 && copy->nu == NU && copy->N == STAGES);
  assert_true(copy->policy_current == 1 && copy->cost == 3 && copy->user == r);
  assert_true(copy->difference == rotor_difference);
  assert_same_numbers(copy->t, kept.t, STAGES + 1, block, size);
  assert_same_numbers(copy->x, kept.x, 3 * (STAGES + 1), block, size);
  assert_same_numbers(copy->u, kept.u, NU * STAGES, block, size);
  assert_same_numbers(copy->K, kept.K, NU * 2 * STAGES, block, size);
  assert_same_numbers(copy->V, kept.V, 4 * (STAGES + 1), block, size);
  assert_same_numbers(copy->v, kept.v, 2 * (STAGES + 1), block, size);
  if (limited) {
    assert_same_numbers(copy->u_min, kept.u_min, NU * STAGES, block, size);
    assert_same_numbers(copy->u_max, kept.u_max, NU * STAGES, block, size);
  } else {
    assert_true(copy->u_min == NULL && copy->u_max == NULL);
  }
  free(memory);
}

static void test_copy(void **state) {
  (void)state;
  rng r = rng_from(66);
  for (size_t offset = 0; offset < ALIGNMENTS; offset++)
    assert_copy(&r, offset % 2, offset);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_action),   cmocka_unit_test(test_clip),      cmocka_unit_test(test_tangent_space),
      cmocka_unit_test(test_fallback), cmocka_unit_test(test_arguments), cmocka_unit_test(test_copy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
