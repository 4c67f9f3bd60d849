/* The model's own derivatives, where the hook stands: of step or of ode, from the hook or by finite differences. */
#ifndef TJ_CORE_MODEL_H
#define TJ_CORE_MODEL_H

#include "core/differences.h"
#include "core/world.h"

/* Where step or ode is differentiated: the point of the stage (tj_point), as the hooks are told; and, of a stage that
 * was rolled out, f(x, u), without which a step has no derivatives, and where the ode was evaluated on the way, without
 * which an ode has none (each nullable where the other serves). x_next stands between: of u and points side by side,
 * just stored, compilers read both at once, and the CPU waits. */
typedef struct tj_site {
  traj_point at;
  const double *x_next;
  const double *points;
} tj_site;

/* dx/dt (nx) of the ode. slope leaves to its caller what ode does besides: that the output is found finite; the caller
 * may know nx when compiling. */
static inline int tj_model_slope(tj_world *world, int nx, const traj_point *at, double *dxdt) {
  const traj_model *model = &world->problem.model;
  world->calls.dynamics++;
  tj_forget(dxdt, (size_t)nx);
  int code = model->ode(at, dxdt, model->user);
  return tj_world_called(world, code, "model.ode", at->k);
}

int tj_model_ode(tj_world *world, int k, double t, const double *x, const double *u, double *dxdt);

/* x_next (nx) of the step; the caller may know nx when compiling. */
static inline int tj_model_step(tj_world *world, int nx, const traj_point *at, double *x_next) {
  const traj_model *model = &world->problem.model;
  world->calls.dynamics++;
  tj_forget(x_next, (size_t)nx);
  int outcome = tj_world_called(world, model->step(at, x_next, model->user), "model.step", at->k);
  return outcome != TJ_FINE ? outcome : tj_world_written(world, "model.step", "x_next", at->k, x_next, nx, 1, false);
}

/* What the maps of the dynamics need besides the point. */
typedef struct tj_model_ctx {
  const tj_site *site;
  const double *lambda; /* contracted maps only */
  double *next;         /* nx: step model, f at the displaced point */
  double *jac;          /* ndx x (ndx + nu): f or its Jacobians at the displaced point */
  double about;         /* contracted maps: size of the terms that are summed */
} tj_model_ctx;

/* Step (as the displacement of its result from x_next) or ode, lambda' of it, and lambda' [fx fu] (from the jac hook),
 * as maps about the site; ctx must outlive the map. */
tj_map tj_model_map(const tj_world *world, const tj_differences *fd, tj_model_ctx *ctx, const tj_site *site);
tj_map tj_model_contracted_map(const tj_world *world, const tj_differences *fd, tj_model_ctx *ctx, const tj_site *site,
                               const double *lambda);
tj_map tj_model_gradient_map(const tj_world *world, const tj_differences *fd, tj_model_ctx *ctx, const tj_site *site,
                             const double *lambda);

/* [fx fu] of step or ode, ndx x (ndx + nu), from the hook; the caller may know ndx when compiling. */
static inline int tj_model_call_jac(tj_world *world, int ndx, const traj_point *at, double *fz) {
  const traj_model *model = &world->problem.model;
  traj_jac out = {.fx = fz, .fu = fz + ndx * ndx};
  world->calls.jac++;
  return tj_world_called(world, model->jac(at, &out, model->user), "model.jac", at->k);
}

/* The same by differences, and either way. differentiate leaves to its caller what jacobian does besides: that the
 * matrix is forgotten before, and found written after. */
int tj_model_difference(tj_differences *fd, tj_world *world, const tj_site *site, double *fz);

static inline int tj_model_differentiate(tj_differences *fd, tj_world *world, const tj_site *site, double *fz) {
  bool hook = world->problem.model.jac != NULL;
  return hook ? tj_model_call_jac(world, world->problem.model.ndx, &site->at, fz)
              : tj_model_difference(fd, world, site, fz);
}

int tj_model_written(tj_world *world, int k, const double *fz);
int tj_model_jacobian(tj_differences *fd, tj_world *world, const tj_site *site, double *fz);

/* Second derivatives of step or ode contracted with lambda; lower triangles. bend leaves to its caller what hessian
 * does besides: that the matrices are forgotten before, and found written after. */
int tj_model_bend(tj_differences *fd, tj_world *world, const tj_site *site, const double *lambda, traj_quad *out);
int tj_model_bent(tj_world *world, int k, const traj_quad *quad);
int tj_model_hessian(tj_differences *fd, tj_world *world, const tj_site *site, const double *lambda, traj_quad *out);

#endif
