/* Instruction counts by Valgrind: unlike times they repeat, so that a small loss is seen. A golden file holds lines of
 * an earlier instructions.csv: build, work, count. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "linalg/backend.h"
#include "work.h"

#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

enum { LINE = 512, BUILD = 160 };

static const double MOST = 0.02; /* deviation from a golden count */

static volatile int finished;

/* In another file than its callers and with something left to do after the call: so it is neither inlined nor left by a
 * jump, and Valgrind sees where it begins and ends. */
void bench_counted(void (*run)(void *), void *arg) {
  run(arg);
  finished = 1;
}

/* The first line that a command prints, without its end; empty when there is none. */
static void first_line(const char *command, char *line, int size) {
  FILE *pipe = popen(command, "r");
  if (pipe == NULL || fgets(line, size, pipe) == NULL) line[0] = '\0';
  line[strcspn(line, "\n")] = '\0';
  if (pipe != NULL) pclose(pipe);
}

/* Everything that counts depend on; false: there is no Valgrind. */
static bool describe_build(char *build, size_t size) {
  char valgrind[64];
  const char *libc = "libc";
  first_line("valgrind --version 2>/dev/null", valgrind, sizeof valgrind);
#if defined(__GLIBC__)
  libc = gnu_get_libc_version();
#endif
#if defined(__clang__)
  const char compiler[] = "clang " __clang_version__;
#else
  const char compiler[] = "gcc " __VERSION__;
#endif
  snprintf(build, size, "%s; %s; libc %s; %s; %s", compiler, BENCH_BUILD, libc, valgrind,
           tj_backend_choose((tj_shape){1, 1}, TRAJ_LINALG_BUILTIN)->name);
  return valgrind[0] != '\0';
}

/* Instructions in bench_counted() while a piece of work is done; -1 when Valgrind does not tell. */
static long count(const bench_run *run, const char *work) {
  char command[2 * LINE], line[LINE];
  snprintf(
      command, sizeof command,
      "valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=bench_counted '%s' --work=%s 2>&1",
      run->self, work);
  FILE *pipe = popen(command, "r");
  if (pipe == NULL) return -1;
  long instructions = -1;
  while (fgets(line, sizeof line, pipe) != NULL) {
    const char *at = strstr(line, "Collected :");
    if (at != NULL) instructions = strtol(at + strlen("Collected :"), NULL, 10);
  }
  return pclose(pipe) == 0 ? instructions : -1;
}

/* The golden count of a piece of work in this build; -1: there is none. */
static long golden_count(const char *path, const char *build, const char *work) {
  char line[LINE], wanted[LINE];
  long found = -1;
  snprintf(wanted, sizeof wanted, "\"%s\",\"%s\",", build, work);
  FILE *file = path == NULL ? NULL : fopen(path, "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, wanted, strlen(wanted)) == 0) found = strtol(line + strlen(wanted), NULL, 10);
  }
  if (file != NULL) fclose(file);
  return found;
}

int bench_section_instructions(const bench_run *run) {
  static const char *const columns[] = {"build", "work", "instructions", "golden", "deviation %"};
  bench_table *table = bench_table_begin(run->report, "instructions", "Instructions");
  for (size_t j = 0; j < sizeof columns / sizeof *columns; j++)
    bench_heading(table, columns[j]);
  char build[BUILD];
  if (!describe_build(build, sizeof build)) {
    printf("\nInstructions: skipped, there is no Valgrind\n");
    return BENCH_SKIPPED;
  }
  int compared = 0, bad = 0;
  const char *work;
  for (int i = 0; (work = bench_work_name(i)) != NULL; i++) {
    long instructions = count(run, work), golden = golden_count(run->golden, build, work);
    double deviation = golden > 0 ? (double)instructions / (double)golden - 1 : (double)NAN;
    bench_text(table, build);
    bench_text(table, work);
    bench_number(table, 0, (double)instructions);
    bench_number(table, 0, golden > 0 ? (double)golden : (double)NAN);
    bench_number(table, 2, 100 * deviation);
    compared += golden > 0;
    if (instructions > 0 && !(fabs(deviation) > MOST)) continue;
    fprintf(stderr, "traj_bench: %s took %ld instructions, golden %ld\n", work, instructions, golden);
    bad = -1;
  }
  bench_table_print(table);
  if (bad != 0 || compared > 0 || run->golden == NULL) return bad;
  printf("Skipped: %s has no count for \"%s\"\n", run->golden, build);
  return BENCH_SKIPPED;
}
