/* Explicit Runge-Kutta methods for an ode with the control held: the step, its first derivatives by the chain rule
 * through every stage of the method, and its second derivatives by the adjoint of the method (docs/theory, I1 to I4).
 */
#ifndef TJ_CORE_INTEGRATOR_H
#define TJ_CORE_INTEGRATOR_H

#include "base/arena.h"
#include "core/differences.h"
#include "core/model.h"
#include "core/world.h"
#include "linalg/dense.h"

/* Scratch. A tape keeps, for each evaluation of the ode within a step, its derivatives [fx fu] by z = (x, u) and the
 * derivative of the point; jacobian writes it, hessian reads it. */
typedef struct tj_integrator {
  const tj_method *method;
  tj_chain_fn *chain;
  size_t slope_doubles; /* of the tape, [fx fu] of an evaluation */
  size_t points_at;     /* where in the tape the derivatives of the points begin */
  size_t bend_doubles;  /* of W, one evaluation */
  double *slope;        /* dx/dt, nx */
  double *kappa;        /* adjoints of the slopes, padded */
  double *W;            /* second derivatives of the ode contracted with them */
  double *work;
} tj_integrator;

/* second_order: room for hessian. */
tj_integrator tj_integrator_layout(tj_arena *arena, const tj_world *world, bool second_order);

/* Evaluations of the ode in one step of the problem: points of x and of the tape. */
int tj_integrator_points(const traj_model *model);

/* Doubles in the tape of one step. */
size_t tj_integrator_tape_doubles(const traj_model *model);

/* Whether the tape of a step, on a manifold too, surely has no more bytes than that: asked with SIZE_MAX before its
 * size is computed, which might overflow where a size_t has 32 bits. */
bool tj_integrator_fits(const traj_model *model, size_t bytes);

/* Length of a substep of stage k. */
static inline double tj_integrator_substep(const tj_world *world, int k) {
  return world->dt[k] / world->problem.model.substeps;
}

/* x_next from x and u; points (nx x tj_integrator_points) receives where the ode was evaluated. */
int tj_integrator_step(tj_integrator *in, tj_world *world, int k, const double *x, const double *u, double *points,
                       double *x_next);

/* The derivatives of the ode at each of site->points, to the tape; and from them [fx fu], nx x (nx + nu), of the step.
 * A hook's number that is not finite leaves nothing finite in its row; written then finds it. */
int tj_integrator_differentiate(const tj_integrator *in, tj_differences *fd, tj_world *world, const tj_site *site,
                                double *tape);

static inline void tj_integrator_chain(const tj_integrator *in, const tj_world *world, int k, double *tape,
                                       double *fz) {
  const traj_model *model = &world->problem.model;
  in->chain(in->method, tj_integrator_substep(world, k), model->substeps, model->nx, model->nu, tape,
            tape + in->points_at, fz);
}

/* Both. */
int tj_integrator_jacobian(const tj_integrator *in, tj_differences *fd, tj_world *world, const tj_site *site,
                           double *tape, double *fz);

int tj_integrator_written(const tj_integrator *in, tj_world *world, int k, const double *tape, const double *fz);

/* Second derivatives of lambda' x_next, from the tape that jacobian wrote for the same step; of symmetric matrices the
 * lower triangle. */
int tj_integrator_hessian(tj_integrator *in, tj_differences *fd, tj_world *world, const tj_site *site,
                          const double *tape, const double *lambda, traj_quad *out);

#endif
