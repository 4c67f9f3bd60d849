/* The gnuplot script that draws bench.png from the tables. */
#ifndef BENCH_CHART_H
#define BENCH_CHART_H

#include <stdio.h>

#include "report.h"

/* Writes the script; it reads the tables' .csv and is to be run in their directory. Tables that are not there are left
 * out. */
void bench_chart(const bench_report *report, FILE *file);

#endif
