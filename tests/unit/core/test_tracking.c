/* The tracking cost against its formula written out, its derivatives against differences, and what it refuses. */
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
#include <string.h>

#include "core/problem_check.h"
#include "core/problem_data.h"
#include "support/env.h"
#include "support/near.h"
#include "support/plant.h"
#include "support/rig.h"
#include "support/rng.h"
#include "support/rotor.h"
#include "traj/tracking.h"

enum { NX = PLANT_X, NU = PLANT_U, NZ = PLANT_Z, STAGES = 4 };

/* Weights and references; of full weights the upper triangles are NaN. */
typedef struct data {
  double Q[NX * NX], R[NU * NU], Qf[NX * NX], x_ref[NX * (STAGES + 1)], u_ref[NU * STAGES];
  traj_tracking tracking;
} data;

static void draw_weight(rng *r, double *W, int n, traj_weights weights) {
  rng_fill(r, W, (size_t)n * (size_t)n, 1);
  for (int i = 0; weights == TRAJ_FULL && i < n * n; i++) {
    if (i % n < i / n) W[i] = (double)NAN;
  }
}

static const double *perhaps(rng *r, const double *a) {
  return rng_chance(r, 0.8) ? a : NULL;
}

static void draw(rng *r, data *d) {
  traj_tracking *t = &d->tracking;
  *t = (traj_tracking){.nx = NX, .nu = NU, .weights = rng_chance(r, 0.5) ? TRAJ_FULL : TRAJ_DIAGONAL};
  draw_weight(r, d->Q, NX, t->weights);
  draw_weight(r, d->R, NU, t->weights);
  draw_weight(r, d->Qf, NX, t->weights);
  rng_fill(r, d->x_ref, NX * (STAGES + 1), 1);
  rng_fill(r, d->u_ref, NU * STAGES, 1);
  t->Q = perhaps(r, d->Q);
  t->R = perhaps(r, d->R);
  t->Qf = perhaps(r, d->Qf);
  t->x_ref = perhaps(r, d->x_ref);
  t->u_ref = perhaps(r, d->u_ref);
  t->x_stride = rng_chance(r, 0.5) ? NX : 0;
  t->u_stride = rng_chance(r, 0.5) ? NU : 0;
}

/* Everything of a data set is there, full and per stage. */
static void draw_whole(rng *r, data *d) {
  draw(r, d);
  d->tracking.weights = TRAJ_FULL;
  draw_weight(r, d->Q, NX, TRAJ_FULL);
  draw_weight(r, d->R, NU, TRAJ_FULL);
  draw_weight(r, d->Qf, NX, TRAJ_FULL);
  d->tracking.Q = d->Q;
  d->tracking.R = d->R;
  d->tracking.Qf = d->Qf;
  d->tracking.x_ref = d->x_ref;
  d->tracking.u_ref = d->u_ref;
  d->tracking.x_stride = NX;
  d->tracking.u_stride = NU;
}

static double weight(const double *W, traj_weights weights, int n, int i, int j) {
  if (W == NULL) return 0;
  if (weights == TRAJ_DIAGONAL) return i == j ? W[i] : 0;
  return W[(i > j ? i : j) + (i > j ? j : i) * n];
}

/* 1/2 (z - ref)' W (z - ref) */
static double square(const double *W, traj_weights weights, int n, const double *z, const double *ref) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) {
      double ei = z[i] - (ref == NULL ? 0 : ref[i]), ej = z[j] - (ref == NULL ? 0 : ref[j]);
      sum += 0.5 * ei * weight(W, weights, n, i, j) * ej;
    }
  }
  return sum;
}

static double by_formula(const traj_tracking *t, int k, const double *z) {
  const double *x_ref = t->x_ref == NULL ? NULL : t->x_ref + k * t->x_stride;
  if (k == STAGES) return square(t->Qf, t->weights, NX, z, x_ref);
  const double *u_ref = t->u_ref == NULL ? NULL : t->u_ref + k * t->u_stride;
  return square(t->Q, t->weights, NX, z, x_ref) + square(t->R, t->weights, NU, z + NX, u_ref);
}

/* The differences of a quadratic are exact but for rounding. */
static void check_derivatives(const traj_tracking *t, int k, double *z, const double *gradient, const double *hessian,
                              int n) {
  const double h = 0.5;
  double centre = by_formula(t, k, z);
  for (int i = 0; i < n; i++) {
    double up[NZ], down[NZ];
    memcpy(up, z, sizeof up);
    memcpy(down, z, sizeof down);
    up[i] += h;
    down[i] -= h;
    assert_near(gradient[i], (by_formula(t, k, up) - by_formula(t, k, down)) / (2 * h), 1e-12);
    for (int j = 0; j < n; j++) {
      double both[NZ], other[NZ];
      memcpy(both, up, sizeof both);
      memcpy(other, z, sizeof other);
      both[j] += h;
      other[j] += h;
      double mixed = by_formula(t, k, both) - by_formula(t, k, up) - by_formula(t, k, other) + centre;
      assert_near(hessian[i + j * n], mixed / (h * h), 1e-11);
    }
  }
}

static void test_values(void **state) {
  (void)state;
  rng r = rng_from(env_seed("values", 131));
  for (int round = env_rounds(200, 20); round > 0; round--) {
    data d;
    draw(&r, &d);
    const traj_cost cost = traj_tracking_cost(&d.tracking);
    for (int k = 0; k <= STAGES; k++) {
      bool final = k == STAGES;
      int n = final ? NX : NZ;
      double z[NZ], value, gradient[NZ], lxx[NX * NX], luu[NU * NU], lux[NU * NX], hessian[NZ * NZ];
      traj_quad quad = {.lx = gradient, .lxx = lxx};
      if (!final) quad = (traj_quad){.lx = gradient, .lu = gradient + NX, .lxx = lxx, .luu = luu, .lux = lux};
      rng_fill(&r, z, NZ, 1);
      const traj_point at = {.k = k, .x = z, .u = final ? NULL : z + NX};
      assert_int_equal((final ? cost.final : cost.stage)(&at, &value, cost.user), 0);
      assert_near(value, by_formula(&d.tracking, k, z), 1e-13);
      assert_int_equal((final ? cost.final_quad : cost.stage_quad)(&at, &quad, cost.user), 0);
      rig_join((tj_shape){.nx = NX, .nu = NU}, &quad, hessian);
      check_derivatives(&d.tracking, k, z, gradient, hessian, n);
    }
  }
}

static traj_problem problem_of(data *d) {
  return (traj_problem){.N = STAGES, .dt = 1, .model = plant_ode_model(NULL), .cost = traj_tracking_cost(&d->tracking)};
}

static void assert_accepted(const traj_problem *p) {
  traj_diag diag;
  assert_int_equal(tj_problem_check(p, &diag), TRAJ_OK);
  assert_int_equal(tj_problem_check_data(p, STAGES, &diag), TRAJ_OK);
}

static void assert_refused(const traj_problem *p, const char *field, int k, int row, int col, double value) {
  traj_diag diag = {.status = TRAJ_OK};
  assert_int_equal(tj_problem_check_data(p, STAGES, &diag), TRAJ_E_ARG);
  assert_int_equal(diag.status, TRAJ_E_ARG);
  assert_string_equal(diag.field, field);
  assert_true(diag.k == k && diag.row == row && diag.col == col);
  assert_true(diag.value == value || (isnan(value) && isnan(diag.value)));
}

static void test_settings(void **state) {
  (void)state;
  rng r = rng_from(132);
  data d;
  draw_whole(&r, &d);
  const traj_tracking whole = d.tracking;
  traj_problem p = problem_of(&d);
  assert_accepted(&p);
  d.tracking.nx = NX + 1;
  assert_refused(&p, "tracking.nx", -1, -1, -1, NX + 1);
  d.tracking = whole;
  d.tracking.nu = 0;
  assert_refused(&p, "tracking.nu", -1, -1, -1, 0);
  d.tracking = whole;
  d.tracking.weights = (traj_weights)5;
  assert_refused(&p, "tracking.weights", -1, -1, -1, 5);
  d.tracking = whole;
  d.tracking.x_stride = NX - 1;
  assert_refused(&p, "tracking.x_stride", -1, -1, -1, NX - 1);
  d.tracking = whole;
  d.tracking.u_stride = -NU;
  assert_refused(&p, "tracking.u_stride", -1, -1, -1, -NU);
  for (int i = 0; i < 4; i++) {
    d.tracking = whole;
    d.tracking.reserved[i] = &d;
    assert_refused(&p, "tracking.reserved", -1, -1, -1, 0);
  }
  d.tracking = whole;
  assert_accepted(&p);
  p.cost = traj_tracking_cost(NULL);
  assert_refused(&p, "tracking", -1, -1, -1, 0);
}

static void test_tangent_space(void **state) {
  (void)state;
  const double ones[] = {1, 1, 1, 1};
  traj_tracking tracking = {.nx = ROTOR_X, .nu = ROTOR_D, .Q = ones};
  traj_problem p = {.N = STAGES, .model = rotor_model(), .cost = traj_tracking_cost(&tracking)};
  assert_refused(&p, "model.retract", -1, -1, -1, 0);
  const traj_part attitude[] = {{TRAJ_QUATERNION, 1}, {0}};
  p.model.retract = NULL;
  p.model.difference = NULL;
  p.model.parts = attitude;
  assert_refused(&p, "model.parts", -1, -1, -1, 0);
}

/* Every entry that is read, in turn, is refused when it is not finite, with its place. */
static void check_entries(traj_problem *p, double *a, const char *field, int n, bool matrix, int count) {
  for (int i = 0; i < count; i++) {
    double before = a[i];
    if (matrix && i % n < i / n) continue; /* NaN already, and not read */
    a[i] = i % 2 ? (double)NAN : -(double)INFINITY;
    assert_refused(p, field, matrix ? -1 : i / n, i % n, matrix ? i / n : -1, a[i]);
    a[i] = before;
  }
  assert_accepted(p);
}

static void test_entries(void **state) {
  (void)state;
  rng r = rng_from(133);
  data d;
  draw_whole(&r, &d);
  traj_problem p = problem_of(&d);
  check_entries(&p, d.Q, "tracking.Q", NX, true, NX * NX);
  check_entries(&p, d.R, "tracking.R", NU, true, NU * NU);
  check_entries(&p, d.Qf, "tracking.Qf", NX, true, NX * NX);
  check_entries(&p, d.x_ref, "tracking.x_ref", NX, false, NX * (STAGES + 1));
  check_entries(&p, d.u_ref, "tracking.u_ref", NU, false, NU * STAGES);
}

/* Diagonals and constant references are short; beyond them nothing is read. */
static void test_short_data(void **state) {
  (void)state;
  const double Q[NX] = {1, 1, 1}, R[NU] = {1, 1};
  double reference[NX + 1] = {0, 0, 0, (double)NAN};
  data d = {.tracking = {.nx = NX, .nu = NU, .Q = Q, .R = R, .Qf = Q, .x_ref = reference}};
  traj_problem p = problem_of(&d);
  assert_accepted(&p);
  reference[1] = (double)NAN;
  assert_refused(&p, "tracking.x_ref", -1, 1, -1, (double)NAN);
  reference[1] = 0;
  const double bad[NX] = {1, 1, (double)INFINITY};
  d.tracking.Qf = bad;
  assert_refused(&p, "tracking.Qf", -1, 2, -1, (double)INFINITY);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_values),  cmocka_unit_test(test_settings),   cmocka_unit_test(test_tangent_space),
      cmocka_unit_test(test_entries), cmocka_unit_test(test_short_data),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
