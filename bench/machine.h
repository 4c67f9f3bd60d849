/* What the figures were measured on. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include "report.h"

/* Peak of one core in flop/s, measured by independent fused multiply-adds. */
double bench_peak(void);

/* Prints and reports processor, compiler, libraries, load and peak. */
void bench_machine(bench_report *report, double peak);

#endif
