/* Who takes part: traj's own entries, and those of the shared objects on the command line. */
#ifndef BENCH_CONTENDERS_H
#define BENCH_CONTENDERS_H

#include "contender.h"

enum { BENCH_CONTENDERS = 16 };

typedef struct bench_contenders {
  const bench_lq *lq[BENCH_CONTENDERS];
  int lq_count;
  const bench_nonlinear *nonlinear[BENCH_CONTENDERS];
  int nonlinear_count;
} bench_contenders;

/* traj's own entries, which come first. */
bench_lq_contender_fn bench_lq_traj;
bench_nonlinear_contender_fn bench_nonlinear_traj;

/* Loads the shared objects. Returns 0, or -1 with a message on stderr. */
int bench_contenders_load(bench_contenders *contenders, int count, char *const *paths);

#endif
