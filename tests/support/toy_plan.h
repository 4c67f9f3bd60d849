/* A plan by hand: two states, two controls, three stages, limits that are partly infinite. */
#ifndef SUPPORT_TOY_PLAN_H
#define SUPPORT_TOY_PLAN_H

#include "traj/plan.h"

enum { TOY_NX = 2, TOY_NU = 2, TOY_N = 3 };

/* Its arrays live as long as the program. The first control is limited on both sides, the second above. */
traj_plan toy_plan(void);

#endif
