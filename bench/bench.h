/* The sections of traj_bench. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>

#include "contenders.h"
#include "report.h"

typedef struct bench_run {
  bool quick;         /* fewer sizes and rounds: shows that everything works */
  const char *sizes;  /* of the LQ sweep, "nx,nu nx,nu ..."; NULL: the listed ones */
  const char *self;   /* path of this program */
  const char *golden; /* file of instruction counts to compare with; NULL: none */
  double peak;        /* flop/s */
  bench_contenders contenders;
  bench_report *report;
} bench_run;

/* Skipped, in the exit status as well. */
enum { BENCH_SKIPPED = 77 };

/* Each returns 0, or -1 with a message on stderr when an answer is wrong. */
int bench_section_lq(const bench_run *run);
int bench_section_growth(const bench_run *run);
int bench_section_iteration(const bench_run *run);
int bench_section_nonlinear(const bench_run *run);
int bench_section_latency(const bench_run *run);
int bench_section_parallel(const bench_run *run);

/* Also -1 when a count is off the golden one; BENCH_SKIPPED when there is nothing to compare with. */
int bench_section_instructions(const bench_run *run);

/* Calls to the heap so far, and whether they are counted at all. */
long bench_heap_calls(void);
bool bench_heap_counted(void);

#endif
