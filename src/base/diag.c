#include "base/diag.h"

traj_diag tj_diag_none(void) {
  return (traj_diag){.status = TRAJ_OK, .k = -1, .row = -1, .col = -1};
}

traj_diag tj_diag_field(traj_status status, const char *field, double value) {
  return (traj_diag){.status = status, .field = field, .k = -1, .row = -1, .col = -1, .value = value};
}

traj_status tj_diag_report(traj_diag *diag, traj_diag found) {
  if (diag != NULL) *diag = found;
  return found.status;
}
