/* Rolling the problem out: dynamics and cost together, along open-loop controls or under an affine policy. */
#ifndef TJ_CORE_SIMULATOR_H
#define TJ_CORE_SIMULATOR_H

#include "core/differences.h"
#include "core/dynamics.h"
#include "core/objective.h"
#include "core/parallel.h"
#include "core/world.h"

/* Everything that evaluates the problem. */
typedef struct tj_simulator {
  tj_world world;
  tj_differences fd;
  tj_dynamics dynamics;
  tj_objective objective;
  int most_outputs;     /* of any map that may be differentiated */
  size_t points_stride; /* doubles of points per stage */
  double *dx;           /* displacement, ndx */
  double *end;          /* where a stage ends that does not end at the state after it, nx */
  traj_clock_fn *clock; /* NULL: no deadline */
  void *clock_user;
  double deadline;             /* in the clock's time */
  const tj_parallel *parallel; /* nullable: whose job this simulator works for ... */
  int job;                     /* ... and which */
} tj_simulator;

typedef struct tj_trajectory {
  double *x;      /* nx x (N + 1) */
  double *u;      /* nu x N */
  double *points; /* inside the integration steps */
  double cost;
  double *d;  /* ndx x N, defects: displacements from the state after each stage to where the stage ends */
  double gap; /* sum of their absolute values; 0: the states are a rollout, and d is not used */
} tj_trajectory;

/* An affine policy about a trajectory and its value function. */
typedef struct tj_policy {
  double *K; /* nu x ndx x N */
  double *k; /* nu x N */
  double *V; /* ndx x ndx x (N + 1) */
  double *v; /* ndx x (N + 1) */
} tj_policy;

tj_simulator tj_simulator_layout(tj_arena *arena, const traj_problem *problem, traj_differences order,
                                 bool second_order);

/* A simulator for another worker: evaluates the same problem, in scratch of its own. What second-order dynamics keep
 * per stage is shared. */
tj_simulator tj_simulator_layout_worker(tj_arena *arena, const tj_simulator *first, int worker);

/* What the first has read for a solve, its clock started, is now true for the other worker; its counts begin. */
void tj_simulator_follow(tj_simulator *sim, const tj_simulator *first);

tj_trajectory tj_trajectory_layout(tj_arena *arena, const tj_simulator *sim);
tj_policy tj_policy_layout(tj_arena *arena, const tj_world *world);

/* Starts a time limit in seconds; 0: none. */
void tj_simulator_start_clock(tj_simulator *sim, double limit, traj_clock_fn *clock, void *user);

/* Whether there may ever be a reason to stop: a deadline, or another job. */
static inline bool tj_simulator_hurried(const tj_simulator *sim) {
  return sim->clock != NULL || sim->parallel != NULL;
}

/* Whether to stop: the deadline has passed, if there is one, or another job has made the one in hand pointless. The
 * first is for those that are hurried. */
bool tj_simulator_must_stop(tj_simulator *sim);

static inline bool tj_simulator_late(tj_simulator *sim) {
  return tj_simulator_hurried(sim) && tj_simulator_must_stop(sim);
}

/* Rolls out->u, already clipped, out from x0. May end with TJ_TIMEOUT when timed. */
int tj_rollout_controls(tj_simulator *sim, const double *x0, bool timed, tj_trajectory *out);

/* Cost and defects (M1) of out->x from stage 1 on, started at x0, and out->u, already clipped. Never stopped by the
 * deadline. */
int tj_take_states(tj_simulator *sim, const double *x0, tj_trajectory *out);

/* A policy about a trajectory of N stages, entered `moved` stages after its start and held at its end: stage k has the
 * state x_{k+moved} and the gain K_{k+moved}, or the last of each; the controls u (nu per stage) are those of stage k.
 */
typedef struct tj_guide {
  const tj_trajectory *hat;
  const tj_policy *policy;
  const double *u;
  int moved, N;
  double open; /* share of the defects of hat that the rollout keeps (M2); 0 if moved */
} tj_guide;

/* Rolls u = clip(u_k + alpha k + K difference(x_hat, x)) out from x0. May end with TJ_TIMEOUT when timed. */
int tj_rollout_policy(tj_simulator *sim, const double *x0, const tj_guide *guide, double alpha, bool timed,
                      tj_trajectory *out);

#endif
