/* A small user of every part of an installed traj; valid as C99 and as C++11. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "traj/extra.h"
#include "traj/traj.h"

static int expect(int held, const char *what) {
  if (!held) fprintf(stderr, "consumer: %s\n", what);
  return held ? 0 : 1;
}

static int pushed_mass(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  dxdt[0] = at->x[1];
  dxdt[1] = at->u[0];
  return 0;
}

static int solve(void) {
  static const double Q[] = {1, 0.1}, R[] = {0.01}, x0[] = {1, 0};
  traj_tracking tracking;
  traj_problem problem;
  traj_ddp_settings settings;
  traj_pool *pool = NULL;
  traj_ddp *solver = NULL;
  traj_status status;
  int failures;

  memset(&tracking, 0, sizeof tracking);
  tracking.nx = 2;
  tracking.nu = 1;
  tracking.Q = Q;
  tracking.R = R;
  tracking.Qf = Q;
  memset(&problem, 0, sizeof problem);
  problem.N = 20;
  problem.dt = 0.1;
  problem.model.nx = 2;
  problem.model.nu = 1;
  problem.model.ode = pushed_mass;
  problem.cost = traj_tracking_cost(&tracking);

  status = traj_pool_create(&pool, 2);
  if (status != TRAJ_OK) return expect(0, traj_status_text(status));
  traj_ddp_defaults(&settings);
  settings.run.workers = 2;
  settings.run.parallel = traj_pool_run;
  settings.run.parallel_user = pool;
  status = traj_ddp_create(&solver, traj_heap(), &problem, &settings, NULL);
  if (status != TRAJ_OK) return expect(0, traj_status_text(status));
  status = traj_ddp_solve(solver, 0, x0);
  failures = expect(status == TRAJ_OK, traj_status_text(status));
  failures += expect(failures == 0 && isfinite(traj_ddp_plan(solver)->cost), "the plan has no cost");
  traj_ddp_destroy(solver);
  traj_pool_destroy(pool);
  return failures;
}

int main(void) {
  char version[32];
  snprintf(version, sizeof version, "%d.%d.%d", TRAJ_VERSION_MAJOR, TRAJ_VERSION_MINOR, TRAJ_VERSION_PATCH);
  return expect(strcmp(version, traj_version()) == 0, "headers and library differ in version") + solve();
}
