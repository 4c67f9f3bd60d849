/** @file
 *  The plan: what every solver answers with. A trajectory and the feedback policy about it,
 *  u = u_k + K_k difference(x_k, x), clipped to the limits. The feed-forward term is already part of u_k. */
#ifndef TRAJ_PLAN_H
#define TRAJ_PLAN_H

#include <stddef.h>

#include "traj/problem.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A plan; read-only for the caller. Its pointers stay valid until the next guess, solve, shift, horizon or destroy of
 *  the solver it came from. Fields may be appended in later versions: never copy one by sizeof, use traj_plan_copy().
 */
typedef struct traj_plan {
  int nx;             /**< Numbers in a state. */
  int ndx;            /**< Numbers in a displacement. */
  int nu;             /**< Controls. */
  int N;              /**< Stages. */
  int policy_current; /**< 1: K, V, v belong to this trajectory; 0: to an earlier iterate, or zero if there is none (the
                         solve was interrupted, or stalled before a backward pass about this trajectory succeeded). */
  double cost;        /**< Total cost of the trajectory. */
  double gap;         /**< 0: each state is exactly where the stage before it ends. Else the sum of what is missing (see
                         traj_ddp_guess_states): a solve from guessed states was interrupted, or found no way. */
  const double *t;    /**< Times of the stages, N + 1, in seconds. */
  const double *x;    /**< States, nx x (N + 1). */
  const double *u;    /**< Controls, nu x N. */
  const double *K;    /**< Feedback gains, N matrices nu x ndx. Rows of controls at a limit are zero. */
  const double *V;    /**< Hessians of the value function, N + 1 symmetric matrices ndx x ndx. */
  const double *v;    /**< Gradients of the value function, ndx x (N + 1). */
  const double *u_min;            /**< Lower limits, nu x N; NULL: the problem has no limits. */
  const double *u_max;            /**< Upper limits, nu x N; NULL: the problem has no limits. */
  traj_difference_fn *difference; /**< From the model or its parts; NULL: Euclidean. */
  void *user;                     /**< Passed to difference: the model's, or its parts. */
} traj_plan;

/** The control to apply now: by time, control and gain of the stage that holds t (zero-order hold), the reference
 *  state moved from x_k towards x_{k+1} in proportion to the time elapsed within the stage.
 *  Formula: docs/theory, "The policy between the stages". Thread-safe on a plan that nobody changes. The plan of a step
 *  problem with dt = 0 has no times to go by: use its u, x and K.
 *  @param plan  the plan
 *  @param t     time in seconds; before the first stage the first is used
 *  @param x     measured state, nx
 *  @param u     receives the control, nu
 *  @param work  scratch of ndx doubles; nullable when the model is Euclidean
 *  @return TRAJ_OK, TRAJ_PAST_END (the last stage was used), TRAJ_E_ARG, TRAJ_E_CALLBACK (difference refused),
 *          TRAJ_E_NOT_FINITE (x, t or the control is not finite). After the last two u holds u_k of the stage, clipped:
 *          a control that can be applied; that of stage 0 when t is not finite */
TRAJ_API traj_status traj_plan_action(const traj_plan *plan, double t, const double *x, double *u, double *work);

/** Bytes of a self-contained copy of the plan, slack for alignment included; 0 if plan is NULL. */
TRAJ_API size_t traj_plan_size(const traj_plan *plan);

/** Makes a self-contained snapshot that stays valid while the solver goes on. The snapshot lives in block.
 *  @param copy   receives the snapshot, which lives inside block
 *  @param plan   what to copy
 *  @param block  memory at any alignment
 *  @param size   bytes in block, at least traj_plan_size(plan)
 *  @return TRAJ_OK, TRAJ_E_ARG or TRAJ_E_MEMORY */
TRAJ_API traj_status traj_plan_copy(const traj_plan **copy, const traj_plan *plan, void *block, size_t size);

#ifdef __cplusplus
}
#endif

#endif
