/* A linear-quadratic problem drawn from bytes: sizes, horizon, scales, any choice of fields, strides and noises, convex
 * or indefinite; and one number of it that can be spoiled. */
#ifndef FUZZ_LINEAR_H
#define FUZZ_LINEAR_H

#include "fuzz/bytes.h"
#include "traj/lqr.h"

enum { LINEAR_NX = 5, LINEAR_NU = 4, LINEAR_NZ = LINEAR_NX + LINEAR_NU, LINEAR_N = 6, LINEAR_NOISES = 2 };
enum { LINEAR_POOL = 2000 };

typedef struct linear {
  traj_lqr_problem problem;
  bool tame; /* convex with a weight on every control, nothing far from 1: there is a policy for any horizon */
  double x0[LINEAR_NX];
  double pool[LINEAR_POOL]; /* all that problem points to */
  int used;
  int spoiled; /* where in the pool; -1: nowhere */
  double bad, good;
} linear;

/* Draws a problem that points into l, which must stay where it is. Some are refused by create. */
void linear_draw(linear *l, bytes *b);

/* Puts the number that is none into the pool, or the old one back. */
void linear_spoil(linear *l, bool bad);

#endif
