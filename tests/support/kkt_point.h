/* A trajectory of a linear-quadratic problem with its multipliers, and its cost. */
#ifndef SUPPORT_KKT_POINT_H
#define SUPPORT_KKT_POINT_H

#include "traj/lqr.h"

/* u is nu x N, x and lambda are nx x (N + 1). */
typedef struct kkt_point {
  double *u;
  double *x;
  double *lambda;
} kkt_point;

/* A point of zeros, to be given back with kkt_point_free. */
kkt_point kkt_point_create(const traj_lqr_problem *problem);
void kkt_point_free(kkt_point *z);

/* The stage costs and the final cost along a trajectory, without noise: the sum of the terms a_ij z_i z_j and b_i z_i,
 * and of their sizes (nullable). */
double kkt_cost(const traj_lqr_problem *problem, kkt_point z, double *size);

#endif
