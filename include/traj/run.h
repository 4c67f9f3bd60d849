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
  double gap;            /**< Sum of what is missing between the stages of this trajectory; 0 unless the solve started
                              from states, or TRAJ_AUTO started over from some. Then predicted and actual count the
                              gap as well, with a weight. */
} traj_iteration;

/** Called after each iteration that the solve goes on from or converges at; any value but 0 stops the solve with
 *  TRAJ_STOPPED. */
typedef int traj_iteration_fn(const traj_iteration *row, void *user);
/** Monotonic time in seconds. */
typedef double traj_clock_fn(void *user);
/** Job i of those that a parallel hook is given, done by a worker; arg is the one given to the hook. */
typedef void traj_job_fn(int i, int worker, void *arg);
/** Runs job(i, worker, arg) once for each i in 0..n-1, in any order and on any threads, and returns when all have
 *  ended: 0, or any other value when that was not possible, which ends the solve with TRAJ_E_CALLBACK. The worker is
 *  any of 0..workers-1, but never the same one for two jobs at a time. A hook that does not keep to this ends the solve
 *  with TRAJ_E_PARALLEL. Only called with n > 1. A job that never ends, because it was left by longjmp or its thread
 *  was cancelled, makes the solve wait for ever.
 *
 *  While it runs, the hooks of model and cost and the clock are called from its threads, all at the same time; the
 *  iteration hook is called by the solving thread alone, between its runs. Plan, stats (apart from calls) and
 *  iteration rows are the same bits for any number of workers and any order. */
typedef int traj_parallel_fn(traj_job_fn *job, int n, void *arg, void *user);

/** Limits and observers of a run. */
typedef struct traj_run {
  int max_iter;                 /**< Iterations, >= 0; 0: one rollout and one backward pass. Default 500. */
  int workers;                  /**< Workers that share the work of a solve, 0..1024; 0 means 1 (default): the solving
                                     thread alone, without parallel. More need parallel, and memory for each. */
  double time_limit;            /**< Seconds, >= 0; 0 (default): none. Needs clock. */
  traj_clock_fn *clock;         /**< Nullable; traj/extra.h has one. */
  void *clock_user;             /**< Passed to clock; nullable. */
  traj_iteration_fn *iteration; /**< Nullable; traj/extra.h has a printer. */
  void *iteration_user;         /**< Passed to iteration; nullable. */
  traj_parallel_fn *parallel;   /**< Runs jobs at the same time; nullable. traj/extra.h has a pool of threads. */
  void *parallel_user;          /**< Passed to parallel; nullable. */
  void *reserved[6];            /**< Must be zero. */
} traj_run;

/** How often each hook was called in one solve, by all workers together. */
typedef struct traj_calls {
  long dynamics;   /**< step or ode. */
  long jac;        /**< model.jac. */
  long hess;       /**< model.hess. */
  long cost;       /**< cost.stage, cost.final and the residuals. */
  long quad;       /**< cost.stage_quad, cost.final_quad and the residual Jacobians. */
  long retract;    /**< model.retract, or that of model.parts; so for the others of a tangent space. */
  long difference; /**< model.difference. */
  long clock;      /**< run.clock. */
  long project;    /**< model.project. */
  long tangent;    /**< model.retract_derivatives and model.difference_derivatives. */
} traj_calls;

#ifdef __cplusplus
}
#endif

#endif
