/** @file
 *  The linear-quadratic problem: time-varying, affine, with cross terms and a final cost. Factor once, solve for many
 *  initial states.
 *
 *  x_{k+1} = A x_k + B u_k + c + sum_i (C_i x_k + D_i u_k) w_i + noise of covariance Sigma
 *  cost = sum_k 1/2 x'Q x + u'S x + 1/2 u'R u + q'x + r'u  +  1/2 x_N' Q_N x_N + q_N' x_N
 *
 *  Formula: docs/theory, "The linear-quadratic recursion". */
#ifndef TRAJ_LQR_H
#define TRAJ_LQR_H

#include <stddef.h>

#include "traj/linalg.h"
#include "traj/memory.h"
#include "traj/plan.h"
#include "traj/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A matrix or vector per stage, column-major and tight. */
typedef struct traj_series {
  const double *data; /**< That of stage 0; NULL: zero, where that is allowed. */
  size_t stride;      /**< That of stage k starts at data + k * stride: 0 (the same for all) or at least its size. */
} traj_series;

/** The problem. All pointers are borrowed: no solver keeps a copy of the numbers. They are read and validated by each
 *  factor, and by each call of traj_steady_solve() and traj_plan_covariance() that is about it; traj_lqr_solve() reads
 *  those of dynamics and cost once more. */
typedef struct traj_lqr_problem {
  int nx;             /**< States, >= 1. */
  int nu;             /**< Controls, >= 1; nx + nu < 16383. */
  int N;              /**< Stages, >= 1. */
  double dt;          /**< Seconds per stage, >= 0; only serves the times of the plan. 0 means 1. */
  traj_series A;      /**< nx x nx. */
  traj_series B;      /**< nx x nu. */
  traj_series c;      /**< nx; NULL: zero. */
  traj_series Q;      /**< nx x nx symmetric, the lower triangle is read; NULL: zero. */
  traj_series S;      /**< nu x nx; NULL: zero. */
  traj_series R;      /**< nu x nu symmetric, the lower triangle is read; NULL: zero. */
  traj_series q;      /**< nx; NULL: zero. */
  traj_series r;      /**< nu; NULL: zero. */
  const double *Q_N;  /**< nx x nx symmetric, the lower triangle is read; NULL: zero. */
  const double *q_N;  /**< nx; NULL: zero. */
  traj_series Sigma;  /**< nx x nx, covariance of additive noise, the lower triangle is read; NULL: none. */
  int noises;         /**< Independent noises w_i of unit variance whose size depends on state and control; >= 0,
                           0: none. */
  traj_series C;      /**< noises matrices nx x nx per stage, one after the other; NULL: zero. */
  traj_series D;      /**< noises matrices nx x nu per stage, one after the other; NULL: zero. */
  traj_linalg linalg; /**< Who does the arithmetic; default TRAJ_LINALG_AUTO. */
  void *reserved[8];  /**< Must be zero. */
} traj_lqr_problem;

/** The optimal policy u = K x + k and the expected cost to go 1/2 x'V x + v'x + constant, valid until the next factor.
 */
typedef struct traj_lqr_policy {
  int nx;                 /**< States. */
  int nu;                 /**< Controls. */
  int N;                  /**< Stages. */
  const double *K;        /**< N matrices nu x nx. */
  const double *k;        /**< nu x N. */
  const double *V;        /**< N + 1 symmetric matrices nx x nx. */
  const double *v;        /**< nx x (N + 1). */
  const double *constant; /**< N + 1; holds the expected cost of the noise still to come. */
} traj_lqr_policy;

/** The solver; lives in one block of memory. One thread at a time; different solvers share nothing. */
typedef struct traj_lqr traj_lqr;

/** Bytes of the block for init, slack for alignment included; parameters and results as for init. */
TRAJ_API traj_status traj_lqr_size(const traj_lqr_problem *problem, size_t *size, traj_diag *diag);

/** Builds a solver in the caller's memory.
 *  @param solver   receives the solver, NULL on refusal
 *  @param block    memory at any alignment, the caller's to free after the last use
 *  @param size     bytes in block
 *  @param problem  copied; what it points to is borrowed
 *  @param diag     receives what was refused; nullable
 *  @return TRAJ_OK, TRAJ_E_ARG or TRAJ_E_MEMORY */
TRAJ_API traj_status traj_lqr_init(traj_lqr **solver, void *block, size_t size, const traj_lqr_problem *problem,
                                   traj_diag *diag);

/** Builds a solver in memory from an allocator (copied); the other parameters as for init. */
TRAJ_API traj_status traj_lqr_create(traj_lqr **solver, const traj_allocator *allocator,
                                     const traj_lqr_problem *problem, traj_diag *diag);

/** Gives a solver's block back to its allocator; does nothing for NULL or for a solver made by init. */
TRAJ_API void traj_lqr_destroy(traj_lqr *solver);

/** Reads the matrices and computes policy and value function, which no longer depend on the caller's arrays.
 *  @param solver  the solver
 *  @param diag    receives what was refused: the field, stage (-1: the same for all), row and column that is not
 *                 finite; field "Quu" and the stage whose control Hessian is not positive definite (row = the pivot,
 *                 value = its size); or the result that overflowed; nullable
 *  @return TRAJ_OK, TRAJ_E_ARG, TRAJ_E_SINGULAR, TRAJ_E_DIVERGED (policy or value function overflow). After an error
 *          there is no policy until a factor succeeds. */
TRAJ_API traj_status traj_lqr_factor(traj_lqr *solver, traj_diag *diag);

/** The policy; NULL until factor succeeds, and if solver is NULL. */
TRAJ_API const traj_lqr_policy *traj_lqr_get_policy(const traj_lqr *solver);

/** Expected cost from stage k (0..N) at state x (nx) to the end, noise included.
 *  @return TRAJ_OK, TRAJ_E_ARG, TRAJ_E_ORDER before factor, TRAJ_E_DIVERGED when the cost overflows; cost is written on
 *          TRAJ_OK only */
TRAJ_API traj_status traj_lqr_expected_cost(const traj_lqr *solver, int k, const double *x, double *cost);

/** The optimal noise-free trajectory from x0 (nx) at time t0; its plan is about that trajectory: plan.u has absorbed
 *  k, plan.v is the gradient of the value function at plan.x, plan.cost is without noise. It follows the policy of the
 *  last factor through the dynamics, and adds up the cost, that stand in the caller's arrays: what factor has read, for
 *  the trajectory to be optimal.
 *  @return TRAJ_OK, TRAJ_E_ARG, TRAJ_E_ORDER before factor, TRAJ_E_DIVERGED when trajectory or cost are not finite */
TRAJ_API traj_status traj_lqr_solve(traj_lqr *solver, double t0, const double *x0);

/** The plan of the last solve that succeeded since factor; NULL before, and if solver is NULL. Valid until the next
 *  factor, or the next solve that succeeds. */
TRAJ_API const traj_plan *traj_lqr_plan(const traj_lqr *solver);

#ifdef __cplusplus
}
#endif

#endif
