#include "docs/symptoms/symptoms.h"

#include <math.h>
#include <string.h>

static outcome outcome_of(const char *entry, const char *label, const traj_ddp *solver) {
  outcome o = {.stats = *traj_ddp_get_stats(solver)};
  const traj_plan *plan = traj_ddp_plan(solver);
  assert_row(entry, label, &o.stats);
  if (plan == NULL || o.stats.status < 0) return o;
  memcpy(o.end, plan->x + plan->N * plan->nx, (size_t)(plan->nx < 8 ? plan->nx : 8) * sizeof *o.end);
  for (int i = 0; i < plan->N * plan->nu; i++)
    o.largest = fmax(o.largest, fabs(plan->u[i]));
  for (int k = 0; plan->u_min != NULL && k < plan->N; k++)
    o.at_limit +=
        plan->u[k * plan->nu] == plan->u_min[k * plan->nu] || plan->u[k * plan->nu] == plan->u_max[k * plan->nu];
  return o;
}

attempt attempt_at(traj_problem problem, const double *start) {
  attempt a = {.problem = problem, .start = start};
  traj_ddp_defaults(&a.settings);
  a.settings.method = TRAJ_ILQR;
  return a;
}

static int watch(const traj_iteration *row, void *user) {
  outcome *o = user;
  if (row->predicted > 0) o->worst = fmin(o->worst, row->actual / row->predicted);
  o->short_steps += row->iteration > 0 && row->step < 1;
  return 0;
}

traj_ddp *solver_of(const attempt *a) {
  traj_ddp *solver;
  assert_int_equal(traj_ddp_create(&solver, traj_heap(), &a->problem, &a->settings, NULL), TRAJ_OK);
  return solver;
}

outcome try_out(const char *entry, const char *label, const attempt *a) {
  outcome way = {.worst = INFINITY};
  attempt watched = *a;
  watched.settings.run.iteration = watch;
  watched.settings.run.iteration_user = &way;
  traj_ddp *solver = solver_of(&watched);
  if (a->states != NULL) assert_int_equal(traj_ddp_guess_states(solver, a->states, a->u), TRAJ_OK);
  if (a->states == NULL) assert_int_equal(traj_ddp_guess(solver, a->u), TRAJ_OK);
  outcome o = go_on(entry, label, solver, a->start);
  o.worst = way.worst;
  o.short_steps = way.short_steps;
  traj_ddp_destroy(solver);
  return o;
}

outcome go_on(const char *entry, const char *label, traj_ddp *solver, const double *start) {
  traj_ddp_solve(solver, 0, start);
  return outcome_of(entry, label, solver);
}

traj_status check(const attempt *a, traj_derivative_report *report) {
  double pushes[100];
  assert_in_range(a->problem.N, 1, 100);
  for (int k = 0; k < 100; k++)
    pushes[k] = sin(0.3 * k);
  traj_ddp *solver = solver_of(a);
  assert_int_equal(traj_ddp_guess(solver, pushes), TRAJ_OK);
  const traj_status status = traj_ddp_check_derivatives(solver, 0, a->start, report);
  traj_ddp_destroy(solver);
  return status;
}

int mass(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  dxdt[0] = at->x[1];
  dxdt[1] = at->u[0];
  return 0;
}

int pendulum(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  dxdt[0] = at->x[1];
  dxdt[1] = at->u[0] - 0.1 * at->x[1] - 9.81 * sin(at->x[0]);
  return 0;
}

int pendulum_jac(const traj_point *at, traj_jac *out, void *user) {
  (void)user;
  out->fx[0] = out->fu[0] = 0;
  out->fx[1] = -9.81 * cos(at->x[0]);
  out->fx[2] = out->fu[1] = 1;
  out->fx[3] = -0.1;
  return 0;
}

attempt swing_up(traj_tracking *wishes) {
  static const double hanging[2] = {0, 0}, upright[2] = {3.141592653589793, 0}, R[1] = {0.01}, Qf[2] = {100, 10};
  *wishes = (traj_tracking){.nx = 2, .nu = 1, .R = R, .Qf = Qf, .x_ref = upright};
  return attempt_at(
      (traj_problem){
          .N = 100, .dt = 0.05, .model = {.nx = 2, .nu = 1, .ode = pendulum}, .cost = traj_tracking_cost(wishes)},
      hanging);
}
