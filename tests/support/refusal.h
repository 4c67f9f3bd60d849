/* What a refusal must say, for CMocka tests. */
#ifndef SUPPORT_REFUSAL_H
#define SUPPORT_REFUSAL_H

#include "traj/status.h"

/* A diagnostic about a field as a whole. */
traj_diag refusal_of_field(traj_status status, const char *field, double value);

/* Fails unless both say the same; values may both be NaN. Also turns the diagnostic into text with every buffer size
 * from 0 on: it names hook and field, is cut where it must be, and nothing is written beyond the buffer. */
void assert_diag(const traj_diag *actual, traj_diag expected);

/* Fails unless the diagnostic reports nothing. */
void assert_no_diag(const traj_diag *actual);

#endif
