/* Derivatives by extrapolated differences against exact ones: S g(x / s) for a list of smooth functions g, with s and S
 * from 1e-6 to 1e6. Each error bound must hold, and be small enough for a derivative wrong by 1e-4 to show. */
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

#include "core/extrapolation.h"
#include "support/env.h"
#include "support/jet.h"
#include "support/smooth.h"

enum { NX = 2, NU = 1, NZ = SMOOTH_NZ, ROWS = 7 };

static const double BOUND = 4;         /* a true error is within so many reported ones ... */
static const double HARMLESS = 1e-5;   /* ... or no larger than this, relative to the row */
static const double REPORTABLE = 1e-5; /* reported errors are no larger than this, relative to the row */

static int eval(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  (void)world;
  double z[NZ] = {x[0], x[1], u[0]};
  *out = smooth_at(map->ctx, 0, z).v;
  return isfinite(*out) ? TJ_FINE : TJ_UNDEFINED;
}

/* What stands between the test and the function under test. */
typedef struct bench {
  tj_world world;
  tj_differences fd;
  tj_extrapolation ex;
} bench;

static int no_step(const traj_point *at, double *x_next, void *user) {
  (void)at;
  (void)x_next;
  (void)user;
  return -1;
}

static bench *the_bench(void) {
  static double block[4096];
  static bench b;
  const traj_problem problem = {.N = 1, .model = {.nx = NX, .nu = NU, .step = no_step}};
  tj_arena arena = tj_arena_over(block, sizeof block);
  b.world = tj_world_layout(&arena, &problem);
  b.fd = tj_differences_layout(&arena, &b.world, TRAJ_CENTRAL, ROWS);
  b.ex = tj_extrapolation_layout(&arena, &b.world, ROWS);
  assert_false(arena.overflow);
  return &b;
}

/* What was found for one function: the largest errors relative to the row, of derivatives of order 1 and 2. */
typedef struct tally {
  long entries[2];
  double off[2], reported[2];
} tally;

/* One derivative and what is known about it. */
typedef struct entry {
  int order, row, col;
  double value, error; /* from the function under test */
  double truth, scale; /* exact: the derivative, and the largest one in its row */
  double limit;        /* errors that double precision forbids to be smaller */
} entry;

static void judge(const scaled *f, const double *z, const entry *e, tally *t) {
  double off = fabs(e->value - e->truth);
  bool bounded = off <= fmax(BOUND * e->error, HARMLESS * e->scale);
  /* Where the row is nothing but rounding, there is nothing to be relative to. */
  bool empty = e->scale <= e->limit;
  if (empty) bounded = off <= BOUND * e->error + e->limit;
  if (!bounded || (!empty && !(e->error <= fmax(REPORTABLE * e->scale, e->limit)))) {
    fail_msg(
        "%s, s = %g, S = %g, y = %g %g %g: derivative %d (%d, %d) is %.9g, not %.9g, in a row of %.3g; off by %.2g, "
        "reported %.2g, limit %.2g",
        f->f->name, f->s, f->S, z[0] / f->s, z[1] / f->s, z[2] / f->s, e->order, e->row, e->col, e->value, e->truth,
        e->scale, off, e->error, e->limit);
  }
  int at = e->order - 1;
  t->entries[at]++;
  if (e->scale <= e->limit / REPORTABLE) return;
  t->off[at] = fmax(t->off[at], off / e->scale);
  t->reported[at] = fmax(t->reported[at], e->error / e->scale);
}

/* The error that double precision allows: with steps of r s, truncation is about B r^4 and rounding eps T / r^order of
 * S / s^order, for terms of size T S in the function. At the best r both are (eps T)^(4 / (4 + order)) times a power of
 * B, which is at most 1e4 in the list; 30 stands for the grid of steps, which does not hold the best r. */
static double limit_of(const scaled *f, jet exact, int order) {
  double T = fmax(fabs(exact.v) / f->S, f->f->hidden), share = 4 / (4.0 + order);
  return 30 * pow(1e4, 1 - share) * pow(8 * DBL_EPSILON * T, share) * f->S / pow(f->s, order);
}

static void check_gradient(bench *b, const scaled *f, const tj_map *map, jet exact, tally *t) {
  entry e = {.order = 1, .limit = limit_of(f, exact, 1)};
  for (int j = 0; j < NZ; j++)
    e.scale = fmax(e.scale, fabs(exact.g[j]));
  assert_int_equal(tj_extrapolate_jacobian(&b->ex, &b->fd, &b->world, map), TJ_FINE);
  for (e.col = 0; e.col < NZ; e.col++) {
    e.value = b->ex.value[e.col];
    e.error = b->ex.error[e.col];
    e.truth = exact.g[e.col];
    judge(f, map->x, &e, t);
  }
}

static void check_hessian(bench *b, const scaled *f, const tj_map *map, jet exact, tally *t) {
  entry e = {.order = 2, .limit = limit_of(f, exact, 2)};
  assert_int_equal(tj_extrapolate_hessian(&b->ex, &b->fd, &b->world, map), TJ_FINE);
  for (e.row = 0; e.row < NZ; e.row++) {
    e.scale = 0;
    for (int j = 0; j < NZ; j++)
      e.scale = fmax(e.scale, fabs(jet_second(exact, e.row, j)));
    for (e.col = 0; e.col < NZ; e.col++) {
      e.value = b->ex.value[e.row + e.col * NZ];
      e.error = b->ex.error[e.row + e.col * NZ];
      e.truth = jet_second(exact, e.row, e.col);
      judge(f, map->x, &e, t);
    }
  }
}

/* Scales and points in which every one of the 13 decades of s and all y appear. */
static void check_function(bench *b, const smooth *g, tally *t) {
  const double y[] = {0, 0.1, 1, 3, -0.1, -1, -3};
  enum { POINTS = sizeof y / sizeof *y };
  const int stride = env_rounds(1, 6);
  for (int round = 0; round < 13 * 3 * POINTS; round += stride) {
    const int decade = round % 13 - 6, p = round / 13;
    scaled f = {.f = g, .s = pow(10, decade), .S = pow(10, 6 * (round % 3 - 1))};
    const double z[NZ] = {f.s * y[p % POINTS], f.s * y[(p + p / POINTS) % POINTS], f.s * y[(3 * p + 2) % POINTS]};
    const tj_map map = {.eval = eval, .m = 1, .x = z, .u = z + NX, .ctx = &f};
    jet exact = smooth_at(&f, NZ, z);
    if (!isfinite(exact.v)) continue;
    check_gradient(b, &f, &map, exact, t);
    check_hessian(b, &f, &map, exact, t);
  }
}

static void errors_are_bounded(void **state) {
  (void)state;
  bench *b = the_bench();
  for (int n = 0; smooth_list(n) != NULL; n++) {
    tally t = {.entries = {0}};
    check_function(b, smooth_list(n), &t);
    assert_true(t.entries[0] > 0);
    print_message("%-22s %5ld first derivatives off by %.0e (reported %.0e), %5ld second by %.0e (%.0e)\n",
                  smooth_list(n)->name, t.entries[0], t.off[0], t.reported[0], t.entries[1], t.off[1], t.reported[1]);
  }
}

/* Several functions of different sizes as the rows of one map: each row is judged by itself. */
static int eval_rows(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  (void)world;
  const double z[NZ] = {x[0], x[1], u[0]}, s = *(const double *)map->ctx;
  for (int row = 0; row < map->m; row++) {
    const scaled f = {.f = smooth_list(row + 4), .s = s, .S = pow(10, 2 * row - 6)};
    out[row] = smooth_at(&f, 0, z).v;
  }
  return TJ_FINE;
}

static void rows_do_not_mix(void **state) {
  (void)state;
  bench *b = the_bench();
  for (double s = 1e-6; s < 1e7; s *= 10) {
    const double z[NZ] = {0.3 * s, -0.7 * s, s};
    const tj_map map = {.eval = eval_rows, .m = ROWS, .x = z, .u = z + NX, .ctx = &s};
    tally t = {.entries = {0}};
    assert_int_equal(tj_extrapolate_jacobian(&b->ex, &b->fd, &b->world, &map), TJ_FINE);
    for (int row = 0; row < ROWS; row++) {
      const scaled f = {.f = smooth_list(row + 4), .s = s, .S = pow(10, 2 * row - 6)};
      jet exact = smooth_at(&f, NZ, z);
      entry e = {.order = 1, .row = row, .limit = limit_of(&f, exact, 1)};
      for (int j = 0; j < NZ; j++)
        e.scale = fmax(e.scale, fabs(exact.g[j]));
      for (e.col = 0; e.col < NZ; e.col++) {
        e.value = b->ex.value[row + e.col * ROWS];
        e.error = b->ex.error[row + e.col * ROWS];
        e.truth = exact.g[e.col];
        judge(&f, z, &e, &t);
      }
    }
  }
}

/* sqrt(x0) at 0 has no neighbours on one side: there are no central differences, and that is said. */
static void the_edge_of_the_domain_is_undefined(void **state) {
  (void)state;
  bench *b = the_bench();
  scaled f = {.f = smooth_find("sqrt"), .s = 1, .S = 1};
  const double z[NZ] = {0, 0, 0};
  const tj_map map = {.eval = eval, .m = 1, .x = z, .u = z + NX, .ctx = &f};
  assert_int_equal(tj_extrapolate_jacobian(&b->ex, &b->fd, &b->world, &map), TJ_UNDEFINED);
  assert_int_equal(tj_extrapolate_hessian(&b->ex, &b->fd, &b->world, &map), TJ_UNDEFINED);
}

/* A hook that gives up at the call whose number is in ctx. */
static int eval_giving_up(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  (void)world;
  int *left = map->ctx;
  *out = x[0] * u[0];
  return --*left == 0 ? TRAJ_E_CALLBACK : TJ_FINE;
}

static void errors_come_back_at_once(void **state) {
  (void)state;
  bench *b = the_bench();
  const double z[NZ] = {1, 2, 3};
  int left;
  const tj_map map = {.eval = eval_giving_up, .m = 1, .x = z, .u = z + NX, .ctx = &left};
  for (int call = 1; call <= 100; call++) {
    left = call;
    assert_int_equal(tj_extrapolate_jacobian(&b->ex, &b->fd, &b->world, &map), TRAJ_E_CALLBACK);
    assert_int_equal(left, 0);
    left = call;
    assert_int_equal(tj_extrapolate_hessian(&b->ex, &b->fd, &b->world, &map), TRAJ_E_CALLBACK);
    assert_int_equal(left, 0);
  }
}

/* One coordinate is counted in millions, another in ones, and a constant hides most digits: what steps of the sizes of
 * the numbers find is not given up for what equal steps find. */
static int eval_unequal(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  (void)world;
  (void)map;
  *out = 1e5 + sin(1e-6 * x[0]) * cos(x[1]) + u[0] * u[0];
  return TJ_FINE;
}

static void coordinates_of_different_sizes(void **state) {
  (void)state;
  bench *b = the_bench();
  const double z[NZ] = {1e6, 1, 1};
  const tj_map map = {.eval = eval_unequal, .m = 1, .x = z, .u = z + NX};
  const double truth = -1e-6 * cos(1) * sin(1);
  assert_int_equal(tj_extrapolate_hessian(&b->ex, &b->fd, &b->world, &map), TJ_FINE);
  assert_true(b->ex.error[1] <= 1e-4 * fabs(truth));
  assert_true(fabs(b->ex.value[1] - truth) <= BOUND * b->ex.error[1]);
}

/* How far from home a function was evaluated, in ctx. */
typedef struct reach {
  const scaled *f;
  const double *home;
  double farthest;
} reach;

static int eval_reach(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  (void)world;
  reach *r = map->ctx;
  const double z[NZ] = {x[0], x[1], u[0]};
  for (int i = 0; i < NZ; i++)
    r->farthest = fmax(r->farthest, fabs(z[i] - r->home[i]));
  *out = smooth_at(r->f, 0, z).v;
  return TJ_FINE;
}

/* Hooks are used to being called nearby: longer steps are for what cannot be known otherwise. */
static void far_steps_are_the_exception(void **state) {
  (void)state;
  static const char *const names[] = {"constant", "sin", "exp", "norm", "ratio", "atan"};
  bench *b = the_bench();
  const double z[NZ] = {0.4, -0.6, 0.8};
  for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
    scaled f = {.f = smooth_find(names[n]), .s = 1, .S = 1};
    reach r = {.f = &f, .home = z};
    const tj_map map = {.eval = eval_reach, .m = 1, .x = z, .u = z + NX, .ctx = &r};
    assert_int_equal(tj_extrapolate_jacobian(&b->ex, &b->fd, &b->world, &map), TJ_FINE);
    assert_int_equal(tj_extrapolate_hessian(&b->ex, &b->fd, &b->world, &map), TJ_FINE);
    assert_true(r.farthest <= 0.2001); /* two steps of 0.1 on the diagonal */
  }
  scaled wide = {.f = smooth_find("exp"), .s = 1e6, .S = 1};
  reach r = {.f = &wide, .home = z};
  const tj_map map = {.eval = eval_reach, .m = 1, .x = z, .u = z + NX, .ctx = &r};
  assert_int_equal(tj_extrapolate_hessian(&b->ex, &b->fd, &b->world, &map), TJ_FINE);
  assert_true(r.farthest > 1e3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(errors_are_bounded),
      cmocka_unit_test(rows_do_not_mix),
      cmocka_unit_test(the_edge_of_the_domain_is_undefined),
      cmocka_unit_test(errors_come_back_at_once),
      cmocka_unit_test(coordinates_of_different_sizes),
      cmocka_unit_test(far_steps_are_the_exception),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
