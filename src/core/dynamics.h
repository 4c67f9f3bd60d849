/* The dynamics of a stage, x_next = f(x, u), whether the model is a step, an ode, or an ode on a manifold. */
#ifndef TJ_CORE_DYNAMICS_H
#define TJ_CORE_DYNAMICS_H

#include "core/differences.h"
#include "core/integrator.h"
#include "core/model.h"
#include "core/tangent.h"
#include "core/world.h"

typedef struct tj_dynamics {
  tj_integrator integrator; /* ode only */
  tj_tangent tangent;       /* ode on a manifold only, instead of the integrator */
  double *tapes;            /* ode only, when second derivatives may be wanted: one tape per stage; else NULL */
  double *tape; /* ode only: one for each slot. The first worker's are the first of tapes: derivatives that are
                   found without keep leave no tapes for second ones */
  int slots;    /* stages whose derivatives are in hand at a time, a power of two */
  size_t tape_stride;
  bool keep; /* tapes are written, for the second derivatives; else tape is */
} tj_dynamics;

/* second_order: tj_dynamics_hessian will be called, after Jacobians that were found with keep set, as it is at first.
 */
tj_dynamics tj_dynamics_layout(tj_arena *arena, const tj_world *world, bool second_order);

/* For another worker: scratch of its own; tapes per stage are shared. */
tj_dynamics tj_dynamics_layout_worker(tj_arena *arena, const tj_world *world, const tj_dynamics *first);

/* Where among the slots stage k is. */
static inline int tj_dynamics_slot(const tj_dynamics *dynamics, int k) {
  return k & (dynamics->slots - 1);
}

/* Doubles per stage in which a rollout keeps the points inside the integration step; 0 for a step model. */
size_t tj_dynamics_points_doubles(const tj_world *world);

/* x_next (nx) = f(x, u); points as sized above. The caller may know nx when compiling. */
static inline int tj_dynamics_step(tj_dynamics *dynamics, tj_world *world, int nx, const traj_point *at, double *points,
                                   double *x_next) {
  if (world->problem.model.ode == NULL) return tj_model_step(world, nx, at, x_next);
  if (!world->euclidean) return tj_tangent_step(&dynamics->tangent, world, at->k, at->x, at->u, points, x_next);
  return tj_integrator_step(&dynamics->integrator, world, at->k, at->x, at->u, points, x_next);
}

/* The tape of stage k. */
static inline double *tj_dynamics_tape(const tj_dynamics *dynamics, int k) {
  const size_t at = (size_t)(dynamics->keep ? k : tj_dynamics_slot(dynamics, k));
  return (dynamics->keep ? dynamics->tapes : dynamics->tape) + at * dynamics->tape_stride;
}

/* [fx fu], ndx x (ndx + nu), at a stage of a rollout, in two parts: differentiate asks the hooks; chain is the
 * arithmetic that an ode then takes (on a manifold differentiate has done it already), and comes before another stage
 * is given the slot. Whether all is written and finite they leave to their caller to ask. */
static inline int tj_dynamics_differentiate(tj_dynamics *dynamics, tj_differences *fd, tj_world *world,
                                            const tj_site *site, double *fz) {
  if (world->problem.model.ode == NULL) {
    tj_forget(fz, (size_t)world->shape.nx * (size_t)(world->shape.nx + world->shape.nu));
    return tj_model_differentiate(fd, world, site, fz);
  }
  double *tape = tj_dynamics_tape(dynamics, site->at.k);
  if (!world->euclidean) return tj_tangent_jacobian(&dynamics->tangent, fd, world, site, tape, fz);
  return tj_integrator_differentiate(&dynamics->integrator, fd, world, site, tape);
}

static inline void tj_dynamics_chain(tj_dynamics *dynamics, tj_world *world, int k, double *fz) {
  if (world->problem.model.ode == NULL || !world->euclidean) return;
  tj_integrator_chain(&dynamics->integrator, world, k, tj_dynamics_tape(dynamics, k), fz);
}

static inline int tj_dynamics_jacobian(tj_dynamics *dynamics, tj_differences *fd, tj_world *world, const tj_site *site,
                                       double *fz) {
  int outcome = tj_dynamics_differentiate(dynamics, fd, world, site, fz);
  if (outcome == TJ_FINE) tj_dynamics_chain(dynamics, world, site->at.k, fz);
  return outcome;
}

int tj_dynamics_written(tj_dynamics *dynamics, tj_world *world, int k, const double *fz);

/* Second derivatives of lambda' f, after the Jacobian of the same stage. */
int tj_dynamics_hessian(tj_dynamics *dynamics, tj_differences *fd, tj_world *world, const tj_site *site,
                        const double *lambda, traj_quad *out);

#endif
