/* Filling diagnostics. */
#ifndef TJ_BASE_DIAG_H
#define TJ_BASE_DIAG_H

#include "traj/status.h"

/* Nothing to report. */
traj_diag tj_diag_none(void);

/* A diagnostic about an argument as a whole. */
traj_diag tj_diag_field(traj_status status, const char *field, double value);

/* Writes what was found to diag (nullable) and returns its status. */
traj_status tj_diag_report(traj_diag *diag, traj_diag found);

#endif
