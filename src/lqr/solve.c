/* Trajectories and costs under the policy. */
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "linalg/dense.h"
#include "lqr/solver.h"

static double dot(int n, const double *a, const double *b) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

/* Runs the policy from x0 along path; returns the cost. */
static double run(traj_lqr *s, double t0, const double *x0, tj_lqr_path path) {
  size_t nx = (size_t)s->problem.nx, nu = (size_t)s->problem.nu;
  const tj_kernel *kernel = &s->riccati.kernel;
  double dt = s->problem.dt > 0 ? s->problem.dt : 1, cost = 0;
  int N = s->problem.N;
  memcpy(path.x, x0, nx * sizeof(double));
  for (int k = 0; k <= N; k++) {
    double *x = path.x + (size_t)k * nx, *u = path.u + (size_t)k * nu;
    path.t[k] = t0 + k * dt;
    size_t at = (size_t)k;
    /* The policy's v is the gradient of the value function at x = 0, the plan's is the one at x_k. */
    tj_kernel_gradient(kernel, s->V + at * nx * nx, s->v + at * nx, x, path.v + at * nx);
    if (k == N) break;
    tj_stage_dynamics dynamics = tj_lqr_dynamics(s, k);
    tj_stage_cost stage = tj_lqr_cost(s, k);
    tj_kernel_forward(kernel, &dynamics, s->K + at * nu * nx, s->k + at * nu, x, u, x + nx);
    cost += tj_kernel_cost(kernel, &stage, x, u);
  }
  tj_stage_cost final = {.lxx = tj_lqr_at(s, TJ_LQR_Q_N, 0), .lx = tj_lqr_at(s, TJ_LQR_q_N, 0)};
  return cost + tj_kernel_cost(kernel, &final, path.x + (size_t)N * nx, NULL);
}

static bool all_finite(const traj_lqr *s, tj_lqr_path path) {
  size_t nx = (size_t)s->problem.nx, nu = (size_t)s->problem.nu, N = (size_t)s->problem.N;
  return tj_all_finite(path.t, N + 1) && tj_all_finite(path.x, nx * (N + 1)) && tj_all_finite(path.u, nu * N) &&
         tj_all_finite(path.v, nx * (N + 1));
}

traj_status traj_lqr_solve(traj_lqr *solver, double t0, const double *x0) {
  if (solver == NULL || x0 == NULL || !isfinite(t0)) return TRAJ_E_ARG;
  if (!tj_all_finite(x0, (size_t)solver->problem.nx)) return TRAJ_E_ARG;
  if (!solver->factored) return TRAJ_E_ORDER;
  tj_lqr_path path = solver->spare;
  double cost = run(solver, t0, x0, path);
  if (!isfinite(cost) || !all_finite(solver, path)) return TRAJ_E_DIVERGED;
  solver->spare = solver->shown;
  solver->shown = path;
  solver->plan = (traj_plan){
      .nx = solver->problem.nx,
      .ndx = solver->problem.nx,
      .nu = solver->problem.nu,
      .N = solver->problem.N,
      .policy_current = 1,
      .cost = cost,
      .t = path.t,
      .x = path.x,
      .u = path.u,
      .K = solver->K,
      .V = solver->V,
      .v = path.v,
  };
  solver->planned = true;
  return TRAJ_OK;
}

const traj_plan *traj_lqr_plan(const traj_lqr *solver) {
  return solver != NULL && solver->planned ? &solver->plan : NULL;
}

traj_status traj_lqr_expected_cost(const traj_lqr *solver, int k, const double *x, double *cost) {
  if (solver == NULL || x == NULL || cost == NULL) return TRAJ_E_ARG;
  int nx = solver->problem.nx;
  if (k < 0 || k > solver->problem.N || !tj_all_finite(x, (size_t)nx)) return TRAJ_E_ARG;
  if (!solver->factored) return TRAJ_E_ORDER;
  size_t n = (size_t)nx, at = (size_t)k;
  double sum = solver->constant[k] + dot(nx, solver->v + at * n, x);
  for (size_t j = 0; j < n; j++)
    sum += 0.5 * x[j] * dot(nx, solver->V + (at * n + j) * n, x);
  if (!isfinite(sum)) return TRAJ_E_DIVERGED;
  *cost = sum;
  return TRAJ_OK;
}
