/* Oracle for linear-quadratic problems: the optimality conditions of the whole horizon (kkt_rows.h) as one linear
 * system K z = b with x_0 known. K is symmetric with half bandwidth 2 nx + nu - 1. It is factored dense when it has at
 * most KKT_DENSE rows, else banded, both with partial pivoting and without any knowledge of the Riccati recursion;
 * solutions are refined with residuals in long double. */
#ifndef SUPPORT_KKT_H
#define SUPPORT_KKT_H

#include "support/kkt_rows.h"
#include "traj/lqr.h"

enum { KKT_DENSE = 1500 };

typedef struct kkt kkt;

/* Assembles and factors the system of a problem; ends the test program when there is no memory or K is singular. */
kkt *kkt_create(const traj_lqr_problem *problem);

void kkt_destroy(kkt *system);

/* The optimal trajectory from x0; valid until the next solve. */
kkt_point kkt_solve(kkt *system, const double *x0);

/* |K| in the infinity norm. */
double kkt_norm(const kkt *system);

/* Estimate of the condition number |K| |K^-1| in the infinity norm. */
double kkt_condition(const kkt *system);

#endif
