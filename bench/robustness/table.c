#include "robustness/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "measure.h"

static const double NEAR = 1e-6; /* of 1 + |J|: the same minimum */

void table_problems(void) {
  puts("| problem | states | controls | limits | stages | seconds | random guesses |");
  puts("| --- | ---: | ---: | --- | ---: | ---: | --- |");
}

void table_problem(const bench_problem *problem) {
  const traj_problem *p = &problem->problem;
  printf("| %s | %d | %d | %s | %d | %g | %.4g %s %g%s |\n", problem->name, p->model.nx, p->model.nu,
         p->u_min != NULL ? "yes" : "no", p->N, p->N * p->dt, problem->guess, problem->draw == BENCH_NORMAL ? "+" : "±",
         problem->spread, problem->draw == BENCH_NORMAL ? " N(0, 1), clipped" : "");
}

void table_head(void) {
  puts(
      "| problem | method | converged | otherwise | at the best | iterations, median | worst | model calls, thousands |"
      " derivative calls, thousands | best cost | median cost |");
  puts("| --- | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
}

/* What a column is made of. */
static double iterations(const outcome *o) {
  return o->stats.iterations;
}

static double model_calls(const outcome *o) {
  const traj_calls *calls = &o->stats.calls;
  return 1e-3 * (double)(calls->dynamics + calls->cost);
}

static double derivative_calls(const outcome *o) {
  const traj_calls *calls = &o->stats.calls;
  return 1e-3 * (double)(calls->jac + calls->hess + calls->quad);
}

/* The number below which the share p of all solves lies. */
static double quantile(const outcome *outcomes, int n, double p, double (*number)(const outcome *)) {
  double *sorted = malloc((size_t)n * sizeof *sorted);
  if (sorted == NULL) abort();
  for (int i = 0; i < n; i++)
    sorted[i] = number(&outcomes[i]);
  bench_sort(sorted, n);
  const double found = bench_quantile(sorted, n, p);
  free(sorted);
  return found;
}

static int ended(const outcome *outcomes, int n, traj_status status) {
  int count = 0;
  for (int i = 0; i < n; i++)
    count += outcomes[i].stats.status == status;
  return count;
}

/* How those ended that did not converge: "2 TRAJ_MAX_ITER, 1 TRAJ_STALLED". */
static void print_others(const outcome *outcomes, int n) {
#define STATUS(name, value, text) name,
  static const traj_status all[] = {TRAJ_STATUS_LIST(STATUS)};
#undef STATUS
  const char *before = "";
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    const int count = ended(outcomes, n, all[i]);
    if (all[i] == TRAJ_OK || count == 0) continue;
    printf("%s%d `%s`", before, count, traj_status_name(all[i]));
    before = ", ";
  }
}

void table_row(const char *problem, const char *method, const outcome *outcomes, int n, double best) {
  int at_best = 0;
  for (int i = 0; i < n; i++)
    at_best += outcome_cost(&outcomes[i]) < best + NEAR * (1 + fabs(best));
  printf("| %s | %s | %d/%d | ", problem, method, ended(outcomes, n, TRAJ_OK), n);
  print_others(outcomes, n);
  printf(" | %d | %.0f | %.0f | %.1f | %.1f | %.6g | %.6g |\n", at_best, quantile(outcomes, n, 0.5, iterations),
         quantile(outcomes, n, 1, iterations), quantile(outcomes, n, 0.5, model_calls),
         quantile(outcomes, n, 0.5, derivative_calls), quantile(outcomes, n, 0, outcome_cost),
         quantile(outcomes, n, 0.5, outcome_cost));
  fflush(stdout);
}

void table_solve(const char *problem, const char *method, uint64_t seed, const outcome *o) {
  const traj_ddp_stats *s = &o->stats;
  printf(
      "%s, %s, seed %llu: %s, %d iterations, %d candidates, cost %.12g (guess %.6g), gradient %.1e, expected %.1e, "
      "step %.1e, mu %.1e (largest %.1e), gap %.1e%s%s\n",
      problem, method, (unsigned long long)seed, traj_status_name(s->status), s->iterations, s->candidates, s->cost,
      o->guess, s->gradient, s->expected, s->step, s->regularization, s->max_regularization, s->gap,
      o->failing != NULL ? ": " : "", o->failing != NULL ? o->failing : "");
}
