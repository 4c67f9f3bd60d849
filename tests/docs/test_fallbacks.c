/* The table "Calls of hooks per stage" of docs/theory.md, read from the document, against the counts of solves: one
 * rollout, one pass of derivatives and one backward pass (max_iter 0). */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdbool.h>
#include <string.h>

#include "support/formula.h"
#include "support/table.h"
#include "traj/extra.h"
#include "traj/traj.h"

enum { NX = 3, NU = 2, NZ = NX + NU, STAGES = 7, MAX_ROWS = 32 };

/* One row of the table. */
typedef struct row {
  const char *derivative, *given, *differences, *hook, *calls;
} row;

static row rows[MAX_ROWS];
static int n_rows;

static int read_table(void **state) {
  static table_row cells[MAX_ROWS];
  (void)state;
  n_rows = table_read(TRAJ_THEORY, "derivative", cells, MAX_ROWS);
  for (int i = 0; i < n_rows; i++) {
    const table_row *c = &cells[i];
    if (c->columns != 5) return -1;
    rows[i] = (row){c->cell[0], c->cell[1], c->cell[2], c->cell[3], c->cell[4]};
  }
  return 0;
}

/* Calls by a formula such as "n^2 s + 3 n + 1". */
static long evaluate(const char *formula, long n, long s) {
  const formula_name names[] = {{.name = "n", .value = n}, {.name = "s", .value = s}, {.name = NULL}};
  return formula_value(formula, names);
}

/* Hooks: a mild system with unit weights, so that one backward pass is enough. That jac and hess are not its
 * derivatives does no harm here. */
static int dynamics(const traj_point *at, double *out, void *user) {
  (void)user;
  for (int i = 0; i < NX; i++)
    out[i] = 0.5 * at->x[i] + 0.1 * at->u[i % NU];
  return 0;
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  (void)at, (void)user;
  memset(out->fx, 0, sizeof(double[NX * NX]));
  memset(out->fu, 0, sizeof(double[NX * NU]));
  return 0;
}

static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  (void)at, (void)lambda, (void)user;
  memset(out->lxx, 0, sizeof(double[NX * NX]));
  memset(out->luu, 0, sizeof(double[NU * NU]));
  memset(out->lux, 0, sizeof(double[NU * NX]));
  return 0;
}

static int residual(const traj_point *at, double *r, void *user) {
  (void)user;
  memcpy(r, at->x, sizeof(double[NX]));
  if (at->u != NULL) memcpy(r + NX, at->u, sizeof(double[NU]));
  return 0;
}

static int cost(const traj_point *at, double *value, void *user) {
  double r[NZ] = {0};
  residual(at, r, user);
  *value = 0;
  for (int i = 0; i < NZ; i++)
    *value += 0.5 * r[i] * r[i];
  return 0;
}

static int residual_jac(const traj_point *at, traj_jac *out, void *user) {
  (void)user;
  int m = at->u == NULL ? NX : NZ;
  memset(out->fx, 0, (size_t)(m * NX) * sizeof(double));
  for (int i = 0; i < NX; i++)
    out->fx[i + i * m] = 1;
  if (at->u == NULL) return 0;
  memset(out->fu, 0, sizeof(double[NZ * NU]));
  for (int i = 0; i < NU; i++)
    out->fu[NX + i + i * m] = 1;
  return 0;
}

static int quad(const traj_point *at, traj_quad *out, void *user) {
  (void)user;
  memset(out->lxx, 0, sizeof(double[NX * NX]));
  for (int i = 0; i < NX; i++) {
    out->lx[i] = at->x[i];
    out->lxx[i + i * NX] = 1;
  }
  if (at->u == NULL) return 0;
  memset(out->luu, 0, sizeof(double[NU * NU]));
  memset(out->lux, 0, sizeof(double[NU * NX]));
  for (int i = 0; i < NU; i++) {
    out->lu[i] = at->u[i];
    out->luu[i + i * NU] = 1;
  }
  return 0;
}

/* A tangent space by hooks, which is flat. The other hooks have no user. */
static void live_on_flat(traj_model *model) {
  static traj_part flat[] = {{TRAJ_FLAT, NX}, {0}};
  model->retract = traj_manifold_retract;
  model->difference = traj_manifold_difference;
  model->user = flat;
}

/* How the dynamics are given. */
typedef struct motion {
  bool is_step;
  traj_integrator integrator;
  int substeps;
  long s; /* evaluations in a step */
} motion;

static const motion motions[] = {
    {.is_step = true, .s = 1},
    {.integrator = TRAJ_EULER, .substeps = 1, .s = 1},
    {.integrator = TRAJ_MIDPOINT, .substeps = 2, .s = 4},
    {.integrator = TRAJ_RK4, .s = 4},
    {.integrator = TRAJ_RK4, .substeps = 3, .s = 12},
};

static traj_problem problem_of(const row *r, motion m) {
  bool of_dynamics = strncmp(r->derivative, "dynamics", 8) == 0;
  bool of_residual = strcmp(r->derivative, "residual") == 0, has_quad = of_dynamics || strcmp(r->given, "quad") == 0;
  bool has_hess = strcmp(r->given, "hess") == 0, has_jac = has_hess || strcmp(r->given, "jac") == 0 || !of_dynamics;
  traj_problem p = {.N = STAGES, .dt = 0.1};
  p.model = (traj_model){.nx = NX, .nu = NU, .jac = has_jac ? jac : NULL, .hess = has_hess ? hess : NULL};
  p.model.integrator = m.integrator;
  p.model.substeps = m.substeps;
  if (m.is_step) p.model.step = dynamics;
  if (!m.is_step) p.model.ode = dynamics;
  if (of_residual) {
    p.cost = (traj_cost){.nr = NZ, .nr_final = NX, .residual = residual, .final_residual = residual};
    if (strcmp(r->given, "residual_jac") == 0) p.cost.residual_jac = p.cost.final_residual_jac = residual_jac;
  } else {
    p.cost = (traj_cost){.stage = cost, .final = cost};
    if (has_quad) p.cost.stage_quad = p.cost.final_quad = quad;
  }
  return p;
}

static traj_calls calls_of(const traj_problem *problem, traj_ddp_method method, traj_differences differences) {
  const double x0[NX] = {0.1, 0.2, 0.3};
  double u[NU * STAGES];
  traj_ddp_settings settings;
  traj_ddp *solver;
  traj_ddp_defaults(&settings);
  settings.run.max_iter = 0;
  settings.method = method;
  settings.differences = differences;
  assert_int_equal(traj_ddp_create(&solver, traj_heap(), problem, &settings, NULL), TRAJ_OK);
  for (int i = 0; i < NU * STAGES; i++)
    u[i] = 1;
  assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
  assert_int_equal(traj_ddp_solve(solver, 0, x0), TRAJ_MAX_ITER);
  const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
  assert_int_equal(stats->backward_passes, 1);
  traj_calls calls = stats->calls;
  traj_ddp_destroy(solver);
  return calls;
}

static long count_of(const char *hook, traj_calls calls) {
  if (strcmp(hook, "step or ode") == 0) return calls.dynamics;
  if (strcmp(hook, "jac") == 0) return calls.jac;
  if (strcmp(hook, "hess") == 0) return calls.hess;
  if (strcmp(hook, "stage") == 0 || strcmp(hook, "residual") == 0) return calls.cost;
  if (strcmp(hook, "quad") == 0 || strcmp(hook, "residual_jac") == 0) return calls.quad;
  fail_msg("no hook is called %s", hook);
  return 0;
}

/* Calls of the row's hook for the row's derivative, over all stages. */
static long measured(const row *r, motion m, traj_differences differences) {
  traj_problem p = problem_of(r, m);
  traj_calls calls = calls_of(&p, TRAJ_ILQR, differences);
  if (strcmp(r->derivative, "dynamics, second") == 0) {
    return count_of(r->hook, calls_of(&p, TRAJ_DDP, differences)) - count_of(r->hook, calls);
  }
  traj_calls rollout = {.dynamics = STAGES * m.s, .cost = STAGES + 1};
  return count_of(r->hook, calls) - count_of(r->hook, rollout);
}

static void check_row(const row *r, motion m, traj_differences differences) {
  bool at_final_too = strncmp(r->derivative, "dynamics", 8) != 0;
  long expected = STAGES * evaluate(r->calls, NZ, m.s) + (at_final_too ? evaluate(r->calls, NX, m.s) : 0);
  long found = measured(r, m, differences);
  if (found != expected) {
    fail_msg("%s, given %s, differences %s, calls of %s: %ld, but \"%s\" makes %ld", r->derivative, r->given,
             r->differences, r->hook, found, r->calls, expected);
  }
}

static void the_table_is_true(void **state) {
  (void)state;
  assert_int_equal(n_rows, 13);
  for (int i = 0; i < n_rows; i++) {
    const row *r = &rows[i];
    bool any = strcmp(r->differences, "any") == 0;
    assert_true(any || strcmp(r->differences, "central") == 0 || strcmp(r->differences, "forward") == 0);
    for (size_t m = 0; m < sizeof motions / sizeof *motions; m++) {
      if (any || r->differences[0] == 'c') check_row(r, motions[m], TRAJ_CENTRAL);
      if (any || r->differences[0] == 'f') check_row(r, motions[m], TRAJ_FORWARD);
    }
  }
}

static const char *calls_in(const char *derivative, const char *differences) {
  for (int i = 0; i < n_rows; i++) {
    bool found = strcmp(rows[i].derivative, derivative) == 0 && strcmp(rows[i].given, "none") == 0;
    if (found && strcmp(rows[i].differences, differences) == 0) return rows[i].calls;
  }
  fail_msg("no row for %s", derivative);
  return NULL;
}

static void the_example_is_true(void **state) {
  (void)state;
  assert_int_equal(evaluate(calls_in("dynamics, first", "central"), 16, 4), 128);
  assert_int_equal(evaluate(calls_in("cost", "any"), 16, 4), 305);
}

static traj_problem tangent_problem(bool has_jac) {
  const row r = {.derivative = "cost", .given = "none"};
  traj_problem p = problem_of(&r, motions[0]);
  if (!has_jac) p.model.jac = NULL;
  live_on_flat(&p.model);
  return p;
}

/* Displaced evaluations of the cost, over all stages. */
static long displaced_costs(void) {
  return STAGES * (evaluate(calls_in("cost", "any"), NZ, 1) - 1) + evaluate(calls_in("cost", "any"), NX, 1) - 1;
}

/* Each displaced evaluation calls retract, each evaluation of the step for its derivatives calls difference. */
static void tangent_spaces_add_their_calls(void **state) {
  (void)state;
  const traj_problem p = tangent_problem(false);
  for (int forward = 0; forward < 2; forward++) {
    traj_calls calls = calls_of(&p, TRAJ_ILQR, forward ? TRAJ_FORWARD : TRAJ_CENTRAL);
    long evaluations = evaluate(calls_in("dynamics, first", forward ? "forward" : "central"), NZ, 1);
    assert_int_equal(calls.difference, STAGES * evaluations);
    assert_int_equal(calls.retract, STAGES * (evaluations - forward) + displaced_costs());
  }
}

/* The curvature there is made from the step, with jac or without. */
static void jac_is_no_help_to_curvature_in_a_tangent_space(void **state) {
  (void)state;
  for (int has_jac = 0; has_jac < 2; has_jac++) {
    const traj_problem p = tangent_problem(has_jac);
    traj_calls first = calls_of(&p, TRAJ_ILQR, TRAJ_CENTRAL), both = calls_of(&p, TRAJ_DDP, TRAJ_CENTRAL);
    long evaluations = STAGES * evaluate(calls_in("dynamics, second", "any"), NZ, 1);
    assert_int_equal(both.jac - first.jac, 0);
    assert_int_equal(both.dynamics - first.dynamics, evaluations);
    assert_int_equal(both.difference - first.difference, evaluations);
    assert_int_equal(both.retract - first.retract, evaluations - STAGES);
  }
}

/* A tracking cost and a problem with every hook have no fallback left. */
static void nothing_is_called_beyond_what_is_given(void **state) {
  (void)state;
  const double weights[NX] = {1, 1, 1};
  const row r = {.derivative = "dynamics, second", .given = "hess"};
  traj_problem p = problem_of(&r, motions[0]);
  traj_tracking wishes = {.nx = NX, .nu = NU, .Q = weights, .R = weights, .Qf = weights};
  p.cost = traj_tracking_cost(&wishes);
  traj_calls calls = calls_of(&p, TRAJ_DDP, TRAJ_CENTRAL);
  assert_int_equal(calls.dynamics, STAGES);
  assert_int_equal(calls.jac, STAGES);
  assert_int_equal(calls.hess, STAGES);
  assert_int_equal(calls.cost, STAGES + 1);
  assert_int_equal(calls.quad, STAGES + 1);
}

/* "first derivatives take 2 ndx calls of retract more", and what follows. */
static void odes_in_tangent_spaces_add_theirs(void **state) {
  (void)state;
  const row r = {.derivative = "dynamics, second", .given = "hess"};
  for (size_t m = 1; m < sizeof motions / sizeof *motions; m++) {
    traj_problem p = problem_of(&r, motions[m]);
    live_on_flat(&p.model);
    p.model.project = traj_manifold_project;
    traj_problem with = p;
    with.model.retract_derivatives = traj_manifold_retract_derivatives;
    with.model.difference_derivatives = traj_manifold_difference_derivatives;
    const traj_calls first = calls_of(&p, TRAJ_ILQR, TRAJ_FORWARD), second = calls_of(&p, TRAJ_DDP, TRAJ_FORWARD);
    const traj_calls least = calls_of(&with, TRAJ_DDP, TRAJ_CENTRAL);
    assert_true(least.project == STAGES && least.retract == 0 && least.difference == 0 && least.tangent == 4 * STAGES);
    assert_int_equal(first.retract, STAGES * 2 * NX);
    assert_int_equal(first.difference, STAGES * 2 * NX);
    assert_int_equal(first.project, STAGES * (2 * NX + 1));
    assert_int_equal(second.retract - first.retract, STAGES * (NX * NX + NX));
    assert_int_equal(second.difference - first.difference, STAGES * (NX * NX + NX + 1));
    assert_int_equal(second.project - first.project, STAGES * (NX * NX + NX + 1));
    p.model.jac = NULL;
    const long evaluations = evaluate(calls_in("dynamics, first", "central"), NZ, motions[m].s);
    assert_int_equal(calls_of(&p, TRAJ_ILQR, TRAJ_CENTRAL).dynamics, STAGES * (motions[m].s + evaluations));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_table_is_true),
      cmocka_unit_test(the_example_is_true),
      cmocka_unit_test(tangent_spaces_add_their_calls),
      cmocka_unit_test(jac_is_no_help_to_curvature_in_a_tangent_space),
      cmocka_unit_test(nothing_is_called_beyond_what_is_given),
      cmocka_unit_test(odes_in_tangent_spaces_add_theirs),
  };
  return cmocka_run_group_tests(tests, read_table, NULL);
}
