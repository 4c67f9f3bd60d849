#include "core/objective.h"

#include <math.h>
#include <string.h>

#include "linalg/dense.h"

/* The hooks of a stage and their names; most are asked for so often that a table of all would be felt. */
static traj_cost_fn *cost_hook(const traj_cost *c, bool final) {
  return final ? c->final : c->stage;
}

static const char *cost_name(bool final) {
  return final ? "cost.final" : "cost.stage";
}

static traj_quad_fn *quad_hook(const traj_cost *c, bool final) {
  return final ? c->final_quad : c->stage_quad;
}

static const char *quad_name(bool final) {
  return final ? "cost.final_quad" : "cost.stage_quad";
}

typedef struct residual_term {
  traj_residual_fn *residual;
  traj_jac_fn *jac;
  int nr;
  const char *name, *jac_name;
} residual_term;

static residual_term residual_of(const traj_cost *c, bool final) {
  if (final) {
    return (residual_term){c->final_residual, c->final_residual_jac, c->nr_final, "cost.final_residual",
                           "cost.final_residual_jac"};
  }
  return (residual_term){c->residual, c->residual_jac, c->nr, "cost.residual", "cost.residual_jac"};
}

int tj_objective_rows(const traj_cost *cost) {
  int nr = cost->residual == NULL ? 0 : cost->nr;
  int nr_final = cost->final_residual == NULL ? 0 : cost->nr_final;
  return nr > nr_final ? nr : nr_final;
}

traj_quad tj_quad_layout(tj_arena *arena, tj_shape shape) {
  size_t ndx = (size_t)shape.nx, nu = (size_t)shape.nu;
  traj_quad quad = {.lxx = tj_arena_doubles(arena, ndx, ndx)};
  quad.lx = tj_arena_doubles(arena, ndx, 1);
  quad.lux = tj_arena_doubles(arena, nu, ndx);
  quad.luu = tj_arena_doubles(arena, nu, nu);
  quad.lu = tj_arena_doubles(arena, nu, 1);
  return quad;
}

tj_objective tj_objective_layout(tj_arena *arena, const tj_world *world) {
  size_t nr = (size_t)tj_objective_rows(&world->problem.cost);
  return (tj_objective){
      .r = tj_arena_doubles(arena, nr, 1),
      .rx = tj_arena_doubles(arena, nr, (size_t)world->shape.nx),
      .ru = tj_arena_doubles(arena, nr, (size_t)world->shape.nu),
  };
}

static int call_residual(tj_world *world, const residual_term *term, const traj_point *at, double *r) {
  world->calls.cost++;
  tj_forget(r, (size_t)term->nr);
  int outcome = tj_world_called(world, term->residual(at, r, world->problem.cost.user), term->name, at->k);
  return outcome != TJ_FINE ? outcome : tj_world_written(world, term->name, "r", at->k, r, term->nr, 1, false);
}

int tj_objective_refused(tj_world *world, int code, const traj_point *at, const double *cost) {
  const char *name = cost_name(at->u == NULL);
  if (code != 0) return tj_world_refused(world, code, name, at->k);
  return tj_world_blame(world, name, "cost", at->k, cost, 1, 1, false);
}

int tj_objective_square(tj_objective *objective, tj_world *world, const traj_point *at, double *cost) {
  residual_term term = residual_of(&world->problem.cost, at->u == NULL);
  *cost = 0;
  if (term.residual == NULL) return TJ_FINE;
  int outcome = call_residual(world, &term, at, objective->r);
  for (int i = 0; outcome == TJ_FINE && i < term.nr; i++)
    *cost += 0.5 * objective->r[i] * objective->r[i];
  return outcome != TJ_FINE ? outcome : tj_world_written(world, term.name, "r", at->k, cost, 1, 1, false);
}

/* Checks the parts of a quad in turn. */
static int quad_written(tj_world *world, const char *hook, int k, const traj_quad *out) {
  int ndx = world->shape.nx, nu = world->shape.nu;
  int outcome = tj_world_written(world, hook, "lx", k, out->lx, ndx, 1, false);
  if (outcome == TJ_FINE) outcome = tj_world_written(world, hook, "lxx", k, out->lxx, ndx, ndx, true);
  if (outcome != TJ_FINE || out->lu == NULL) return outcome;
  outcome = tj_world_written(world, hook, "lu", k, out->lu, nu, 1, false);
  if (outcome == TJ_FINE) outcome = tj_world_written(world, hook, "luu", k, out->luu, nu, nu, true);
  if (outcome == TJ_FINE) outcome = tj_world_written(world, hook, "lux", k, out->lux, nu, ndx, false);
  return outcome;
}

static void forget_quad(tj_shape shape, const traj_quad *out) {
  size_t ndx = (size_t)shape.nx, nu = (size_t)shape.nu;
  tj_forget(out->lx, ndx);
  tj_forget(out->lxx, ndx * ndx);
  if (out->lu == NULL) return;
  tj_forget(out->lu, nu);
  tj_forget(out->luu, nu * nu);
  tj_forget(out->lux, nu * ndx);
}

static int eval_cost(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  const traj_point at = tj_point(world, map->k, x, u);
  return tj_objective_call(world, cost_hook(&world->problem.cost, u == NULL), &at, out);
}

static int eval_gradient(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  const traj_point at = tj_point(world, map->k, x, u);
  traj_quad quad = *(const traj_quad *)map->ctx;
  quad.lx = out;
  if (u != NULL) quad.lu = out + world->shape.nx;
  forget_quad(world->shape, &quad);
  int outcome =
      tj_objective_call_quad(world, quad_hook(&world->problem.cost, u == NULL), quad_name(u == NULL), &at, &quad);
  if (outcome != TJ_FINE) return outcome;
  return quad_written(world, quad_name(u == NULL), map->k, &quad);
}

static int eval_residual(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  const traj_point at = tj_point(world, map->k, x, u);
  residual_term term = residual_of(&world->problem.cost, u == NULL);
  return call_residual(world, &term, &at, out);
}

static tj_map map_about(const tj_world *world, int m, int k, const double *x, const double *u) {
  return (tj_map){.m = m, .k = k, .t = world->t[k], .x = x, .u = u};
}

tj_map tj_objective_cost_map(const tj_world *world, int k, const double *x, const double *u) {
  tj_map map = map_about(world, 1, k, x, u);
  map.eval = eval_cost;
  return map;
}

tj_map tj_objective_gradient_map(const tj_world *world, traj_quad *scratch, int k, const double *x, const double *u) {
  tj_map map = map_about(world, world->shape.nx + (u == NULL ? 0 : world->shape.nu), k, x, u);
  map.eval = eval_gradient;
  map.ctx = scratch;
  return map;
}

tj_map tj_objective_residual_map(const tj_world *world, int k, const double *x, const double *u) {
  tj_map map = map_about(world, residual_of(&world->problem.cost, u == NULL).nr, k, x, u);
  map.eval = eval_residual;
  return map;
}

static int difference_quad(tj_differences *fd, tj_world *world, int k, const double *x, const double *u,
                           traj_quad *out) {
  tj_map map = tj_objective_cost_map(world, k, x, u);
  /* Forward differences would leave a gradient error that no iteration can remove. */
  tj_differences central = tj_differences_central(fd);
  int outcome = tj_differences_jacobian(&central, world, &map, out->lx, out->lu);
  if (outcome == TJ_FINE) outcome = tj_differences_hessian(&central, world, &map);
  if (outcome != TJ_FINE) return outcome;
  tj_split_hessian(world->shape, fd->H, out);
  return TJ_FINE;
}

int tj_objective_residual_jacobian(tj_objective *objective, tj_differences *fd, tj_world *world, int k, const double *x,
                                   const double *u) {
  residual_term term = residual_of(&world->problem.cost, u == NULL);
  int ndx = world->shape.nx, nu = world->shape.nu;
  size_t nr = (size_t)term.nr;
  if (term.jac == NULL) {
    tj_map map = tj_objective_residual_map(world, k, x, u);
    return tj_differences_jacobian(fd, world, &map, objective->rx, objective->ru);
  }
  const traj_point at = tj_point(world, k, x, u);
  traj_jac out = {.fx = objective->rx, .fu = u == NULL ? NULL : objective->ru};
  const char *name = term.jac_name;
  world->calls.quad++;
  tj_forget(objective->rx, nr * (size_t)ndx);
  if (u != NULL) tj_forget(objective->ru, nr * (size_t)nu);
  int outcome = tj_world_called(world, term.jac(&at, &out, world->problem.cost.user), name, k);
  if (outcome == TJ_FINE) outcome = tj_world_written(world, name, "fx", k, objective->rx, term.nr, ndx, false);
  if (outcome != TJ_FINE || u == NULL) return outcome;
  return tj_world_written(world, name, "fu", k, objective->ru, term.nr, nu, false);
}

/* (C1) Gauss-Newton: l = 1/2 r'r, gradient J'r, Hessian J'J. */
static int residual_quad(tj_objective *objective, tj_differences *fd, tj_world *world, residual_term *term, int k,
                         const double *x, const double *u, traj_quad *out) {
  size_t ndx = (size_t)world->shape.nx, nu = (size_t)world->shape.nu;
  int n = world->shape.nx, m = world->shape.nu, nr = term->nr;
  const double *rx = objective->rx, *ru = objective->ru;
  const traj_point at = tj_point(world, k, x, u);
  int outcome = call_residual(world, term, &at, objective->r);
  if (outcome == TJ_FINE) outcome = tj_objective_residual_jacobian(objective, fd, world, k, x, u);
  if (outcome != TJ_FINE) return outcome;
  memset(out->lx, 0, ndx * sizeof(double));
  memset(out->lxx, 0, ndx * ndx * sizeof(double));
  tj_add_apply_t(nr, n, 1, rx, objective->r, out->lx);
  tj_add_product_tn(n, n, nr, rx, rx, out->lxx);
  if (u != NULL) {
    memset(out->lu, 0, nu * sizeof(double));
    memset(out->luu, 0, nu * nu * sizeof(double));
    memset(out->lux, 0, nu * ndx * sizeof(double));
    tj_add_apply_t(nr, m, 1, ru, objective->r, out->lu);
    tj_add_product_tn(m, m, nr, ru, ru, out->luu);
    tj_add_product_tn(m, n, nr, ru, rx, out->lux);
  }
  return TJ_FINE;
}

static void zero_quad(tj_world *world, traj_quad *out) {
  size_t ndx = (size_t)world->shape.nx;
  memset(out->lx, 0, ndx * sizeof(double));
  memset(out->lxx, 0, ndx * ndx * sizeof(double));
}

int tj_objective_quad_without_hook(tj_objective *objective, tj_differences *fd, tj_world *world, int k, const double *x,
                                   const double *u, traj_quad *out) {
  const traj_cost *c = &world->problem.cost;
  if (cost_hook(c, u == NULL) != NULL) return difference_quad(fd, world, k, x, u, out);
  residual_term term = residual_of(c, u == NULL);
  if (term.residual != NULL) return residual_quad(objective, fd, world, &term, k, x, u, out);
  zero_quad(world, out); /* no final cost */
  return TJ_FINE;
}

int tj_objective_written(tj_world *world, int k, const traj_quad *out) {
  const traj_cost *c = &world->problem.cost;
  bool final = out->lu == NULL;
  const char *differenced = cost_hook(c, final) != NULL ? cost_name(final) : residual_of(c, final).name;
  return quad_written(world, quad_hook(c, final) != NULL ? quad_name(final) : differenced, k, out);
}

int tj_objective_quad(tj_objective *objective, tj_differences *fd, tj_world *world, int k, const double *x,
                      const double *u, traj_quad *out) {
  traj_quad_fn *hook = quad_hook(&world->problem.cost, u == NULL);
  const traj_point at = tj_point(world, k, x, u);
  forget_quad(world->shape, out);
  int outcome = hook != NULL ? tj_objective_call_quad(world, hook, quad_name(u == NULL), &at, out)
                             : tj_objective_quad_without_hook(objective, fd, world, k, x, u, out);
  return outcome != TJ_FINE ? outcome : tj_objective_written(world, k, out);
}
