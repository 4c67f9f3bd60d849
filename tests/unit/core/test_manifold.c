/* The ready-made spaces: sizes, displacements there and back, angles and half turns, lengths, derivatives. */
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
#include <string.h>

#include "support/env.h"
#include "support/flyer.h"
#include "support/near.h"
#include "support/richardson.h"
#include "support/rng.h"
#include "traj/manifold.h"

enum { NX = FLYER_NX, NDX = FLYER_NDX, Q = FLYER_Q, TH = FLYER_TH };

static const double PI = 3.14159265358979323846;

static traj_part parts[] = {{TRAJ_FLAT, 3}, {TRAJ_QUATERNION, 1}, {TRAJ_ANGLE, 2}, {TRAJ_FLAT, 8}, {0}};
static traj_part attitude[] = {{TRAJ_QUATERNION, 1}, {0}};
static traj_part angle[] = {{TRAJ_ANGLE, 1}, {0}};

static void test_sizes(void **state) {
  (void)state;
  const traj_part two[] = {{TRAJ_QUATERNION, 2}, {TRAJ_ANGLE, 1}, {0}}, empty[] = {{0}};
  const traj_part unknown[] = {{TRAJ_FLAT, 1}, {(traj_part_kind)3, 1}, {0}}, negative[] = {{TRAJ_ANGLE, -1}, {0}};
  const traj_part large[] = {{TRAJ_FLAT, 16000}, {TRAJ_QUATERNION, 96}, {0}};
  traj_part endless[5000];
  assert_true(traj_manifold_nx(parts) == NX && traj_manifold_ndx(parts) == NDX);
  assert_true(traj_manifold_nx(two) == 9 && traj_manifold_ndx(two) == 7);
  const traj_part *const bad[] = {NULL, empty, unknown, negative, large};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_true(traj_manifold_nx(bad[i]) == 0 && traj_manifold_ndx(bad[i]) == 0);
  for (size_t i = 0; i < sizeof endless / sizeof *endless; i++)
    endless[i] = (traj_part){TRAJ_QUATERNION, 1};
  assert_int_equal(traj_manifold_nx(endless), 0);
  const traj_part huge[] = {{TRAJ_QUATERNION, 2147483647}, {TRAJ_QUATERNION, 2147483647}, {0}};
  assert_int_equal(traj_manifold_nx(huge), 0);
}

static void draw(rng *r, double *x) {
  double unused[FLYER_NU];
  flyer_draw(r, x, unused);
}

/* Against the same in long double, and there and back again. */
static void test_displacements(void **state) {
  (void)state;
  rng r = rng_from(env_seed("manifold", 20261124));
  for (int round = 0, rounds = env_rounds(2000, 100); round < rounds; round++) {
    double x[NX], y[NX], d[NDX], back[NDX], size = rng_decade(&r, -12, 0);
    long double wide[NX], by[NDX], exact[NX];
    draw(&r, x);
    rng_fill(&r, d, NDX, size);
    assert_int_equal(traj_manifold_retract(x, d, y, parts), 0);
    for (int i = 0; i < NX; i++)
      wide[i] = x[i];
    for (int i = 0; i < NDX; i++)
      by[i] = d[i];
    flyer_exact_retract(wide, by, exact);
    for (int i = 0; i < NX; i++)
      assert_near(y[i], (double)exact[i], 4 * DBL_EPSILON * (1 + fabs(y[i])));
    assert_int_equal(traj_manifold_difference(x, y, back, parts), 0);
    double turned = sqrt(d[Q] * d[Q] + d[Q + 1] * d[Q + 1] + d[Q + 2] * d[Q + 2]);
    for (int i = 0; i < NDX; i++) {
      double most = i >= Q && i < TH - 1 && i < Q + 3 ? turned : fabs(d[i]);
      if (most < 3) assert_near(back[i], d[i], 10 * DBL_EPSILON * (1 + fabs(x[i < Q + 3 ? i : i + 1]) + size));
    }
  }
}

/* The short way round, on either side of half a turn; q and -q are one. */
static void test_half_turns(void **state) {
  (void)state;
  const double q[4] = {0.5, -0.5, 0.5, 0.5}, minus[4] = {-0.5, 0.5, -0.5, -0.5};
  for (int sign = -1; sign <= 1; sign += 2) {
    const double d[3] = {0, sign * (PI - 1e-3), 0}, beyond[3] = {0, sign * (PI + 1e-3), 0};
    double to[4], back[3], from_minus[3];
    traj_manifold_retract(q, d, to, attitude);
    traj_manifold_difference(q, to, back, attitude);
    traj_manifold_difference(minus, to, from_minus, attitude);
    for (int i = 0; i < 3; i++) {
      assert_near(back[i], d[i], 1e-14);
      assert_near(from_minus[i], d[i], 1e-14);
    }
    traj_manifold_retract(q, beyond, to, attitude);
    traj_manifold_difference(q, to, back, attitude);
    for (int i = 0; i < 3; i++)
      assert_near(back[i], i == 1 ? -sign * (PI - 1e-3) : 0, 1e-14);
  }
  double nothing[3];
  traj_manifold_difference(q, minus, nothing, attitude);
  assert_true(nothing[0] == 0 && nothing[1] == 0 && nothing[2] == 0);
}

/* An angle is never wrapped, the difference of two always is. */
static void test_angles(void **state) {
  (void)state;
  for (int turns = -3; turns <= 3; turns++) {
    const double a = 0.3, b = 0.5 + turns * 2 * PI, d = 7;
    double out;
    traj_manifold_difference(&a, &b, &out, angle);
    assert_near(out, 0.2, 1e-14);
    traj_manifold_retract(&b, &d, &out, angle);
    assert_true(out == b + 7);
    traj_manifold_project(&b, &out, angle);
    assert_true(out == b);
  }
}

static void test_project(void **state) {
  (void)state;
  rng r = rng_from(env_seed("project", 20261125));
  double x[NX], y[NX];
  for (int round = 0; round < 100; round++) {
    draw(&r, x);
    memcpy(y, x, sizeof y);
    double length = rng_decade(&r, -100, 100);
    for (int i = 0; i < 4; i++)
      y[Q + i] *= length;
    double out[NX];
    assert_int_equal(traj_manifold_project(y, out, parts), 0);
    for (int i = 0; i < NX; i++)
      assert_near(out[i], x[i], 4 * DBL_EPSILON * (i >= Q && i < TH));
  }
  const double lengths[] = {0, 1e-200, 1e200, (double)INFINITY, (double)NAN};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    double q[4] = {0, lengths[i], 0, 0}, out[4], jac[12];
    assert_int_equal(traj_manifold_project(q, out, attitude), 1);
    assert_int_equal(traj_manifold_difference_derivatives(q, NULL, jac, NULL, attitude), 1);
  }
}

/* What is differentiated, in long double: w' of the displaced state, or of the displacement to b from an x whose
 * quaternion is not of length 1. */
typedef struct place {
  long double x[NX], w[NX];
  int row; /* one output instead of w'; < 0: w' */
} place;

static void displaced(const long double *d, long double *out, const void *ctx) {
  const place *p = ctx;
  long double moved[NX];
  flyer_exact_retract(p->x, d, moved);
  out[0] = p->row < 0 ? 0 : moved[p->row];
  for (int i = 0; p->row < 0 && i < NX; i++)
    out[0] += p->w[i] * moved[i];
}

static void away(const long double *db, long double *out, const void *ctx) {
  const place *p = ctx;
  long double b[NX], d[NDX];
  for (int i = 0; i < NX; i++)
    b[i] = p->x[i] + db[i];
  flyer_exact_difference(p->x, b, d);
  out[0] = p->row < 0 ? 0 : d[p->row];
  for (int i = 0; p->row < 0 && i < NDX; i++)
    out[0] += p->w[i] * d[i];
}

/* A tangent hook with so many outputs and coordinates against its function. */
static void check(traj_tangent_fn *hook, richardson_fn *f, int rows, int n, place *p) {
  double x[NX], w[NX], jac[NX * NX], again[NX * NX], hess[NX * NX];
  for (int i = 0; i < NX; i++) {
    x[i] = (double)p->x[i];
    w[i] = (double)p->w[i];
  }
  assert_int_equal(hook(x, w, jac, hess, parts), 0);
  assert_int_equal(hook(x, NULL, again, NULL, parts), 0);
  assert_memory_equal(jac, again, (size_t)(rows * n) * sizeof *jac);
  for (int j = 0; j < n; j++) {
    for (p->row = 0; p->row < rows; p->row++) {
      long double slope;
      richardson_slope(f, p, 1, j, &slope);
      assert_near(jac[p->row + j * rows], (double)slope, 1e-13 + richardson_error(1));
    }
    p->row = -1;
    for (int i = j; i < n; i++)
      assert_near(hess[i + j * n], (double)richardson_bend(f, p, i, j), 1e-12 + richardson_error(2));
  }
}

static void test_derivatives(void **state) {
  (void)state;
  rng r = rng_from(env_seed("manifold derivatives", 20261126));
  for (int round = 0, rounds = env_rounds(20, 2); round < rounds; round++) {
    double x[NX], w[NX], length = rng_uniform(&r, 0.9, 1.2);
    place p;
    draw(&r, x);
    rng_fill(&r, w, NX, 1);
    for (int i = 0; i < NX; i++) {
      p.x[i] = x[i];
      p.w[i] = w[i];
    }
    check(traj_manifold_retract_derivatives, displaced, NX, NDX, &p);
    for (int i = 0; i < 4; i++)
      p.x[Q + i] *= length; /* where an integration ends */
    check(traj_manifold_difference_derivatives, away, NDX, NX, &p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sizes),  cmocka_unit_test(test_displacements), cmocka_unit_test(test_half_turns),
      cmocka_unit_test(test_angles), cmocka_unit_test(test_project),       cmocka_unit_test(test_derivatives),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
