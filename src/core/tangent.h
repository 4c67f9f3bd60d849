/* The step of an ode on a manifold: integrated in the nx coordinates of the state, put back by project, its derivatives
 * carried to the tangent spaces at both ends (docs/theory, T1 to T4). */
#ifndef TJ_CORE_TANGENT_H
#define TJ_CORE_TANGENT_H

#include "base/arena.h"
#include "core/differences.h"
#include "core/integrator.h"
#include "core/world.h"

typedef struct tj_tangent {
  tj_world ambient; /* where the integration takes place */
  tj_integrator integrator;
  double *end;       /* Z: the end of the integration by displacements and controls, nx x (ndx + nu) */
  double *bent;      /* second derivatives times Z, the same size */
  double *from, *to; /* weights for the second derivatives of retract and of the integration, nx each */
  double *jac;       /* of a tangent hook, nx x ndx */
  double *lxx, *lux; /* second derivatives by coordinates: nx x nx and nu x nx */
} tj_tangent;

tj_tangent tj_tangent_layout(tj_arena *arena, const tj_world *world, bool second_order);

/* Doubles in the points of one step, whose last one is the end of the integration before project, and in its tape. */
size_t tj_tangent_points_doubles(const traj_model *model);
size_t tj_tangent_tape_doubles(const traj_model *model);

const double *tj_tangent_end(const traj_model *model, const double *points);

/* As the functions of these names in core/dynamics.h. jacobian writes the tape, hessian reads it. */
int tj_tangent_step(tj_tangent *tangent, tj_world *world, int k, const double *x, const double *u, double *points,
                    double *x_next);
int tj_tangent_jacobian(tj_tangent *tangent, tj_differences *fd, tj_world *world, const tj_site *site, double *tape,
                        double *fz);
int tj_tangent_written(tj_tangent *tangent, tj_world *world, int k, double *tape, const double *fz);
int tj_tangent_hessian(tj_tangent *tangent, tj_differences *fd, tj_world *world, const tj_site *site, double *tape,
                       const double *lambda, traj_quad *out);

/* What was counted and reported in the ambient world is the world's. Returns the outcome. */
int tj_tangent_report(tj_tangent *tangent, tj_world *world, int outcome);

#endif
