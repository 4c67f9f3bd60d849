#include "core/space.h"

#include <string.h>

#include "linalg/dense.h"

int tj_space_project(tj_world *world, int k, const double *y, double *out) {
  const traj_model *model = &world->problem.model;
  if (model->project == NULL) {
    memcpy(out, y, (size_t)model->nx * sizeof(double));
    return TJ_FINE;
  }
  world->calls.project++;
  tj_forget(out, (size_t)model->nx);
  int outcome = tj_world_called(world, model->project(y, out, world->space_user), "model.project", k);
  return outcome != TJ_FINE ? outcome : tj_world_written(world, "model.project", "out", k, out, model->nx, 1, false);
}

static double contract(int n, const double *w, const double *a) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += w[i] * a[i];
  return sum;
}

/* The point of evaluation is the displaced state itself. */
static int eval_retract(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  const tj_space_ctx *ctx = map->ctx;
  int nx = world->problem.model.nx;
  (void)u;
  if (ctx->w == NULL) {
    memcpy(out, x, (size_t)nx * sizeof(double));
  } else {
    *out = contract(nx, ctx->w, x);
  }
  return TJ_FINE;
}

static int eval_difference(tj_world *ambient, const tj_map *map, const double *x, const double *u, double *out) {
  const tj_space_ctx *ctx = map->ctx;
  tj_world *world = ctx->world;
  double *difference = ctx->w == NULL ? out : ctx->out;
  (void)ambient;
  (void)u;
  int outcome = tj_space_project(world, map->k, x, ctx->next);
  if (outcome == TJ_FINE) outcome = tj_difference(world, map->k, ctx->site->end, ctx->next, difference);
  if (outcome == TJ_FINE && ctx->w != NULL) *out = contract(world->shape.nx, ctx->w, difference);
  return outcome;
}

static tj_space_ctx ctx_about(tj_world *world, const tj_differences *fd, const tj_space_site *site, const double *w) {
  return (tj_space_ctx){.world = world, .site = site, .w = w, .next = fd->next, .out = fd->jac};
}

tj_map tj_space_retract_map(tj_world *world, const tj_differences *fd, tj_space_ctx *ctx, const tj_space_site *site,
                            const double *w) {
  *ctx = ctx_about(world, fd, site, w);
  return (tj_map){.eval = eval_retract,
                  .m = w == NULL ? world->problem.model.nx : 1,
                  .k = site->k,
                  .t = world->t[site->k],
                  .x = site->x,
                  .ctx = ctx};
}

tj_map tj_space_difference_map(tj_world *world, const tj_differences *fd, tj_space_ctx *ctx, const tj_space_site *site,
                               const double *w) {
  *ctx = ctx_about(world, fd, site, w);
  return (tj_map){.eval = eval_difference,
                  .m = w == NULL ? world->shape.nx : 1,
                  .k = site->k,
                  .t = world->t[site->k],
                  .x = site->y,
                  .ctx = ctx};
}

/* A hook's derivatives of rows outputs by n coordinates. */
static int call(tj_world *world, traj_tangent_fn *hook, const char *name, int k, int rows, int n, const double *x,
                const double *w, double *jac, double *hess) {
  size_t square = (size_t)n * (size_t)n;
  world->calls.tangent++;
  tj_forget(jac, (size_t)rows * (size_t)n);
  if (hess != NULL) tj_forget(hess, square);
  int outcome = tj_world_called(world, hook(x, hess == NULL ? NULL : w, jac, hess, world->space_user), name, k);
  if (outcome == TJ_FINE) outcome = tj_world_written(world, name, "jac", k, jac, rows, n, false);
  if (outcome != TJ_FINE || hess == NULL) return outcome;
  outcome = tj_world_written(world, name, "hess", k, hess, n, n, true);
  tj_mirror(n, hess);
  return outcome;
}

/* The same by differences, in the world of the map's coordinates: hess, or else jac. */
static int difference(tj_differences *fd, tj_world *world, const tj_map *first, const tj_map *second, double *jac,
                      double *hess) {
  tj_differences central = tj_differences_central(fd);
  if (hess == NULL) return tj_differences_jacobian(&central, world, first, jac, NULL);
  int outcome = tj_differences_hessian(&central, world, second);
  memcpy(hess, fd->H, (size_t)world->shape.nx * (size_t)world->shape.nx * sizeof(double));
  return outcome;
}

/* Finite numbers may be too far apart for their difference. */
static int differences_written(tj_world *world, const char *name, int k, int rows, int n, const double *jac,
                               const double *hess) {
  if (hess == NULL) return tj_world_written(world, name, "out", k, jac, rows, n, false);
  return tj_world_written(world, name, "out", k, hess, n, n, false);
}

int tj_space_retract_derivatives(tj_differences *fd, tj_world *world, const tj_space_site *site, const double *w,
                                 double *jac, double *hess) {
  const traj_model *model = &world->problem.model;
  int nx = model->nx, ndx = world->shape.nx;
  traj_tangent_fn *hook = model->retract_derivatives;
  if (hook != NULL) return call(world, hook, "model.retract_derivatives", site->k, nx, ndx, site->x, w, jac, hess);
  tj_space_ctx plain, contracted;
  tj_map first = tj_space_retract_map(world, fd, &plain, site, NULL);
  tj_map second = tj_space_retract_map(world, fd, &contracted, site, w);
  int outcome = difference(fd, world, &first, &second, jac, hess);
  return outcome != TJ_FINE ? outcome : differences_written(world, "model.retract", site->k, nx, ndx, jac, hess);
}

int tj_space_difference_derivatives(tj_differences *fd, tj_world *world, tj_world *ambient, const tj_space_site *site,
                                    const double *w, double *jac, double *hess) {
  const traj_model *model = &world->problem.model;
  int nx = model->nx, ndx = world->shape.nx;
  traj_tangent_fn *hook = model->difference_derivatives;
  if (hook != NULL) return call(world, hook, "model.difference_derivatives", site->k, ndx, nx, site->y, w, jac, hess);
  tj_space_ctx plain, contracted;
  tj_map first = tj_space_difference_map(world, fd, &plain, site, NULL);
  tj_map second = tj_space_difference_map(world, fd, &contracted, site, w);
  int outcome = difference(fd, ambient, &first, &second, jac, hess);
  return outcome != TJ_FINE ? outcome : differences_written(world, "model.difference", site->k, ndx, nx, jac, hess);
}
