#include <math.h>

#include "base/check.h"
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
static tj_panel place(const traj_plan *plan, int n, int i, int first_row) {
  const int cell = picture_width(plan) / columns(n);
  return (tj_panel){.left = i % columns(n) * cell + LEFT,
                    .top = TOP + (first_row + i / columns(n)) * (PANEL + GAP),
                    .width = cell - LEFT - RIGHT,
                    .height = PANEL,
                    .x_label = ""};
}

/* Row i of a series of n columns. */
static tj_range range_of(const double *series, int rows, int i, int n) {
  tj_range range = tj_range_empty();
  for (int k = 0; series != NULL && k < n; k++)
    range = tj_range_with(range, series[(size_t)k * (size_t)rows + (size_t)i]);
  return range;
}

static bool any(tj_range range) {
  return range.least <= range.most;
}

static void put_state(FILE *file, const picture *it, int i) {
  const traj_plan *plan = it->plan;
  const double goal = it->plot->x_goal != NULL ? it->plot->x_goal[i] : (double)NAN;
  char plain[16];
  snprintf(plain, sizeof plain, "x%d", i);
  tj_panel panel = place(plan, plan->nx, i, 0);
  panel.y_label = it->plot->x_names != NULL && it->plot->x_names[i] != NULL ? it->plot->x_names[i] : plain;
  panel.y = tj_range_with(range_of(plan->x, plan->nx, i, plan->N + 1), goal);
  tj_put_panel(file, panel);
  fprintf(file, "plot $data using 1:%d with lines linestyle 1 notitle", 2 + i);
  if (isfinite(goal)) fprintf(file, ", %.9g with lines linestyle 3 title 'goal'", goal);
  fputc('\n', file);
}

static void put_control(FILE *file, const picture *it, int i) {
  const traj_plan *plan = it->plan;
  const int u = 2 + plan->nx + i, u_min = u + plan->nu, u_max = u_min + plan->nu;
  const tj_range low = range_of(plan->u_min, plan->nu, i, plan->N), high = range_of(plan->u_max, plan->nu, i, plan->N);
  char plain[16];
  snprintf(plain, sizeof plain, "u%d", i);
  tj_panel panel = place(plan, plan->nu, i, rows(plan->nx));
  panel.y_label = it->plot->u_names != NULL && it->plot->u_names[i] != NULL ? it->plot->u_names[i] : plain;
  if (i / columns(plan->nu) == rows(plan->nu) - 1) panel.x_label = "time [s]";
  panel.y = range_of(plan->u, plan->nu, i, plan->N);
  if (any(low)) panel.y = tj_range_with(tj_range_with(panel.y, low.least), low.most);
  if (any(high)) panel.y = tj_range_with(tj_range_with(panel.y, high.least), high.most);
  tj_put_panel(file, panel);
  fprintf(file, "plot $data using 1:%d with steps linestyle 1 notitle", u);
  if (any(low)) fprintf(file, ", $data using 1:%d with steps linestyle 2 title 'limit'", u_min);
  if (any(high))
    fprintf(file, ", $data using 1:%d with steps linestyle 2 %s", u_max, any(low) ? "notitle" : "title 'limit'");
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
  if (plot != NULL && !tj_reserved_zero(plot->reserved, sizeof plot->reserved / sizeof *plot->reserved))
    return TRAJ_E_ARG;
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
