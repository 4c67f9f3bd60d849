/* After create nothing allocates: neither the library nor the linear algebra beneath it, whatever the problem. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>

#include "linalg/stage.h"
#include "problems/problems.h"
#include "support/attitude.h"
#include "support/heap_calls.h"
#include "support/solver.h"
#include "traj/covariance.h"
#include "traj/extra.h"
#include "traj/steady.h"

enum { MAX_CONTROLS = 2000 };

/* A problem with its start and its guess. */
typedef struct subject {
  const char *name;
  traj_problem problem;
  const double *x0;
  double guess;
  int max_iter;
} subject;

static traj_problem without_derivatives(traj_problem problem) {
  problem.model.jac = NULL;
  problem.model.hess = NULL;
  problem.cost.stage_quad = problem.cost.final_quad = NULL;
  return problem;
}

/* All that a controller calls after create; returns how often the heap was called. */
static long calls_in_use(traj_ddp *solver, const subject *s, const double *guess, void *block, size_t size) {
  const int N = s->problem.N, nx = s->problem.model.nx;
  const traj_plan *copy;
  double u[15], work[60];
  const long before = heap_calls;
  traj_status guessed = traj_ddp_guess(solver, guess), first = traj_ddp_solve(solver, 0, s->x0);
  const traj_plan *plan = traj_ddp_plan(solver);
  traj_status copied = traj_plan_copy(&copy, plan, block, size);
  traj_status acted = traj_plan_action(copy, plan->t[1], plan->x + nx, u, work);
  traj_status shifted = traj_ddp_shift(solver, 1), second = traj_ddp_solve(solver, plan->t[1], plan->x + nx);
  traj_status shortened = traj_ddp_horizon(solver, N / 2), third = traj_ddp_solve(solver, 0, s->x0);
  traj_status minimal = traj_ddp_horizon(solver, 2);
  traj_status checked = traj_ddp_check_derivatives(solver, 0, s->x0, NULL);
  traj_status back = traj_ddp_horizon(solver, N), refused = traj_ddp_solve(solver, 0, NULL);
  const long after = heap_calls;
  assert_int_equal(guessed | copied | acted | shifted | shortened | minimal | checked | back, TRAJ_OK);
  assert_true(first >= 0 && second >= 0 && third >= 0);
  assert_int_equal(refused, TRAJ_E_ARG);
  return after - before;
}

static void check_subject(const subject *s, traj_ddp_settings settings) {
  static double guess[MAX_CONTROLS];
  const int controls = s->problem.N * s->problem.model.nu;
  assert_true(controls <= MAX_CONTROLS);
  for (int i = 0; i < controls; i++)
    guess[i] = s->guess;
  settings.run.max_iter = s->max_iter;
  traj_ddp *solver = solver_create(&s->problem, &settings);
  assert_true(traj_ddp_solve(solver, 0, s->x0) >= 0); /* for the size of a plan */
  size_t size = traj_plan_size(traj_ddp_plan(solver));
  void *block = malloc(size);
  assert_non_null(block);
  long calls = calls_in_use(solver, s, guess, block, size);
  print_message("%-30s %s: %ld calls of the heap\n", s->name, settings.method == TRAJ_DDP ? "DDP" : "iLQR", calls);
  assert_int_equal(calls, 0);
  free(block);
  traj_ddp_destroy(solver);
}

static void check_both(subject s) {
  check_subject(&s, solver_settings(TRAJ_ILQR));
  check_subject(&s, solver_settings(TRAJ_DDP));
}

static void the_counter_counts(void **state) {
  (void)state;
  if (!heap_calls_counted()) skip();
  const long before = heap_calls;
  void *(*volatile get)(size_t, size_t) = calloc;
  void *(*volatile grow)(void *, size_t) = realloc;
  void *block = grow(get(1, 100), 10000);
  assert_int_equal(heap_calls - before, 2);
  free(block);
}

/* Odes and steps, with limits and without, in sizes on both sides of what BLAS treats specially. */
static void registered_problems(void **state) {
  (void)state;
  if (!heap_calls_counted()) skip();
  const bench_problem *b;
  for (int n = 0; (b = bench_problem_at(n)) != NULL; n++)
    check_both((subject){b->name, b->problem, b->x0, b->guess, 5});
}

static void finite_differences(void **state) {
  (void)state;
  if (!heap_calls_counted()) skip();
  const char *const names[] = {"CP50", "car", "quadrotor"};
  for (int i = 0; i < 3; i++) {
    const bench_problem *b = bench_problem_find(names[i]);
    check_both((subject){names[i], without_derivatives(b->problem), b->x0, b->guess, 2});
  }
}

static int residual(const traj_point *at, double *r, void *user) {
  (void)user;
  r[0] = 0.1 * at->u[0];
  r[1] = 0.1 * at->x[0];
  return 0;
}

static int final_residual(const traj_point *at, double *r, void *user) {
  (void)user;
  for (int i = 0; i < 4; i++)
    r[i] = 10 * at->x[i];
  r[1] -= 31.4;
  return 0;
}

static void residuals(void **state) {
  (void)state;
  if (!heap_calls_counted()) skip();
  const bench_problem *b = bench_problem_find("CP50");
  traj_problem problem = b->problem;
  problem.cost = (traj_cost){.nr = 2, .nr_final = 4, .residual = residual, .final_residual = final_residual};
  check_both((subject){"CP50, residuals", problem, b->x0, 0, 5});
}

static void tangent_space(void **state) {
  (void)state;
  if (!heap_calls_counted()) skip();
  double x0[ATTITUDE_NX];
  attitude_start(2, x0);
  check_both((subject){"attitude", attitude_problem(), x0, 0, 20});
  check_both((subject){"attitude, no hooks", without_derivatives(attitude_problem()), x0, 0, 20});
}

/* The linear-quadratic solvers: below and above the size from which OpenBLAS may serve. */
static void check_linear_quadratic(int nx, traj_linalg linalg) {
  enum { N = 3 };
  const int nu = nx / 2 + 1;
  const size_t n = (size_t)nx, m = (size_t)nu;
  double *A = calloc(n * n, sizeof *A), *B = calloc(n * m, sizeof *B), *Q = calloc(n * n, sizeof *Q);
  double *R = calloc(m * m, sizeof *R), *P = calloc((N + 1) * n * n, sizeof *P), *x = calloc(n, sizeof *x);
  double *work = calloc(n * (3 * n + m + 1), sizeof *work), cost = 0;
  for (size_t i = 0; i < n; i++)
    A[i + i * n] = Q[i + i * n] = B[i + i % m * n] = 1;
  for (size_t i = 0; i < m; i++)
    R[i + i * m] = 1;
  for (size_t i = m; i < n; i++)
    A[i + i * n] = 0.5; /* shares its control with another state */
  traj_lqr_problem problem = {.nx = nx, .nu = nu, .N = N, .A = {A, 0}, .B = {B, 0}, .Q = {Q, 0}, .R = {R, 0}};
  problem.Sigma = (traj_series){Q, 0};
  problem.linalg = linalg;
  problem.noises = 1;
  problem.D = (traj_series){B, 0};
  traj_steady *steady = NULL;
  traj_lqr *lqr = NULL;
  assert_int_equal(traj_steady_create(&steady, traj_heap(), &problem, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_create(&lqr, traj_heap(), &problem, NULL), TRAJ_OK);
  const long before = heap_calls;
  traj_status solved = traj_steady_finish(steady, &problem, NULL), factored = traj_lqr_factor(lqr, NULL);
  traj_status planned = traj_lqr_solve(lqr, 0, x);
  traj_status spread = traj_plan_covariance(traj_lqr_plan(lqr), &problem, Q, P, &cost, work, NULL);
  B[0] = (double)NAN;
  traj_status refused = traj_steady_solve(steady, NULL);
  const long calls = heap_calls - before;
  print_message("LQR, %d states: %ld calls of the heap\n", nx, calls);
  assert_int_equal(solved | factored | planned | spread, TRAJ_OK);
  assert_int_equal(refused, TRAJ_E_ARG);
  assert_int_equal(calls, 0);
  traj_lqr_destroy(lqr);
  traj_steady_destroy(steady);
  double *const all[] = {A, B, Q, R, P, x, work};
  for (int i = 0; i < 7; i++)
    free(all[i]);
}

static void linear_quadratic(void **state) {
  (void)state;
  if (!heap_calls_counted()) skip();
  const int sizes[] = {1, 5, 17, 40, 64, 100};
  for (int i = 0; i < 6; i++) {
    check_linear_quadratic(sizes[i], TRAJ_LINALG_AUTO);
    if (tj_linalg_available(TRAJ_LINALG_OPENBLAS)) check_linear_quadratic(sizes[i], TRAJ_LINALG_OPENBLAS);
  }
}

static void workers(void **state) {
  (void)state;
  if (!heap_calls_counted()) skip();
  const bench_problem *b = bench_problem_find("quadrotor");
  traj_pool *pool;
  assert_int_equal(traj_pool_create(&pool, 3), TRAJ_OK);
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    traj_ddp_settings settings = solver_settings((traj_ddp_method)method);
    settings.run.workers = 3;
    settings.run.parallel = traj_pool_run;
    settings.run.parallel_user = pool;
    check_subject(&(subject){"quadrotor, three workers", b->problem, b->x0, b->guess, 5}, settings);
  }
  traj_pool_destroy(pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_counter_counts), cmocka_unit_test(registered_problems), cmocka_unit_test(finite_differences),
      cmocka_unit_test(residuals),          cmocka_unit_test(tangent_space),       cmocka_unit_test(workers),
      cmocka_unit_test(linear_quadratic),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
