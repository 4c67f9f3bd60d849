/** @file
 *  Derivatives that the user does not give, and the check of those that are given. */
#ifndef TRAJ_DERIVATIVES_H
#define TRAJ_DERIVATIVES_H

#include "traj/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How derivatives are made where a hook is NULL. */
typedef enum traj_differences {
  TRAJ_CENTRAL = 0, /**< Central differences, two calls per coordinate. */
  TRAJ_FORWARD,     /**< Forward differences, one call per coordinate, about half the digits; gradients of costs
                         stay central. */
} traj_differences;

/** The worst entry that a derivative check found. */
typedef struct traj_derivative_report {
  long checked;    /**< Entries compared. */
  long suspicious; /**< Entries beyond the tolerance of the check. */
  traj_diag worst; /**< hook, field (output), k, row and col of the entry with the largest error; value = given. */
  double expected; /**< The extrapolated difference at that entry. */
  double error;    /**< |given - expected| relative to the scale of the entry's row. */
} traj_derivative_report;

#ifdef __cplusplus
}
#endif

#endif
