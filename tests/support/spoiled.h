/* A problem with one wrong entry in one output of one derivative hook at one stage: what a derivative check must find.
 */
#ifndef SUPPORT_SPOILED_H
#define SUPPORT_SPOILED_H

#include <stdbool.h>

#include "support/watch.h"

typedef enum spoiled_field {
  SPOILED_FX,
  SPOILED_FU,
  SPOILED_LX,
  SPOILED_LU,
  SPOILED_LXX,
  SPOILED_LUU,
  SPOILED_LUX,
} spoiled_field;

/* An entry; stage N is the final one. Entries of vectors have col = -1. */
typedef struct spot {
  watch_hook hook; /* WATCH_JAC, WATCH_HESS or WATCH_QUAD, which includes the residual Jacobians */
  spoiled_field field;
  int k, row, col;
} spot;

/* Its hook and its field as diagnostics name them. */
const char *spot_hook(const traj_problem *problem, const spot *s);
const char *spot_field(const spot *s);

typedef enum spoiling {
  SPOILED_UP,      /* more by share of the largest entry of the row */
  SPOILED_DOWN,    /* less by that */
  SPOILED_SIGN,    /* the other sign */
  SPOILED_ZERO,    /* omitted */
  SPOILED_DOUBLE,  /* a factor of 2 */
  SPOILED_SWAPPED, /* traded with the entry across the diagonal, when it has one and is not bound to equal it */
  SPOILINGS
} spoiling;

typedef struct spoiled {
  watch watched;
  spot where;
  spoiling how;
  double share;
  /* About the first call for that stage. A row is that of all columns of the hook's Jacobian, gradient or Hessian. */
  bool called;
  double truth, given, scale;
} spoiled;

/* The spoiled problem; it borrows s. What is spoiled is set afterwards, and may be set again with called = false. */
traj_problem spoiled_problem(spoiled *s, const traj_problem *inner);

/* All entries that are read of all outputs of all derivative hooks; returns how many. Fails if there are more than
 * most. */
int spoiled_spots(const traj_problem *problem, spot *spots, int most);

#endif
