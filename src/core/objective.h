/* The cost of a stage or of the final state, whether it is a scalar hook or a residual. */
#ifndef TJ_CORE_OBJECTIVE_H
#define TJ_CORE_OBJECTIVE_H

#include "base/arena.h"
#include "core/differences.h"
#include "core/world.h"

/* Scratch for residuals. */
typedef struct tj_objective {
  double *r;  /* nr */
  double *rx; /* nr x ndx */
  double *ru; /* nr x nu */
} tj_objective;

/* Room for the derivatives of a stage cost, in one stretch from lxx to lu. */
traj_quad tj_quad_layout(tj_arena *arena, tj_shape shape);

tj_objective tj_objective_layout(tj_arena *arena, const tj_world *world);

/* Most rows of any residual of the cost, 0 if there are none. */
int tj_objective_rows(const traj_cost *cost);

/* The outcome of a cost hook that returned this code and this cost, of which one is not fine. */
int tj_objective_refused(tj_world *world, int code, const traj_point *at, const double *cost);

static inline int tj_objective_call(tj_world *world, traj_cost_fn *hook, const traj_point *at, double *cost) {
  world->calls.cost++;
  *cost = (double)NAN;
  int code = hook(at, cost, world->problem.cost.user);
  return code == 0 && tj_all_finite(cost, 1) ? TJ_FINE : tj_objective_refused(world, code, at, cost);
}

/* Half the square of the residual; 0 without one. */
int tj_objective_square(tj_objective *objective, tj_world *world, const traj_point *at, double *cost);

/* Cost at a point; its u is NULL at the final stage. */
static inline int tj_objective_cost(tj_objective *objective, tj_world *world, const traj_point *at, double *cost) {
  traj_cost_fn *hook = at->u == NULL ? world->problem.cost.final : world->problem.cost.stage;
  return hook != NULL ? tj_objective_call(world, hook, at, cost) : tj_objective_square(objective, world, at, cost);
}

static inline int tj_objective_call_quad(tj_world *world, traj_quad_fn *hook, const char *name, const traj_point *at,
                                         const traj_quad *out) {
  traj_quad given = *out;
  world->calls.quad++;
  return tj_world_called(world, hook(at, &given, world->problem.cost.user), name, at->k);
}

/* Gradient and Hessian where no hook gives them, of the final cost too (u NULL). */
int tj_objective_quad_without_hook(tj_objective *objective, tj_differences *fd, tj_world *world, int k, const double *x,
                                   const double *u, traj_quad *out);

/* Gradient and Hessian of the same; out->lu, luu and lux are NULL at the final stage. expand is for the other stages
 * and what tj_quad_layout() has carved, and leaves it to its caller to ask whether all is written and finite. */
static inline int tj_objective_expand(tj_objective *objective, tj_differences *fd, tj_world *world,
                                      const traj_point *at, traj_quad *out) {
  traj_quad_fn *hook = world->problem.cost.stage_quad;
  if (hook == NULL) return tj_objective_quad_without_hook(objective, fd, world, at->k, at->x, at->u, out);
  tj_forget(out->lxx, (size_t)(out->lu + world->shape.nu - out->lxx));
  return tj_objective_call_quad(world, hook, "cost.stage_quad", at, out);
}

int tj_objective_written(tj_world *world, int k, const traj_quad *out);
int tj_objective_quad(tj_objective *objective, tj_differences *fd, tj_world *world, int k, const double *x,
                      const double *u, traj_quad *out);

/* The cost (one output), its gradient from the quad hook (ndx + nu outputs; ndx at the final stage) and the residual,
 * as maps about a point; u is NULL at the final stage, scratch, x and u must outlive the map. */
tj_map tj_objective_cost_map(const tj_world *world, int k, const double *x, const double *u);
tj_map tj_objective_gradient_map(const tj_world *world, traj_quad *scratch, int k, const double *x, const double *u);
tj_map tj_objective_residual_map(const tj_world *world, int k, const double *x, const double *u);

/* fx and fu of the residual, from its hook or by differences, into objective->rx and ru. */
int tj_objective_residual_jacobian(tj_objective *objective, tj_differences *fd, tj_world *world, int k, const double *x,
                                   const double *u);

#endif
