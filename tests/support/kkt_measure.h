/* How far a trajectory is from the solution of a linear-quadratic problem.
 *
 * The multipliers of a solution by the recursion are lambda_k = V_k x_k + v_k. (The costate recursion
 * lambda_k = Q x_k + S'u_k + A' lambda_{k+1} + q would make the rows x_k vanish by construction, but it multiplies
 * rounding errors by A' from stage to stage: for unstable A it says nothing about the solution.) */
#ifndef SUPPORT_KKT_MEASURE_H
#define SUPPORT_KKT_MEASURE_H

#include "support/kkt.h"

typedef struct kkt_residual {
  /* The normwise backward error |K z - b| / (|K| |z| + |b|) in the infinity norm: the smallest relative change of K
   * and b that makes z exact. Row x_0 counts among the rows. This is the measure to gate. */
  double scaled;
  /* The largest |residual| / sum of |terms| among the rows lambda, one by one: how exactly x follows the dynamics. */
  double dynamics;
  /* The rows u, lambda and x of each stage, block by block: largest residual over largest sum of |terms|. Sharper than
   * scaled; the recursion keeps it small only where the terms of no stage cancel, in problems of even scale. */
  double blocks;
} kkt_residual;

kkt_residual kkt_measure(const kkt *system, const traj_lqr_problem *problem, kkt_point z);

/* The forward difference: the largest difference among u, x and lambda each, relative to the largest entry of that
 * kind. A kind that all but vanishes is measured at 1e-6 of the largest kind. */
double kkt_difference(const traj_lqr_problem *problem, kkt_point z, kkt_point oracle);

#endif
