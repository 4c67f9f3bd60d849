/* Costs made of the plant's f, with derivatives: weight' f, and 1/2 |f|^2 as a residual. Their hooks fail as they are
 * told. */
#ifndef SUPPORT_PLANT_COST_H
#define SUPPORT_PLANT_COST_H

#include "support/plant.h"

extern const double plant_weight[PLANT_X];
extern const double plant_rest[PLANT_U]; /* the control of the final stage, as it were */

/* What the hooks return, and which entry of which output they leave out; the cost's user pointer. */
typedef struct plant_fault {
  int code;
  const char *field;
  int at;
} plant_fault;

extern const traj_cost plant_scalar_cost, plant_residual_cost;

/* weight' f, outside of any hook. */
double plant_weighted(double t, const double *x, const double *u);

#endif
