/* A scene for rollouts: a rotor with limits under random controls, a policy about its trajectory, and room for another;
 * with a cost that fails where it is told to. */
#ifndef SUPPORT_SCENE_H
#define SUPPORT_SCENE_H

#include "core/simulator.h"
#include "support/rig.h"
#include "support/rng.h"
#include "support/rotor.h"

enum { SCENE_STAGES = 6, SCENE_NU = ROTOR_D };

/* The stage at which the cost fails, and what it returns there; the cost's user pointer. */
typedef struct trouble {
  int k, code;
} trouble;

trouble trouble_none(void);

typedef struct scene {
  rig r;
  tj_trajectory hat, out;
  tj_policy policy;
  double x0[ROTOR_X];
} scene;

/* Its limits are shared by all scenes: one at a time. */
scene scene_of(rng *random, trouble *t);

double scene_stage_cost(const double *x, const double *u);
double scene_final_cost(const double *x);

/* The trajectory obeys the step from x0, and its cost is that of its states and controls. */
void assert_rollout(const tj_trajectory *got, const double *x0, int stages);

#endif
