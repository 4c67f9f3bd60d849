#define _POSIX_C_SOURCE 200809L
#include "measure.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { LEAST_ROUNDS = 3, MOST_ROUNDS = 400 };

/* A turn is long enough for the grain of the clock not to count. */
static const double TURN = 100e-6;

static double read_clock(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bench_now(void) {
  return read_clock(CLOCK_MONOTONIC);
}

double bench_spent(void) {
  return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static double time_of(const bench_job *job, int runs) {
  double start = bench_spent();
  for (int i = 0; i < runs; i++)
    job->run(job->arg);
  return (bench_spent() - start) / runs;
}

/* Runs in a turn. */
static int runs_per_turn(const bench_job *job) {
  double once = time_of(job, 1);
  if (once < TURN) once = time_of(job, 1); /* the first run brings memory and caches up */
  return once >= TURN ? 1 : (int)fmin(ceil(TURN / fmax(once, 1e-9)), 1e6);
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

void bench_sort(double *numbers, int n) {
  qsort(numbers, (size_t)n, sizeof *numbers, compare);
}

double bench_quantile(const double *sorted, int n, double p) {
  int i = (int)ceil(p * n) - 1;
  return sorted[i < 0 ? 0 : i];
}

void bench_measure(bench_job *jobs, int n, double seconds) {
  int *runs = malloc((size_t)n * sizeof *runs), rounds = 0;
  double *samples = malloc((size_t)n * MOST_ROUNDS * sizeof *samples);
  if (runs == NULL || samples == NULL) abort();
  for (int j = 0; j < n; j++)
    runs[j] = runs_per_turn(&jobs[j]);
  double start = bench_now();
  while (rounds < LEAST_ROUNDS || (rounds < MOST_ROUNDS && bench_now() - start < seconds)) {
    for (int j = 0; j < n; j++) {
      jobs[j].run(jobs[j].arg); /* not timed: the others have had the caches */
      samples[j * MOST_ROUNDS + rounds] = time_of(&jobs[j], runs[j]);
    }
    rounds++;
  }
  for (int j = 0; j < n; j++) {
    double *mine = samples + j * MOST_ROUNDS;
    bench_sort(mine, rounds);
    jobs[j].least = mine[0];
    jobs[j].median = bench_quantile(mine, rounds, 0.5);
  }
  free(runs);
  free(samples);
}
