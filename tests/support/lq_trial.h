/* Trials of the linear-quadratic solver: random problems against the KKT oracle, by two measures. The scaled residual
 * is gated always; the forward difference where the condition number lets it say anything. */
#ifndef SUPPORT_LQ_TRIAL_H
#define SUPPORT_LQ_TRIAL_H

#include "support/lq.h"

/* The gate of the scaled residual, and of the dynamics' residual row by row. */
#define LQ_RESIDUAL_GATE 1e-13

/* Beyond this condition number only residuals are compared. */
#define LQ_CONDITION_LIMIT 1e11

/* The gate of the forward difference: 100 eps condition, at least 1e-12. */
double lq_forward_gate(double condition);

/* The worst that a family of problems has shown. */
typedef struct lq_tally {
  int drawn;         /* problems */
  int compared;      /* of them, those with both measures */
  int banded;        /* of them, those too large for the dense oracle */
  double residual;   /* kkt_residual */
  double dynamics;   /* kkt_residual */
  double blocks;     /* kkt_residual */
  double difference; /* the forward difference ... */
  double share;      /* ... and as a share of its gate */
  double condition;  /* among the compared */
} lq_tally;

/* Draws a problem; with each back end factors it once, solves it from two states and applies the policy of a later
 * stage to a third state; compares trajectories, multipliers, controls and costs. Fails the CMocka test when a gate is
 * missed. */
void lq_try(rng *r, const lq_kind *kind, lq_tally *tally);

void lq_print_tally(const char *family, const lq_tally *tally);

#endif
