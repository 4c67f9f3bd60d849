#include <math.h>
#include <stdbool.h>

#include "extra/script.h"
#include "traj/extra.h"

/* Pixels of the picture, of a panel, and of what surrounds it. */
enum { WIDTH = 900, PANEL = 140, LEFT = 80, RIGHT = 25, TOP = 60, GAP = 48, BOTTOM = 8 };

typedef struct picture {
  const traj_plan *plan;
  const traj_plot *plot;
} picture;

/* Panels side by side, for n of a kind. */
static int columns(int n) {
  return n <= 3 ? 1 : n <= 8 ? 2 : 4;
}

static int rows(int n) {
  return (n + columns(n) - 1) / columns(n);
}

static int picture_width(const traj_plan *plan) {
  return columns(plan->nx) > 2 || columns(plan->nu) > 2 ? 2 * WIDTH : WIDTH;
}

static int picture_height(const traj_plan *plan) {
  return TOP + (rows(plan->nx) + rows(plan->nu)) * (PANEL + GAP) + BOTTOM;
}

static void put_data(FILE *file, const void *what) {
  const traj_plan *plan = ((const picture *)what)->plan;
  for (int k = 0; k <= plan->N; k++) {
    /* The last control is held to the end of the last stage. */
    const size_t stage = (size_t)(k < plan->N ? k : plan->N - 1) * (size_t)plan->nu;
    tj_put_number(file, plan->t[k]);
    for (int i = 0; i < plan->nx; i++)
      tj_put_number(file, plan->x[(size_t)k * (size_t)plan->nx + (size_t)i]);
    for (int i = 0; i < plan->nu; i++)
      tj_put_number(file, plan->u[stage + (size_t)i]);
    for (int i = 0; i < plan->nu; i++)
      tj_put_number(file, plan->u_min == NULL ? (double)NAN : plan->u_min[stage + (size_t)i]);
    for (int i = 0; i < plan->nu; i++)
      tj_put_number(file, plan->u_max == NULL ? (double)NAN : plan->u_max[stage + (size_t)i]);
    fputc('\n', file);
  }
}

/* Panel i of n of a kind, whose first row has the given number. */
static void put_panel(FILE *file, const traj_plan *plan, int n, int i, int first_row, const char *x_label,
                      const char *const *names, char letter) {
  const int cell = picture_width(plan) / columns(n);
  char plain[16];
  snprintf(plain, sizeof plain, "%c%d", letter, i);
  tj_put_panel(file, (tj_panel){.left = i % columns(n) * cell + LEFT,
                                .top = TOP + (first_row + i / columns(n)) * (PANEL + GAP),
                                .width = cell - LEFT - RIGHT,
                                .height = PANEL,
                                .x_label = x_label,
                                .y_label = names != NULL && names[i] != NULL ? names[i] : plain});
}

static void put_state(FILE *file, const picture *it, int i) {
  put_panel(file, it->plan, it->plan->nx, i, 0, "", it->plot->x_names, 'x');
  fprintf(file, "plot $data using 1:%d with lines linestyle 1 notitle", 2 + i);
  if (it->plot->x_goal != NULL && isfinite(it->plot->x_goal[i])) {
    fputs(",", file);
    tj_put_number(file, it->plot->x_goal[i]);
    fputs(" with lines linestyle 3 title 'goal'", file);
  }
  fputc('\n', file);
}

static bool any_finite(const double *series, int n, int stride) {
  for (int k = 0; series != NULL && k < n; k++)
    if (isfinite(series[(size_t)k * (size_t)stride])) return true;
  return false;
}

static void put_control(FILE *file, const picture *it, int i) {
  const traj_plan *plan = it->plan;
  const int u = 2 + plan->nx + i, u_min = u + plan->nu, u_max = u_min + plan->nu;
  const bool lower = any_finite(plan->u_min == NULL ? NULL : plan->u_min + i, plan->N, plan->nu);
  const bool upper = any_finite(plan->u_max == NULL ? NULL : plan->u_max + i, plan->N, plan->nu);
  const bool last_row = i / columns(plan->nu) == rows(plan->nu) - 1;
  put_panel(file, plan, plan->nu, i, rows(plan->nx), last_row ? "time [s]" : "", it->plot->u_names, 'u');
  fprintf(file, "plot $data using 1:%d with steps linestyle 1 notitle", u);
  if (lower) fprintf(file, ", $data using 1:%d with steps linestyle 2 title 'limit'", u_min);
  if (upper) fprintf(file, ", $data using 1:%d with steps linestyle 2 %s", u_max, lower ? "notitle" : "title 'limit'");
  fputc('\n', file);
}

static void put_panels(FILE *file, const void *what) {
  const picture *it = what;
  const traj_plan *plan = it->plan;
  fputs("set xrange [", file);
  tj_put_number(file, plan->t[0]);
  fputs(" :", file);
  tj_put_number(file, plan->t[plan->N]);
  fputs(" ]\n", file);
  for (int i = 0; i < plan->nx; i++)
    put_state(file, it, i);
  for (int i = 0; i < plan->nu; i++)
    put_control(file, it, i);
}

traj_status traj_plot_plan(const traj_plan *plan, const traj_plot *plot, const char *stem) {
  if (plan == NULL || stem == NULL) return TRAJ_E_ARG;
  const picture it = {.plan = plan, .plot = plot != NULL ? plot : &(traj_plot){0}};
  const tj_script script = {.stem = stem,
                            .title = it.plot->title,
                            .width = picture_width(plan),
                            .height = picture_height(plan),
                            .data = put_data,
                            .panels = put_panels,
                            .what = &it};
  return tj_write_script(&script);
}
