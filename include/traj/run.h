/** @file
 *  What every iterative solver shares: limits on the run, the iteration hook, and the counts of callbacks. */
#ifndef TRAJ_RUN_H
#define TRAJ_RUN_H

#include "traj/problem.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One row of the iteration table. */
typedef struct traj_iteration {
  int iteration;    /**< 0 for the rollout of the guess, then 1, 2, ... */
  double cost;      /**< Total cost of the trajectory that was accepted last. */
  double predicted; /**< Decrease that the quadratic model promised for the accepted step; 0 at iteration 0 and when the
                       step was refused. */
  double actual;    /**< Decrease that was found; 0 when the step was refused. */
  double gradient;  /**< Largest entry of the projected gradient about this trajectory. */
  double regularization; /**< mu: so many times the largest diagonal entry of luu are added to the diagonal
                              of every control Hessian. */
  double step;           /**< Accepted step length alpha, 0 when every candidate was refused. */
} traj_iteration;

/** Called after each iteration that the solve goes on from or converges at; any value but 0 stops the solve with
 *  TRAJ_STOPPED. */
typedef int traj_iteration_fn(const traj_iteration *row, void *user);
/** Monotonic time in seconds. */
typedef double traj_clock_fn(void *user);

/** Limits and observers of a run. */
typedef struct traj_run {
  int max_iter;                 /**< Iterations, >= 0; 0: one rollout and one backward pass. Default 500. */
  double time_limit;            /**< Seconds, >= 0; 0 (default): none. Needs clock. */
  traj_clock_fn *clock;         /**< Nullable; traj/extra.h has one. */
  void *clock_user;             /**< Passed to clock; nullable. */
  traj_iteration_fn *iteration; /**< Nullable; traj/extra.h has a printer. */
  void *iteration_user;         /**< Passed to iteration; nullable. */
  void *reserved[8];            /**< Must be zero. */
} traj_run;

/** How often each hook was called in one solve. */
typedef struct traj_calls {
  long dynamics;   /**< step or ode. */
  long jac;        /**< model.jac. */
  long hess;       /**< model.hess. */
  long cost;       /**< cost.stage, cost.final and the residuals. */
  long quad;       /**< cost.stage_quad, cost.final_quad and the residual Jacobians. */
  long retract;    /**< model.retract. */
  long difference; /**< model.difference. */
  long clock;      /**< run.clock. */
} traj_calls;

#ifdef __cplusplus
}
#endif

#endif
