/* The insides of the linear-quadratic solver. The caller's numbers are read where they stand: a stage is packed when
 * the recursion comes to it, and forgotten; trajectories are followed in the numbers themselves. To keep copies would
 * take more memory than all the rest, and to write and read them more time than small changes elsewhere give. */
#ifndef TJ_LQR_SOLVER_H
#define TJ_LQR_SOLVER_H

#include <stdbool.h>
#include <stdint.h>

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
  traj_series given[TJ_LQR_FIELDS]; /* without data the stride is 0 */
  bool varies;                      /* the packed stage is not the same for all */
  double *stage;                    /* packed: the one in hand, with what noise adds to its cost */
  tj_lqr_noise noise;
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

/* Whether any of the stages' numbers changes from stage to stage. */
bool tj_lqr_varies(const traj_lqr_problem *problem);

/* The caller's numbers that hold at stage k; NULL: zero. */
static inline const double *tj_lqr_at(const traj_lqr *solver, tj_lqr_name name, int k) {
  traj_series given = solver->given[name];
  uintptr_t at = (uintptr_t)given.data; /* NULL plus 0 is not for C to say */
  return (const double *)(at + (size_t)k * given.stride * sizeof(double));
}

static inline tj_stage_dynamics tj_lqr_dynamics(const traj_lqr *solver, int k) {
  return (tj_stage_dynamics){tj_lqr_at(solver, TJ_LQR_A, k), tj_lqr_at(solver, TJ_LQR_B, k),
                             tj_lqr_at(solver, TJ_LQR_c, k)};
}

static inline tj_stage_cost tj_lqr_cost(const traj_lqr *solver, int k) {
  return (tj_stage_cost){
      .lxx = tj_lqr_at(solver, TJ_LQR_Q, k),
      .luu = tj_lqr_at(solver, TJ_LQR_R, k),
      .lux = tj_lqr_at(solver, TJ_LQR_S, k),
      .lx = tj_lqr_at(solver, TJ_LQR_q, k),
      .lu = tj_lqr_at(solver, TJ_LQR_r, k),
  };
}

#endif
