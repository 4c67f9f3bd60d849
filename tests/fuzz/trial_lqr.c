/* Solvers of linear-quadratic problems. Besides what holds for every family:
 *
 *   without a policy there is no plan, and after an error no policy;
 *   a plan goes where its controls lead, to rounding; of a tame problem it is there, and no plan without control, nor
 * one that differs a little, costs less; what noise does along the plan is finite or refused. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/linear.h"
#include "fuzz/trial.h"
#include "support/lq.h"
#include "support/same_plan.h"
#include "traj/covariance.h"

enum { OPERATIONS = 4, NX = LINEAR_NX, NU = LINEAR_NU, N = LINEAR_N };

static const double FEASIBLE = 1e-12, OPTIMAL = 1e-9;

typedef struct trial {
  linear l;
  claims *c;
} trial;

typedef struct place {
  traj_lqr *solver;
  guarded memory;
} place;

static bool build(trial *t, place *p) {
  traj_diag diag;
  size_t size;
  *p = (place){.solver = NULL};
  traj_status status = traj_lqr_size(&t->l.problem, &size, &diag);
  if (!claim_size(t->c, status, size, &diag, &p->memory)) return false;
  const long before = claims_heap(t->c);
  status = traj_lqr_init(&p->solver, guarded_memory(&p->memory), size, &t->l.problem, &diag);
  return claim_init(t->c, status, p->solver != NULL, before);
}

static bool all_finite(const double *a, int count) {
  for (int i = 0; i < count; i++)
    if (!isfinite(a[i])) return false;
  return true;
}

static void require_policy(trial *t, const traj_lqr_policy *p) {
  const int nx = p->nx, nu = p->nu, stages = p->N;
  claim(t->c, all_finite(p->K, stages * nu * nx) && all_finite(p->k, stages * nu), "the gains are not finite");
  claim(t->c, all_finite(p->V, (stages + 1) * nx * nx) && all_finite(p->v, (stages + 1) * nx),
        "the value is not finite");
  claim(t->c, all_finite(p->constant, stages + 1), "the constant is not finite");
  for (int k = 0; k <= stages; k++)
    for (int i = 0; i < nx * nx; i++)
      claim(t->c, p->V[k * nx * nx + i] == p->V[k * nx * nx + i / nx + i % nx * nx], "V is not symmetric");
}

static traj_status factor(trial *t, traj_lqr *solver) {
  traj_diag diag;
  const long before = claims_heap(t->c);
  const traj_status status = traj_lqr_factor(solver, &diag);
  claim(t->c, claims_heap(t->c) == before, "factor called the heap");
  claims_count(t->c, status);
  claim(t->c, traj_lqr_plan(solver) == NULL, "a plan from before factor");
  const traj_lqr_policy *policy = traj_lqr_get_policy(solver);
  claim(t->c, (status == TRAJ_OK) == (policy != NULL), "the policy does not go with the status");
  if (status != TRAJ_OK) claim_cause(t->c, &diag, status);
  if (policy != NULL) require_policy(t, policy);
  return status;
}

/* sum += M x, M rows x n; adds up the sizes of the terms too. M is nullable, as a field that is not given. */
static void add_apply(int rows, int n, const double *M, const double *x, long double *sum, long double *size) {
  for (int j = 0; M != NULL && j < n; j++) {
    for (int i = 0; i < rows; i++) {
      sum[i] += (long double)M[i + j * rows] * x[j];
      size[i] += fabsl((long double)M[i + j * rows] * x[j]);
    }
  }
}

static void require_feasible(trial *t, const traj_plan *plan) {
  const traj_lqr_problem *p = &t->l.problem;
  static const double one = 1;
  for (int k = 0; k < p->N; k++) {
    long double next[NX] = {0}, size[NX] = {0};
    add_apply(p->nx, p->nx, lq_at(p->A, k), plan->x + k * p->nx, next, size);
    add_apply(p->nx, p->nu, lq_at(p->B, k), plan->u + k * p->nu, next, size);
    add_apply(p->nx, 1, lq_at(p->c, k), &one, next, size);
    for (int i = 0; i < p->nx; i++)
      claim(t->c, fabsl(plan->x[(k + 1) * p->nx + i] - next[i]) <= FEASIBLE * size[i] + 1e-300L,
            "the states of a plan are not where its controls lead");
  }
}

/* a' M b, M rows x cols; lower: M is symmetric, its lower triangle counts. */
static long double form(int rows, const double *a, const double *M, int cols, const double *b, bool lower,
                        long double *size) {
  long double sum = 0;
  for (int j = 0; M != NULL && j < cols; j++) {
    for (int i = 0; i < rows; i++) {
      const double entry = lower && i < j ? M[j + i * rows] : M[i + j * rows];
      sum += (long double)a[i] * entry * b[j];
      *size += fabsl((long double)a[i] * entry * b[j]);
    }
  }
  return sum;
}

/* What controls cost from x0; adds up the sizes of all terms. */
static long double cost_of(const traj_lqr_problem *p, const double *x0, const double *u, long double *size) {
  static const double one = 1;
  const int nx = p->nx, nu = p->nu;
  double x[NX];
  long double cost = 0;
  memcpy(x, x0, (size_t)nx * sizeof *x);
  for (int k = 0; k < p->N; k++, u += nu) {
    long double next[NX] = {0}, unused[NX] = {0};
    cost += 0.5L * form(nx, x, lq_at(p->Q, k), nx, x, true, size) + form(nu, u, lq_at(p->S, k), nx, x, false, size);
    cost += 0.5L * form(nu, u, lq_at(p->R, k), nu, u, true, size) + form(nx, x, lq_at(p->q, k), 1, &one, false, size);
    cost += form(nu, u, lq_at(p->r, k), 1, &one, false, size);
    add_apply(nx, nx, lq_at(p->A, k), x, next, unused);
    add_apply(nx, nu, lq_at(p->B, k), u, next, unused);
    add_apply(nx, 1, lq_at(p->c, k), &one, next, unused);
    for (int i = 0; i < nx; i++)
      x[i] = (double)next[i];
  }
  return cost + 0.5L * form(nx, x, p->Q_N, nx, x, true, size) + form(nx, x, p->q_N, 1, &one, false, size);
}

static void require_cheapest(trial *t, const traj_plan *plan) {
  const traj_lqr_problem *p = &t->l.problem;
  double u[NU * N] = {0};
  long double size = 1, cost = cost_of(p, t->l.x0, plan->u, &size);
  claim(t->c, fabsl(cost - plan->cost) <= OPTIMAL * size, "the cost of a plan is not that of its controls");
  if (p->noises > 0) return; /* then the plan is the cheapest on average, which costs more without the noise */
  for (int other = 0; other <= p->N * p->nu; other++) {
    const long double its = cost_of(p, t->l.x0, u, &size);
    claim(t->c, cost <= its + OPTIMAL * size, other == 0 ? "doing nothing is cheaper" : "another plan is cheaper");
    memcpy(u, plan->u, (size_t)(p->N * p->nu) * sizeof *u);
    if (other < p->N * p->nu) u[other] += other % 2 == 0 ? 0.01 : -0.01;
  }
}

static void require_spread(trial *t, const traj_plan *plan) {
  static double P[(N + 1) * NX * NX], work[NX * (3 * NX + NU + 1)];
  const traj_lqr_problem *p = &t->l.problem;
  double expected;
  traj_diag diag;
  const traj_status status = traj_plan_covariance(plan, p, NULL, P, &expected, work, &diag);
  if (status != TRAJ_OK) {
    claim_cause(t->c, &diag, status);
    claim(t->c, !t->l.tame, "no covariance of a tame problem");
    return;
  }
  claim(t->c, all_finite(P, (p->N + 1) * p->nx * p->nx) && isfinite(expected), "a covariance is not finite");
  for (int k = 0; k <= p->N && t->l.tame; k++)
    for (int i = 0; i < p->nx; i++)
      claim(t->c, P[k * p->nx * p->nx + i * (p->nx + 1)] >= -1e-9, "a variance is negative");
}

static traj_status solve(trial *t, traj_lqr *solver, double t0) {
  const bool factored = traj_lqr_get_policy(solver) != NULL;
  const long before = claims_heap(t->c);
  const traj_status status = traj_lqr_solve(solver, t0, t->l.x0);
  claim(t->c, claims_heap(t->c) == before, "solve called the heap");
  claim(t->c, factored || status == TRAJ_E_ORDER, "solved without a policy");
  const traj_plan *plan = traj_lqr_plan(solver);
  claim(t->c, plan == NULL || plan_not_finite(plan) == NULL, "the plan is not finite");
  claim(t->c, status != TRAJ_OK || plan != NULL, "no plan");
  return status;
}

static void operate(trial *t, traj_lqr *solver, bytes *b) {
  double cost;
  switch (bytes_int(b, 0, 3)) {
    case 0:
      linear_spoil(&t->l, true);
      factor(t, solver);
      linear_spoil(&t->l, false);
      break;
    case 1:
      solve(t, solver, bytes_number(b));
      break;
    case 2:
      if (traj_lqr_expected_cost(solver, bytes_int(b, 0, N + 1) - 1, t->l.x0, &cost) == TRAJ_OK)
        claim(t->c, isfinite(cost), "an expected cost is not finite");
      break;
    default:
      factor(t, solver);
  }
}

/* The solver as it is now, asked cleanly, against one that was never used. */
static void require_fresh(trial *t, traj_lqr *used) {
  place p;
  const traj_status status = factor(t, used), solved = solve(t, used, 0);
  claim(t->c, !t->l.tame || (status == TRAJ_OK && solved == TRAJ_OK), "a tame problem without an answer");
  if (build(t, &p)) {
    claim(t->c, factor(t, p.solver) == status, "a fresh solver has another status");
    claim(t->c, solve(t, p.solver, 0) == solved, "a fresh solver's solve has another status");
    if (solved == TRAJ_OK && traj_lqr_plan(p.solver) != NULL) {
      const traj_plan *plan = traj_lqr_plan(used);
      claim(t->c, plan_difference(plan, traj_lqr_plan(p.solver)) == NULL, "a fresh solver's plan differs");
      require_feasible(t, plan);
      if (t->l.tame) require_cheapest(t, plan);
      require_spread(t, plan);
    }
  }
  guarded_release(&p.memory, t->c);
}

bool trial_lqr(claims *c, bytes *b) {
  trial t = {.c = c};
  place p;
  linear_draw(&t.l, b);
  const bool taken = build(&t, &p);
  if (taken) {
    for (int i = 0; i < OPERATIONS; i++)
      operate(&t, p.solver, b);
    require_fresh(&t, p.solver);
  }
  guarded_release(&p.memory, c);
  return taken;
}
