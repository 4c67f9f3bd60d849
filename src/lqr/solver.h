/* The insides of the linear-quadratic solver. Only factor reads the caller's numbers, checks and packs them: whatever
 * becomes of the caller's arrays afterwards, policy and trajectories belong to what was factored. */
#ifndef TJ_LQR_SOLVER_H
#define TJ_LQR_SOLVER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/lease.h"
#include "core/riccati.h"
#include "lqr/noise.h"
#include "traj/lqr.h"

/* The numbers a problem consists of, named as in traj_lqr_problem. */
typedef enum tj_lqr_name {
  TJ_LQR_A,
  TJ_LQR_B,
  TJ_LQR_c,
  TJ_LQR_Q,
  TJ_LQR_S,
  TJ_LQR_R,
  TJ_LQR_q,
  TJ_LQR_r,
  TJ_LQR_Q_N,
  TJ_LQR_q_N,
  TJ_LQR_Sigma, /* from here on noise */
  TJ_LQR_C,
  TJ_LQR_D,
  TJ_LQR_FIELDS
} tj_lqr_name;

/* A trajectory with the gradients of the value function along it. */
typedef struct tj_lqr_path {
  double *t, *x, *u, *v;
} tj_lqr_path;

struct traj_lqr {
  traj_lqr_problem problem;
  tj_lease lease;
  tj_riccati riccati;
  double *stages; /* packed: one for each, or one for all */
  bool varies;    /* there is one for each */
  double *gains;  /* the kernel's: one for each stage */
  double *end;    /* the final cost, as a value function */
  tj_lqr_noise noise;
  double *noisy;                    /* the stage in hand, with what the noise adds to its cost; NULL: no noise */
  double *K, *k, *V, *v, *constant; /* what policy shows */
  traj_lqr_policy policy;
  bool factored;
  tj_lqr_path shown, spare; /* the plan's, and the one the next solve writes */
  traj_plan plan;
  bool planned;
};

/* Refuses sizes, strides and pointers that make no sense; looks at no number behind a pointer. */
traj_status tj_lqr_check(const traj_lqr_problem *problem, traj_diag *diag);

/* Checks the caller's numbers that hold at stage k; those that hold at all stages, and the final ones, with the last.
 */
traj_status tj_lqr_check_stage(const traj_lqr *solver, int k, traj_diag *diag);

/* Whether there is noise; and the same checks, of that alone. */
bool tj_lqr_has_noise(const traj_lqr_problem *problem);
traj_status tj_lqr_check_noise(const traj_lqr *solver, int k, traj_diag *diag);

/* How many numbers a field has per stage. */
size_t tj_lqr_count(const traj_lqr_problem *problem, tj_lqr_name name);

/* Checks the numbers that a field (not NULL) has at stage k and copies them (to nullable: checks them only). */
traj_status tj_lqr_read_stage(const traj_lqr_problem *problem, tj_lqr_name name, int k, double *to, traj_diag *diag);

/* A field as the caller gave it; Q_N and q_N have stride 0. */
traj_series tj_lqr_series(const traj_lqr_problem *problem, tj_lqr_name name);

/* The caller's numbers that hold at stage k; NULL: zero. */
const double *tj_lqr_at(const traj_lqr *solver, tj_lqr_name name, int k);

/* Whether any of the stages' numbers changes from stage to stage. */
bool tj_lqr_varies(const traj_lqr_problem *problem);

/* The gain of stage k, and the packed stage. */
static inline double *tj_lqr_gain(const traj_lqr *solver, int k) {
  return solver->gains + (size_t)k * solver->riccati.kernel.gain_doubles;
}

static inline double *tj_lqr_stage(const traj_lqr *solver, int k) {
  size_t at = solver->varies ? (size_t)k : 0;
  return solver->stages + at * solver->riccati.kernel.stage_doubles;
}

#endif
