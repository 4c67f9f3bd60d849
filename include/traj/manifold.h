/** @file
 *  Ready-made state spaces: a state is a row of parts, each of them plain numbers, angles or unit quaternions. Named in
 *  traj_model.parts, they bring retract, difference, project and their derivatives with them:
 *
 *      const traj_part floating_arm[] = {{TRAJ_FLAT, 3}, {TRAJ_QUATERNION, 1}, {TRAJ_ANGLE, 7}, {TRAJ_FLAT, 13}, {0}};
 *
 *  is a position, an attitude, seven joints, and thirteen rates: 27 numbers with 26 displacements. The list ends with a
 *  part of no elements.
 *
 *  The functions below are the hooks of such a space, for hooks and costs of one's own; `parts` points to the list.
 *  Formulas: docs/theory, "Ready-made manifolds". All are thread-safe. Outputs never alias inputs. */
#ifndef TRAJ_MANIFOLD_H
#define TRAJ_MANIFOLD_H

#include "traj/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a part of a state is made of. */
typedef enum traj_part_kind {
  TRAJ_FLAT = 0,   /**< Numbers that are displaced by being added to: positions, rates. */
  TRAJ_ANGLE,      /**< Angles in rad, 2 pi being none: the difference of two is at most pi. Never wrapped otherwise. */
  TRAJ_QUATERNION, /**< Unit quaternions (w, x, y, z), q and -q being the same: four numbers with three displacements, a
                        rotation vector (rad) in the frame of the body, q Exp(d). */
} traj_part_kind;

/** Equal elements of a state that lie side by side. */
typedef struct traj_part {
  traj_part_kind kind; /**< What they are. */
  int count;           /**< How many, >= 1; 0 ends the list. */
} traj_part;

/** Numbers in a state of these parts; 0 when the list is NULL, empty, or holds what is no part. */
TRAJ_API int traj_manifold_nx(const traj_part *parts);

/** Numbers in a displacement of it; 0 likewise. */
TRAJ_API int traj_manifold_ndx(const traj_part *parts);

/** out (nx) = x (+) dx, as a traj_retract_fn. @return 0 */
TRAJ_API int traj_manifold_retract(const double *x, const double *dx, double *out, void *parts);

/** out (ndx) = the displacement from a to b, as a traj_difference_fn. Lengths of quaternions play no part. @return 0 */
TRAJ_API int traj_manifold_difference(const double *a, const double *b, double *out, void *parts);

/** out (nx) = x with its quaternions of length 1, as a traj_project_fn. @return 0, or 1 where one has no direction */
TRAJ_API int traj_manifold_project(const double *x, double *out, void *parts);

/** Derivatives of retract, as a traj_tangent_fn. @return 0 */
TRAJ_API int traj_manifold_retract_derivatives(const double *x, const double *w, double *jac, double *hess,
                                               void *parts);

/** Derivatives of difference, as a traj_tangent_fn. @return 0, or 1 where a quaternion has no direction */
TRAJ_API int traj_manifold_difference_derivatives(const double *x, const double *w, double *jac, double *hess,
                                                  void *parts);

#ifdef __cplusplus
}
#endif

#endif
