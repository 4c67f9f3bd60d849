#include <stdio.h>

#include "traj/extra.h"

int traj_print_iteration(const traj_iteration *row, void *user) {
  FILE *file = user != NULL ? user : stdout;
  if (row == NULL) return 0;
  char gap[32] = "";
  if (row->gap > 0) snprintf(gap, sizeof gap, "  gap %.2e", row->gap);
  if (row->iteration == 0) {
    fprintf(file, "%5s %16s %10s %10s %10s %9s %9s\n", "iter", "cost", "predicted", "actual", "gradient", "mu", "step");
    /* No step has been taken yet. */
    fprintf(file, "%5d %16.9e %10s %10s %10.2e %9.1e %9s%s\n", row->iteration, row->cost, "-", "-", row->gradient,
            row->regularization, "-", gap);
  } else {
    fprintf(file, "%5d %16.9e %10.2e %10.2e %10.2e %9.1e %9.3g%s\n", row->iteration, row->cost, row->predicted,
            row->actual, row->gradient, row->regularization, row->step, gap);
  }
  return 0;
}
