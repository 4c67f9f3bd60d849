/* The optimality conditions of a linear-quadratic problem, row by row. Unknowns in stage order
 * u_0, lambda_1, x_1, u_1, lambda_2, x_2, ..., u_{N-1}, lambda_N, x_N, and rows in the same order:
 *
 *   row u_k:           R u_k + S x_k + B' lambda_{k+1} + r              = 0
 *   row lambda_{k+1}:  A x_k + B u_k + c - x_{k+1}                      = 0
 *   row x_k:           Q x_k + S'u_k + A' lambda_{k+1} + q - lambda_k   = 0
 *   row x_N:           Q_N x_N + q_N - lambda_N                         = 0
 *
 * Row x_0 is of the same form and comes last: x_0 is known, and the row gives lambda_0, the gradient of the optimal
 * cost by x_0. */
#ifndef SUPPORT_KKT_ROWS_H
#define SUPPORT_KKT_ROWS_H

#include "support/kkt_point.h"

/* Of each row, the sum of its terms and the sum of their sizes; long double so that residuals near rounding mean
 * something. */
typedef struct kkt_rows {
  long double *sum;
  long double *size;
} kkt_rows;

/* Index of the first row, or unknown, of a kind. */
int kkt_row_u(const traj_lqr_problem *problem, int k);
int kkt_row_lambda(const traj_lqr_problem *problem, int k);
int kkt_row_x(const traj_lqr_problem *problem, int k);

/* Rows without row x_0: also the number of unknowns. */
int kkt_count(const traj_lqr_problem *problem);

/* Evaluates all kkt_count + nx rows at a point. */
void kkt_evaluate(const traj_lqr_problem *problem, kkt_point z, kkt_rows rows);

#endif
