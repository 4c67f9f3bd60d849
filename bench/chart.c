#include "chart.h"

/* A panel of lines: rows of a table against its first column, a line for each of the others from a column on. */
typedef struct panel {
  const char *table, *title, *y_label;
  const char *scale; /* gnuplot's setting of the axes */
  int from, step;    /* first column that is drawn, counted from 1, and the distance to the next */
  bool labels;       /* the first column holds labels, set at equal distances */
} panel;

static const panel panels[] = {
    {"lq_kernel", "LQ sweep, kernel to kernel", "ns per stage", "set logscale y", 2, 1, true},
    {"lq_kernel_share", "LQ sweep, kernel to kernel", "share of the multiply-add peak", "set yrange [0:1]", 2, 1, true},
    {"lq_api", "LQ sweep, API to API", "ns per stage", "set logscale y", 2, 1, true},
    {"growth_N", "Growth with the horizon N", "ns per stage",
     "set logscale x; set yrange [0:*]; set offsets 0, 0, graph 0.2, 0", 2, 2, false},
};

enum { PANELS = sizeof panels / sizeof *panels };

/* Whether a column has a number at all; not every contender takes part in everything. */
static bool has_numbers(const bench_table *table, int column) {
  for (int i = column; i < table->count; i += table->columns) {
    if (table->cells[i].number && table->cells[i].text[0] != '\0') return true;
  }
  return false;
}

static void put_panel(FILE *file, const panel *p, const bench_table *table) {
  fprintf(file, "reset\nset datafile separator ','\nset key top left samplen 2 font ',9'\nset grid ytics\n");
  fputs("set xtics font ',8'\nset format y '%g'\nset rmargin 4\n", file);
  fprintf(file, "set title \"%s\"\nset xlabel \"%s\"\nset ylabel \"%s\"\n", p->title, table->headings[0].text,
          p->y_label);
  fprintf(file, "%s\n", p->scale);
  const char *before = "plot";
  for (int column = p->from; column <= table->columns; column += p->step) {
    if (!has_numbers(table, column - 1)) continue;
    fprintf(file, "%s '%s.csv' using ", before, p->table);
    fprintf(file, p->labels ? "0:%d:xtic(1)" : "1:%d", column);
    fprintf(file, " with linespoints pointtype 7 pointsize 0.5 title columnheader(%d)", column);
    before = ",";
  }
  fputc('\n', file);
}

void bench_chart(const bench_report *report, FILE *file) {
  const bench_table *found[PANELS];
  int count = 0;
  for (int i = 0; i < PANELS; i++) {
    found[i] = bench_report_find(report, panels[i].table);
    count += found[i] != NULL;
  }
  fprintf(file, "set terminal pngcairo noenhanced font ',10' size 1200,%d\nset output 'bench.png'\n",
          450 * ((count + 1) / 2));
  fprintf(file, "set multiplot layout %d,2\n", count > 2 ? (count + 1) / 2 : 1);
  for (int i = 0; i < PANELS; i++) {
    if (found[i] != NULL) put_panel(file, &panels[i], found[i]);
  }
  fputs("unset multiplot\n", file);
}
