/* Time of short runs: rounds in which every job has its turn, so that whatever disturbs the machine disturbs all. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

typedef struct bench_job {
  void (*run)(void *arg);
  void *arg;
  double least, median; /* seconds of processor time per run; set by bench_measure */
} bench_job;

/* Monotonic time in seconds. */
double bench_now(void);

/* Processor time that all threads of this process have spent, in seconds: what other programs take is not in it, their
 * traces in the caches are. */
double bench_spent(void);

/* Measures n jobs for about so many seconds in all. */
void bench_measure(bench_job *jobs, int n, double seconds);

/* The number below which the share p of n sorted numbers lies. */
double bench_quantile(const double *sorted, int n, double p);

/* Sorts n numbers upwards. */
void bench_sort(double *numbers, int n);

#endif
