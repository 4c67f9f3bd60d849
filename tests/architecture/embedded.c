/* What a controller without an operating system links: both solvers in memory of the program's own, nothing printed. */
#include "traj/traj.h"

#define STAGES 20

static unsigned char block[1 << 18];

static int pushed_mass(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  dxdt[0] = at->x[1];
  dxdt[1] = at->u[0];
  return 0;
}

/* A parallel hook needs no threads. */
static int one_by_one(traj_job_fn *job, int n, void *arg, void *user) {
  int i;
  (void)user;
  for (i = 0; i < n; i++)
    job(i, 0, arg);
  return 0;
}

static int solve_with_ddp(void) {
  static const double Q[] = {1, 0.1}, R[] = {0.01}, Qf[] = {10, 10}, limit_low[] = {-2}, limit_high[] = {2};
  static const double x0[] = {1, 0};
  static traj_tracking tracking = {.nx = 2, .nu = 1, .Q = Q, .R = R, .Qf = Qf};
  traj_problem problem = {.N = STAGES, .dt = 0.1, .u_min = limit_low, .u_max = limit_high};
  traj_ddp_settings settings;
  traj_ddp *solver;
  double u;

  problem.model.nx = 2;
  problem.model.nu = 1;
  problem.model.ode = pushed_mass;
  problem.cost = traj_tracking_cost(&tracking);
  traj_ddp_defaults(&settings);
  settings.run.workers = 2;
  settings.run.parallel = one_by_one;
  if (traj_ddp_init(&solver, block, sizeof block, &problem, &settings, NULL) != TRAJ_OK) return 1;
  if (traj_ddp_guess(solver, NULL) != TRAJ_OK) return 2;
  if (traj_ddp_solve(solver, 0, x0) != TRAJ_OK) return 3;
  if (traj_plan_action(traj_ddp_plan(solver), 0, x0, &u, NULL) != TRAJ_OK) return 4;
  if (traj_ddp_shift(solver, 1) != TRAJ_OK) return 5;
  traj_ddp_destroy(solver);
  return 0;
}

static int solve_with_lqr(void) {
  static const double A[] = {1, 0, 0.1, 1}, B[] = {0.005, 0.1}, Q[] = {1, 0, 0, 1}, R[] = {0.1}, x0[] = {1, 0};
  traj_lqr_problem problem = {.nx = 2, .nu = 1, .N = STAGES, .Q_N = Q};
  traj_lqr *solver;

  problem.A.data = A;
  problem.B.data = B;
  problem.Q.data = Q;
  problem.R.data = R;
  if (traj_lqr_init(&solver, block, sizeof block, &problem, NULL) != TRAJ_OK) return 11;
  if (traj_lqr_factor(solver, NULL) != TRAJ_OK) return 12;
  if (traj_lqr_solve(solver, 0, x0) != TRAJ_OK) return 13;
  traj_lqr_destroy(solver);
  return 0;
}

int main(void) {
  int where = solve_with_ddp();
  return where != 0 ? where : solve_with_lqr();
}
