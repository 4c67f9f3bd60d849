/* Trajectories and costs: plans, expected costs, refusals. */
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
#include "support/env.h"
#include "support/heap_calls.h"
#include "support/kkt_point.h"
#include "support/lq.h"
#include "support/near.h"
#include "traj/lqr.h"

static const double ONE = 1;

static traj_lqr *create(const traj_lqr_problem *problem, ledger *books) {
  traj_allocator allocator = ledger_allocator(books);
  traj_lqr *solver = NULL;
  assert_int_equal(traj_lqr_create(&solver, &allocator, problem, NULL), TRAJ_OK);
  return solver;
}

static traj_lqr *create_factored(const traj_lqr_problem *problem, ledger *books) {
  traj_lqr *solver = create(problem, books);
  assert_int_equal(traj_lqr_factor(solver, NULL), TRAJ_OK);
  return solver;
}

/* Around an equilibrium (x_r, u_r) of the dynamics and of the cost, the plan that starts there stays there. */
static void test_equilibrium(void **state) {
  (void)state;
  enum { NX = 4, NU = 2, N = 25 };
  rng r = rng_from(3);
  double A[NX * NX], B[NX * NU], Q[NX * NX] = {0}, R[NU * NU] = {0}, x[NX], u[NU], c[NX], q[NX], rr[NU];
  rng_fill(&r, A, NX * NX, 0.6);
  rng_fill(&r, B, NX * NU, 1);
  rng_fill(&r, x, NX, 1);
  rng_fill(&r, u, NU, 1);
  for (int i = 0; i < NX; i++) {
    Q[i + NX * i] = 1 + i;
    q[i] = -Q[i + NX * i] * x[i];
    c[i] = x[i];
    for (int j = 0; j < NX; j++)
      c[i] -= A[i + NX * j] * x[j];
    for (int j = 0; j < NU; j++)
      c[i] -= B[i + NX * j] * u[j];
  }
  for (int i = 0; i < NU; i++) {
    R[i + NU * i] = 2 + i;
    rr[i] = -R[i + NU * i] * u[i];
  }
  traj_lqr_problem p = {.nx = NX, .nu = NU, .N = N, .A = {A, 0}, .B = {B, 0}, .c = {c, 0}, .Q = {Q, 0}, .R = {R, 0}};
  p.q = (traj_series){q, 0};
  p.r = (traj_series){rr, 0};
  p.Q_N = Q;
  p.q_N = q;
  ledger books = {.calls = 0};
  traj_lqr *solver = create_factored(&p, &books);
  assert_int_equal(traj_lqr_solve(solver, 0, x), TRAJ_OK);
  const traj_plan *plan = traj_lqr_plan(solver);
  for (int k = 0; k <= N; k++) {
    for (int i = 0; i < NX; i++) {
      assert_near(plan->x[i + k * NX], x[i], 1e-12);
      assert_near(plan->v[i + k * NX], 0, 1e-11);
    }
    for (int i = 0; k < N && i < NU; i++)
      assert_near(plan->u[i + k * NU], u[i], 1e-12);
  }
  traj_lqr_destroy(solver);
}

/* The minimum of 1/2 u^2 + 1/2 (x_0 + u)^2 with times t0 + k dt, and dt = 0 for 1. */
static void test_plan(void **state) {
  (void)state;
  const double x0 = 2;
  traj_lqr_problem p = {.nx = 1, .nu = 1, .N = 1, .dt = 0.25, .A = {&ONE, 0}, .B = {&ONE, 0}, .R = {&ONE, 0}};
  p.Q_N = &ONE;
  ledger books = {.calls = 0};
  traj_lqr *solver = create_factored(&p, &books);
  assert_null(traj_lqr_plan(solver));
  assert_int_equal(traj_lqr_solve(solver, 10, &x0), TRAJ_OK);
  const traj_plan *plan = traj_lqr_plan(solver);
  assert_int_equal(plan->nx, 1);
  assert_int_equal(plan->ndx, 1);
  assert_int_equal(plan->nu, 1);
  assert_int_equal(plan->N, 1);
  assert_int_equal(plan->policy_current, 1);
  assert_near(plan->t[0], 10, 0);
  assert_near(plan->t[1], 10.25, 0);
  assert_near(plan->x[0], 2, 0);
  assert_near(plan->x[1], 1, 1e-15);
  assert_near(plan->u[0], -1, 1e-15);
  assert_near(plan->K[0], -0.5, 1e-15);
  assert_near(plan->V[0], 0.5, 1e-15);
  assert_near(plan->V[1], 1, 0);
  assert_near(plan->v[0], 1, 1e-15); /* V x_0 */
  assert_near(plan->v[1], 1, 1e-15);
  assert_near(plan->cost, 1, 1e-15);
  assert_null(plan->u_min);
  assert_null(plan->u_max);
  assert_true(plan->difference == NULL);
  traj_lqr_destroy(solver);

  p.dt = 0;
  solver = create_factored(&p, &books);
  assert_int_equal(traj_lqr_solve(solver, -1, &x0), TRAJ_OK);
  assert_near(traj_lqr_plan(solver)->t[1], 0, 0);
  traj_lqr_destroy(solver);
}

/* A solve leaves nothing behind that changes the next one. */
static void test_solves_are_independent(void **state) {
  (void)state;
  rng r = rng_from(17);
  lq_kind kind = lq_even_kind(&r, 6, 4, 20);
  lq instance = lq_draw(&r, &kind);
  size_t nx = (size_t)kind.nx, N = (size_t)kind.N;
  ledger books = {.calls = 0};
  traj_lqr *solver = create_factored(&instance.problem, &books);
  double other[6], first_cost, first[6 * 21];
  assert_int_equal(traj_lqr_solve(solver, 0, instance.x0), TRAJ_OK);
  memcpy(first, traj_lqr_plan(solver)->x, sizeof(double) * nx * (N + 1));
  first_cost = traj_lqr_plan(solver)->cost;
  for (int round = 0; round < 5; round++) {
    rng_fill(&r, other, nx, 100);
    assert_int_equal(traj_lqr_solve(solver, 0, other), TRAJ_OK);
    assert_int_equal(traj_lqr_solve(solver, 0, instance.x0), TRAJ_OK);
    assert_memory_equal(traj_lqr_plan(solver)->x, first, sizeof(double) * nx * (N + 1));
    assert_memory_equal(&traj_lqr_plan(solver)->cost, &first_cost, sizeof first_cost);
  }
  assert_int_equal(books.calls, 1);
  traj_lqr_destroy(solver);
  lq_free(&instance);
}

static void test_arguments(void **state) {
  (void)state;
  const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY}, x[] = {1};
  traj_lqr_problem p = {.nx = 1, .nu = 1, .N = 3, .A = {&ONE, 0}, .B = {&ONE, 0}, .R = {&ONE, 0}};
  ledger books = {.calls = 0};
  traj_lqr *solver = create(&p, &books);
  double cost = 5;
  assert_int_equal(traj_lqr_solve(solver, 0, x), TRAJ_E_ORDER);
  assert_int_equal(traj_lqr_expected_cost(solver, 0, x, &cost), TRAJ_E_ORDER);
  assert_int_equal(traj_lqr_factor(solver, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_solve(NULL, 0, x), TRAJ_E_ARG);
  assert_int_equal(traj_lqr_solve(solver, 0, NULL), TRAJ_E_ARG);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(traj_lqr_solve(solver, bad[i], x), TRAJ_E_ARG);
    assert_int_equal(traj_lqr_solve(solver, 0, bad + i), TRAJ_E_ARG);
    assert_int_equal(traj_lqr_expected_cost(solver, 0, bad + i, &cost), TRAJ_E_ARG);
  }
  assert_int_equal(traj_lqr_expected_cost(NULL, 0, x, &cost), TRAJ_E_ARG);
  assert_int_equal(traj_lqr_expected_cost(solver, 0, NULL, &cost), TRAJ_E_ARG);
  assert_int_equal(traj_lqr_expected_cost(solver, 0, x, NULL), TRAJ_E_ARG);
  assert_int_equal(traj_lqr_expected_cost(solver, -1, x, &cost), TRAJ_E_ARG);
  assert_int_equal(traj_lqr_expected_cost(solver, 4, x, &cost), TRAJ_E_ARG);
  assert_near(cost, 5, 0);
  assert_int_equal(traj_lqr_expected_cost(solver, 3, x, &cost), TRAJ_OK);
  assert_near(cost, 0, 0);
  assert_null(traj_lqr_plan(solver));
  assert_null(traj_lqr_plan(NULL));
  traj_lqr_destroy(solver);
}

/* A trajectory that overflows leaves the plan of the solve before in place; a new factor takes it away. */
static void test_overflow_keeps_the_plan(void **state) {
  (void)state;
  const double x0 = 1, far = 1e200, late = DBL_MAX;
  traj_lqr_problem p = {.nx = 1, .nu = 1, .N = 3, .dt = 1e300, .A = {&ONE, 0}, .B = {&ONE, 0}, .R = {&ONE, 0}};
  p.Q = (traj_series){&ONE, 0};
  ledger books = {.calls = 0};
  traj_lqr *solver = create_factored(&p, &books);
  double cost = 5, x[4], t[4];
  for (int round = 0; round < 3; round++) { /* the plan changes its place in memory */
    assert_int_equal(traj_lqr_solve(solver, round, &x0), TRAJ_OK);
    const traj_plan *plan = traj_lqr_plan(solver);
    memcpy(x, plan->x, sizeof x);
    memcpy(t, plan->t, sizeof t);
    assert_int_equal(traj_lqr_solve(solver, 0, &far), TRAJ_E_DIVERGED);
    assert_memory_equal(plan->x, x, sizeof x);
    assert_int_equal(traj_lqr_solve(solver, late, &x0), TRAJ_E_DIVERGED);
    assert_memory_equal(plan->t, t, sizeof t);
    assert_ptr_equal(traj_lqr_plan(solver), plan);
  }
  assert_int_equal(traj_lqr_expected_cost(solver, 0, &far, &cost), TRAJ_E_DIVERGED);
  assert_near(cost, 5, 0);
  assert_int_equal(traj_lqr_factor(solver, NULL), TRAJ_OK);
  assert_null(traj_lqr_plan(solver));
  traj_lqr_destroy(solver);
}

/* After create, nothing asks for memory, from the smallest sizes to the largest. */
static void test_no_heap_calls(void **state) {
  (void)state;
  if (!heap_calls_counted()) skip();
  rng r = rng_from(23);
  for (int size = 1; size <= 40; size += 3) {
    lq_kind kind = {.nx = size, .nu = (size + 1) / 2, .N = 3, .rank = size, .condition = 1, .effort = 1, .final = 1};
    kind.growth = 1;
    kind.affine = kind.cross = kind.varying = kind.noise = true;
    lq instance = lq_draw(&r, &kind);
    ledger books = {.calls = 0};
    traj_lqr *solver = create(&instance.problem, &books);
    double cost = 0;
    long before = heap_calls;
    traj_status factored = traj_lqr_factor(solver, NULL), solved = traj_lqr_solve(solver, 0, instance.x0);
    traj_status expected = traj_lqr_expected_cost(solver, 0, instance.x0, &cost);
    long during = heap_calls - before;
    assert_int_equal(during, 0);
    assert_true(factored == TRAJ_OK && solved == TRAJ_OK && expected == TRAJ_OK);
    traj_lqr_destroy(solver);
    lq_free(&instance);
  }
}

/* One rollout of the policy with noise L xi, Sigma = L L'; returns what it cost. */
static double noisy_cost(rng *r, const traj_lqr_problem *p, const traj_lqr_policy *policy, const double *L,
                         kkt_point z) {
  int nx = p->nx, nu = p->nu;
  for (int k = 0; k < p->N; k++) {
    double *x = z.x + k * nx, *u = z.u + k * nu, xi[2] = {rng_normal(r), rng_normal(r)};
    for (int i = 0; i < nu; i++) {
      u[i] = policy->k[i + nu * k];
      for (int j = 0; j < nx; j++)
        u[i] += policy->K[i + nu * (j + nx * k)] * x[j];
    }
    for (int i = 0; i < nx; i++) {
      x[nx + i] = lq_at(p->c, k)[i] + L[i] * xi[0] + L[i + 2] * xi[1];
      for (int j = 0; j < nx; j++)
        x[nx + i] += lq_at(p->A, k)[i + nx * j] * x[j];
      for (int j = 0; j < nu; j++)
        x[nx + i] += lq_at(p->B, k)[i + nx * j] * u[j];
    }
  }
  return kkt_cost(p, z, NULL);
}

static void test_expected_cost_is_the_mean(void **state) {
  (void)state;
  rng r = rng_from(env_seed("expected cost", 1234));
  lq_kind kind = {.nx = 2, .nu = 1, .N = 10, .rank = 2, .condition = 3, .effort = 1, .final = 2, .growth = 1.2};
  kind.affine = kind.cross = kind.varying = true;
  lq instance = lq_draw(&r, &kind);
  traj_lqr_problem *p = &instance.problem;
  const double L[] = {0.5, 0.2, 0, 0.3}, Sigma[] = {0.25, 0.1, (double)NAN, 0.13};
  p->Sigma = (traj_series){Sigma, 0};
  ledger books = {.calls = 0};
  traj_lqr *solver = create_factored(p, &books);
  const traj_lqr_policy *policy = traj_lqr_get_policy(solver);
  kkt_point z = kkt_point_create(p);
  memcpy(z.x, instance.x0, sizeof(double[2]));
  int rollouts = env_rounds(20000, 1000);
  double sum = 0, squares = 0, expected = 0;
  for (int i = 0; i < rollouts; i++) {
    double cost = noisy_cost(&r, p, policy, L, z);
    sum += cost;
    squares += cost * cost;
  }
  double mean = sum / rollouts, error = sqrt((squares / rollouts - mean * mean) / rollouts);
  assert_int_equal(traj_lqr_expected_cost(solver, 0, instance.x0, &expected), TRAJ_OK);
  assert_int_equal(traj_lqr_solve(solver, 0, instance.x0), TRAJ_OK);
  printf("expected cost %.6g, mean of %d rollouts %.6g +- %.2g, without noise %.6g\n", expected, rollouts, mean, error,
         traj_lqr_plan(solver)->cost);
  assert_near(mean, expected, 5 * error);
  assert_true(expected - traj_lqr_plan(solver)->cost > 10 * error || rollouts < 20000);
  kkt_point_free(&z);
  traj_lqr_destroy(solver);
  lq_free(&instance);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_equilibrium),
      cmocka_unit_test(test_plan),
      cmocka_unit_test(test_solves_are_independent),
      cmocka_unit_test(test_arguments),
      cmocka_unit_test(test_overflow_keeps_the_plan),
      cmocka_unit_test(test_no_heap_calls),
      cmocka_unit_test(test_expected_cost_is_the_mean),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
