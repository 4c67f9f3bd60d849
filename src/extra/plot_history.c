#include <stddef.h>
#include <string.h>

#include "extra/script.h"
#include "traj/extra.h"

/* Pixels of the picture, of a panel, and of what surrounds it. */
enum { WIDTH = 900, PANEL = 150, LEFT = 90, RIGHT = 25, TOP = 50, GAP = 40, BOTTOM = 16 };

enum { QUANTITIES = 3 };

/* What is drawn, from the top down. */
static const struct quantity {
  const char *name;
  size_t offset; /* in a row */
} quantities[QUANTITIES] = {
    {"cost", offsetof(traj_iteration, cost)},
    {"projected gradient", offsetof(traj_iteration, gradient)},
    {"regularisation", offsetof(traj_iteration, regularization)},
};

static double number(const traj_iteration *row, int quantity) {
  double value;
  memcpy(&value, (const char *)row + quantities[quantity].offset, sizeof value);
  return value;
}

static void put_data(FILE *file, const void *what) {
  const traj_history *history = what;
  for (int i = 0; i < history->count; i++) {
    fprintf(file, "%d", history->rows[i].iteration);
    for (int j = 0; j < QUANTITIES; j++)
      tj_put_number(file, number(&history->rows[i], j));
    fputc('\n', file);
  }
}

/* A logarithmic scale where there can be one and it is of use; it leaves zeros out. */
static void put_panel(FILE *file, const traj_history *history, int quantity) {
  tj_range all = tj_range_empty(), positive = tj_range_empty();
  for (int i = 0; i < history->count; i++) {
    double value = number(&history->rows[i], quantity);
    all = tj_range_with(all, value);
    if (value > 0) positive = tj_range_with(positive, value);
  }
  if (all.least == 0 && all.most == 0) all.most = 1; /* nothing here is negative: zeros lie on the floor */
  const bool logarithmic = all.least >= 0 && positive.most >= 10 * positive.least;
  tj_put_panel(file, (tj_panel){.left = LEFT,
                                .top = TOP + quantity * (PANEL + GAP),
                                .width = WIDTH - LEFT - RIGHT,
                                .height = PANEL,
                                .x_label = quantity == QUANTITIES - 1 ? "iteration" : "",
                                .y_label = quantities[quantity].name,
                                .y = logarithmic ? positive : all,
                                .logarithmic = logarithmic});
  fprintf(file, "plot $data using 1:%d with linespoints linestyle 1 notitle\n", 2 + quantity);
}

static void put_panels(FILE *file, const void *what) {
  const traj_history *history = what;
  const int last = history->rows[history->count - 1].iteration;
  fprintf(file, "set xrange [0:%d]\n", last > 0 ? last : 1);
  for (int j = 0; j < QUANTITIES; j++)
    put_panel(file, history, j);
}

traj_status traj_plot_history(const traj_history *history, const char *title, const char *stem) {
  if (history == NULL || history->rows == NULL || history->count < 1 || stem == NULL) return TRAJ_E_ARG;
  const tj_script script = {.stem = stem,
                            .title = title,
                            .width = WIDTH,
                            .height = TOP + QUANTITIES * (PANEL + GAP) + BOTTOM,
                            .data = put_data,
                            .panels = put_panels,
                            .what = history};
  return tj_write_script(&script);
}
