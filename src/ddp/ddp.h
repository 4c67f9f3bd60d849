/* Inside of the iLQR/DDP solver. One iteration: differentiate, sweep (the backward pass), search (the forward pass). */
#ifndef TJ_DDP_DDP_H
#define TJ_DDP_DDP_H

#include <stdbool.h>

#include "core/boxqp.h"
#include "core/derivative_check.h"
#include "core/riccati.h"
#include "core/simulator.h"
#include "traj/ddp.h"

/* What the last sweep found. */
typedef struct tj_sweep {
  double slope;    /* a: change of the cost per unit of alpha at alpha = 0 */
  double full;     /* s: change of the model at alpha = 1 */
  double gradient; /* largest entry of the projected gradient */
  double mu;       /* its regularisation */
  bool exact;      /* every gain is the undamped, unlimited minimiser */
} tj_sweep;

/* Regularisation mu and how fast it moves; the schedule is in regularization.c. */
typedef struct tj_regularization {
  double mu;
  double rate;
} tj_regularization;

struct traj_ddp {
  tj_simulator sim;
  traj_ddp_settings settings;
  traj_allocator allocator; /* release is NULL for a solver made by init */
  void *block;
  size_t block_size;
  bool busy;

  double *guess;        /* nu x N */
  double *stages;       /* packed stages */
  double *V_final;      /* ndx x ndx, Hessian of the final cost */
  double *v_final;      /* ndx, its gradient */
  traj_quad quad;       /* derivatives of the stage in hand */
  double *fz;           /* derivatives [fx fu] of the stage in hand, ndx x (ndx + nu) */
  double *v0;           /* ndx, gradient of the cost under the feedback alone */
  double *g;            /* nu, the same by u */
  double *damping;      /* nu, what mu adds to the diagonal of the control Hessian */
  double control_scale; /* largest diagonal entry of luu along the trajectory: the unit of mu */
  tj_riccati riccati;
  tj_boxqp boxqp;
  tj_derivative_check check;

  /* Three of each: what the plan shows, the iterate, and the one being made. They trade places by pointer. */
  tj_trajectory shown, current, candidate;
  tj_policy shown_policy, current_policy, next_policy;
  bool policy_current; /* current_policy belongs to current */
  bool policy_known;   /* current_policy belongs to some iterate of this solve */
  int shifted;         /* stages that the guess moved since the plan was made; < 0: the guess is unrelated to it */

  tj_regularization regularization;
  tj_sweep sweep;
  traj_plan plan;
  bool has_plan;
  double *plan_t, *plan_u_min, *plan_u_max; /* the plan's own copies */
  traj_ddp_stats stats;
};

/* Derivatives along the current trajectory, packed. Returns an outcome. */
int tj_ddp_differentiate(traj_ddp *ddp);

/* One backward pass about the current trajectory with regularisation mu, into current_policy and sweep. Returns an
 * outcome; TJ_UNDEFINED: a control Hessian is not positive definite, see the world's diag. */
int tj_ddp_sweep(traj_ddp *ddp, double mu);

/* Change of the cost that the last sweep predicts for step length alpha (E2). */
double tj_sweep_change(const tj_sweep *sweep, double alpha);

/* The schedule of the regularisation. raise returns false when its end is reached. */
bool tj_regularization_raise(tj_regularization *r);
void tj_regularization_lower(tj_regularization *r);

/* Reads the problem's data for time t0, checks x0 and rolls the guess out into the current trajectory. Returns TRAJ_OK
 * or an error; stats.diag is not filled. */
traj_status tj_ddp_start(traj_ddp *ddp, double t0, const double *x0);

/* Iterates from the current trajectory until a reason to stop. */
traj_status tj_ddp_iterate(traj_ddp *ddp);

/* Makes the current trajectory and policy the plan and the guess. */
void tj_ddp_publish(traj_ddp *ddp);

#endif
