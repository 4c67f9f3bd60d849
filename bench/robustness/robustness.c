/* traj_robustness: solves every problem from many random guesses and prints the table of docs/robustness.md. Ends with
 * failure when a solve ends in an error, with a number that is not finite, or with a plan worse than its guess. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "robustness/attempt.h"
#include "robustness/table.h"

static const char USAGE[] =
    "usage: traj_robustness [option...]\n"
    "  --guesses=N     random guesses per problem, default 100\n"
    "  --seed=S        of the first guess, default 1; the next one has S + 1\n"
    "  --max-iter=N    limit of each solve, default 500\n"
    "  --problem=NAME  only this one\n"
    "  --method=NAME   only this one: iLQR, DDP, auto, auto-still\n"
    "  --each          a line for every solve instead of the table\n"
    "  --trace         its iterations as well\n"
    "  --quick         2 guesses, 60 iterations: does it work?\n";

static const way ways[] = {
    {"iLQR", TRAJ_ILQR, false},
    {"DDP", TRAJ_DDP, false},
    {"auto", TRAJ_AUTO, false},
    {"auto-still", TRAJ_AUTO, true},
};

enum { WAYS = sizeof ways / sizeof ways[0] };

typedef struct arguments {
  const char *problem, *method; /* NULL: all */
  int guesses, max_iter;
  uint64_t seed;
  bool each, trace;
} arguments;

/* Solves in one way from each guess; returns how many failed. */
static int solve_all(const arguments *given, const bench_problem *problem, const way *how, outcome *outcomes) {
  int failed = 0;
  attempts *a = attempts_create(problem, how, given->max_iter, given->trace);
  for (int g = 0; g < given->guesses; g++) {
    const uint64_t seed = given->seed + (uint64_t)g;
    outcomes[g] = attempts_solve(a, seed);
    if (given->each) table_solve(problem->name, how->name, seed, &outcomes[g]);
    if (outcomes[g].failing == NULL) continue;
    fprintf(stderr, "traj_robustness: %s, %s, seed %llu: %s\n", problem->name, how->name, (unsigned long long)seed,
            outcomes[g].failing);
    failed++;
  }
  attempts_destroy(a);
  return failed;
}

/* Whether problem and method were asked for. */
static bool wanted(const arguments *given, const bench_problem *problem) {
  return given->problem == NULL || strcmp(given->problem, problem->name) == 0;
}

static bool chosen(const arguments *given, const way *how) {
  return given->method == NULL || strcmp(given->method, how->name) == 0;
}

static int solve_problem(const arguments *given, const bench_problem *problem) {
  const int n = given->guesses;
  double best = HUGE_VAL;
  int failed = 0;
  outcome *outcomes = calloc(WAYS * (size_t)n, sizeof *outcomes);
  if (outcomes == NULL) abort();
  for (int i = 0; i < WAYS; i++) {
    if (!chosen(given, &ways[i])) continue;
    failed += solve_all(given, problem, &ways[i], outcomes + i * n);
    for (int g = 0; g < n; g++)
      best = fmin(best, outcome_cost(&outcomes[i * n + g]));
  }
  for (int i = 0; i < WAYS && !given->each; i++)
    if (chosen(given, &ways[i])) table_row(problem->name, ways[i].name, outcomes + i * n, n, best);
  free(outcomes);
  return failed;
}

/* A number >= 1; -1: something else stands there. */
static int read_count(const char *text) {
  enum { LARGEST = 1000000 };
  char *end;
  const long number = strtol(text, &end, 10);
  return end == text || *end != '\0' || number < 1 || number > LARGEST ? -1 : (int)number;
}

/* What follows "--name=" in an argument, or NULL. */
static const char *value_of(const char *argument, const char *name) {
  const size_t length = strlen(name);
  return strncmp(argument, name, length) == 0 ? argument + length : NULL;
}

static int read_option(const char *argument, arguments *given) {
  const char *value;
  int count = 1;
  if (strcmp(argument, "--quick") == 0) {
    given->guesses = 2;
    given->max_iter = 60;
  } else if (strcmp(argument, "--each") == 0) {
    given->each = true;
  } else if (strcmp(argument, "--trace") == 0) {
    given->each = given->trace = true;
  } else if ((value = value_of(argument, "--guesses=")) != NULL) {
    count = given->guesses = read_count(value);
  } else if ((value = value_of(argument, "--max-iter=")) != NULL) {
    count = given->max_iter = read_count(value);
  } else if ((value = value_of(argument, "--seed=")) != NULL) {
    count = read_count(value);
    given->seed = (uint64_t)count;
  } else if ((value = value_of(argument, "--problem=")) != NULL) {
    given->problem = value;
  } else if ((value = value_of(argument, "--method=")) != NULL) {
    given->method = value;
  } else {
    return -1;
  }
  return count < 0 ? -1 : 0;
}

static bool known_method(const char *name) {
  for (int i = 0; i < WAYS; i++)
    if (strcmp(ways[i].name, name) == 0) return true;
  return false;
}

/* The i-th problem that has random guesses; NULL past the last. */
static const bench_problem *problem_at(int i) {
  const bench_problem *problem;
  for (int j = 0; (problem = bench_problem_at(j)) != NULL; j++)
    if (problem->spread > 0 && i-- == 0) return problem;
  return bench_hard_problem_at(i);
}

/* Says what is about to be solved. */
static void announce(const arguments *given) {
  const bench_problem *problem;
  printf("Seeds %llu to %llu, at most %d iterations.\n\n", (unsigned long long)given->seed,
         (unsigned long long)given->seed + (unsigned long long)given->guesses - 1, given->max_iter);
  if (given->each) return;
  table_problems();
  for (int i = 0; (problem = problem_at(i)) != NULL; i++)
    if (wanted(given, problem)) table_problem(problem);
  putchar('\n');
  table_head();
}

int main(int argc, char **argv) {
  arguments given = {.guesses = 100, .max_iter = 500, .seed = 1};
  const bench_problem *problem;
  int failed = 0, solved = 0;
  for (int i = 1; i < argc; i++) {
    if (read_option(argv[i], &given) == 0 && (given.method == NULL || known_method(given.method))) continue;
    fputs(USAGE, stderr);
    return EXIT_FAILURE;
  }
  announce(&given);
  for (int i = 0; (problem = problem_at(i)) != NULL; i++) {
    if (!wanted(&given, problem)) continue;
    failed += solve_problem(&given, problem);
    solved++;
  }
  if (solved == 0) fprintf(stderr, "traj_robustness: no problem %s\n", given.problem);
  return failed == 0 && solved > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
