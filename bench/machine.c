#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/backend.h"
#include "measure.h"
#include "traj/version.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { CHAINS = 10, STEPS = 1000 }; /* chains: enough to hide the latency of a multiply-add */

static volatile double sink;

#if defined(__x86_64__)
/* x = a x + b in every lane of every chain; stays near 1. */
__attribute__((target("avx2,fma"))) static void multiply_add_avx2(void *arg) {
  (void)arg;
  const __m256d a = _mm256_set1_pd(0.999), b = _mm256_set1_pd(0.001);
  __m256d x[CHAINS];
  for (int j = 0; j < CHAINS; j++)
    x[j] = _mm256_set1_pd(1.0 + j);
  for (int i = 0; i < STEPS; i++) {
    _Pragma("GCC unroll 10") for (int j = 0; j < CHAINS; j++) x[j] = _mm256_fmadd_pd(a, x[j], b);
  }
  for (int j = 1; j < CHAINS; j++)
    x[0] = _mm256_add_pd(x[0], x[j]);
  sink = _mm256_cvtsd_f64(x[0]);
}
#endif

typedef double pair __attribute__((vector_size(16)));

static void multiply_add_baseline(void *arg) {
  (void)arg;
  const pair a = {0.999, 0.999}, b = {0.001, 0.001};
  pair x[CHAINS];
  for (int j = 0; j < CHAINS; j++)
    x[j] = (pair){1.0 + j, 1.0};
  for (int i = 0; i < STEPS; i++) {
    _Pragma("GCC unroll 10") for (int j = 0; j < CHAINS; j++) x[j] = a * x[j] + b;
  }
  for (int j = 1; j < CHAINS; j++)
    x[0] += x[j];
  sink = x[0][0];
}

double bench_peak(void) {
  bench_job job = {.run = multiply_add_baseline};
  int lanes = 2;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    job.run = multiply_add_avx2;
    lanes = 4;
  }
#endif
  bench_measure(&job, 1, 0.2);
  return 2.0 * lanes * CHAINS * STEPS / job.least;
}

/* The processor's name as Linux has it. */
static void cpu_name(char *name, size_t size) {
  snprintf(name, size, "unknown");
  FILE *file = fopen("/proc/cpuinfo", "r");
  char line[256];
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    char *colon = strchr(line, ':');
    if (strncmp(line, "model name", 10) != 0 || colon == NULL) continue;
    colon[strcspn(colon, "\n")] = '\0';
    snprintf(name, size, "%s", colon + 2);
    break;
  }
  if (file != NULL) fclose(file);
}

/* Runnable programs over the last minute, as Linux has it. */
static void load_average(char *text, int size) {
  FILE *file = fopen("/proc/loadavg", "r");
  if (file == NULL || fgets(text, size, file) == NULL) text[0] = '\0';
  text[strcspn(text, " \n")] = '\0';
  if (file != NULL) fclose(file);
}

static void add(bench_table *table, const char *what, const char *is) {
  bench_text(table, what);
  bench_text(table, is);
}

void bench_machine(bench_report *report, double peak) {
  bench_table *table = bench_table_begin(report, "machine", "Machine");
  bench_heading(table, "what");
  bench_heading(table, "is");
  char text[128];
  cpu_name(text, sizeof text);
  add(table, "processor", text);
  snprintf(text, sizeof text, "%.1f GF/s per core", peak * 1e-9);
  add(table, "multiply-add peak", text);
  load_average(text, sizeof text);
  add(table, "load at the start", text);
#if defined(__clang__)
  add(table, "compiler", "clang " __clang_version__);
#else
  add(table, "compiler", "gcc " __VERSION__);
#endif
  add(table, "traj", traj_version());
  add(table, "own kernels", tj_backend_choose((tj_shape){1, 1}, TRAJ_LINALG_BUILTIN)->name);
  add(table, "OpenBLAS", tj_linalg_available(TRAJ_LINALG_OPENBLAS) ? "built in" : "not built in");
  bench_table_print(table);
}
