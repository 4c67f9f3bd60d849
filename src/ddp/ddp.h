/* Inside of the iLQR/DDP solver. One iteration: differentiate, sweep (the backward pass), search (the forward pass). */
#ifndef TJ_DDP_DDP_H
#define TJ_DDP_DDP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/lease.h"
#include "core/boxqp.h"
#include "core/derivative_check.h"
#include "core/parallel.h"
#include "core/riccati.h"
#include "core/simulator.h"
#include "traj/ddp.h"

/* What the last sweep found. */
typedef struct tj_sweep {
  double slope;    /* a: change of the cost per unit of alpha at alpha = 0 */
  double full;     /* s: change of the model at alpha = 1 */
  double gradient; /* largest entry of the projected gradient */
  double mu;       /* its regularisation */
  bool exact;      /* no defects, and every gain is the undamped, unlimited minimiser */
} tj_sweep;

/* Regularisation mu and how fast it moves; the schedule is in regularization.c. */
typedef struct tj_regularization {
  double mu;
  double rate;
} tj_regularization;

/* Whether sweeps contract the second derivatives of the dynamics; the rules are in order.c. */
typedef struct tj_order {
  bool automatic;  /* rules apply; else second stays as it is */
  bool second;     /* in the sweep in hand */
  bool doubtful;   /* the last step was predicted poorly and brought little less than the one before */
  bool trusted;    /* the full model was definite without more regularisation the last time it was tried */
  bool stuck;      /* Gauss-Newton made no headway */
  bool anew;       /* the solve has started over with the full model */
  bool astray;     /* Gauss-Newton has crawled from the start, or neither made headway for long */
  int pause;       /* iterations until the full model is tried again */
  int stint;       /* iterations that it has led */
  int steps;       /* searches so far */
  int crawled;     /* short steps of Gauss-Newton since a long one */
  int toil;        /* iterations without a long, undamped step, less those with one */
  double decrease; /* what the last step brought; 0: it was refused */
} tj_order;

/* What came of a search. */
typedef struct tj_progress {
  double step;                /* length of the one accepted; 0: none */
  double predicted, decrease; /* the decrease it promised and what it brought */
  double mu;                  /* of its sweep */
  double cost;                /* where it led */
} tj_progress;

/* The derivatives of a stage in hand: where hooks and integrator write them, and the same as what is packed, made once,
 * because pointers just stored are waited for. The backward pass has the first slot's quad for curvature. */
typedef struct tj_slot {
  double *fz; /* [fx fu], ndx x (ndx + nu) */
  traj_quad quad;
  tj_stage_dynamics dynamics;
  tj_stage_cost cost;
} tj_slot;

/* What a worker owns. */
typedef struct tj_worker {
  tj_simulator *sim;
  double *chart;        /* ndx x ndx, from the tangent space at one state to that at another; NULL: Euclidean */
  tj_slot *slots;       /* of the stages in hand: sim->dynamics.slots */
  double control_scale; /* largest diagonal entry of luu in the stages it has differentiated */
} tj_worker;

/* What came of a job. */
typedef struct tj_result {
  int outcome;
  traj_diag diag; /* unless the outcome is fine */
} tj_result;

/* A candidate of the line search. */
typedef struct tj_candidate {
  double alpha, predicted; /* step length, and the decrease it promises */
  tj_trajectory at;
} tj_candidate;

struct traj_ddp {
  tj_simulator sim; /* the first worker's, and that of all work that is not shared */
  traj_ddp_settings settings;
  tj_lease lease;
  atomic_bool busy;

  double *guess;        /* nu x N */
  double *guess_x;      /* nx x (N + 1), states; x_0 is not used */
  bool has_states;      /* the guess has states */
  double *stages;       /* packed stages */
  double *V_final;      /* ndx x ndx, Hessian of the final cost */
  double *v_final;      /* ndx, its gradient */
  double *v0;           /* ndx, gradient of the cost under the feedback alone */
  double *g;            /* nu, the same by u */
  double *costate;      /* ndx, the value gradient where a stage ends */
  double *bent;         /* a packed stage: the one in hand with what curvature and mu add to its cost */
  double control_scale; /* largest diagonal entry of luu along the trajectory: the unit of mu */
  tj_riccati riccati;
  tj_boxqp boxqp;
  tj_derivative_check check;

  tj_parallel parallel;
  tj_worker *workers;       /* one per worker */
  tj_result *results;       /* one per job */
  tj_candidate *candidates; /* as many as there are workers */

  /* Three of each: what the plan shows, the iterate, and the one being made (trajectories: as many as there are
   * workers). They trade places by pointer. */
  tj_trajectory shown, current;
  tj_policy shown_policy, current_policy, next_policy;
  bool policy_current; /* current_policy belongs to current */
  bool policy_known;   /* current_policy belongs to some iterate of this solve */
  int shifted;         /* stages that the guess moved since the plan was made; < 0: the guess is unrelated to it */

  tj_trajectory aside; /* TRAJ_AUTO only: the best rollout before the solve started over; cost HUGE_VAL: none */
  int starts_left;     /* how often it may still start over */
  bool curved;         /* the derivatives in hand allow for a sweep with curvature: their tapes were kept */
  double penalty;      /* weight of the gap in the merit */
  double reference;    /* cost of the guessed controls alone, in a solve that starts from states; HUGE_VAL: none */
  tj_order order;
  tj_regularization regularization;
  tj_sweep sweep;
  traj_plan plan;
  bool has_plan;
  double *plan_t, *plan_u_min, *plan_u_max; /* the plan's own copies */
  traj_ddp_stats stats;
};

/* Where stage k of the current trajectory stands, for a worker. */
tj_site tj_ddp_site(const traj_ddp *ddp, const tj_worker *worker, int k);

/* The defect of stage k of the current trajectory, where that is no rollout; NULL: it is one. */
static inline const double *tj_ddp_defect(const traj_ddp *ddp, int k) {
  return ddp->current.gap > 0 ? ddp->current.d + (size_t)k * (size_t)ddp->sim.world.shape.nx : NULL;
}

/* Of the same: site->x_next moved to where stage k ends (an outcome); derivatives [fx fu] of the stage moved from there
 * to the state after it (an outcome). The former changes nothing in a rollout, the latter is not for one. */
int tj_ddp_arrive(const traj_ddp *ddp, tj_worker *worker, tj_site *site);
int tj_ddp_recentre(traj_ddp *ddp, tj_worker *worker, const tj_site *site, double *fz);

/* (M4) The value gradient where stage k ends, for the sweep in hand: what its second derivatives are contracted with.
 * An outcome. */
int tj_ddp_costate(traj_ddp *ddp, const tj_site *site, const double **lambda);

/* Cost and weighted gap of a trajectory; the decrease of that which the last sweep promises for step length alpha; and
 * the weight, raised until a full step promises one. */
double tj_ddp_merit(const traj_ddp *ddp, const tj_trajectory *at);
double tj_ddp_promise(const traj_ddp *ddp, double alpha);
void tj_ddp_weigh(traj_ddp *ddp);

/* Carves the workers, or measures them. */
void tj_ddp_layout_workers(tj_arena *arena, traj_ddp *ddp);

/* Once the solver stands where it will stay: pointers into itself. */
void tj_ddp_settle_in(traj_ddp *ddp);

/* The other workers learn what the first has read for a solve. */
void tj_ddp_brief_workers(traj_ddp *ddp);

/* Calls of all workers. */
traj_calls tj_ddp_calls(const traj_ddp *ddp);

/* Jobs that n pieces of work of equal cost are cut into: enough that a worker which falls behind leaves some of its
 * share to the others. */
int tj_ddp_jobs(const traj_ddp *ddp, int n);

/* Runs n jobs with the solver as their argument. A job begins, and ends with its outcome; a last one makes the jobs of
 * higher index pointless. Returns the outcome of the hook, not of the jobs. */
int tj_ddp_share(traj_ddp *ddp, traj_job_fn *job, int n);
tj_worker *tj_ddp_begin(traj_ddp *ddp, int i, int worker);
void tj_ddp_end(traj_ddp *ddp, int i, int worker, int outcome, bool last);

/* The outcome of job i, as if it had been run here. */
int tj_ddp_result(traj_ddp *ddp, int i);

/* Derivatives along the current trajectory, packed. Returns an outcome. */
int tj_ddp_differentiate(traj_ddp *ddp);

/* One backward pass about the current trajectory with regularisation mu, into current_policy and sweep. Returns an
 * outcome; TJ_UNDEFINED: a control Hessian is not positive definite, see the world's diag. */
int tj_ddp_sweep(traj_ddp *ddp, double mu);

/* Change of the cost that the last sweep predicts for step length alpha (E2). */
double tj_sweep_change(const tj_sweep *sweep, double alpha);

/* The line search along the last sweep's policy; *accepted: the current trajectory is a better one. Returns an outcome.
 */
int tj_ddp_search(traj_ddp *ddp, bool *accepted);

/* Whether a decrease that the last sweep promises is at the rounding level, where it means nothing. */
bool tj_ddp_negligible(const traj_ddp *ddp, double predicted);

/* The current trajectory trades places with a candidate. */
void tj_ddp_exchange(traj_ddp *ddp, tj_candidate *candidate);

/* The schedule of the regularisation. raise returns false when its end is reached, spent true from then on. */
bool tj_regularization_raise(tj_regularization *r);
bool tj_regularization_spent(const tj_regularization *r);
void tj_regularization_lower(tj_regularization *r);

/* The order of sweeps: at the start of a solve, and where it starts over with the full model; chosen for an iteration
 * (true: tentatively, a first sweep that finds a model that is not definite is repeated by Gauss-Newton); after a
 * tentative sweep; after a search (true: the order is another now, which may do what more regularisation would); and
 * where second derivatives are not defined (true: they were not asked for, and the rest of the solve goes by
 * Gauss-Newton). */
tj_order tj_order_start(traj_ddp_method method);
tj_order tj_order_anew(void);
bool tj_order_choose(tj_order *order);
void tj_order_tried(tj_order *order, bool definite);
bool tj_order_learn(tj_order *order, const tj_progress *made);
bool tj_order_give_up(tj_order *order);

/* Reads the problem's data for time t0, checks x0 and makes the current trajectory of the guess: of its states, or a
 * rollout of its controls. Returns TRAJ_OK or an error; stats.diag is not filled. */
traj_status tj_ddp_start(traj_ddp *ddp, double t0, const double *x0, bool from_states);

/* The controls of the guess, within the limits of this solve. */
void tj_ddp_take_controls(const traj_ddp *ddp, double *u);

/* Another trajectory has become the current one: no policy is about it, and no search has led to it. */
void tj_ddp_forget_search(traj_ddp *ddp);

/* Whether a solve that chooses its order has lost its way; to start over then (an outcome; *moved: there is another
 * current trajectory); that no solve has started over as yet; and to return to what was put aside if it is better
 * (true: it was). */
bool tj_ddp_lost(const traj_ddp *ddp);
int tj_ddp_start_over(traj_ddp *ddp, bool *moved);
void tj_ddp_may_start_over(traj_ddp *ddp);
bool tj_ddp_recall(traj_ddp *ddp);

/* After iterations that ended with a status >= 0: closes the gap that is left, returns to the guessed controls if they
 * alone are better, or to what was put aside if that is, and iterates on from there. When time is over only the last of
 * these. */
traj_status tj_ddp_settle(traj_ddp *ddp, traj_status reached);

/* Iterates from the current trajectory until a reason to stop. */
traj_status tj_ddp_iterate(traj_ddp *ddp);

/* Makes the current trajectory and policy the plan and the guess. */
void tj_ddp_publish(traj_ddp *ddp);

#endif
