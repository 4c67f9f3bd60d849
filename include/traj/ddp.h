/** @file
 *  iLQR and DDP: one algorithm with two Hessians, chosen by the caller or from iteration to iteration. A rollout of the
 *  guessed controls, or guessed states; then derivatives, a regularised backward pass and a line search on the true
 *  dynamics, until the projected gradient or the predicted decrease is small. Formulas: docs/theory. */
#ifndef TRAJ_DDP_H
#define TRAJ_DDP_H

#include <stddef.h>

#include "traj/derivatives.h"
#include "traj/linalg.h"
#include "traj/memory.h"
#include "traj/plan.h"
#include "traj/problem.h"
#include "traj/run.h"
#include "traj/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Which second derivatives enter the backward pass. */
typedef enum traj_ddp_method {
  TRAJ_ILQR = 0, /**< Those of the cost only (Gauss-Newton in the dynamics). */
  TRAJ_DDP,      /**< Those of the cost and of the dynamics: quadratic convergence near a solution. */
  TRAJ_AUTO,     /**< Those of the cost, and of the dynamics where that pays: where the others alone converge slowly and
                      the full model is definite, or where they get nowhere. A solve from a guess that makes no headway
                      by either starts over, at most twice: from the guessed controls, then from states that stand
                      still (docs/theory). Its cost rises then; its plan is the best that was found. */
} traj_ddp_method;

/** Settings; fill with traj_ddp_defaults() first. */
typedef struct traj_ddp_settings {
  traj_run run;                 /**< Limits and observers. */
  traj_ddp_method method;       /**< Default TRAJ_AUTO; a struct of zeros, not filled by defaults, has TRAJ_ILQR. */
  traj_differences differences; /**< Default TRAJ_CENTRAL. */
  traj_linalg linalg;           /**< Default TRAJ_LINALG_AUTO. */
  double tolerance;             /**< Converged when the projected gradient or the predicted decrease is at most
                                     tolerance * (1 + |cost|); where nothing can be predicted, for want of definiteness,
                                     the gradient and its square over the largest price of a control. >= 0, default
                                     1e-9. 0: go on until nothing improves. */
  void *reserved[8];            /**< Must be zero. */
} traj_ddp_settings;

/** How the last solve went. What follows from it when that was not well: docs/troubleshooting. */
typedef struct traj_ddp_stats {
  traj_status status;  /**< What the last solve, check or refused call returned. */
  traj_diag diag;      /**< Details when status < 0; for TRAJ_STALLED the last refusal since the last accepted step. */
  int iterations;      /**< Iterations begun: backward passes followed by a line search. */
  int backward_passes; /**< Backward passes, repeated ones included. */
  int candidates;      /**< Rollouts in line searches, refused ones included. */
  double initial_cost; /**< Cost of the rollout, or of the guessed states, that the solve started from; 0 when that
                            failed. */
  double cost;         /**< Cost of the plan; 0 when status < 0. */
  double predicted;    /**< Decrease promised for the last step; 0 when it was refused. */
  double actual;       /**< Decrease found in the last step; 0 when it was refused. */
  double expected;     /**< Decrease a full step without regularisation still promises about the plan;
                            NAN when not known. */
  double gradient;     /**< Largest entry of the projected gradient about the plan; NAN when not known. */
  double regularization;     /**< mu at the end, as in traj_iteration. */
  double max_regularization; /**< Largest mu in the solve. */
  double step;               /**< Length of the last step, in (0, 1]; 0 when it was refused. */
  double gap;                /**< That of the plan, as in traj_plan; 0 when status < 0. */
  traj_calls calls;          /**< Calls of each hook. */
} traj_ddp_stats;

/** The solver; lives in one block of memory. One thread at a time; different solvers share nothing. */
typedef struct traj_ddp traj_ddp;

/** Fills settings with the defaults; does nothing for NULL. */
TRAJ_API void traj_ddp_defaults(traj_ddp_settings *settings);

/** Bytes of the block for init, slack for alignment included.
 *  @param problem   validated as by init
 *  @param settings  NULL: the defaults
 *  @param size      receives the bytes
 *  @param diag      receives what was refused; nullable
 *  @return TRAJ_OK, TRAJ_E_ARG, or TRAJ_E_MEMORY when the size overflows */
TRAJ_API traj_status traj_ddp_size(const traj_problem *problem, const traj_ddp_settings *settings, size_t *size,
                                   traj_diag *diag);

/** Builds a solver in the caller's memory.
 *  @param solver    receives the solver, NULL on refusal
 *  @param block     memory at any alignment, the caller's to free after the last use
 *  @param size      bytes in block
 *  @param problem   copied; what it points to is borrowed
 *  @param settings  copied; NULL: the defaults
 *  @param diag      receives what was refused; nullable
 *  @return TRAJ_OK, TRAJ_E_ARG or TRAJ_E_MEMORY */
TRAJ_API traj_status traj_ddp_init(traj_ddp **solver, void *block, size_t size, const traj_problem *problem,
                                   const traj_ddp_settings *settings, traj_diag *diag);

/** Builds a solver in memory from an allocator (copied); the other parameters as for init. */
TRAJ_API traj_status traj_ddp_create(traj_ddp **solver, const traj_allocator *allocator, const traj_problem *problem,
                                     const traj_ddp_settings *settings, traj_diag *diag);

/** Gives a solver's block back to its allocator; does nothing for NULL, for a solver made by init, or when called from
 *  one of the solver's own hooks. */
TRAJ_API void traj_ddp_destroy(traj_ddp *solver);

/** Sets the horizon without allocation. The guess keeps its controls and states; new stages repeat the last ones.
 *  @param solver  the solver
 *  @param n       stages, 1..problem.N
 *  @return TRAJ_OK, TRAJ_E_ARG or TRAJ_E_BUSY */
TRAJ_API traj_status traj_ddp_horizon(traj_ddp *solver, int n);

/** Sets the guess to controls and resets the regularisation.
 *  @param solver  the solver
 *  @param u       controls, nu x horizon, clipped to the limits when solve starts; copied; NULL: zero
 *  @return TRAJ_OK, TRAJ_E_ARG (not finite; the old guess stays) or TRAJ_E_BUSY */
TRAJ_API traj_status traj_ddp_guess(traj_ddp *solver, const double *u);

/** Sets the guess to states, or to states and controls, and resets the regularisation. The states need not follow from
 *  the controls: each defect, the displacement from a state to where the stage before it ends, becomes part of the
 *  model, and full steps close them all. So a path, or standing still, is a fair start where no good controls are
 *  known. The controls still matter: when they alone would have led to a cheaper rollout than what was found, the solve
 *  goes on from there. A plan with a gap is, with its states, the guess of the next solve. Formulas: docs/theory,
 *  "Starting from states".
 *  @param solver  the solver
 *  @param x       states, nx x (horizon + 1); the first gives way to the x0 of solve; copied; NULL: none, as guess
 *  @param u       controls, nu x horizon, clipped to the limits when solve starts; copied; NULL: zero
 *  @return TRAJ_OK, TRAJ_E_ARG (not finite; the old guess stays) or TRAJ_E_BUSY */
TRAJ_API traj_status traj_ddp_guess_states(traj_ddp *solver, const double *x, const double *u);

/** Solves from a state, starting at the guess (a fresh solver guesses zero). The plan becomes the guess of the next
 *  solve, moved by shift or not; such a guess is rolled out under the plan's feedback as well, and the solve starts
 *  from the cheaper rollout. On an error the guess and the last plan stay as they were.
 *  @param solver  the solver
 *  @param t0      time of stage 0 in seconds
 *  @param x0      state at stage 0, nx; copied
 *  @return TRAJ_OK (converged), TRAJ_MAX_ITER, TRAJ_STALLED, TRAJ_STOPPED, TRAJ_TIME_LIMIT; TRAJ_E_ARG,
 *          TRAJ_E_CALLBACK, TRAJ_E_DIVERGED, TRAJ_E_NOT_FINITE, TRAJ_E_PARALLEL, TRAJ_E_BUSY */
TRAJ_API traj_status traj_ddp_solve(traj_ddp *solver, double t0, const double *x0);

/** Moves the guess forward by n stages, repeating the last control and state; keeps the regularisation; calls no hook.
 *  @param solver  the solver
 *  @param n       stages, >= 0; at the horizon or above every stage gets the last control and state
 *  @return TRAJ_OK, TRAJ_E_ARG or TRAJ_E_BUSY */
TRAJ_API traj_status traj_ddp_shift(traj_ddp *solver, int n);

/** The last good plan; NULL before the first, and if solver is NULL. */
TRAJ_API const traj_plan *traj_ddp_plan(const traj_ddp *solver);

/** How the last solve went; NULL if solver is NULL. */
TRAJ_API const traj_ddp_stats *traj_ddp_get_stats(const traj_ddp *solver);

/** Compares every derivative hook with extrapolated differences at every stage of the guess's rollout. Changes neither
 *  guess nor plan. Formula: docs/theory, "The derivative check".
 *  @param solver  the solver
 *  @param t0      time of stage 0 in seconds
 *  @param x0      state at stage 0, nx
 *  @param report  receives the worst entry; nullable
 *  @return TRAJ_OK, TRAJ_E_DERIVATIVE (at least one suspicious entry), or an error as of solve; details in stats */
TRAJ_API traj_status traj_ddp_check_derivatives(traj_ddp *solver, double t0, const double *x0,
                                                traj_derivative_report *report);

#ifdef __cplusplus
}
#endif

#endif
