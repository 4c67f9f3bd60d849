#include "core/integrator.h"

#include <string.h>

#include "core/model.h"
#include "linalg/dense.h"
#include "linalg/order.h"

static const tj_method *method_of(traj_integrator integrator) {
  static const tj_method euler = {1, {0}, {1}}, midpoint = {2, {0, 0.5}, {0, 1}};
  static const tj_method rk4 = {4, {0, 0.5, 0.5, 1}, {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6}};
  return integrator == TRAJ_EULER ? &euler : (integrator == TRAJ_MIDPOINT ? &midpoint : &rk4);
}

tj_integrator tj_integrator_layout(tj_arena *arena, const tj_world *world) {
  size_t nx = (size_t)world->shape.nx, nu = (size_t)world->shape.nu;
  return (tj_integrator){
      .slope = tj_arena_doubles(arena, nx, 1),
      .kappa = tj_arena_doubles(arena, nx, 1),
      .through = tj_arena_doubles(arena, nx, 1),
      .adjoint = tj_arena_doubles(arena, nx, 1),
      .grown = tj_arena_doubles(arena, nx, 1),
      .wxx = tj_arena_doubles(arena, nx, nx),
      .wuu = tj_arena_doubles(arena, nu, nu),
      .wux = tj_arena_doubles(arena, nu, nx),
      .work = tj_arena_doubles(arena, tj_curve_work_doubles(world->shape.nx, world->shape.nu), 1),
      .H = tj_arena_doubles(arena, tj_curve_doubles(world->shape.nx, world->shape.nu), 1),
  };
}

int tj_integrator_points(const traj_model *model) {
  return method_of(model->integrator)->n * (model->substeps == 0 ? 1 : model->substeps);
}

/* The tape: [fx fu] of each evaluation, room for a vector, the derivative of each point and of the state after all. */
static size_t slope_doubles(const traj_model *model) {
  return (size_t)model->nx * (size_t)(model->nx + model->nu);
}

static size_t point_doubles(const traj_model *model) {
  return (size_t)tj_pad(model->nx) * (size_t)(model->nx + model->nu);
}

static size_t points_at(const traj_model *model) {
  return (size_t)tj_integrator_points(model) * slope_doubles(model) + (size_t)tj_pad(1);
}

size_t tj_integrator_tape_doubles(const traj_model *model) {
  return points_at(model) + ((size_t)tj_integrator_points(model) + 1) * point_doubles(model);
}

/* Each evaluation and what the tape has besides, on a manifold too, are less than two padded matrices each. */
bool tj_integrator_fits(const traj_model *model, size_t bytes) {
  size_t matrix = ((size_t)model->nx + 8) * (size_t)(model->nx + model->nu);
  return bytes / sizeof(double) / (2 * matrix) > (size_t)tj_integrator_points(model) + 1;
}

/* out = a x + b y; out may be x or y. */
static void combine(int n, double a, const double *x, double b, const double *y, double *out) {
  for (int i = 0; i < n; i++)
    out[i] = a * x[i] + b * y[i];
}

/* out = x + b y; false if that is not finite. */
static bool displace(int n, const double *x, double b, const double *y, double *out) {
  double sum = 0; /* of zeros, as in tj_all_finite */
  for (int i = 0; i < n; i++) {
    out[i] = x[i] + b * y[i];
    sum += out[i] * 0.0;
  }
  return sum == 0;
}

/* Length of a substep of stage k. */
static double substep(const tj_world *world, int k) {
  return world->dt[k] / world->problem.model.substeps;
}

/* (I1) The first point of a substep is its start, so that x_next may grow in place. The ode is not asked about points
 * that have overflowed. */
int tj_integrator_step(tj_integrator *in, tj_world *world, int k, const double *x, const double *u, double *points,
                       double *x_next) {
  const tj_method *rk = method_of(world->problem.model.integrator);
  int nx = world->shape.nx;
  double h = substep(world, k), *point = points;
  for (int s = 0; s < world->problem.model.substeps; s++) {
    double t = world->t[k] + s * h;
    const double *start = point;
    memcpy(point, s == 0 ? x : x_next, (size_t)nx * sizeof(double));
    for (int i = 0; i < rk->n; i++, point += nx) {
      if (i > 0 && !displace(nx, start, h * rk->a[i], in->slope, point)) {
        return tj_world_written(world, "model.ode", "dxdt", k, point, nx, 1, false);
      }
      int outcome = tj_model_ode(world, k, t + rk->a[i] * h, point, u, in->slope);
      if (outcome != TJ_FINE) return outcome;
      combine(nx, 1, i == 0 ? start : x_next, h * rk->b[i], in->slope, x_next);
    }
    int outcome = tj_world_written(world, "model.ode", "dxdt", k, x_next, nx, 1, false);
    if (outcome != TJ_FINE) return outcome;
  }
  return TJ_FINE;
}

/* The derivatives of the ode at each point, to the tape. */
static int differentiate_points(tj_differences *fd, tj_world *world, const tj_method *rk, double h, int k,
                                const double *u, const double *points, double *tape) {
  const traj_model *model = &world->problem.model;
  tj_forget(tape, (size_t)tj_integrator_points(model) * slope_doubles(model));
  for (int s = 0; s < model->substeps; s++) {
    double t = world->t[k] + s * h;
    for (int i = 0; i < rk->n; i++, points += model->nx, tape += slope_doubles(model)) {
      tj_site site = {.k = k, .t = t + rk->a[i] * h, .x = points, .u = u};
      int outcome = tj_model_differentiate(fd, world, &site, tape);
      if (outcome != TJ_FINE) return outcome;
    }
  }
  return TJ_FINE;
}

/* Columns without their padding. */
static void tighten(int rows, int cols, const double *restrict padded, double *restrict out) {
  int column = tj_pad(rows);
  if (column == rows) {
    memcpy(out, padded, (size_t)rows * (size_t)cols * sizeof(double));
    return;
  }
  for (int j = 0; j < cols; j++) {
    for (int i = 0; i < rows; i++)
      out[i + j * rows] = padded[i + j * column];
  }
}

int tj_integrator_jacobian(tj_differences *fd, tj_world *world, int k, const double *u, const double *points,
                           double *tape, double *fz) {
  const traj_model *model = &world->problem.model;
  const tj_method *rk = method_of(model->integrator);
  int nx = model->nx, nu = model->nu, column = tj_pad(nx);
  double h = substep(world, k);
  int outcome = differentiate_points(fd, world, rk, h, k, u, points, tape);
  if (outcome != TJ_FINE) return outcome;
  double *point = tape + points_at(model);
  memset(point, 0, point_doubles(model) * sizeof(double));
  for (int i = 0; i < nx; i++)
    point[i + i * column] = 1;
  const double *slopes = tape;
  for (int s = 0; s < model->substeps; s++) {
    double *after = point + (size_t)rk->n * point_doubles(model);
    tj_chain(rk, h, nx, nu, s == 0, slopes, point, after);
    slopes += (size_t)rk->n * slope_doubles(model);
    point = after;
  }
  tighten(nx, nx + nu, point, fz);
  return TJ_FINE;
}

int tj_integrator_written(tj_world *world, int k, const double *tape, const double *fz) {
  const traj_model *model = &world->problem.model;
  for (int i = 0; i < tj_integrator_points(model); i++) {
    int outcome = tj_model_written(world, k, tape + (size_t)i * slope_doubles(model));
    if (outcome != TJ_FINE) return outcome;
  }
  return tj_model_written(world, k, fz);
}

/* The Hessian H of the sum, and from its rows to columns, lower triangles only. */
static void write_hessian(int nx, int nu, const double *H, const traj_quad *out) {
  int row = tj_pad(nx + nu);
  for (int j = 0; j < nx; j++) {
    for (int i = j; i < nx; i++)
      out->lxx[i + j * nx] = H[i + j * row];
    for (int i = 0; i < nu; i++)
      out->lux[i + j * nu] = H[nx + i + j * row];
  }
  const double *uu = H + nx * row + nx;
  for (int j = 0; j < nu; j++) {
    for (int i = j; i < nu; i++)
      out->luu[i + j * nu] = 0.5 * (uu[i + j * row] + uu[j + i * row]);
  }
}

/* What the adjoint recursion carries through the evaluations of a substep, the last first. */
static void pass_back(int nx, const double *fx, const double *kappa, double *through, double *grown) {
  memset(through, 0, (size_t)nx * sizeof(double));
  tj_add_apply_t(nx, nx, 1, fx, kappa, through);
  combine(nx, 1, grown, 1, through, grown);
}

int tj_integrator_hessian(tj_integrator *in, tj_differences *fd, tj_world *world, int k, const double *u,
                          const double *points, const double *tape, const double *lambda, traj_quad *out) {
  const traj_model *model = &world->problem.model;
  const tj_method *rk = method_of(model->integrator);
  int nx = model->nx, nu = model->nu;
  size_t n = (size_t)nx, bytes = n * sizeof(double);
  traj_quad w = {.lxx = in->wxx, .luu = in->wuu, .lux = in->wux};
  memset(in->H, 0, (size_t)(nx + nu) * (size_t)tj_pad(nx + nu) * sizeof(double));
  memcpy(in->adjoint, lambda, bytes);
  memcpy(in->grown, lambda, bytes);
  double h = substep(world, k);
  for (int s = model->substeps - 1; s >= 0; s--) {
    double t = world->t[k] + s * h;
    memset(in->through, 0, bytes);
    for (int i = rk->n - 1; i >= 0; i--) {
      size_t at = (size_t)s * (size_t)rk->n + (size_t)i;
      /* (I3) kappa_i = h b_i lambda + h a_{i+1} fx_{i+1}' kappa_{i+1} */
      double before = i + 1 < rk->n ? h * rk->a[i + 1] : 0;
      combine(nx, h * rk->b[i], in->adjoint, before, in->through, in->kappa);
      tj_site site = {.k = k, .t = t + rk->a[i] * h, .x = points + at * n, .u = u};
      int outcome = tj_model_hessian(fd, world, &site, in->kappa, &w);
      if (outcome != TJ_FINE) return outcome;
      tj_curve(nx, nu, at == 0, w.lxx, w.luu, w.lux, tape + points_at(model) + at * point_doubles(model), in->work,
               in->H);
      if (at > 0) pass_back(nx, tape + at * slope_doubles(model), in->kappa, in->through, in->grown);
    }
    memcpy(in->adjoint, in->grown, bytes);
  }
  write_hessian(nx, nu, in->H, out);
  return TJ_FINE;
}
