#include "support/lq_trial.h"

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
#include <stdio.h>
#include <string.h>

#include "support/allocator.h"
#include "support/kkt_measure.h"
#include "support/near.h"
#include "traj/lqr.h"

double lq_forward_gate(double condition) {
  return fmax(1e-12, 100 * DBL_EPSILON * condition);
}

/* The plan is about its trajectory: its v are the multipliers V x + v. */
static kkt_point point_of(const traj_lqr_problem *p, const traj_plan *plan) {
  size_t nx = (size_t)p->nx, nu = (size_t)p->nu, N = (size_t)p->N;
  kkt_point z = kkt_point_create(p);
  memcpy(z.u, plan->u, sizeof(double) * nu * N);
  memcpy(z.x, plan->x, sizeof(double) * nx * (N + 1));
  memcpy(z.lambda, plan->v, sizeof(double) * nx * (N + 1));
  return z;
}

/* 1/2 sum tr(V_{k+1} Sigma_k). */
static double noise_cost(const traj_lqr_problem *p, const traj_lqr_policy *policy) {
  int nx = p->nx;
  double noise = 0;
  for (int k = 0; k < p->N; k++) {
    const double *V = policy->V + (k + 1) * nx * nx, *Sigma = lq_at(p->Sigma, k);
    for (int j = 0; Sigma != NULL && j < nx; j++) {
      for (int i = j; i < nx; i++)
        noise += (i == j ? 0.5 : 1) * V[i + nx * j] * Sigma[i + nx * j];
    }
  }
  return noise;
}

/* The cost of the plan is that of its trajectory, and with the noise what the value function promises. */
static void check_cost(const traj_lqr *solver, const traj_lqr_problem *p, kkt_point z, double condition) {
  double size = 0, expected = 0, cost = kkt_cost(p, z, &size);
  double noise = noise_cost(p, traj_lqr_get_policy(solver));
  assert_near(traj_lqr_plan(solver)->cost, cost, 1e-14 * size);
  assert_int_equal(traj_lqr_expected_cost(solver, 0, z.x, &expected), TRAJ_OK);
  assert_near(expected, cost + noise, lq_forward_gate(condition) * (size + fabs(noise)));
}

static void compare(traj_lqr *solver, const traj_lqr_problem *p, kkt *oracle, const double *x0, lq_tally *t) {
  double condition = kkt_condition(oracle);
  assert_int_equal(traj_lqr_solve(solver, 0, x0), TRAJ_OK);
  kkt_point z = point_of(p, traj_lqr_plan(solver));
  kkt_residual residual = kkt_measure(oracle, p, z);
  t->residual = fmax(t->residual, residual.scaled);
  t->dynamics = fmax(t->dynamics, residual.dynamics);
  t->blocks = fmax(t->blocks, residual.blocks);
  if (condition <= LQ_CONDITION_LIMIT) {
    double difference = kkt_difference(p, z, kkt_solve(oracle, x0));
    t->difference = fmax(t->difference, difference);
    t->share = fmax(t->share, difference / lq_forward_gate(condition));
    t->condition = fmax(t->condition, condition);
    t->compared++;
    check_cost(solver, p, z, condition);
  }
  kkt_point_free(&z);
}

/* The policy of stage k, applied at any x, is the first control of the problem that begins there. */
static void compare_tail(const traj_lqr *solver, const traj_lqr_problem *p, int k, const double *x, lq_tally *t) {
  const traj_lqr_policy *policy = traj_lqr_get_policy(solver);
  traj_lqr_problem tail = lq_tail(p, k);
  kkt *oracle = kkt_create(&tail);
  kkt_point expected = kkt_solve(oracle, x);
  double difference = 0, scale = 0;
  for (int i = 0; i < p->nu; i++) {
    double u = policy->k[i + k * p->nu];
    for (int j = 0; j < p->nx; j++)
      u += policy->K[i + p->nu * (j + p->nx * k)] * x[j];
    difference = fmax(difference, fabs(u - expected.u[i]));
  }
  for (int i = 0; i < p->nu * tail.N; i++)
    scale = fmax(scale, fabs(expected.u[i]));
  for (int i = 0; i < p->nx * (tail.N + 1); i++)
    scale = fmax(scale, fabs(expected.x[i]));
  if (kkt_condition(oracle) <= LQ_CONDITION_LIMIT) {
    t->share = fmax(t->share, difference / scale / lq_forward_gate(kkt_condition(oracle)));
  }
  kkt_destroy(oracle);
}

/* Factored once, solved from several states. */
static void try_with(rng *r, lq *instance, kkt *oracle, lq_tally *t) {
  const traj_lqr_problem *p = &instance->problem;
  ledger books = {.calls = 0};
  traj_allocator allocator = ledger_allocator(&books);
  traj_lqr *solver = NULL;
  assert_int_equal(traj_lqr_create(&solver, &allocator, p, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_factor(solver, NULL), TRAJ_OK);
  compare(solver, p, oracle, instance->x0, t);
  rng_fill(r, instance->x0, (size_t)p->nx, 10);
  compare(solver, p, oracle, instance->x0, t);
  compare_tail(solver, p, rng_int(r, 0, p->N - 1), instance->x0, t);
  traj_lqr_destroy(solver);
}

void lq_try(rng *r, const lq_kind *kind, lq_tally *t) {
  lq instance = lq_draw(r, kind);
  kkt *oracle = kkt_create(&instance.problem);
  lq_tally before = *t;
  for (traj_linalg linalg = TRAJ_LINALG_BUILTIN; linalg <= TRAJ_LINALG_OPENBLAS; linalg++) {
    instance.problem.linalg = linalg;
    try_with(r, &instance, oracle, t);
  }
  t->drawn++;
  t->compared = before.compared + (t->compared > before.compared);
  t->banded += kkt_count(&instance.problem) > KKT_DENSE;
  if (t->residual > LQ_RESIDUAL_GATE || t->share > 1 || t->dynamics > LQ_RESIDUAL_GATE) lq_print(kind);
  assert_true(t->residual <= LQ_RESIDUAL_GATE);
  assert_true(t->dynamics <= LQ_RESIDUAL_GATE);
  assert_true(t->share <= 1);
  kkt_destroy(oracle);
  lq_free(&instance);
}

void lq_print_tally(const char *family, const lq_tally *t) {
  printf("%s: %d drawn, %d compared (%d banded), condition up to %.1e\n", family, t->drawn, t->compared, t->banded,
         t->condition);
  printf("  worst scaled residual %.1e, of the dynamics row by row %.1e, of blocks %.1e\n", t->residual, t->dynamics,
         t->blocks);
  printf("  worst forward difference %.1e, at most %.2g of its gate\n", t->difference, t->share);
}
