/* An independent witness: Ipopt solves the benchmark problems by multiple shooting, with integrator and derivatives of
 * its own, and finds the costs and controls that traj finds. Each problem as it is, and with control limits that bind.
 */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/env.h"
#include "support/rng.h"
#include "support/solver.h"
#include "witness/witness.h"

static const double AGREES = 1e-6, PART = 0.8; /* of what the controls do without limits */
enum { MOST_CONTROLS = 2000, MOST_NU = 20, LEAST_CASES = 10, LEAST_LIMITED = 9 };

/* A solution by traj. */
typedef struct solution {
  double cost, u[MOST_CONTROLS], largest; /* of the controls */
} solution;

static size_t controls(const traj_problem *p) {
  return (size_t)(p->N * p->model.nu);
}

/* Goes on until nothing improves, since the error of the controls goes with the root of the decrease. */
static double solve_by(traj_ddp_method method, const bench_problem *b, solution *s) {
  traj_ddp_settings settings = solver_settings(method);
  settings.tolerance = 0;
  settings.run.max_iter = 1000;
  traj_ddp *solver = solver_create(&b->problem, &settings);
  const traj_status status = solver_run(solver, b);
  if (status < TRAJ_OK) {
    solver_print(solver);
    fail_msg("%s: %s", b->name, traj_status_name(status));
  }
  const traj_plan *plan = traj_ddp_plan(solver);
  const double gradient = traj_ddp_get_stats(solver)->gradient;
  s->cost = plan->cost;
  memcpy(s->u, plan->u, controls(&b->problem) * sizeof *s->u);
  s->largest = 0;
  for (size_t i = 0; i < controls(&b->problem); i++)
    s->largest = fmax(s->largest, fabs(s->u[i]));
  traj_ddp_destroy(solver);
  return gradient;
}

/* By the method that came closer: iLQR can be slow at the end, and DDP where the plant is unstable and regularisation
 * takes the feedback away. */
static void solve(const bench_problem *b, solution *s) {
  static solution other;
  const double gradient = solve_by(TRAJ_DDP, b, s);
  if (solve_by(TRAJ_ILQR, b, &other) < gradient) *s = other;
}

static double cost_gap(double a, double b) {
  return fabs(a - b) / (1 + fabs(b));
}

static double control_gap(const bench_problem *b, const double *u, const solution *s) {
  double most = 0;
  for (size_t i = 0; i < controls(&b->problem); i++)
    most = fmax(most, fabs(u[i] - s->u[i]));
  return most / (1 + s->largest);
}

static bool is_listed(const bench_problem *b, double cost) {
  for (int i = 0; i < b->n_optima; i++)
    if (cost_gap(cost, b->optima[i]) <= AGREES) return true;
  return false;
}

/* Near the solution, and within the limits. */
static void disturb(const bench_problem *b, const solution *s, uint64_t seed, double *u) {
  const traj_problem *p = &b->problem;
  rng r = rng_from(seed);
  for (size_t i = 0; i < controls(p); i++) {
    const size_t at = p->u_stride > 0 ? i : i % (size_t)p->model.nu;
    u[i] = s->u[i] + 1e-3 * (1 + s->largest) * rng_normal(&r);
    if (p->u_min != NULL) u[i] = fmax(u[i], p->u_min[at]);
    if (p->u_max != NULL) u[i] = fmin(u[i], p->u_max[at]);
  }
}

/* From the same guess the witness comes to the same solution, or to another listed one; then it comes back to this one
 * from nearby. */
static void compare(const bench_problem *b, const solution *s, uint64_t seed) {
  static double u[MOST_CONTROLS];
  bench_problem_guess(b, u);
  testimony t = witness_solve(&b->problem, b->x0, false, u);
  bool same = t.converged && cost_gap(t.cost, s->cost) <= AGREES;
  print_message("%-22s %-7s traj %.12g; Ipopt %.12g after %d, %s", b->name, b->problem.u_min ? "limited" : "free",
                s->cost, t.cost, t.iterations, same ? "same" : "elsewhere");
  if (!same) {
    assert_true(!t.converged || b->problem.u_min != NULL || is_listed(b, t.cost));
    disturb(b, s, seed, u);
    t = witness_solve(&b->problem, b->x0, true, u);
    print_message("; from nearby %.12g after %d", t.cost, t.iterations);
  }
  const double costs = cost_gap(t.cost, s->cost), distance = control_gap(b, u, s);
  print_message("; gaps %.1e %.1e (%d)\n", costs, distance, t.status);
  assert_true(t.converged);
  assert_true(costs <= AGREES);
  assert_true(distance <= AGREES);
}

static void the_witness_agrees(void **state) {
  static solution s;
  const bench_problem *b;
  const uint64_t seed = env_seed("witness", 20260);
  int cases = 0;
  (void)state;
  for (int i = 0; (b = bench_problem_at(i)) != NULL; i++) {
    assert_true(controls(&b->problem) <= MOST_CONTROLS);
    solve(b, &s);
    assert_true(is_listed(b, s.cost));
    compare(b, &s, seed);
    cases++;
  }
  assert_true(cases >= LEAST_CASES);
}

/* About the fixed guess, as far as the solution without limits goes away from it at some stage, times part. */
static void limit(const bench_problem *b, const solution *s, double part, double *low, double *high) {
  const int nu = b->problem.model.nu;
  for (int i = 0; i < nu; i++) {
    double most = 0;
    for (int k = 0; k < b->problem.N; k++)
      most = fmax(most, fabs(s->u[k * nu + i] - b->guess));
    low[i] = b->guess - part * most;
    high[i] = b->guess + part * most;
  }
}

static int at_limit(const bench_problem *b, const solution *s) {
  int count = 0;
  for (size_t i = 0; i < controls(&b->problem); i++) {
    const size_t at = i % (size_t)b->problem.model.nu;
    count += s->u[i] == b->problem.u_min[at] || s->u[i] == b->problem.u_max[at];
  }
  return count;
}

static void the_witness_agrees_under_limits(void **state) {
  static solution s;
  const bench_problem *free_one;
  const uint64_t seed = env_seed("witness", 20260);
  int cases = 0;
  (void)state;
  for (int i = 0; (free_one = bench_problem_at(i)) != NULL; i++) {
    if (free_one->problem.u_min != NULL) continue;
    double low[MOST_NU], high[MOST_NU];
    bench_problem b = *free_one;
    assert_true(b.problem.model.nu <= MOST_NU);
    solve(free_one, &s);
    limit(free_one, &s, PART, low, high);
    b.problem.u_min = low;
    b.problem.u_max = high;
    solve(&b, &s);
    assert_true(at_limit(&b, &s) > 0);
    compare(&b, &s, seed);
    cases++;
  }
  assert_true(cases >= LEAST_LIMITED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_witness_agrees),
      cmocka_unit_test(the_witness_agrees_under_limits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
