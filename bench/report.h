/* Tables of results: printed as they are completed, and written as JSON, CSV and a gnuplot script at the end. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>

enum { BENCH_COLUMNS = 32, BENCH_POWER = -1 };

typedef struct bench_report bench_report;

/* Text as it is printed; of a number that is not finite it is empty. */
typedef struct bench_cell {
  char text[160];
  bool number;
} bench_cell;

/* A table with its cells row after row. */
typedef struct bench_table {
  const char *name, *title; /* static strings; a file is named after name */
  int columns;
  bench_cell headings[BENCH_COLUMNS];
  bench_cell *cells;
  int count, capacity;
} bench_table;

bench_report *bench_report_create(void);
void bench_report_destroy(bench_report *report);

/* Begins a table; headings are added with bench_heading before the first cell. */
bench_table *bench_table_begin(bench_report *report, const char *name, const char *title);
void bench_heading(bench_table *table, const char *heading);

/* The next cell of the row in hand; a row ends when it is full. A number is written with so many decimals, or as a
 * power of ten; one that is not finite is an empty cell. */
void bench_text(bench_table *table, const char *text);
void bench_number(bench_table *table, int decimals, double number);

/* Prints a table, its columns aligned. */
void bench_table_print(const bench_table *table);

/* The table of that name, or NULL. */
const bench_table *bench_report_find(const bench_report *report, const char *name);

/* Writes bench.json, a .csv of every table and the charts (chart.h) into a directory, which is made. Returns 0, or -1
 * with a message on stderr. */
int bench_report_write(const bench_report *report, const char *directory);

#endif
