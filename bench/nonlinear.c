/* Time to solution and per iteration on the problems for side by side comparison. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "measure.h"

enum { MAX_ITER = 500, GUESSES = 5 };

static const double TOLERANCE = 1e-9;
static const double NEAR = 1e-6; /* of 1 + |J*|: solved */

/* The car has several minima and starts from random guesses; all that is asked is to reach one of those listed. */
static const char CAR[] = "car";
static const double CAR_GOAL = 1.975;

/* One contender's solves of one problem, all of them in a row. */
typedef struct attempt {
  const bench_nonlinear *who;
  void *self;
  const bench_problem *problem;
  const double *guess; /* one after the other */
  double goal;         /* cost at which it is solved */
  double cost;         /* least of the solve in hand */
  double worst;        /* largest of what the solves ended with */
  bench_table *trace;  /* receives every cost of the first solve; NULL: not wanted */
  long heap;           /* calls to the heap in the solves */
  int guesses;         /* solves, from so many guesses */
  int iterations;      /* of all solves; -1 while the cost of the guess is awaited */
  int first;           /* iterations until the goal, of all solves */
  int reached;         /* solves that came to the goal */
  int errors;
  bool stop;  /* stop at the goal */
  bool there; /* this one has */
} attempt;

static int record(double cost, void *user) {
  attempt *a = user;
  a->iterations++;
  a->cost = fmin(a->cost, cost);
  if (!a->there && cost <= a->goal) {
    a->there = true;
    a->reached++;
    a->first += a->iterations;
  }
  if (a->trace != NULL) {
    bench_text(a->trace, a->problem->name);
    bench_text(a->trace, a->who->name);
    bench_number(a->trace, 0, a->iterations);
    bench_number(a->trace, 12, cost);
  }
  return a->stop && a->there;
}

static void solve_all(void *arg) {
  attempt *a = arg;
  const traj_problem *p = &a->problem->problem;
  int total = 0;
  a->first = a->reached = 0;
  a->worst = -HUGE_VAL;
  for (int g = 0; g < a->guesses; g++) {
    bench_nonlinear_task task = {a->guess + (size_t)g * (size_t)(p->N * p->model.nu), record, a};
    a->iterations = -1;
    a->there = false;
    a->cost = HUGE_VAL;
    if (a->who->solve(a->self, &task) != 0) a->errors++;
    total += a->iterations;
    a->worst = fmax(a->worst, a->cost);
    a->trace = NULL;
  }
  a->iterations = total;
}

/* The time per iteration is that on the way to the goal: what comes after it, one solver counts and another does not.
 */
static void add_row(bench_table *table, const attempt *a, double solution) {
  bool solved = a->reached == a->guesses;
  bench_text(table, a->problem->name);
  bench_text(table, a->who->name);
  bench_number(table, 0, a->guesses);
  bench_number(table, 0, a->reached);
  bench_number(table, 0, solved ? a->first : (double)NAN);
  bench_number(table, 0, a->iterations);
  bench_number(table, 9, a->worst);
  bench_number(table, 2, solved ? 1e6 * solution / a->first : (double)NAN);
  bench_number(table, 3, solved ? 1e3 * solution : (double)NAN);
  bench_number(table, 0, bench_heap_counted() ? (double)a->heap : (double)NAN);
}

/* Solves to the end: once for the trace, which calls the heap, and once to count its calls. */
static void look(attempt *a, bench_table *trace) {
  a->trace = trace;
  solve_all(a);
  long before = bench_heap_calls();
  solve_all(a);
  a->heap = bench_heap_calls() - before;
}

static int measure_problem(const bench_run *run, attempt *attempts, int count, bench_table *table, bench_table *trace) {
  attempt to_goal[BENCH_CONTENDERS];
  bench_job jobs[BENCH_CONTENDERS];
  int bad = 0;
  double seconds = (run->quick ? 0.1 : 0.6) * count;
  for (int i = 0; i < count; i++) {
    look(&attempts[i], trace);
    to_goal[i] = attempts[i];
    to_goal[i].stop = true;
    jobs[i] = (bench_job){.run = solve_all, .arg = &to_goal[i]};
  }
  bench_measure(jobs, count, seconds);
  for (int i = 0; i < count; i++) {
    const attempt *a = &attempts[i];
    add_row(table, a, jobs[i].least);
    if (a->errors == 0) continue;
    fprintf(stderr, "traj_bench: %s failed on %s\n", a->who->name, a->problem->name);
    bad = -1;
  }
  return bad;
}

static int solve_problem(const bench_run *run, const bench_problem *problem, bench_table *table, bench_table *trace) {
  attempt attempts[BENCH_CONTENDERS];
  bool car = strcmp(problem->name, CAR) == 0;
  int guesses = car && !run->quick ? GUESSES : 1, count = 0, size = problem->problem.N * problem->problem.model.nu;
  double *guess = malloc((size_t)(guesses * size) * sizeof *guess), best = problem->optima[0];
  if (guess == NULL) abort();
  for (int g = 0; g < guesses; g++) {
    if (car) {
      bench_problem_random_guess(problem, (uint64_t)g + 1, guess + (size_t)(g * size));
    } else {
      bench_problem_guess(problem, guess);
    }
  }
  for (int i = 0; i < run->contenders.nonlinear_count; i++) {
    attempt a = {.who = run->contenders.nonlinear[i], .problem = problem, .guesses = guesses, .guess = guess};
    a.goal = car ? CAR_GOAL : best + NEAR * (1 + fabs(best));
    a.self = a.who->create(problem, TOLERANCE, MAX_ITER);
    if (a.self != NULL) attempts[count++] = a;
  }
  int bad = measure_problem(run, attempts, count, table, trace);
  for (int i = 0; i < count; i++)
    attempts[i].who->destroy(attempts[i].self);
  free(guess);
  return bad;
}

int bench_section_nonlinear(const bench_run *run) {
  static const char *const columns[] = {"problem", "solver", "guesses",      "solved",         "iterations to solution",
                                        "in all",  "cost",   "us/iteration", "ms to solution", "heap calls"};
  static const char *const traced[] = {"problem", "solver", "iteration", "cost"};
  bench_table *table =
      bench_table_begin(run->report, "nonlinear", "Solves from the fixed guess (car: from 5 random ones)");
  bench_table *trace = bench_table_begin(run->report, "convergence", "Cost after each iteration");
  for (size_t j = 0; j < sizeof columns / sizeof *columns; j++)
    bench_heading(table, columns[j]);
  for (size_t j = 0; j < sizeof traced / sizeof *traced; j++)
    bench_heading(trace, traced[j]);
  int bad = 0;
  const bench_problem *problem;
  for (int i = 0; (problem = bench_problem_at(i)) != NULL; i++) {
    if (problem->purpose == BENCH_PEERS) bad |= solve_problem(run, problem, table, trace);
  }
  bench_table_print(table);
  return bad;
}
