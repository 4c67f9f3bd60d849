/** @file
 *  How noise spreads about a plan when its feedback is followed, and what that costs. For any plan: the states are
 *  displaced by dx_k = difference(x_k, x), and to first order
 *
 *  dx_{k+1} = (A + B K_k) dx_k + noise of covariance Sigma + sum_i (C_i x + D_i u) w_i
 *
 *  Formula: docs/theory, "Noise along a plan". */
#ifndef TRAJ_COVARIANCE_H
#define TRAJ_COVARIANCE_H

#include "traj/lqr.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Covariances of the displacement at each stage, and the expected cost. Exact for linear dynamics and quadratic costs
 *  without limits in the way; of first and second order for others. Thread-safe on a plan that nobody changes.
 *  @param plan      from any solver; its gains are those that are followed
 *  @param about     the linear-quadratic problem about the plan, with nx = plan's ndx, and its nu and N: A, B, Sigma, C
 *                   and D say how displacements go on, Q, S, R and Q_N (the cost's second derivatives) what they cost.
 *                   c, q, r and q_N are not read. C and D need a Euclidean plan: they act on its x and u as a whole
 *  @param start     covariance of the displacement at stage 0, ndx x ndx, the lower triangle is read; NULL: zero
 *  @param P         receives N + 1 symmetric matrices ndx x ndx
 *  @param expected  receives the plan's cost and what the noise adds to it on average; nullable, then no cost is read
 *  @param work      scratch of ndx (3 ndx + nu + 1) doubles
 *  @param diag      receives what was refused; nullable
 *  @return TRAJ_OK, TRAJ_E_ARG, TRAJ_E_DIVERGED (a covariance or the cost overflows); the outputs are of use on TRAJ_OK
 *          only */
TRAJ_API traj_status traj_plan_covariance(const traj_plan *plan, const traj_lqr_problem *about, const double *start,
                                          double *P, double *expected, double *work, traj_diag *diag);

#ifdef __cplusplus
}
#endif

#endif
