/* Random linear-quadratic problems. Every upper triangle of a symmetric matrix and every gap between the matrices of a
 * padded series is NaN: who reads them is found out. */
#ifndef SUPPORT_LQ_H
#define SUPPORT_LQ_H

#include <stdbool.h>

#include "support/rng.h"
#include "traj/lqr.h"

/* What to draw. The stage cost is 1/2 |C x + D u|^2 + 1/2 u'R0 u + q'x + r'u: convex, with Q = C'C of any rank. */
typedef struct lq_kind {
  int nx;
  int nu;
  int N;
  int rank;         /* rows of C, 0..nx; 0: Q and S are NULL, Q_N has full rank */
  double growth;    /* norm of A, about: the spectral radius of a Gaussian matrix of this scale */
  double condition; /* largest over smallest singular value of C and of R0 */
  double effort;    /* largest singular value of R0 */
  double final;     /* Q_N is a random matrix of norm 1 times this; 0: Q_N is NULL */
  bool affine;      /* c, q, r, q_N; else NULL */
  bool cross;       /* D; else S is NULL */
  bool varying;     /* other matrices at each stage; else stride 0 */
  bool padded;      /* strides beyond the size */
  bool noise;       /* Sigma; else NULL */
} lq_kind;

typedef struct lq {
  traj_lqr_problem problem;
  double *x0;
  double *memory; /* all of the above lives here */
} lq;

/* A kind with sizes up to the given ones and everything else at random. */
lq_kind lq_any_kind(rng *r, int max_nx, int max_nu, int max_N);

/* The same, but of even scale: weights of order 1, mildly unstable. */
lq_kind lq_even_kind(rng *r, int max_nx, int max_nu, int max_N);

/* Draws an instance; ends the test program when there is no memory. */
lq lq_draw(rng *r, const lq_kind *kind);

void lq_free(lq *instance);

/* The matrix of stage k; NULL stays NULL. */
const double *lq_at(traj_series series, int k);

/* The problem of stages k, k + 1, ..., N - 1 alone. */
traj_lqr_problem lq_tail(const traj_lqr_problem *problem, int k);

/* Prints a kind on one line, for the report of a failure. */
void lq_print(const lq_kind *kind);

#endif
