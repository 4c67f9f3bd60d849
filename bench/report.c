#define _POSIX_C_SOURCE 200809L
#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "chart.h"

enum { TABLES = 32, PATH = 4096 };

struct bench_report {
  bench_table tables[TABLES];
  int count;
};

bench_report *bench_report_create(void) {
  bench_report *report = calloc(1, sizeof *report);
  if (report == NULL) abort();
  return report;
}

void bench_report_destroy(bench_report *report) {
  for (int i = 0; i < report->count; i++)
    free(report->tables[i].cells);
  free(report);
}

bench_table *bench_table_begin(bench_report *report, const char *name, const char *title) {
  if (report->count == TABLES) abort();
  bench_table *table = &report->tables[report->count++];
  table->name = name;
  table->title = title;
  return table;
}

static bench_cell cell_of(const char *text, bool number) {
  bench_cell cell = {.number = number};
  snprintf(cell.text, sizeof cell.text, "%s", text);
  return cell;
}

void bench_heading(bench_table *table, const char *heading) {
  if (table->columns == BENCH_COLUMNS) abort();
  table->headings[table->columns++] = cell_of(heading, false);
}

static void add(bench_table *table, bench_cell cell) {
  if (table->count == table->capacity) {
    int capacity = table->capacity == 0 ? 64 : 2 * table->capacity;
    bench_cell *cells = realloc(table->cells, (size_t)capacity * sizeof *cells);
    if (cells == NULL) abort();
    table->cells = cells;
    table->capacity = capacity;
  }
  table->cells[table->count++] = cell;
}

void bench_text(bench_table *table, const char *text) {
  add(table, cell_of(text, false));
}

void bench_number(bench_table *table, int decimals, double number) {
  char text[400] = "";
  if (isfinite(number) && decimals == BENCH_POWER) snprintf(text, sizeof text, "%.1e", number);
  if (isfinite(number) && decimals != BENCH_POWER) snprintf(text, sizeof text, "%.*f", decimals, number);
  add(table, cell_of(text, true));
}

const bench_table *bench_report_find(const bench_report *report, const char *name) {
  for (int i = 0; i < report->count; i++) {
    if (strcmp(report->tables[i].name, name) == 0) return &report->tables[i];
  }
  return NULL;
}

static int width_of(const bench_table *table, int column) {
  size_t width = strlen(table->headings[column].text);
  for (int i = column; i < table->count; i += table->columns) {
    size_t length = strlen(table->cells[i].text);
    if (length > width) width = length;
  }
  return (int)width;
}

void bench_table_print(const bench_table *table) {
  printf("\n%s\n", table->title);
  for (int j = 0; j < table->columns; j++)
    printf("%*s%s", width_of(table, j), table->headings[j].text, j + 1 < table->columns ? "  " : "\n");
  for (int i = 0; i < table->count; i++) {
    int j = i % table->columns;
    const char *text = table->cells[i].text[0] == '\0' ? "-" : table->cells[i].text;
    printf("%*s%s", width_of(table, j), text, j + 1 < table->columns ? "  " : "\n");
  }
  fflush(stdout);
}

/* A string in quotes; the quote itself is written as escape and quote. */
static void put_quoted(FILE *file, const char *text, char escape) {
  fputc('"', file);
  for (; *text != '\0'; text++) {
    if (*text == '"' || (*text == '\\' && escape == '\\')) fputc(escape, file);
    fputc((unsigned char)*text < ' ' ? ' ' : *text, file);
  }
  fputc('"', file);
}

static void put_csv(FILE *file, const void *what) {
  const bench_table *table = what;
  for (int j = 0; j < table->columns; j++) {
    put_quoted(file, table->headings[j].text, '"');
    fputc(j + 1 < table->columns ? ',' : '\n', file);
  }
  for (int i = 0; i < table->count; i++) {
    if (table->cells[i].number) {
      fputs(table->cells[i].text, file);
    } else {
      put_quoted(file, table->cells[i].text, '"');
    }
    fputc((i + 1) % table->columns == 0 ? '\n' : ',', file);
  }
}

static void put_json_cell(FILE *file, const bench_table *table, int i) {
  if (!table->cells[i].number) {
    put_quoted(file, table->cells[i].text, '\\');
  } else {
    fputs(table->cells[i].text[0] == '\0' ? "null" : table->cells[i].text, file);
  }
}

/* {"table": [{"heading": cell, ...}, ...], ...} */
static void put_json(FILE *file, const void *what) {
  const bench_report *report = what;
  fputs("{", file);
  for (int t = 0; t < report->count; t++) {
    const bench_table *table = &report->tables[t];
    fprintf(file, "%s\n  \"%s\": [", t == 0 ? "" : ",", table->name);
    for (int i = 0; i < table->count; i++) {
      int j = i % table->columns;
      if (j == 0) fprintf(file, "%s\n    {", i == 0 ? "" : ",");
      put_quoted(file, table->headings[j].text, '\\');
      fputs(": ", file);
      put_json_cell(file, table, i);
      fputs(j + 1 < table->columns ? ", " : "}", file);
    }
    fputs("\n  ]", file);
  }
  fputs("\n}\n", file);
}

static void put_chart(FILE *file, const void *what) {
  bench_chart(what, file);
}

static int write_file(const char *directory, const char *name, const char *ending, void (*put)(FILE *, const void *),
                      const void *what) {
  char path[PATH];
  snprintf(path, sizeof path, "%s/%s.%s", directory, name, ending);
  FILE *file = fopen(path, "w");
  bool bad = file == NULL;
  if (!bad) {
    put(file, what);
    bad = ferror(file) != 0;
    bad = fclose(file) != 0 || bad;
  }
  if (bad) fprintf(stderr, "traj_bench: cannot write %s\n", path);
  return bad ? -1 : 0;
}

int bench_report_write(const bench_report *report, const char *directory) {
  if (mkdir(directory, 0777) != 0 && errno != EEXIST) {
    fprintf(stderr, "traj_bench: cannot make the directory %s\n", directory);
    return -1;
  }
  int bad = write_file(directory, "bench", "json", put_json, report);
  bad |= write_file(directory, "bench", "gp", put_chart, report);
  for (int t = 0; t < report->count; t++)
    bad |= write_file(directory, report->tables[t].name, "csv", put_csv, &report->tables[t]);
  return bad;
}
