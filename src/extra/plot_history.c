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

/* A logarithmic scale wherever there is one; it leaves zeros out. */
static void put_scale(FILE *file, const traj_history *history, int quantity) {
  double least = 0, most = 0;
  for (int i = 0; i < history->count; i++) {
    double value = number(&history->rows[i], quantity);
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least >= 0 && most > 0) {
    fputs("set logscale y\nunset mytics\nset format y '%.0e'\n", file);
  } else {
    fputs("unset logscale y\nset format y '%g'\n", file);
    if (least >= 0) fputs("set yrange [0:1]\n", file); /* nothing but zeros */
  }
}

static void put_panels(FILE *file, const void *what) {
  const traj_history *history = what;
  const int last = history->rows[history->count - 1].iteration;
  fprintf(file, "set xrange [0:%d]\n", last > 0 ? last : 1);
  for (int j = 0; j < QUANTITIES; j++) {
    tj_put_panel(file, (tj_panel){.left = LEFT,
                                  .top = TOP + j * (PANEL + GAP),
                                  .width = WIDTH - LEFT - RIGHT,
                                  .height = PANEL,
                                  .x_label = j == QUANTITIES - 1 ? "iteration" : "",
                                  .y_label = quantities[j].name});
    put_scale(file, history, j);
    fprintf(file, "plot $data using 1:%d with linespoints linestyle 1 notitle\n", 2 + j);
  }
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
