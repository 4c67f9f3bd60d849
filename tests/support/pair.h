/* Two solvers of one problem that go the same way, except that one of them is maltreated in between: as long as every
 * maltreatment is refused, their plans are the same bits. */
#ifndef SUPPORT_PAIR_H
#define SUPPORT_PAIR_H

#include "support/allocator.h"
#include "traj/ddp.h"

typedef struct pair {
  traj_ddp *spared, *victim;
  ledger books;
  int solves;
} pair;

void pair_begin(pair *p, const traj_problem *problem, const traj_ddp_settings *settings);
void pair_end(pair *p);

/* Both solve on from the guess that they have, at a later time; fails unless they find the same usable plan. */
void pair_solve(pair *p, const double *x0);

/* Fails unless the victim refused with this diagnostic in its stats, and still shows the plan of the spared one. */
void pair_assert_refused(const pair *p, traj_status status, traj_diag expected);

#endif
