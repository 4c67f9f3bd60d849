/* Noise whose size depends on state and control: what it adds to the cost of a stage. */
#ifndef TJ_LQR_NOISE_H
#define TJ_LQR_NOISE_H

#include "base/arena.h"
#include "linalg/stage.h"
#include "traj/lqr.h"

/* Scratch; all NULL for a problem without such noise. */
typedef struct tj_lqr_noise {
  int nx, nu, noises;
  double *Q, *S, *R; /* a cost with what the noise adds */
  double *W;         /* V C_i or V D_i */
} tj_lqr_noise;

tj_lqr_noise tj_lqr_noise_layout(tj_arena *arena, const traj_lqr_problem *problem);

/* (R6) Makes cost that of the stage with the noise in the value V (nx x nx) of the stage after. C and D (noises
 * matrices each; nullable: zero). The Hessians of cost are in the scratch afterwards. */
void tj_lqr_noise_add(tj_lqr_noise *noise, const double *C, const double *D, const double *V, tj_stage_cost *cost);

#endif
