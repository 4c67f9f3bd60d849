/* The benchmark collection DAREX of discrete algebraic Riccati equations, with its default parameters: P. Benner, A. J.
 * Laub, V. Mehrmann, "A collection of benchmark examples for the numerical solution of algebraic Riccati equations II:
 * discrete-time case", TU Chemnitz-Zwickau, SPC 95-23, 1995, in the numbering of its second version (J. Abels, P.
 * Benner, SLICOT Working Note 1999-16). */
#ifndef SUPPORT_DAREX_H
#define SUPPORT_DAREX_H

#include "traj/lqr.h"

enum { DAREX_COUNT = 19, DAREX_MOST = 100 };

typedef struct darex {
  const char *name;
  int nx, nu;
  double A[DAREX_MOST * DAREX_MOST], B[DAREX_MOST * 6], Q[DAREX_MOST * DAREX_MOST], S[6 * DAREX_MOST], R[6 * 6];
  double X[DAREX_MOST * DAREX_MOST]; /* the solution ... */
  int known;                         /* ... where it is known in closed form */
} darex;

/* Example i of DAREX_COUNT; valid until the next call. */
const darex *darex_example(int i);

/* The problem of an example, which it borrows. */
traj_lqr_problem darex_problem(const darex *example);

#endif
