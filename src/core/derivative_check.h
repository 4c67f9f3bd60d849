/* Compares the user's derivative hooks with extrapolated differences of the hooks they belong to. */
#ifndef TJ_CORE_DERIVATIVE_CHECK_H
#define TJ_CORE_DERIVATIVE_CHECK_H

#include "core/extrapolation.h"
#include "core/simulator.h"

typedef struct tj_derivative_check {
  tj_extrapolation oracle;
  double *given;     /* m_max x (ndx + nu): what the hook wrote, stacked as the oracle's value is */
  double *row_scale; /* m_max */
  double *lambda;    /* ndx, weights for the contracted second derivatives */
  traj_quad quad;    /* outputs of the quad hooks */
} tj_derivative_check;

tj_derivative_check tj_derivative_check_layout(tj_arena *arena, const tj_simulator *sim);

/* Nothing checked yet. */
traj_derivative_report tj_derivative_report_none(void);

/* Checks every derivative hook at stage k of a trajectory and adds to the report. Returns an outcome. */
int tj_derivative_check_stage(tj_derivative_check *check, tj_simulator *sim, const tj_trajectory *at, int k,
                              traj_derivative_report *report);

#endif
