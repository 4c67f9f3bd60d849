/* On a linear-quadratic problem one full step is the answer: it is accepted, the second backward pass confirms it, and
 * trajectory, cost, gains and value function are those of the dense optimality conditions. */
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
#include "support/kkt_measure.h"
#include "support/lq.h"
#include "support/lq_hooks.h"
#include "support/solver.h"
#include "traj/tracking.h"

enum { MAX_NX = 6, MAX_NU = 3, MAX_N = 12 };

/* The largest difference relative to the largest number. */
static double difference(const double *a, const double *b, int n) {
  double worst = 0, size = DBL_MIN;
  for (int i = 0; i < n; i++) {
    worst = fmax(worst, fabs(a[i] - b[i]));
    size = fmax(size, fabs(b[i]));
  }
  return worst / size;
}

/* Gain and value Hessian of a stage from the optimality conditions of the stages from there on, which are linear: how
 * the first control and the gradient of the cost answer to the state. */
static void policy_of_stage(const traj_lqr_problem *p, const double *x, int k, double *K, double *V) {
  int nx = p->nx, nu = p->nu;
  double moved[MAX_NX], u0[MAX_NU], lambda0[MAX_NX];
  traj_lqr_problem tail = lq_tail(p, k);
  kkt *system = kkt_create(&tail);
  kkt_point at = kkt_solve(system, x);
  memcpy(u0, at.u, (size_t)nu * sizeof *u0);
  memcpy(lambda0, at.lambda, (size_t)nx * sizeof *lambda0);
  for (int j = 0; j < nx; j++) {
    memcpy(moved, x, (size_t)nx * sizeof *x);
    moved[j] += 1;
    at = kkt_solve(system, moved);
    for (int i = 0; i < nu; i++)
      K[i + j * nu] = at.u[i] - u0[i];
    for (int i = 0; i < nx; i++)
      V[i + j * nx] = at.lambda[i] - lambda0[i];
  }
  kkt_destroy(system);
}

static double policy_error(const traj_lqr_problem *p, const traj_plan *plan) {
  int nx = p->nx, nu = p->nu;
  double K[MAX_N * MAX_NU * MAX_NX], V[MAX_N * MAX_NX * MAX_NX];
  for (int k = 0; k < p->N; k++)
    policy_of_stage(p, plan->x + k * nx, k, K + k * nu * nx, V + k * nx * nx);
  return fmax(difference(plan->K, K, p->N * nu * nx), difference(plan->V, V, p->N * nx * nx));
}

/* How to solve. */
typedef struct manner {
  traj_ddp_method method;
  traj_linalg linalg;
  rng *states; /* start from states and controls that these draw; NULL: from controls of zero */
} manner;

/* States that no controls lead through: their defects are as large as they are. */
static void guess_states(traj_ddp *solver, const traj_lqr_problem *p, rng *r) {
  double x[MAX_NX * (MAX_N + 1)], u[MAX_NU * MAX_N];
  rng_fill(r, x, (size_t)(p->nx * (p->N + 1)), 1);
  rng_fill(r, u, (size_t)(p->nu * p->N), 1);
  assert_int_equal(traj_ddp_guess_states(solver, x, u), TRAJ_OK);
}

/* Solves, and returns the largest error relative to what is allowed. constant: of the cost, not known to p. */
static double check(const traj_problem *problem, const traj_lqr_problem *p, const double *x0, double constant,
                    manner how) {
  traj_ddp_settings settings = solver_settings(how.method);
  settings.linalg = how.linalg;
  traj_ddp *solver = solver_create(problem, &settings);
  if (how.states != NULL) guess_states(solver, p, how.states);
  traj_status status = traj_ddp_solve(solver, 0, x0);
  const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
  const traj_plan *plan = traj_ddp_plan(solver);
  if (status != TRAJ_OK || stats->iterations != 1) solver_print(solver);
  assert_int_equal(status, TRAJ_OK);
  assert_int_equal(stats->iterations, 1);
  assert_int_equal(stats->candidates, 1);
  assert_int_equal(stats->backward_passes, 2);
  assert_true(stats->step == 1);
  kkt *system = kkt_create(p);
  kkt_point z = kkt_solve(system, x0);
  double allowed = fmax(1e-12, 100 * DBL_EPSILON * kkt_condition(system));
  double size, cost = kkt_cost(p, z, &size) + constant;
  double error = fabs(plan->cost - cost) / (1 + fabs(cost));
  error = fmax(error, difference(plan->u, z.u, p->nu * p->N));
  error = fmax(error, difference(plan->x, z.x, p->nx * (p->N + 1)));
  error = fmax(error, difference(plan->v, z.lambda, p->nx * (p->N + 1)));
  error = fmax(error, policy_error(p, plan));
  kkt_destroy(system);
  traj_ddp_destroy(solver);
  return error / allowed;
}

static void own_quadratic_cost(void **state) {
  (void)state;
  rng r = rng_from(env_seed("linear_quadratic", 20240301));
  double worst = 0;
  for (int round = 0, rounds = env_rounds(200, 10); round < rounds; round++) {
    lq_kind kind = lq_even_kind(&r, MAX_NX, MAX_NU, MAX_N);
    lq instance = lq_draw(&r, &kind);
    const traj_problem problem = lq_hooks(&instance.problem);
    const manner manners[] = {{TRAJ_ILQR, TRAJ_LINALG_BUILTIN, NULL}, {TRAJ_ILQR, TRAJ_LINALG_OPENBLAS, NULL},
                              {TRAJ_DDP, TRAJ_LINALG_BUILTIN, NULL},  {TRAJ_DDP, TRAJ_LINALG_OPENBLAS, NULL},
                              {TRAJ_ILQR, TRAJ_LINALG_BUILTIN, &r},   {TRAJ_DDP, TRAJ_LINALG_OPENBLAS, &r}};
    for (int i = 0; i < 6; i++) {
      double error = check(&problem, &instance.problem, instance.x0, 0, manners[i]);
      if (!(error <= 1)) {
        lq_print(&kind);
        fail_msg("error %.2g of what is allowed", error);
      }
      worst = fmax(worst, error);
    }
    lq_free(&instance);
  }
  print_message("largest error: %.2g of what is allowed\n", worst);
}

/* The linear terms and the constant of a tracking cost. */
typedef struct reference {
  double x[MAX_NX * (MAX_N + 1)], u[MAX_NU * MAX_N];
  double q[MAX_NX * MAX_N], r[MAX_NU * MAX_N], q_N[MAX_NX];
  double constant;
} reference;

/* linear = -weight ref, with the lower triangle of weight (NULL: zero). Returns the constant 1/2 ref' weight ref. */
static double expand(const double *weight, int n, const double *ref, double *linear) {
  double constant = 0;
  for (int i = 0; i < n; i++) {
    linear[i] = 0;
    for (int j = 0; weight != NULL && j < n; j++)
      linear[i] -= weight[i >= j ? i + j * n : j + i * n] * ref[j];
    constant -= 0.5 * linear[i] * ref[i];
  }
  return constant;
}

static void draw_reference(rng *r, traj_lqr_problem *p, reference *ref) {
  int nx = p->nx, nu = p->nu, N = p->N;
  rng_fill(r, ref->x, (size_t)(nx * (N + 1)), 1);
  rng_fill(r, ref->u, (size_t)(nu * N), 1);
  ref->constant = expand(p->Q_N, nx, ref->x + N * nx, ref->q_N);
  for (int k = 0; k < N; k++) {
    ref->constant += expand(lq_at(p->Q, k), nx, ref->x + k * nx, ref->q + k * nx);
    ref->constant += expand(lq_at(p->R, k), nu, ref->u + k * nu, ref->r + k * nu);
  }
  p->q = (traj_series){.data = ref->q, .stride = (size_t)nx};
  p->r = (traj_series){.data = ref->r, .stride = (size_t)nu};
  p->q_N = ref->q_N;
}

static void tracking_cost(void **state) {
  (void)state;
  rng r = rng_from(env_seed("linear_quadratic tracking", 20240302));
  double worst = 0;
  for (int round = 0, rounds = env_rounds(200, 10); round < rounds; round++) {
    lq_kind kind = lq_even_kind(&r, MAX_NX, MAX_NU, MAX_N);
    kind.varying = kind.cross = false;
    lq instance = lq_draw(&r, &kind);
    traj_lqr_problem *p = &instance.problem;
    reference ref;
    draw_reference(&r, p, &ref);
    traj_tracking tracking = {.nx = p->nx, .nu = p->nu, .weights = TRAJ_FULL, .Q = lq_at(p->Q, 0)};
    tracking.R = lq_at(p->R, 0);
    tracking.Qf = p->Q_N;
    tracking.x_ref = ref.x;
    tracking.x_stride = p->nx;
    tracking.u_ref = ref.u;
    tracking.u_stride = p->nu;
    traj_problem problem = lq_hooks(p);
    problem.cost = traj_tracking_cost(&tracking);
    const manner how = {round % 2 ? TRAJ_DDP : TRAJ_ILQR, round / 2 % 2 ? TRAJ_LINALG_BUILTIN : TRAJ_LINALG_OPENBLAS,
                        round % 3 ? NULL : &r};
    double error = check(&problem, p, instance.x0, ref.constant, how);
    if (!(error <= 1)) {
      lq_print(&kind);
      fail_msg("error %.2g of what is allowed", error);
    }
    worst = fmax(worst, error);
    lq_free(&instance);
  }
  print_message("largest error: %.2g of what is allowed\n", worst);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(own_quadratic_cost),
      cmocka_unit_test(tracking_cost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
