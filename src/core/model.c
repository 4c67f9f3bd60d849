#include "core/model.h"

#include <math.h>

int tj_model_ode(tj_world *world, int k, double t, const double *x, const double *u, double *dxdt) {
  traj_point at = {.k = k, .worker = world->worker, .t = t, .x = x, .u = u};
  int outcome = tj_model_slope(world, world->problem.model.nx, &at, dxdt);
  if (outcome != TJ_FINE) return outcome;
  return tj_world_written(world, "model.ode", "dxdt", k, dxdt, world->problem.model.nx, 1, false);
}

/* The ode, or the displacement of the step's result from f(x, u): a function into a vector space. */
static int eval_dynamics(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  tj_model_ctx *ctx = map->ctx;
  if (world->problem.model.ode != NULL) return tj_model_ode(world, map->k, map->t, x, u, out);
  traj_point at = {.k = map->k, .worker = world->worker, .t = map->t, .x = x, .u = u};
  int outcome = tj_model_step(world, world->problem.model.nx, &at, ctx->next);
  return outcome != TJ_FINE ? outcome : tj_difference(world, map->k, ctx->site->x_next, ctx->next, out);
}

static int call_hess(tj_world *world, const tj_site *site, const double *lambda, const traj_quad *out) {
  const traj_model *model = &world->problem.model;
  traj_quad given = {.lxx = out->lxx, .luu = out->luu, .lux = out->lux};
  world->calls.hess++;
  return tj_world_called(world, model->hess(&site->at, lambda, &given, model->user), "model.hess", site->at.k);
}

/* lambda' [fx fu]: its Jacobian is the contracted Hessian. */
static int eval_contracted_gradient(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  tj_model_ctx *ctx = map->ctx;
  int ndx = world->shape.nx, nu = world->shape.nu;
  traj_point at = {.k = map->k, .worker = world->worker, .t = map->t, .x = x, .u = u};
  tj_forget(ctx->jac, (size_t)ndx * (size_t)(ndx + nu));
  int outcome = tj_model_call_jac(world, ndx, &at, ctx->jac);
  if (outcome == TJ_FINE) outcome = tj_model_written(world, map->k, ctx->jac);
  for (int j = 0; outcome == TJ_FINE && j < ndx + nu; j++) {
    out[j] = 0;
    for (int i = 0; i < ndx; i++)
      out[j] += ctx->lambda[i] * ctx->jac[i + j * ndx];
  }
  return outcome;
}

/* lambda' f. */
static int eval_contracted(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  tj_model_ctx *ctx = map->ctx;
  int outcome = eval_dynamics(world, map, x, u, ctx->jac);
  *out = 0;
  for (int i = 0; outcome == TJ_FINE && i < world->shape.nx; i++)
    *out += ctx->lambda[i] * ctx->jac[i];
  return outcome;
}

static tj_map map_about(const tj_site *site, int m) {
  return (tj_map){.m = m, .k = site->at.k, .t = site->at.t, .x = site->at.x, .u = site->at.u};
}

static tj_model_ctx ctx_about(const tj_differences *fd, const tj_site *site, const double *lambda) {
  return (tj_model_ctx){.site = site, .lambda = lambda, .next = fd->next, .jac = fd->jac};
}

tj_map tj_model_map(const tj_world *world, const tj_differences *fd, tj_model_ctx *ctx, const tj_site *site) {
  tj_map map = map_about(site, world->shape.nx);
  *ctx = ctx_about(fd, site, NULL);
  map.eval = eval_dynamics;
  if (world->euclidean) map.about = site->x_next;
  map.ctx = ctx;
  return map;
}

tj_map tj_model_contracted_map(const tj_world *world, const tj_differences *fd, tj_model_ctx *ctx, const tj_site *site,
                               const double *lambda) {
  tj_map map = map_about(site, 1);
  *ctx = ctx_about(fd, site, lambda);
  for (int i = 0; site->x_next != NULL && i < world->shape.nx; i++)
    ctx->about += fabs(lambda[i] * site->x_next[i]);
  map.eval = eval_contracted;
  map.about = &ctx->about;
  map.ctx = ctx;
  return map;
}

tj_map tj_model_gradient_map(const tj_world *world, const tj_differences *fd, tj_model_ctx *ctx, const tj_site *site,
                             const double *lambda) {
  tj_map map = map_about(site, world->shape.nx + world->shape.nu);
  *ctx = ctx_about(fd, site, lambda);
  map.eval = eval_contracted_gradient;
  map.ctx = ctx;
  return map;
}

int tj_model_difference(tj_differences *fd, tj_world *world, const tj_site *site, double *fz) {
  int ndx = world->shape.nx;
  tj_model_ctx ctx;
  tj_map map = tj_model_map(world, fd, &ctx, site);
  return tj_differences_jacobian(fd, world, &map, fz, fz + ndx * ndx);
}

int tj_model_written(tj_world *world, int k, const double *fz) {
  const traj_model *model = &world->problem.model;
  /* Finite numbers may be too far apart for their difference. */
  const char *differenced = model->ode == NULL ? "model.step" : "model.ode";
  return tj_world_jacobian_written(world, model->jac == NULL ? differenced : "model.jac", k, fz, model->ndx);
}

int tj_model_jacobian(tj_differences *fd, tj_world *world, const tj_site *site, double *fz) {
  tj_forget(fz, (size_t)world->shape.nx * (size_t)(world->shape.nx + world->shape.nu));
  int outcome = tj_model_differentiate(fd, world, site, fz);
  return outcome != TJ_FINE ? outcome : tj_model_written(world, site->at.k, fz);
}

int tj_model_bend(tj_differences *fd, tj_world *world, const tj_site *site, const double *lambda, traj_quad *out) {
  const traj_model *model = &world->problem.model;
  if (model->hess != NULL) return call_hess(world, site, lambda, out);
  int ndx = model->ndx, n = ndx + model->nu, outcome;
  tj_model_ctx ctx;
  /* In a curved tangent space the Jacobians at two points live in two spaces, and their difference is no Hessian. */
  if (model->jac != NULL && world->euclidean) {
    tj_map map = tj_model_gradient_map(world, fd, &ctx, site, lambda);
    outcome = tj_differences_jacobian(fd, world, &map, fd->H, fd->H + ndx * n);
  } else {
    tj_map map = tj_model_contracted_map(world, fd, &ctx, site, lambda);
    outcome = tj_differences_hessian(fd, world, &map);
  }
  if (outcome == TJ_FINE) tj_split_hessian(world->shape, fd->H, out);
  return outcome;
}

int tj_model_bent(tj_world *world, int k, const traj_quad *quad) {
  int ndx = world->problem.model.ndx, nu = world->problem.model.nu;
  if (world->problem.model.hess == NULL) return TJ_FINE; /* the differences have looked at what they took */
  int outcome = tj_world_written(world, "model.hess", "lxx", k, quad->lxx, ndx, ndx, true);
  if (outcome == TJ_FINE) outcome = tj_world_written(world, "model.hess", "luu", k, quad->luu, nu, nu, true);
  if (outcome == TJ_FINE) outcome = tj_world_written(world, "model.hess", "lux", k, quad->lux, nu, ndx, false);
  return outcome;
}

int tj_model_hessian(tj_differences *fd, tj_world *world, const tj_site *site, const double *lambda, traj_quad *out) {
  size_t ndx = (size_t)world->problem.model.ndx, nu = (size_t)world->problem.model.nu;
  tj_forget(out->lxx, ndx * ndx);
  tj_forget(out->luu, nu * nu);
  tj_forget(out->lux, nu * ndx);
  int outcome = tj_model_bend(fd, world, site, lambda, out);
  return outcome != TJ_FINE ? outcome : tj_model_bent(world, site->at.k, out);
}
