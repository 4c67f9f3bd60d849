#include "core/world.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "base/diag.h"
#include "core/problem_check.h"
#include "core/problem_data.h"

/* The hooks of the ready-made space. */
static void live_on_parts(tj_world *world) {
  traj_model *model = &world->problem.model;
  model->retract = traj_manifold_retract;
  model->difference = traj_manifold_difference;
  model->project = traj_manifold_project;
  model->retract_derivatives = traj_manifold_retract_derivatives;
  model->difference_derivatives = traj_manifold_difference_derivatives;
  world->space_user = (void *)(uintptr_t)model->parts; /* hooks take what is theirs as not const */
}

tj_world tj_world_layout(tj_arena *arena, const traj_problem *problem) {
  size_t N = (size_t)problem->N, nu = (size_t)problem->model.nu;
  bool limited = problem->u_min != NULL || problem->u_max != NULL;
  tj_world world = {
      .problem = *problem,
      .shape = {.nx = tj_model_ndx(&problem->model), .nu = problem->model.nu},
      .N = problem->N,
      .euclidean = problem->model.retract == NULL && problem->model.parts == NULL,
      .space_user = problem->model.user,
      .t = tj_arena_doubles(arena, N + 1, 1),
      .dt = tj_arena_doubles(arena, N, 1),
      .u_min = limited ? tj_arena_doubles(arena, nu, N) : NULL,
      .u_max = limited ? tj_arena_doubles(arena, nu, N) : NULL,
      .diag = tj_diag_none(),
  };
  world.problem.model.ndx = world.shape.nx;
  if (problem->model.parts != NULL) live_on_parts(&world);
  if (world.problem.model.substeps == 0) world.problem.model.substeps = 1;
  return world;
}

static void read_times(tj_world *world, double t0) {
  const double *dt_stage = world->problem.dt_stage;
  double elapsed = 0;
  for (int k = 0; k < world->N; k++) {
    world->dt[k] = dt_stage == NULL ? world->problem.dt : dt_stage[k];
    /* Uniform steps are multiplied: an accumulated sum would drift. */
    world->t[k] = t0 + (dt_stage == NULL ? k * world->problem.dt : elapsed);
    elapsed += world->dt[k];
  }
  world->t[world->N] = t0 + (dt_stage == NULL ? world->N * world->problem.dt : elapsed);
}

static void read_limits(tj_world *world) {
  const traj_problem *p = &world->problem;
  size_t nu = (size_t)world->shape.nu;
  for (size_t k = 0; k < (size_t)world->N; k++) {
    for (size_t i = 0; i < nu; i++) {
      size_t from = k * (size_t)p->u_stride + i, to = k * nu + i;
      world->u_min[to] = p->u_min == NULL ? -HUGE_VAL : p->u_min[from];
      world->u_max[to] = p->u_max == NULL ? HUGE_VAL : p->u_max[from];
    }
  }
}

traj_status tj_world_prepare(tj_world *world, double t0) {
  world->diag = tj_diag_none();
  memset(&world->calls, 0, sizeof(world->calls));
  if (!isfinite(t0)) return tj_diag_report(&world->diag, tj_diag_field(TRAJ_E_ARG, "t0", t0));
  traj_status status = tj_problem_check_data(&world->problem, world->N, &world->diag);
  if (status != TRAJ_OK) return status;
  read_times(world, t0);
  size_t stages = (size_t)world->N + 1, at = tj_first_not_finite(world->t, stages);
  if (at < stages) {
    world->diag = tj_diag_field(TRAJ_E_ARG, "t0", t0); /* finite itself, but not with the stages added */
    world->diag.k = (int)at;
    return TRAJ_E_ARG;
  }
  if (world->u_min != NULL) read_limits(world);
  return TRAJ_OK;
}

traj_status tj_world_check_state(tj_world *world, const double *x0) {
  if (x0 == NULL) return tj_diag_report(&world->diag, tj_diag_field(TRAJ_E_ARG, "x0", 0));
  size_t nx = (size_t)world->problem.model.nx, at = tj_first_not_finite(x0, nx);
  if (at == nx) return TRAJ_OK;
  traj_diag found = tj_diag_field(TRAJ_E_ARG, "x0", x0[at]);
  found.row = (int)at;
  return tj_diag_report(&world->diag, found);
}

int tj_world_refused(tj_world *world, int code, const char *hook, int k) {
  world->diag = (traj_diag){.status = TRAJ_E_CALLBACK, .hook = hook, .k = k, .row = -1, .col = -1, .value = code};
  return code > 0 ? TJ_UNDEFINED : TRAJ_E_CALLBACK;
}

int tj_world_blame(tj_world *world, const char *hook, const char *field, int k, const double *a, int rows, int cols,
                   bool lower) {
  int row, col;
  if (!tj_matrix_not_finite(a, rows, cols, lower, &row, &col)) return TJ_FINE;
  world->diag = (traj_diag){.status = TRAJ_E_NOT_FINITE,
                            .field = field,
                            .hook = hook,
                            .k = k,
                            .row = row,
                            .col = cols == 1 ? -1 : col,
                            .value = a[(size_t)col * (size_t)rows + (size_t)row]};
  return TJ_UNDEFINED;
}

int tj_world_jacobian_written(tj_world *world, const char *hook, int k, const double *fz, int rows) {
  int ndx = world->shape.nx, nu = world->shape.nu;
  if (tj_all_finite(fz, (size_t)rows * (size_t)(ndx + nu))) return TJ_FINE;
  int outcome = tj_world_written(world, hook, "fx", k, fz, rows, ndx, false);
  return outcome != TJ_FINE ? outcome : tj_world_written(world, hook, "fu", k, fz + rows * ndx, rows, nu, false);
}

int tj_retract(tj_world *world, int k, const double *x, const double *dx, double *out) {
  const traj_model *model = &world->problem.model;
  if (world->euclidean) {
    for (int i = 0; i < model->nx; i++)
      out[i] = x[i] + dx[i];
    return TJ_FINE;
  }
  world->calls.retract++;
  tj_forget(out, (size_t)model->nx);
  int outcome = tj_world_called(world, model->retract(x, dx, out, world->space_user), "model.retract", k);
  return outcome != TJ_FINE ? outcome : tj_world_written(world, "model.retract", "out", k, out, model->nx, 1, false);
}

int tj_call_difference(tj_world *world, int k, const double *a, const double *b, double *out) {
  const traj_model *model = &world->problem.model;
  world->calls.difference++;
  tj_forget(out, (size_t)model->ndx);
  int outcome = tj_world_called(world, model->difference(a, b, out, world->space_user), "model.difference", k);
  return outcome != TJ_FINE ? outcome
                            : tj_world_written(world, "model.difference", "out", k, out, model->ndx, 1, false);
}

tj_world tj_world_ambient(const tj_world *world) {
  tj_world ambient = *world;
  traj_model *model = &ambient.problem.model;
  if (world->euclidean || model->ode == NULL) return ambient;
  model->retract = NULL;
  model->difference = NULL;
  model->ndx = ambient.shape.nx = model->nx;
  ambient.euclidean = true;
  return ambient;
}
