/* What the tangent space of an ode's model needs besides retract and difference: project, and the derivatives of those
 * two, from their hooks or by finite differences (docs/theory, "Odes in tangent spaces"). */
#ifndef TJ_CORE_SPACE_H
#define TJ_CORE_SPACE_H

#include "core/differences.h"
#include "core/world.h"

/* out (nx) = project(y). */
int tj_space_project(tj_world *world, int k, const double *y, double *out);

/* Where retract is differentiated: by displacements of x. Where difference is: by the numbers of y, with end =
 * project(y). */
typedef struct tj_space_site {
  int k;
  const double *x;
  const double *y, *end;
} tj_space_site;

/* What the maps need besides the point. */
typedef struct tj_space_ctx {
  tj_world *world; /* whose hooks are called */
  const tj_space_site *site;
  const double *w; /* contracted maps only */
  double *next, *out;
} tj_space_ctx;

/* The displaced state as a map of the world, its displacement from the end as a map of the ambient world; contracted
 * with w unless that is NULL. ctx must outlive the map. */
tj_map tj_space_retract_map(tj_world *world, const tj_differences *fd, tj_space_ctx *ctx, const tj_space_site *site,
                            const double *w);
tj_map tj_space_difference_map(tj_world *world, const tj_differences *fd, tj_space_ctx *ctx, const tj_space_site *site,
                               const double *w);

/* As a traj_tangent_fn does, checked. With hess, which comes as a whole matrix, jac is but scratch. */
int tj_space_retract_derivatives(tj_differences *fd, tj_world *world, const tj_space_site *site, const double *w,
                                 double *jac, double *hess);
int tj_space_difference_derivatives(tj_differences *fd, tj_world *world, tj_world *ambient, const tj_space_site *site,
                                    const double *w, double *jac, double *hess);

#endif
