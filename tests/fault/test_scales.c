/* Units of any size, from 1e-150 to 1e150: of the cost, the state, the controls and time. The linear solvers give the
 * same policy in any unit; the iterative one a usable plan, or an error that names its cause, and the same again. */
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

#include "support/env.h"
#include "support/lq.h"
#include "support/rigged.h"
#include "support/same_plan.h"
#include "support/watch.h"
#include "traj/covariance.h"
#include "traj/extra.h"
#include "traj/lqr.h"
#include "traj/steady.h"

enum { LARGEST = 498 }; /* 2 to this power is 8e149: powers of two scale without rounding */

/* A copy of a series, each number times 2^power. */
static traj_series scaled(traj_series s, size_t count, int N, int power) {
  if (s.data == NULL) return s;
  size_t all = s.stride * (size_t)(N - 1) + count;
  double *copy = malloc(all * sizeof *copy);
  assert_non_null(copy);
  for (size_t i = 0; i < all; i++)
    copy[i] = ldexp(s.data[i], power);
  return (traj_series){copy, s.stride};
}

static const double *scaled_matrix(const double *a, size_t count, int power) {
  return scaled((traj_series){a, 0}, count, 1, power).data;
}

/* The problem with its cost in another unit. */
static traj_lqr_problem with_cost_unit(const traj_lqr_problem *p, int power) {
  traj_lqr_problem out = *p;
  size_t nx = (size_t)p->nx, nu = (size_t)p->nu;
  out.Q = scaled(p->Q, nx * nx, p->N, power);
  out.S = scaled(p->S, nu * nx, p->N, power);
  out.R = scaled(p->R, nu * nu, p->N, power);
  out.q = scaled(p->q, nx, p->N, power);
  out.r = scaled(p->r, nu, p->N, power);
  out.Q_N = scaled_matrix(p->Q_N, nx * nx, power);
  out.q_N = scaled_matrix(p->q_N, nx, power);
  return out;
}

static void forget(const traj_lqr_problem *p) {
  const double *const copies[] = {p->Q.data, p->S.data, p->R.data, p->q.data, p->r.data, p->Q_N, p->q_N};
  for (size_t i = 0; i < sizeof copies / sizeof *copies; i++)
    free((void *)copies[i]);
}

/* a = 2^power b, bit for bit. */
static void assert_scaled(const double *a, const double *b, int count, int power) {
  for (int i = 0; i < count; i++)
    assert_true(a[i] == ldexp(b[i], power));
}

static void compare_lqr(const lq *l, int power) {
  const int nx = l->problem.nx, nu = l->problem.nu, N = l->problem.N;
  traj_lqr_problem other = with_cost_unit(&l->problem, power);
  traj_lqr *here, *there;
  assert_int_equal(traj_lqr_create(&here, traj_heap(), &l->problem, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_create(&there, traj_heap(), &other, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_factor(here, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_factor(there, NULL), TRAJ_OK);
  const traj_lqr_policy *a = traj_lqr_get_policy(here), *b = traj_lqr_get_policy(there);
  assert_scaled(b->K, a->K, nu * nx * N, 0);
  assert_scaled(b->k, a->k, nu * N, 0);
  assert_scaled(b->V, a->V, nx * nx * (N + 1), power);
  assert_scaled(b->v, a->v, nx * (N + 1), power);
  assert_scaled(b->constant, a->constant, N + 1, power);
  assert_int_equal(traj_lqr_solve(here, 0, l->x0), TRAJ_OK);
  assert_int_equal(traj_lqr_solve(there, 0, l->x0), TRAJ_OK);
  assert_scaled(traj_lqr_plan(there)->u, traj_lqr_plan(here)->u, nu * N, 0);
  traj_lqr_destroy(here);
  traj_lqr_destroy(there);
  forget(&other);
}

static void compare_steady(const lq *l, int power) {
  const int nx = l->problem.nx, nu = l->problem.nu;
  traj_lqr_problem other = with_cost_unit(&l->problem, power);
  traj_steady *here, *there;
  assert_int_equal(traj_steady_create(&here, traj_heap(), &l->problem, NULL), TRAJ_OK);
  assert_int_equal(traj_steady_create(&there, traj_heap(), &other, NULL), TRAJ_OK);
  assert_int_equal(traj_steady_solve(here, NULL), TRAJ_OK);
  assert_int_equal(traj_steady_solve(there, NULL), TRAJ_OK);
  const traj_steady_policy *a = traj_steady_get_policy(here), *b = traj_steady_get_policy(there);
  assert_scaled(b->K, a->K, nu * nx, 0);
  assert_scaled(b->k, a->k, nu, 0);
  assert_scaled(b->V, a->V, nx * nx, power);
  assert_scaled(b->v, a->v, nx, power);
  traj_steady_destroy(here);
  traj_steady_destroy(there);
  forget(&other);
}

static void test_linear(void **state) {
  (void)state;
  rng dice = rng_from(env_seed("scales, linear", 150));
  for (int round = env_rounds(100, 10); round > 0; round--) {
    lq_kind kind = lq_even_kind(&dice, 12, 6, 10);
    kind.rank = kind.nx;
    lq l = lq_draw(&dice, &kind);
    int power = rng_int(&dice, -LARGEST, LARGEST);
    compare_lqr(&l, power);
    compare_lqr(&l, round % 2 == 0 ? LARGEST : -LARGEST);
    compare_steady(&l, power);
    compare_steady(&l, round % 2 == 0 ? LARGEST : -LARGEST);
    lq_free(&l);
  }
}

/* The covariance along a plan grows with the noise. */
static void test_covariance(void **state) {
  (void)state;
  enum { NX = 2, N = 3 };
  static const double A[] = {1, 0.1, 0.2, 0.9}, B[] = {0, 0.2}, one[] = {1, 0, 0, 1}, K[N * NX] = {-0.5, -1, -1, -2, 0};
  static const double path[(N + 1) * NX] = {0};
  const traj_plan plan = {.nx = NX, .ndx = NX, .nu = 1, .N = N, .x = path, .u = path, .K = K};
  double P[(N + 1) * NX * NX], other[(N + 1) * NX * NX], work[NX * (3 * NX + 2)], cost, other_cost;
  traj_lqr_problem about = {.nx = NX, .nu = 1, .N = N, .A = {A, 0}, .B = {B, 0}, .Q = {one, 0}, .R = {one, 0}};
  about.Sigma = (traj_series){one, 0};
  assert_int_equal(traj_plan_covariance(&plan, &about, one, P, &cost, work, NULL), TRAJ_OK);
  for (int power = -LARGEST; power <= LARGEST; power += 83) {
    const double noise[] = {ldexp(1, power), 0, 0, ldexp(1, power)};
    about.Sigma.data = noise;
    assert_int_equal(traj_plan_covariance(&plan, &about, noise, other, &other_cost, work, NULL), TRAJ_OK);
    assert_scaled(other, P, (N + 1) * NX * NX, power);
    assert_scaled(&other_cost, &cost, 1, power);
  }
}

/* Factors for what an iterative solver meets with. */
typedef struct units {
  double cost, start, guess, limits, time;
} units;

/* A problem in such units: its hooks are watched, and what they say of the cost is multiplied. */
typedef struct stretched {
  rigged rig;
  watch watched;
  units by;
  double u_min[RIGGED_NU], u_max[RIGGED_NU];
  double x0[RIGGED_MAX_NX], guess[RIGGED_N * RIGGED_NU];
} stretched;

static void multiply(double *a, int count, double factor) {
  for (int i = 0; a != NULL && i < count; i++)
    a[i] *= factor;
}

static int rescale(const watch_call *call, void *ctx) {
  const stretched *s = ctx;
  const rigged_form *form = &s->rig.form;
  double factor = form->residual ? sqrt(s->by.cost) : s->by.cost;
  bool final = call->at != NULL && call->at->u == NULL;
  int rows = !form->residual ? 1 : final ? s->rig.problem.cost.nr_final : s->rig.problem.cost.nr;
  if (call->hook == WATCH_COST) multiply(call->out, rows, factor);
  if (call->hook == WATCH_QUAD && call->jac != NULL) {
    multiply(call->jac->fx, rows * RIGGED_NX, factor);
    multiply(call->jac->fu, rows * RIGGED_NU, factor);
  }
  if (call->hook == WATCH_QUAD && call->quad != NULL) {
    multiply(call->quad->lx, RIGGED_NX, factor);
    multiply(call->quad->lxx, RIGGED_NX * RIGGED_NX, factor);
    multiply(call->quad->lu, RIGGED_NU, factor);
    multiply(call->quad->luu, RIGGED_NU * RIGGED_NU, factor);
    multiply(call->quad->lux, RIGGED_NU * RIGGED_NX, factor);
  }
  return call->code;
}

static traj_problem stretch(stretched *s, const rigged_form *form, units by) {
  *s = (stretched){.by = by};
  rigged_prepare(&s->rig, form);
  traj_problem problem = watch_problem(&s->watched, &s->rig.problem);
  s->watched.look = rescale;
  s->watched.ctx = s;
  for (int i = 0; form->limits && i < RIGGED_NU; i++) {
    s->u_min[i] = s->rig.problem.u_min[i] * by.limits;
    s->u_max[i] = s->rig.problem.u_max[i] * by.limits;
    problem.u_min = s->u_min;
    problem.u_max = s->u_max;
  }
  problem.dt *= by.time;
  for (int i = 0; i < problem.model.nx; i++) /* the direction stays one in the tangent form */
    s->x0[i] = rigged_start(&s->rig)[i] * (form->tangent && i < 2 ? 1 : by.start);
  for (int i = 0; i < RIGGED_N * RIGGED_NU; i++)
    s->guess[i] = (i % 3 - 1) * by.guess;
  return problem;
}

static traj_status solve(traj_ddp *solver, const stretched *s) {
  assert_int_equal(traj_ddp_guess(solver, s->guess), TRAJ_OK);
  return traj_ddp_solve(solver, 0, s->x0);
}

static void assert_honest(const traj_ddp *solver, traj_status status) {
  const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
  const traj_plan *plan = traj_ddp_plan(solver);
  assert_int_equal(stats->status, status);
  assert_int_equal(stats->diag.status, status < TRAJ_OK ? status : stats->diag.status);
  if (status < TRAJ_OK) {
    assert_null(plan);
    assert_true(stats->diag.hook != NULL || stats->diag.field != NULL);
  } else {
    assert_null(plan_not_finite(plan));
    assert_true(plan->cost <= stats->initial_cost);
    assert_true(status != TRAJ_OK || isfinite(stats->gradient));
  }
}

/* Returns whether there was a plan. */
static bool try_units(const rigged_form *form, units by) {
  static stretched s;
  traj_ddp *solver;
  traj_problem problem = stretch(&s, form, by);
  s.rig.settings.run.max_iter = 20;
  assert_int_equal(traj_ddp_create(&solver, traj_heap(), &problem, &s.rig.settings, NULL), TRAJ_OK);
  traj_status status = solve(solver, &s);
  assert_honest(solver, status);
  bool found = status >= TRAJ_OK;
  kept_plan first = {.plan = NULL};
  if (found) first = keep_plan(traj_ddp_plan(solver));
  assert_int_equal(solve(solver, &s), status);
  if (found) assert_same_plan(traj_ddp_plan(solver), first.plan);
  assert_int_equal(s.rig.wild, 0);
  free(first.block);
  traj_ddp_destroy(solver);
  return found;
}

/* One unit at a time, then all of them at random. */
static void test_iterative(void **state) {
  (void)state;
  rng dice = rng_from(env_seed("scales, iterative", 1150));
  int tried = 0, found = 0;
  for (int i = 0; i < rigged_form_count; i++) {
    for (int power = -150; power <= 150; power += env_rounds(10, 50)) {
      const double u = pow(10, power);
      const units one_by_one[] = {{u, 1, 1, 1, 1}, {1, u, 1, 1, 1}, {1, 1, u, 1, 1}, {1, 1, 1, u, 1}, {1, 1, 1, 1, u}};
      for (int j = 0; j < 5; j++, tried++)
        found += try_units(&rigged_forms[i], one_by_one[j]);
    }
    for (int round = env_rounds(300, 10); round > 0; round--, tried++) {
      units by;
      by.cost = rng_decade(&dice, -150, 150);
      by.start = rng_decade(&dice, -150, 150);
      by.guess = rng_decade(&dice, -150, 150);
      by.limits = rng_decade(&dice, -150, 150);
      by.time = rng_decade(&dice, -150, 150);
      found += try_units(&rigged_forms[i], by);
    }
  }
  print_message("%d plans, %d errors\n", found, tried - found);
  assert_true(found > tried / 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_linear),
      cmocka_unit_test(test_covariance),
      cmocka_unit_test(test_iterative),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
