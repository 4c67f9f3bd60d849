/* traj_bench: see docs/performance.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "machine.h"
#include "work.h"

static const char USAGE[] =
    "usage: traj_bench [option...] [contender.so...]\n"
    "  --quick           few sizes and short rounds\n"
    "  --sections=LIST   of: lq, growth, iteration, nonlinear, latency, parallel, instructions; separated by commas\n"
    "  --sizes=LIST      sizes of the LQ sweep, as in '4,1 12,4'\n"
    "  --golden=FILE     compares instruction counts with FILE; exit status 77 when it has none for this build\n"
    "  --out=DIRECTORY   receives bench.json, bench.gp and a .csv of every table; default bench-results\n";

typedef struct section {
  const char *name;
  int (*run)(const bench_run *run);
} section;

static const section sections[] = {
    {"lq", bench_section_lq},
    {"growth", bench_section_growth},
    {"iteration", bench_section_iteration},
    {"nonlinear", bench_section_nonlinear},
    {"latency", bench_section_latency},
    {"parallel", bench_section_parallel},
    {"instructions", bench_section_instructions},
};

typedef struct arguments {
  const char *sections; /* NULL: all */
  const char *out;
  const char *work; /* a piece of work to be done instead of everything else */
} arguments;

/* What follows "--name=" in an argument, or NULL. */
static const char *value_of(const char *argument, const char *name) {
  size_t length = strlen(name);
  return strncmp(argument, name, length) == 0 ? argument + length : NULL;
}

static int read_option(const char *argument, arguments *given, bench_run *run) {
  const char *value;
  if (strcmp(argument, "--quick") == 0) {
    run->quick = true;
  } else if ((value = value_of(argument, "--sections=")) != NULL) {
    given->sections = value;
  } else if ((value = value_of(argument, "--sizes=")) != NULL) {
    run->sizes = value;
  } else if ((value = value_of(argument, "--golden=")) != NULL) {
    run->golden = value;
  } else if ((value = value_of(argument, "--out=")) != NULL) {
    given->out = value;
  } else if ((value = value_of(argument, "--work=")) != NULL) {
    given->work = value;
  } else {
    return -1;
  }
  return 0;
}

/* Whether a name is in a list separated by commas; NULL holds all. */
static bool listed(const char *list, const char *name) {
  size_t length = strlen(name);
  while (list != NULL) {
    if (strncmp(list, name, length) == 0 && (list[length] == '\0' || list[length] == ',')) return true;
    list = strchr(list, ',');
    if (list == NULL) return false;
    list++;
  }
  return true;
}

static int run_sections(const bench_run *run, const arguments *given) {
  int status = 0;
  for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
    if (!listed(given->sections, sections[i].name)) continue;
    int outcome = sections[i].run(run);
    if (outcome < 0) status = EXIT_FAILURE;
    if (outcome == BENCH_SKIPPED && status == 0 && run->golden != NULL) status = BENCH_SKIPPED;
  }
  if (bench_report_write(run->report, given->out) != 0) status = EXIT_FAILURE;
  return status;
}

int main(int argc, char **argv) {
  bench_run run = {.self = argv[0]};
  arguments given = {.out = "bench-results"};
  int at = 1;
  for (; at < argc && argv[at][0] == '-'; at++) {
    if (read_option(argv[at], &given, &run) == 0) continue;
    fputs(USAGE, stderr);
    return EXIT_FAILURE;
  }
  if (given.work != NULL) return bench_work(given.work) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  if (bench_contenders_load(&run.contenders, argc - at, argv + at) != 0) return EXIT_FAILURE;
  run.report = bench_report_create();
  run.peak = bench_peak();
  bench_machine(run.report, run.peak);
  int status = run_sections(&run, &given);
  bench_report_destroy(run.report);
  return status;
}
