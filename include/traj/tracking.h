/** @file
 *  Ready-made quadratic tracking cost with exact derivatives:
 *  l_k = 1/2 (x - x_ref)' Q (x - x_ref) + 1/2 (u - u_ref)' R (u - u_ref),  l_N = 1/2 (x - x_ref)' Qf (x - x_ref).
 *  For Euclidean states. Costs of another form: a residual (traj/problem.h), or hooks of one's own. */
#ifndef TRAJ_TRACKING_H
#define TRAJ_TRACKING_H

#include "traj/problem.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How the weights of traj_tracking are stored. */
typedef enum traj_weights {
  TRAJ_DIAGONAL = 0, /**< Q and Qf are nx numbers, R is nu numbers: the diagonals. */
  TRAJ_FULL,         /**< Q and Qf are nx x nx, R is nu x nu; the lower triangle is read. */
} traj_weights;

/** References and weights. All pointers are borrowed; the numbers are read at each evaluation and validated at the
 *  start of each solve. */
typedef struct traj_tracking {
  int nx;               /**< States, as in the model. */
  int nu;               /**< Controls, as in the model. */
  traj_weights weights; /**< Form of Q, R and Qf. */
  const double *Q;      /**< State weight of the stages; NULL: zero. */
  const double *R;      /**< Control weight; NULL: zero. */
  const double *Qf;     /**< State weight of the final stage; NULL: zero. */
  const double *x_ref;  /**< State reference; NULL: zero. */
  int x_stride;         /**< Reference of stage k starts at k * x_stride: 0 (constant) or nx (N + 1 of them). */
  const double *u_ref;  /**< Control reference; NULL: zero. */
  int u_stride;         /**< Reference of stage k starts at k * u_stride: 0 (constant) or nu (N of them). */
  void *reserved[4];    /**< Must be zero. */
} traj_tracking;

/** The cost hooks of a tracking cost.
 *  @param tracking  borrowed for as long as the cost is in use; NULL gives a cost that create refuses */
TRAJ_API traj_cost traj_tracking_cost(traj_tracking *tracking);

#ifdef __cplusplus
}
#endif

#endif
