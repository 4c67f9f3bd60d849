/** @file
 *  The infinite horizon: the steady policy of a linear-quadratic stage that never ends, from the discrete algebraic
 *  Riccati equation. Of a traj_lqr_problem the last stage counts, forever; N may be 0 (then it is stage 0), Q_N and
 *  q_N are not read.
 *
 *  Formula: docs/theory, "The infinite horizon". */
#ifndef TRAJ_STEADY_H
#define TRAJ_STEADY_H

#include <stddef.h>

#include "traj/lqr.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The steady policy u = K x + k, and what is to be paid for starting at x rather than elsewhere, 1/2 x'V x + v'x.
 *  Valid until the next solve. */
typedef struct traj_steady_policy {
  int nx;          /**< States. */
  int nu;          /**< Controls. */
  const double *K; /**< nu x nx. */
  const double *k; /**< nu. */
  const double *V; /**< nx x nx, symmetric. */
  const double *v; /**< nx. */
  double rate;     /**< Mean cost per stage in the long run: of c, q and r, and of the noise Sigma. */
  double residual; /**< Largest error in the Riccati equation, relative to the largest entry of V and Q. */
  double radius;   /**< Spectral radius of the closed loop A + B K, < 1. */
  int corrections; /**< Newton steps after the doubling. */
} traj_steady_policy;

/** The solver; lives in one block of memory. One thread at a time; different solvers share nothing. */
typedef struct traj_steady traj_steady;

/** Bytes of the block for init, slack for alignment included; parameters and results as for init. */
TRAJ_API traj_status traj_steady_size(const traj_lqr_problem *problem, size_t *size, traj_diag *diag);

/** Builds a solver in the caller's memory.
 *  @param steady   receives the solver, NULL on refusal
 *  @param block    memory at any alignment, the caller's to free after the last use
 *  @param size     bytes in block
 *  @param problem  copied; what it points to is borrowed
 *  @param diag     receives what was refused; nullable
 *  @return TRAJ_OK, TRAJ_E_ARG or TRAJ_E_MEMORY */
TRAJ_API traj_status traj_steady_init(traj_steady **steady, void *block, size_t size, const traj_lqr_problem *problem,
                                      traj_diag *diag);

/** Builds a solver in memory from an allocator (copied); the other parameters as for init. */
TRAJ_API traj_status traj_steady_create(traj_steady **steady, const traj_allocator *allocator,
                                        const traj_lqr_problem *problem, traj_diag *diag);

/** Gives a solver's block back to its allocator; does nothing for NULL or for a solver made by init. */
TRAJ_API void traj_steady_destroy(traj_steady *steady);

/** Reads the matrices of the last stage and finds the policy that stabilises the system at the least cost.
 *  @param steady  the solver
 *  @param diag    receives what was refused; nullable
 *  @return TRAJ_OK;
 *          TRAJ_E_ARG: a number is not finite;
 *          TRAJ_E_UNSTABILISABLE: no control reaches a mode that does not decay (field "B"), or none holds the noise
 *          down that depends on state and control (field "noises");
 *          TRAJ_E_UNDETECTABLE: the cost does not see a mode that does not decay, noise that depends on state and
 *          control apart;
 *          TRAJ_E_SINGULAR: R + B'VB (and what noise adds to it) is not positive definite;
 *          TRAJ_E_INDEFINITE: the cost is indefinite, and no policy is both stabilising and optimal (field "noises":
 *          none with the noise that depends on state and control);
 *          TRAJ_E_DIVERGED: the numbers overflow, or do not settle with that noise (field "noises").
 *          The value of all but the first two is the spectral radius of the closed loop that was reached (0: none was),
 *          the pivot (field "Quu"), or the rate (field "v"). After an error there is no policy until a solve
 *          succeeds. */
TRAJ_API traj_status traj_steady_solve(traj_steady *steady, traj_diag *diag);

/** The policy; NULL until a solve succeeds, and if steady is NULL. */
TRAJ_API const traj_steady_policy *traj_steady_get_policy(const traj_steady *steady);

/** Solves, and makes V and v the final cost of a problem with as many states: a finite horizon that ends in the steady
 *  policy. The problem then borrows them: they are the solver's, valid until its next solve or destroy.
 *  @param steady   the solver
 *  @param problem  its Q_N and q_N are set, on TRAJ_OK only
 *  @param diag     receives what was refused; nullable
 *  @return as solve */
TRAJ_API traj_status traj_steady_finish(traj_steady *steady, traj_lqr_problem *problem, traj_diag *diag);

#ifdef __cplusplus
}
#endif

#endif
