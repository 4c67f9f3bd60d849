/* The insides of the linear-quadratic solver. factor reads the caller's numbers once, checks them and keeps copies:
 * whatever becomes of the caller's arrays afterwards, policy and trajectories belong to what was factored. */
#ifndef TJ_LQR_SOLVER_H
#define TJ_LQR_SOLVER_H

#include <stdbool.h>

#include "base/arena.h"
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
  TJ_LQR_Sigma,
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
  traj_allocator allocator; /* release is NULL for a solver made by init */
  void *block;
  size_t size;
  double *copies[TJ_LQR_FIELDS]; /* one per stage, or one for all; symmetric matrices whole; NULL: zero */
  tj_riccati riccati;
  tj_lqr_noise noise;
  double *stage;                    /* the packed stage in hand */
  double *K, *k, *V, *v, *constant; /* what policy shows */
  traj_lqr_policy policy;
  bool factored;
  tj_lqr_path shown, spare; /* the plan's, and the one the next solve writes */
  double *work;             /* nx + nu */
  traj_plan plan;
  bool planned;
};

/* Refuses sizes, strides and pointers that make no sense; looks at no number behind a pointer. */
traj_status tj_lqr_check(const traj_lqr_problem *problem, traj_diag *diag);

/* Carves the copies; the problem has passed tj_lqr_check(). */
void tj_lqr_carve_copies(traj_lqr *solver, tj_arena *arena);

/* Checks every number behind the pointers and copies it. After a refusal the copies are unusable. */
traj_status tj_lqr_read(traj_lqr *solver, traj_diag *diag);

/* How many numbers a field has per stage. */
size_t tj_lqr_count(const traj_lqr_problem *problem, tj_lqr_name name);

/* Checks the numbers that a field (not NULL) has at stage k and copies them (to nullable: checks them only). */
traj_status tj_lqr_read_stage(const traj_lqr_problem *problem, tj_lqr_name name, int k, double *to, traj_diag *diag);

/* The caller's pointer of a field at stage 0; NULL: zero. */
const double *tj_lqr_given(const traj_lqr_problem *problem, tj_lqr_name name);

/* The copy that holds at stage k; NULL: zero. */
const double *tj_lqr_at(const traj_lqr *solver, tj_lqr_name name, int k);

/* Whether any of the stages' numbers changes from stage to stage. */
bool tj_lqr_varies(const traj_lqr *solver);

#endif
