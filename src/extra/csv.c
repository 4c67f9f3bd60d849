#include "extra/file.h"
#include "traj/extra.h"

static void put_heading(FILE *file, char name, int n) {
  for (int i = 0; i < n; i++)
    fprintf(file, ",%c%d", name, i);
}

/* Seventeen digits: what is read back is the same number. */
static void put_numbers(FILE *file, const double *a, int n) {
  for (int i = 0; i < n; i++)
    fprintf(file, ",%.17g", a[i]);
}

static void put_plan(FILE *file, const void *what) {
  const traj_plan *plan = what;
  fputs("k,t", file);
  put_heading(file, 'x', plan->nx);
  put_heading(file, 'u', plan->nu);
  for (int k = 0; k <= plan->N; k++) {
    fprintf(file, "\n%d,%.17g", k, plan->t[k]);
    put_numbers(file, plan->x + (size_t)k * (size_t)plan->nx, plan->nx);
    if (k < plan->N) put_numbers(file, plan->u + (size_t)k * (size_t)plan->nu, plan->nu);
  }
  for (int i = 0; i < plan->nu; i++)
    fputc(',', file);
  fputc('\n', file);
}

traj_status traj_write_csv(const traj_plan *plan, const char *path) {
  if (plan == NULL || path == NULL) return TRAJ_E_ARG;
  return tj_write_file(path, put_plan, plan);
}
