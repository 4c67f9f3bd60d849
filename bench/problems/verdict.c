#include "problems/verdict.h"

#include <math.h>
#include <stdbool.h>

static bool finite(const double *numbers, int n) {
  for (int i = 0; i < n; ++i)
    if (!isfinite(numbers[i])) return false;
  return true;
}

static bool all_finite(const traj_plan *p) {
  return isfinite(p->cost) && isfinite(p->gap) && finite(p->x, p->nx * (p->N + 1)) && finite(p->u, p->nu * p->N) &&
         finite(p->K, p->nu * p->ndx * p->N) && finite(p->V, p->ndx * p->ndx * (p->N + 1)) &&
         finite(p->v, p->ndx * (p->N + 1));
}

static bool within_limits(const traj_plan *p) {
  for (int i = 0; i < p->nu * p->N; ++i) {
    if (p->u_min && p->u[i] < p->u_min[i]) return false;
    if (p->u_max && p->u[i] > p->u_max[i]) return false;
  }
  return true;
}

const char *bench_verdict(traj_status status, const traj_plan *plan, double guess) {
  if (status < 0) return traj_status_name(status);
  if (!all_finite(plan)) return "a number of the plan is not finite";
  if (!within_limits(plan)) return "a control is beyond its limits";
  if (status == TRAJ_OK && plan->gap != 0) return "converged with a gap";
  if (plan->gap == 0 && plan->cost > guess) return "the plan is worse than its guess";
  return NULL;
}
