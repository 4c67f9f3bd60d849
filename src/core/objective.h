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

tj_objective tj_objective_layout(tj_arena *arena, const tj_world *world);

/* Most rows of any residual of the cost, 0 if there are none. */
int tj_objective_rows(const traj_cost *cost);

/* Cost of stage k; u is NULL at the final stage. */
int tj_objective_cost(tj_objective *objective, tj_world *world, int k, const double *x, const double *u, double *cost);

/* Gradient and Hessian of the same; out->lu, luu and lux are NULL at the final stage. expand leaves it to its caller to
 * ask whether they are written and finite. */
int tj_objective_expand(tj_objective *objective, tj_differences *fd, tj_world *world, int k, const double *x,
                        const double *u, traj_quad *out);
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
