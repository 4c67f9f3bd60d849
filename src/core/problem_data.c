#include "core/problem_data.h"

#include <math.h>

#include "base/diag.h"

static traj_status refuse(traj_diag *diag, const char *field, int k, int row, double value) {
  traj_diag found = {.status = TRAJ_E_ARG, .field = field, .k = k, .row = row, .col = -1, .value = value};
  return tj_diag_report(diag, found);
}

/* Limits may be infinite on their own side only, and must not cross. */
static traj_status check_limits(const traj_problem *p, int N, traj_diag *diag) {
  int stages = p->u_stride == 0 ? 1 : N;
  for (int k = 0; k < stages; k++) {
    const double *lower = p->u_min == NULL ? NULL : p->u_min + (size_t)k * (size_t)p->u_stride;
    const double *upper = p->u_max == NULL ? NULL : p->u_max + (size_t)k * (size_t)p->u_stride;
    int where = p->u_stride == 0 ? -1 : k; /* the same for all stages: bound to none */
    for (int i = 0; i < p->model.nu; i++) {
      double lo = lower == NULL ? -HUGE_VAL : lower[i], hi = upper == NULL ? HUGE_VAL : upper[i];
      if (isnan(lo) || lo == HUGE_VAL) return refuse(diag, "u_min", where, i, lo);
      if (isnan(hi) || hi == -HUGE_VAL || hi < lo) return refuse(diag, "u_max", where, i, hi);
    }
  }
  return TRAJ_OK;
}

traj_status tj_problem_check_data(const traj_problem *problem, int N, traj_diag *diag) {
  traj_status status = check_limits(problem, N, diag);
  if (status != TRAJ_OK) return status;
  for (int k = 0; problem->dt_stage != NULL && k < N; k++) {
    double dt = problem->dt_stage[k];
    if (!isfinite(dt) || !(dt > 0)) return refuse(diag, "dt_stage", k, -1, dt);
  }
  const traj_cost *cost = &problem->cost;
  if (cost->check == NULL) return TRAJ_OK;
  traj_diag found = tj_diag_none();
  status = cost->check(problem, N, &found, cost->user);
  if (status == TRAJ_OK) return TRAJ_OK;
  found.status = TRAJ_E_ARG;
  if (found.field == NULL && found.hook == NULL) found.hook = "cost.check"; /* it did not say what it refused */
  return tj_diag_report(diag, found);
}
