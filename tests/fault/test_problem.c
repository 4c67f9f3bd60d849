/* Problems and settings that make no sense, through each of size, init and create: the same refusal, nothing allocated,
 * no solver. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/stage.h"
#include "support/allocator.h"
#include "support/refusal.h"
#include "support/rigged.h"

/* Stands in for whatever must not be there. */
static int some_retract(const double *x, const double *dx, double *out, void *user) {
  (void)x, (void)dx, (void)out, (void)user;
  return 0;
}

static int some_difference(const double *a, const double *b, double *out, void *user) {
  (void)a, (void)b, (void)out, (void)user;
  return 0;
}

static int some_project(const double *x, double *out, void *user) {
  (void)x, (void)out, (void)user;
  return 0;
}

static int some_tangent(const double *x, const double *w, double *jac, double *hess, void *user) {
  (void)x, (void)w, (void)jac, (void)hess, (void)user;
  return 0;
}

static const traj_part three[] = {{TRAJ_FLAT, 3}, {0}}, two[] = {{TRAJ_FLAT, 2}, {0}};

static int some_ode(const traj_point *at, double *dxdt, void *user) {
  (void)at, (void)dxdt, (void)user;
  return 0;
}

static int some_cost(const traj_point *at, double *cost, void *user) {
  (void)at, (void)cost, (void)user;
  return 0;
}

static int some_quad(const traj_point *at, traj_quad *out, void *user) {
  (void)at, (void)out, (void)user;
  return 0;
}

static int some_jac(const traj_point *at, traj_jac *out, void *user) {
  (void)at, (void)out, (void)user;
  return 0;
}

static traj_status silent_check(const traj_problem *problem, int N, traj_diag *diag, void *user) {
  (void)problem, (void)N, (void)diag, (void)user;
  return TRAJ_STALLED;
}

static const rigged_form plain = {.first = true}, least_squares = {.residual = true, .first = true},
                         continuous = {.ode = true}, curved = {.tangent = true};

/* name, form, field, value shown, what is done to problem p and settings s */
#define REFUSALS(X)                                                                                                \
  X(N_0, plain, "N", 0, p->N = 0)                                                                                  \
  X(N_negative, plain, "N", -1, p->N = -1)                                                                         \
  X(N_least, plain, "N", INT_MIN, p->N = INT_MIN)                                                                  \
  X(N_largest, plain, "N", INT_MAX, p->N = INT_MAX)                                                                \
  X(N_large, plain, "N", INT_MAX / 2 + 1, p->N = INT_MAX / 2 + 1)                                                  \
  X(nx_0, plain, "model.nx", 0, p->model.nx = 0)                                                                   \
  X(nx_negative, plain, "model.nx", -2, p->model.nx = -2)                                                          \
  X(nx_least, plain, "model.nx", INT_MIN, p->model.nx = INT_MIN)                                                   \
  X(nx_largest, plain, "model.nx", INT_MAX, p->model.nx = INT_MAX)                                                 \
  X(nx_large, plain, "model.nx", 16384, p->model.nx = 16384)                                                       \
  X(ndx_negative, plain, "model.ndx", -1, p->model.ndx = -1)                                                       \
  X(ndx_above_nx, plain, "model.ndx", 3, p->model.ndx = 3)                                                         \
  X(ndx_largest, curved, "model.ndx", INT_MAX, p->model.ndx = INT_MAX)                                             \
  X(ndx_below_nx, plain, "model.difference", 0, p->model.ndx = 1)                                                  \
  X(nu_0, plain, "model.nu", 0, p->model.nu = 0)                                                                   \
  X(nu_negative, plain, "model.nu", -1, p->model.nu = -1)                                                          \
  X(nu_largest, plain, "model.nu", INT_MAX, p->model.nu = INT_MAX)                                                 \
  X(nu_large, plain, "model.nu", 16381, p->model.nu = 16381)                                                       \
  X(stride_1, plain, "u_stride", 1, p->u_stride = 1)                                                               \
  X(stride_negative, plain, "u_stride", -RIGGED_NU, p->u_stride = -RIGGED_NU)                                      \
  X(stride_largest, plain, "u_stride", INT_MAX, p->u_stride = INT_MAX)                                             \
  X(no_step, plain, "model.step", 0, p->model.step = NULL)                                                         \
  X(no_ode, continuous, "model.step", 0, p->model.ode = NULL)                                                      \
  X(step_and_ode, plain, "model.ode", 0, p->model.ode = some_ode)                                                  \
  X(integrator_3, continuous, "model.integrator", 3, p->model.integrator = (traj_integrator)3)                     \
  X(integrator_99, plain, "model.integrator", 99, p->model.integrator = (traj_integrator)99)                       \
  X(substeps_negative, continuous, "model.substeps", -1, p->model.substeps = -1)                                   \
  X(substeps_largest, continuous, "model.substeps", INT_MAX, p->model.substeps = INT_MAX)                          \
  X(no_difference, curved, "model.difference", 0, p->model.difference = NULL)                                      \
  X(no_retract, curved, "model.retract", 0, p->model.retract = NULL)                                               \
  X(only_retract, plain, "model.difference", 0, p->model.retract = some_retract)                                   \
  X(only_difference, plain, "model.retract", 0, p->model.difference = some_difference)                             \
  X(project_of_none, continuous, "model.project", 0, p->model.project = some_project)                              \
  X(project_of_step, curved, "model.project", 0, p->model.project = some_project)                                  \
  X(retract_of_step, curved, "model.retract_derivatives", 0, p->model.retract_derivatives = some_tangent)          \
  X(difference_of_step, curved, "model.difference_derivatives", 0, p->model.difference_derivatives = some_tangent) \
  X(parts_and_hooks, curved, "model.parts", 0, p->model.parts = three)                                             \
  X(parts_too_large, plain, "model.parts", 3, p->model.parts = three)                                              \
  X(parts_empty, plain, "model.parts", 0, p->model.parts = three + 1)                                              \
  X(parts_ndx, plain, "model.ndx", 1, (p->model.parts = two, p->model.ndx = 1))                                    \
  X(model_reserved_0, plain, "model.reserved", 0, p->model.reserved[0] = p)                                        \
  X(model_reserved_1, plain, "model.reserved", 0, p->model.reserved[1] = p)                                        \
  X(dt_nan, plain, "dt", (double)NAN, p->dt = (double)NAN)                                                         \
  X(dt_infinite, plain, "dt", HUGE_VAL, p->dt = HUGE_VAL)                                                          \
  X(dt_negative, plain, "dt", -0.1, p->dt = -0.1)                                                                  \
  X(dt_0, continuous, "dt", 0, p->dt = 0)                                                                          \
  X(no_stage, plain, "cost.stage", 0, (p->cost.stage = NULL, p->cost.stage_quad = NULL))                           \
  X(no_residual, least_squares, "cost.stage", 0, p->cost.residual = NULL)                                          \
  X(stage_and_residual, least_squares, "cost.residual", 0, p->cost.stage = some_cost)                              \
  X(final_twice, least_squares, "cost.final_residual", 0, p->cost.final = some_cost)                               \
  X(quad_of_none, least_squares, "cost.stage_quad", 0, p->cost.stage_quad = some_quad)                             \
  X(final_quad_of_none, least_squares, "cost.final_quad", 0, p->cost.final_quad = some_quad)                       \
  X(jac_of_none, plain, "cost.residual_jac", 0, p->cost.residual_jac = some_jac)                                   \
  X(final_jac_of_none, plain, "cost.final_residual_jac", 0, p->cost.final_residual_jac = some_jac)                 \
  X(nr_0, least_squares, "cost.nr", 0, p->cost.nr = 0)                                                             \
  X(nr_negative, least_squares, "cost.nr", -4, p->cost.nr = -4)                                                    \
  X(nr_largest, least_squares, "cost.nr", INT_MAX, p->cost.nr = INT_MAX)                                           \
  X(nr_final_0, least_squares, "cost.nr_final", 0, p->cost.nr_final = 0)                                           \
  X(nr_final_largest, least_squares, "cost.nr_final", INT_MAX, p->cost.nr_final = INT_MAX)                         \
  X(cost_reserved_0, plain, "cost.reserved", 0, p->cost.reserved[0] = p)                                           \
  X(cost_reserved_5, plain, "cost.reserved", 0, p->cost.reserved[5] = p)                                           \
  X(reserved_0, plain, "reserved", 0, p->reserved[0] = p)                                                          \
  X(reserved_5, plain, "reserved", 0, p->reserved[5] = p)                                                          \
  X(iterations_negative, plain, "settings.run.max_iter", -1, s->run.max_iter = -1)                                 \
  X(iterations_least, plain, "settings.run.max_iter", INT_MIN, s->run.max_iter = INT_MIN)                          \
  X(time_nan, plain, "settings.run.time_limit", (double)NAN, s->run.time_limit = (double)NAN)                      \
  X(time_negative, plain, "settings.run.time_limit", -1e-3, s->run.time_limit = -1e-3)                             \
  X(time_infinite, plain, "settings.run.time_limit", HUGE_VAL, s->run.time_limit = HUGE_VAL)                       \
  X(no_clock, plain, "settings.run.clock", 0, s->run.time_limit = 1e-3)                                            \
  X(workers_negative, plain, "settings.run.workers", -1, s->run.workers = -1)                                      \
  X(workers_least, plain, "settings.run.workers", INT_MIN, s->run.workers = INT_MIN)                               \
  X(workers_1025, plain, "settings.run.workers", 1025, s->run.workers = 1025)                                      \
  X(workers_largest, plain, "settings.run.workers", INT_MAX, s->run.workers = INT_MAX)                             \
  X(no_parallel, plain, "settings.run.parallel", 0, s->run.workers = 2)                                            \
  X(run_reserved_0, plain, "settings.run.reserved", 0, s->run.reserved[0] = s)                                     \
  X(run_reserved_5, plain, "settings.run.reserved", 0, s->run.reserved[5] = s)                                     \
  X(method_3, plain, "settings.method", 3, s->method = (traj_ddp_method)3)                                         \
  X(method_77, plain, "settings.method", 77, s->method = (traj_ddp_method)77)                                      \
  X(differences_2, plain, "settings.differences", 2, s->differences = (traj_differences)2)                         \
  X(linalg_3, plain, "settings.linalg", 3, s->linalg = (traj_linalg)3)                                             \
  X(linalg_77, plain, "settings.linalg", 77, s->linalg = (traj_linalg)77)                                          \
  X(tolerance_nan, plain, "settings.tolerance", (double)NAN, s->tolerance = (double)NAN)                           \
  X(tolerance_infinite, plain, "settings.tolerance", HUGE_VAL, s->tolerance = HUGE_VAL)                            \
  X(tolerance_negative, plain, "settings.tolerance", -1e-300, s->tolerance = -1e-300)                              \
  X(settings_reserved_0, plain, "settings.reserved", 0, s->reserved[0] = s)                                        \
  X(settings_reserved_7, plain, "settings.reserved", 0, s->reserved[7] = s)

#define SPOIL(name, form, field, value, change)                     \
  static void spoil_##name(traj_problem *p, traj_ddp_settings *s) { \
    (void)p, (void)s;                                               \
    change;                                                         \
  }
REFUSALS(SPOIL)
#undef SPOIL

static const struct {
  const char *name;
  const rigged_form *form;
  const char *field;
  double value;
  void (*spoil)(traj_problem *p, traj_ddp_settings *s);
} refusals[] = {
#define ROW(name, form, field, value, change) {#name, &(form), field, value, spoil_##name},
    REFUSALS(ROW)
#undef ROW
};

/* The refusal through each door, with and without a diagnostic to fill. */
static void assert_refused(const traj_problem *problem, const traj_ddp_settings *settings, traj_diag expected) {
  traj_ddp *const stale = (traj_ddp *)&expected;
  char block[64];
  traj_diag diag;
  size_t size = 1;
  assert_int_equal(traj_ddp_size(problem, settings, &size, &diag), expected.status);
  assert_diag(&diag, expected);
  assert_true(size == 0);
  assert_int_equal(traj_ddp_size(problem, settings, &size, NULL), expected.status);
  traj_ddp *solver = stale;
  assert_int_equal(traj_ddp_init(&solver, block, sizeof(block), problem, settings, &diag), expected.status);
  assert_diag(&diag, expected);
  assert_null(solver);
  assert_int_equal(traj_ddp_init(&solver, block, sizeof(block), problem, settings, NULL), expected.status);
  ledger books = {.calls = 0};
  traj_allocator allocator = ledger_allocator(&books);
  solver = stale;
  assert_int_equal(traj_ddp_create(&solver, &allocator, problem, settings, &diag), expected.status);
  assert_diag(&diag, expected);
  assert_null(solver);
  assert_int_equal(traj_ddp_create(&solver, &allocator, problem, settings, NULL), expected.status);
  assert_int_equal(books.calls, 0);
}

static void test_refusals(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
    rigged r;
    rigged_prepare(&r, refusals[i].form);
    refusals[i].spoil(&r.problem, &r.settings);
    size_t size;
    if (traj_ddp_size(&r.problem, &r.settings, &size, NULL) == TRAJ_OK) fail_msg("%s: accepted", refusals[i].name);
    assert_refused(&r.problem, &r.settings, refusal_of_field(TRAJ_E_ARG, refusals[i].field, refusals[i].value));
  }
}

static void test_no_problem(void **state) {
  (void)state;
  rigged r;
  rigged_prepare(&r, &plain);
  assert_refused(NULL, &r.settings, refusal_of_field(TRAJ_E_ARG, "problem", 0));
  assert_refused(NULL, NULL, refusal_of_field(TRAJ_E_ARG, "problem", 0));
}

/* A back end that this library was built without. */
static void test_no_openblas(void **state) {
  (void)state;
  rigged r;
  rigged_prepare(&r, &plain);
  r.settings.linalg = TRAJ_LINALG_OPENBLAS;
  if (tj_linalg_available(TRAJ_LINALG_OPENBLAS)) skip();
  assert_refused(&r.problem, &r.settings, refusal_of_field(TRAJ_E_ARG, "settings.linalg", TRAJ_LINALG_OPENBLAS));
}

/* A check hook that refuses without a word, and with a status of its own. */
static void test_silent_check(void **state) {
  (void)state;
  rigged r;
  rigged_prepare(&r, &plain);
  r.problem.cost.check = silent_check;
  assert_refused(&r.problem, NULL,
                 (traj_diag){.status = TRAJ_E_ARG, .hook = "cost.check", .k = -1, .row = -1, .col = -1});
}

/* Every subset of the hooks that may be missing makes a problem that can be solved. */
static void test_optional_hooks(void **state) {
  (void)state;
  for (int form = 0; form < rigged_form_count; form++) {
    for (unsigned missing = 0; missing < 32; missing++) {
      rigged r;
      rigged_prepare(&r, &rigged_forms[form]);
      traj_cost *cost = &r.problem.cost;
      if (missing & 1) r.problem.model.jac = NULL;
      if (missing & 2) r.problem.model.hess = NULL;
      if (missing & 4) cost->stage_quad = NULL, cost->residual_jac = NULL;
      if (missing & 8) cost->final_quad = NULL, cost->final_residual_jac = NULL;
      if (missing & 16) cost->final = NULL, cost->final_quad = NULL;
      if (missing & 16) cost->final_residual = NULL, cost->final_residual_jac = NULL;
      ledger books = {.calls = 0};
      traj_allocator allocator = ledger_allocator(&books);
      traj_ddp *solver = NULL;
      traj_diag diag;
      assert_int_equal(traj_ddp_create(&solver, &allocator, &r.problem, &r.settings, &diag), TRAJ_OK);
      assert_no_diag(&diag);
      assert_true(traj_ddp_solve(solver, 0, rigged_start(&r)) >= TRAJ_OK);
      assert_int_equal(r.wild, 0);
      traj_ddp_destroy(solver);
      assert_int_equal(books.live, 0);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_refusals),     cmocka_unit_test(test_no_problem),     cmocka_unit_test(test_no_openblas),
      cmocka_unit_test(test_silent_check), cmocka_unit_test(test_optional_hooks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
