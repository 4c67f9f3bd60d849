#include "core/integrator.h"

#include <string.h>

#include "core/model.h"
#include "linalg/dense.h"

/* Explicit methods in which each evaluation depends on the one before only:
 * x_i = x + h a_i s_{i-1}, s_i = f(t + a_i h, x_i, u), x+ = x + h sum b_i s_i (I1). */
typedef struct method {
  int n;
  double a[4], b[4];
} method;

static method method_of(traj_integrator integrator) {
  switch (integrator) {
    case TRAJ_EULER:
      return (method){1, {0}, {1}};
    case TRAJ_MIDPOINT:
      return (method){2, {0, 0.5}, {0, 1}};
    case TRAJ_RK4:
      break;
  }
  return (method){4, {0, 0.5, 0.5, 1}, {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6}};
}

tj_integrator tj_integrator_layout(tj_arena *arena, const tj_world *world) {
  size_t nx = (size_t)world->shape.nx, nu = (size_t)world->shape.nu, nz = nx + nu;
  return (tj_integrator){
      .slope = tj_arena_doubles(arena, nx, 1),
      .x_by_z = tj_arena_doubles(arena, nx, nz),
      .slope_by_z = tj_arena_doubles(arena, nx, nz),
      .gain_by_z = tj_arena_doubles(arena, nx, nz),
      .kappa = tj_arena_doubles(arena, nx, 2),
      .adjoint = tj_arena_doubles(arena, nx, 2),
      .wxx = tj_arena_doubles(arena, nx, nx),
      .wuu = tj_arena_doubles(arena, nu, nu),
      .wux = tj_arena_doubles(arena, nu, nx),
      .right = tj_arena_doubles(arena, nx, nz),
      .right_u = tj_arena_doubles(arena, nu, nz),
      .z_by_x = tj_arena_doubles(arena, nz, nx),
      .H = tj_arena_doubles(arena, nz, nz),
  };
}

int tj_integrator_points(const traj_model *model) {
  return method_of(model->integrator).n * (model->substeps == 0 ? 1 : model->substeps);
}

/* One evaluation's part of the tape: fx, then the derivative of the point. */
static size_t tape_stride(const traj_model *model) {
  size_t nx = (size_t)model->nx, nu = (size_t)model->nu;
  return nx * (nx + nx + nu);
}

size_t tj_integrator_tape_doubles(const traj_model *model) {
  return (size_t)tj_integrator_points(model) * tape_stride(model);
}

static void add_scaled(double *restrict y, double a, const double *restrict x, size_t n) {
  for (size_t i = 0; i < n; i++)
    y[i] += a * x[i];
}

/* Start of substep s and length of a substep of stage k. */
static double substep(const tj_world *world, int k, int s, double *h) {
  *h = world->dt[k] / world->problem.model.substeps;
  return world->t[k] + s * *h;
}

int tj_integrator_step(tj_integrator *in, tj_world *world, int k, const double *x, const double *u, double *points,
                       double *x_next) {
  method rk = method_of(world->problem.model.integrator);
  size_t nx = (size_t)world->shape.nx, bytes = nx * sizeof(double);
  const double *start = x;
  for (int s = 0; s < world->problem.model.substeps; s++) {
    double h, t = substep(world, k, s, &h);
    for (int i = 0; i < rk.n; i++) {
      double *point = points + ((size_t)s * (size_t)rk.n + (size_t)i) * nx;
      memcpy(point, start, bytes);
      if (i > 0) add_scaled(point, h * rk.a[i], in->slope, nx);
      int outcome = tj_model_ode(world, k, t + rk.a[i] * h, point, u, in->slope);
      if (outcome != TJ_FINE) return outcome;
      /* The first point of the substep is its start: x_next may grow in place from here on. */
      if (i == 0) memmove(x_next, start, bytes);
      if (i == 0) start = points + (size_t)s * (size_t)rk.n * nx;
      add_scaled(x_next, h * rk.b[i], in->slope, nx);
    }
    start = x_next;
  }
  return tj_world_written(world, "model.ode", "dxdt", k, x_next, world->shape.nx, 1, false);
}

/* (I2) One evaluation: its fx and point derivative to the tape, the derivative of its slope to slope_by_z. */
static int differentiate_point(tj_integrator *in, tj_differences *fd, tj_world *world, const tj_site *site,
                               double point_step, bool first, double *tape) {
  int nx = world->shape.nx, nz = nx + world->shape.nu;
  size_t states = (size_t)nx * (size_t)nx, size = (size_t)nx * (size_t)nz;
  double *fx = tape, *point_by_z = tape + states;
  memcpy(point_by_z, in->x_by_z, size * sizeof(double));
  if (point_step != 0) add_scaled(point_by_z, point_step, in->slope_by_z, size);
  int outcome = tj_model_jacobian(fd, world, site, fx, in->slope_by_z + states);
  if (outcome != TJ_FINE) return outcome;
  if (first) { /* the point is the state itself */
    memcpy(in->slope_by_z, fx, states * sizeof(double));
  } else {
    memset(in->slope_by_z, 0, states * sizeof(double));
    tj_add_product(nx, nz, nx, fx, point_by_z, in->slope_by_z);
  }
  return TJ_FINE;
}

int tj_integrator_jacobian(tj_integrator *in, tj_differences *fd, tj_world *world, int k, const double *u,
                           const double *points, double *tape, double *fx, double *fu) {
  method rk = method_of(world->problem.model.integrator);
  int nx = world->shape.nx, nu = world->shape.nu;
  size_t states = (size_t)nx * (size_t)nx, controls = (size_t)nx * (size_t)nu, size = states + controls;
  memset(in->x_by_z, 0, size * sizeof(double));
  for (int i = 0; i < nx; i++)
    in->x_by_z[i + i * nx] = 1;
  for (int s = 0; s < world->problem.model.substeps; s++) {
    double h, t = substep(world, k, s, &h);
    /* What the substep adds is gathered apart, since every point still starts from x_by_z. */
    memset(in->gain_by_z, 0, size * sizeof(double));
    for (int i = 0; i < rk.n; i++) {
      size_t at = (size_t)s * (size_t)rk.n + (size_t)i;
      tj_site site = {.k = k, .t = t + rk.a[i] * h, .x = points + at * (size_t)nx, .u = u};
      double *part = tape + at * tape_stride(&world->problem.model);
      int outcome = differentiate_point(in, fd, world, &site, h * rk.a[i], at == 0, part);
      if (outcome != TJ_FINE) return outcome;
      add_scaled(in->gain_by_z, h * rk.b[i], in->slope_by_z, size);
    }
    add_scaled(in->x_by_z, 1, in->gain_by_z, size);
  }
  memcpy(fx, in->x_by_z, states * sizeof(double));
  memcpy(fu, in->x_by_z + states, controls * sizeof(double));
  const char *hook = world->problem.model.jac == NULL ? "model.ode" : "model.jac";
  int outcome = tj_world_written(world, hook, "fx", k, fx, nx, nx, false);
  return outcome != TJ_FINE ? outcome : tj_world_written(world, hook, "fu", k, fu, nx, nu, false);
}

/* (I4) H += Z' W Z with Z = [dx_i/dz; 0 I], W the contracted second derivatives at the point. */
static void add_point_hessian(tj_integrator *in, tj_shape shape, const double *point_by_z) {
  int nx = shape.nx, nu = shape.nu, nz = nx + nu;
  memset(in->right, 0, (size_t)nx * (size_t)nz * sizeof(double));
  memset(in->right_u, 0, (size_t)nu * (size_t)nz * sizeof(double));
  tj_add_product(nx, nz, nx, in->wxx, point_by_z, in->right);
  tj_add_product(nu, nz, nx, in->wux, point_by_z, in->right_u);
  for (int j = 0; j < nz; j++) {
    for (int i = 0; i < nx; i++)
      in->z_by_x[j + i * nz] = point_by_z[i + j * nx];
  }
  tj_add_product(nz, nz, nx, in->z_by_x, in->right, in->H);
  for (int j = 0; j < nz; j++) {
    for (int i = 0; i < nu; i++) {
      in->H[nx + i + j * nz] += in->right_u[i + j * nu];
      in->H[j + (nx + i) * nz] += in->right_u[i + j * nu];
    }
  }
  for (int j = 0; j < nu; j++)
    add_scaled(in->H + nx + (nx + j) * nz, 1, in->wuu + j * nu, (size_t)nu);
}

/* Completes the upper triangle, which hooks need not agree on. */
static void mirror(double *a, int n) {
  for (int j = 0; j < n; j++) {
    for (int i = j + 1; i < n; i++)
      a[j + i * n] = a[i + j * n];
  }
}

int tj_integrator_hessian(tj_integrator *in, tj_differences *fd, tj_world *world, int k, const double *u,
                          const double *points, const double *tape, const double *lambda, traj_quad *out) {
  method rk = method_of(world->problem.model.integrator);
  int nx = world->shape.nx, nz = nx + world->shape.nu;
  double *adjoint = in->adjoint, *grown = in->adjoint + nx;
  traj_quad w = {.lxx = in->wxx, .luu = in->wuu, .lux = in->wux};
  memset(in->H, 0, (size_t)nz * (size_t)nz * sizeof(double));
  memcpy(adjoint, lambda, (size_t)nx * sizeof(double));
  for (int s = world->problem.model.substeps - 1; s >= 0; s--) {
    double h, t = substep(world, k, s, &h);
    memcpy(grown, adjoint, (size_t)nx * sizeof(double));
    const double *fx_after = NULL;
    for (int i = rk.n - 1; i >= 0; i--) {
      size_t at = (size_t)s * (size_t)rk.n + (size_t)i;
      const double *fx = tape + at * tape_stride(&world->problem.model);
      /* (I3) kappa_i = h b_i lambda + h a_{i+1} fx_{i+1}' kappa_{i+1} */
      double *kappa = in->kappa + (i % 2) * nx;
      memset(kappa, 0, (size_t)nx * sizeof(double));
      add_scaled(kappa, h * rk.b[i], adjoint, (size_t)nx);
      if (fx_after != NULL) tj_add_apply_t(nx, nx, h * rk.a[i + 1], fx_after, in->kappa + (1 - i % 2) * nx, kappa);
      tj_site site = {.k = k, .t = t + rk.a[i] * h, .x = points + at * (size_t)nx, .u = u};
      int outcome = tj_model_hessian(fd, world, &site, kappa, &w);
      if (outcome != TJ_FINE) return outcome;
      mirror(in->wxx, nx);
      mirror(in->wuu, world->shape.nu);
      add_point_hessian(in, world->shape, fx + nx * nx);
      tj_add_apply_t(nx, nx, 1, fx, kappa, grown);
      fx_after = fx;
    }
    memcpy(adjoint, grown, (size_t)nx * sizeof(double));
  }
  tj_split_hessian(world->shape, in->H, out);
  return TJ_FINE;
}
