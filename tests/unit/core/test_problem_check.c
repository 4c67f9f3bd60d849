/* What is refused of a problem's description, with the field and the number named; and what is not. */
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
#include <stdbool.h>
#include <string.h>

#include "core/problem_check.h"
#include "support/plant.h"
#include "support/rotor.h"

enum { STAGES = 3, NU = PLANT_U };

static const double NOT_FINITE[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};

static int cost_hook(const traj_point *at, double *cost, void *user) {
  (void)at;
  (void)user;
  *cost = 0;
  return 0;
}

static int quad_hook(const traj_point *at, traj_quad *out, void *user) {
  (void)at;
  (void)out;
  (void)user;
  return 0;
}

static int jac_hook(const traj_point *at, traj_jac *out, void *user) {
  (void)at;
  (void)out;
  (void)user;
  return 0;
}

/* A problem with nothing to refuse, as an ode, as a step, or in a tangent space. */
static traj_problem ode_problem(void) {
  return (traj_problem){.N = STAGES, .dt = 0.1, .model = plant_ode_model(NULL), .cost = {.stage = cost_hook}};
}

static traj_problem step_problem(void) {
  return (traj_problem){.N = STAGES, .model = plant_step_model(NULL), .cost = {.stage = cost_hook}};
}

static traj_problem rotor_problem(void) {
  return (traj_problem){.N = STAGES, .model = rotor_model(), .cost = {.residual = cost_hook, .nr = 2}};
}

static bool same(double a, double b) {
  return a == b || (isnan(a) && isnan(b));
}

static void assert_refused(const traj_problem *p, const char *field, double value) {
  traj_diag diag = {.status = TRAJ_OK};
  assert_int_equal(tj_problem_check(p, &diag), TRAJ_E_ARG);
  assert_int_equal(diag.status, TRAJ_E_ARG);
  assert_string_equal(diag.field, field);
  assert_null(diag.hook);
  assert_true(same(diag.value, value));
  assert_true(diag.k == -1 && diag.row == -1 && diag.col == -1);
  assert_int_equal(tj_problem_check(p, NULL), TRAJ_E_ARG);
}

static void assert_accepted(const traj_problem *p) {
  const traj_diag untouched = {.status = TRAJ_STALLED, .k = 7};
  traj_diag diag = untouched;
  assert_int_equal(tj_problem_check(p, &diag), TRAJ_OK);
  assert_memory_equal(&diag, &untouched, sizeof diag);
}

/* The problem with one change, and the field that is refused for it. */
#define REFUSES(problem, change, field, value) \
  do {                                         \
    traj_problem changed = problem;            \
    changed.change;                            \
    assert_refused(&changed, field, value);    \
  } while (0)

#define ACCEPTS(problem, change)    \
  do {                              \
    traj_problem changed = problem; \
    changed.change;                 \
    assert_accepted(&changed);      \
  } while (0)

static void test_accepted(void **state) {
  (void)state;
  ACCEPTS(ode_problem(), N = 1);
  ACCEPTS(step_problem(), N = INT_MAX / 2);
  ACCEPTS(rotor_problem(), cost.nr = 1);
}

static void test_sizes(void **state) {
  (void)state;
  assert_refused(NULL, "problem", 0);
  REFUSES(ode_problem(), N = 0, "N", 0);
  REFUSES(ode_problem(), N = -3, "N", -3);
  REFUSES(ode_problem(), N = INT_MAX, "N", INT_MAX);
  REFUSES(ode_problem(), model.nx = 0, "model.nx", 0);
  REFUSES(ode_problem(), model.nx = INT_MIN, "model.nx", INT_MIN);
  REFUSES(ode_problem(), model.nx = TJ_MAX_SIZE + 1, "model.nx", TJ_MAX_SIZE + 1);
  REFUSES(ode_problem(), model.nu = 0, "model.nu", 0);
  REFUSES(ode_problem(), model.nu = INT_MAX, "model.nu", INT_MAX);
  REFUSES(ode_problem(), model.nu = TJ_MAX_SIZE - PLANT_X, "model.nu", TJ_MAX_SIZE - PLANT_X);
  ACCEPTS(ode_problem(), model.nu = TJ_MAX_SIZE - PLANT_X - 1);
  REFUSES(ode_problem(), model.ndx = -1, "model.ndx", -1);
  REFUSES(ode_problem(), model.ndx = PLANT_X + 1, "model.ndx", PLANT_X + 1);
  ACCEPTS(ode_problem(), model.ndx = PLANT_X);
  REFUSES(ode_problem(), u_stride = 1, "u_stride", 1);
  REFUSES(ode_problem(), u_stride = -NU, "u_stride", -NU);
  ACCEPTS(ode_problem(), u_stride = NU);
}

static void test_model(void **state) {
  (void)state;
  REFUSES(ode_problem(), model.ode = NULL, "model.step", 0);
  REFUSES(ode_problem(), model.step = plant_step_model(NULL).step, "model.ode", 0);
  REFUSES(ode_problem(), model.integrator = (traj_integrator)17, "model.integrator", 17);
  ACCEPTS(ode_problem(), model.integrator = TRAJ_EULER);
  ACCEPTS(ode_problem(), model.integrator = TRAJ_MIDPOINT);
  REFUSES(ode_problem(), model.substeps = -1, "model.substeps", -1);
  REFUSES(ode_problem(), model.substeps = INT_MAX, "model.substeps", INT_MAX);
  REFUSES(ode_problem(), model.ndx = PLANT_X - 1, "model.difference", 0);
  REFUSES(ode_problem(), model.retract = rotor_retract, "model.difference", 0);
  REFUSES(rotor_problem(), model.difference = NULL, "model.difference", 0);
  REFUSES(rotor_problem(), model.retract = NULL, "model.retract", 0);
  for (int i = 0; i < 2; i++) {
    traj_problem p = ode_problem();
    p.model.reserved[i] = &p;
    assert_refused(&p, "model.reserved", 0);
  }
  for (int i = 0; i < 6; i++) {
    traj_problem p = ode_problem();
    p.cost.reserved[i] = &p;
    assert_refused(&p, "cost.reserved", 0);
    p = ode_problem();
    p.reserved[i] = &p;
    assert_refused(&p, "reserved", 0);
  }
}

static int tangent_hook(const double *x, const double *w, double *jac, double *hess, void *user) {
  (void)x, (void)w, (void)jac, (void)hess, (void)user;
  return 0;
}

static int project_hook(const double *x, double *out, void *user) {
  (void)x, (void)out, (void)user;
  return 0;
}

/* An attitude that moves by an ode, in a space of hooks or of parts. */
static traj_problem turning_problem(void) {
  traj_problem p = rotor_problem();
  p.dt = 1;
  p.model.ode = p.model.step;
  p.model.step = NULL;
  p.model.project = project_hook;
  p.model.retract_derivatives = p.model.difference_derivatives = tangent_hook;
  return p;
}

static traj_problem parts_problem(const traj_part *parts, int nx) {
  return (traj_problem){.N = STAGES,
                        .dt = 1,
                        .model = {.nx = nx, .nu = 1, .ode = rotor_model().step, .parts = parts},
                        .cost = {.stage = cost_hook}};
}

static void test_space(void **state) {
  (void)state;
  traj_problem turning = turning_problem(), step = rotor_problem(), flat = ode_problem();
  assert_accepted(&turning);
  ACCEPTS(turning, model.project = NULL);
  ACCEPTS(turning, model.retract_derivatives = NULL);
  ACCEPTS(turning, model.difference_derivatives = NULL);
  REFUSES(turning, model.difference = NULL, "model.difference", 0);
  REFUSES(turning, model.retract = NULL, "model.retract", 0);
  /* What only the integration of an ode asks for. */
  REFUSES(step, model.project = project_hook, "model.project", 0);
  REFUSES(step, model.retract_derivatives = tangent_hook, "model.retract_derivatives", 0);
  REFUSES(step, model.difference_derivatives = tangent_hook, "model.difference_derivatives", 0);
  REFUSES(flat, model.project = project_hook, "model.project", 0);
  REFUSES(flat, model.retract_derivatives = tangent_hook, "model.retract_derivatives", 0);
  REFUSES(flat, model.difference_derivatives = tangent_hook, "model.difference_derivatives", 0);
}

static void test_parts(void **state) {
  (void)state;
  const traj_part base[] = {{TRAJ_FLAT, 3}, {TRAJ_QUATERNION, 1}, {TRAJ_ANGLE, 2}, {0}}, none[] = {{0}};
  const traj_part unknown[] = {{(traj_part_kind)7, 3}, {0}}, negative[] = {{TRAJ_FLAT, 4}, {TRAJ_FLAT, -1}, {0}};
  traj_problem p = parts_problem(base, 9);
  assert_accepted(&p);
  assert_int_equal(tj_model_ndx(&p.model), 8);
  ACCEPTS(p, model.ndx = 8);
  REFUSES(p, model.ndx = 9, "model.ndx", 9);
  REFUSES(p, model.nx = 8, "model.parts", 9);
  REFUSES(p, model.parts = none, "model.parts", 0);
  REFUSES(p, model.parts = unknown, "model.parts", 0);
  REFUSES(p, model.parts = negative, "model.parts", 0);
  /* Either parts or hooks. */
  REFUSES(p, model.retract = rotor_retract, "model.parts", 0);
  REFUSES(p, model.difference = rotor_difference, "model.parts", 0);
  REFUSES(p, model.project = project_hook, "model.parts", 0);
  REFUSES(p, model.retract_derivatives = tangent_hook, "model.parts", 0);
  REFUSES(p, model.difference_derivatives = tangent_hook, "model.parts", 0);
  p.model.step = p.model.ode;
  p.model.ode = NULL;
  assert_accepted(&p);
}

static void test_dt(void **state) {
  (void)state;
  const double steps[STAGES] = {1, 1, 1};
  for (int i = 0; i < 3; i++) {
    REFUSES(ode_problem(), dt = NOT_FINITE[i], "dt", NOT_FINITE[i]);
    REFUSES(step_problem(), dt = NOT_FINITE[i], "dt", NOT_FINITE[i]);
  }
  REFUSES(ode_problem(), dt = -0.1, "dt", -0.1);
  REFUSES(step_problem(), dt = -0.1, "dt", -0.1);
  REFUSES(ode_problem(), dt = 0, "dt", 0);
  ACCEPTS(step_problem(), dt = 0);
  traj_problem p = ode_problem();
  p.dt = 0;
  p.dt_stage = steps;
  assert_accepted(&p);
}

static void test_cost(void **state) {
  (void)state;
  REFUSES(ode_problem(), cost.stage = NULL, "cost.stage", 0);
  REFUSES(ode_problem(), cost.residual = cost_hook, "cost.residual", 0);
  REFUSES(rotor_problem(), cost.stage_quad = quad_hook, "cost.stage_quad", 0);
  REFUSES(rotor_problem(), cost.final_quad = quad_hook, "cost.final_quad", 0);
  REFUSES(ode_problem(), cost.residual_jac = jac_hook, "cost.residual_jac", 0);
  REFUSES(ode_problem(), cost.final_residual_jac = jac_hook, "cost.final_residual_jac", 0);
  REFUSES(rotor_problem(), cost.nr = 0, "cost.nr", 0);
  REFUSES(rotor_problem(), cost.nr = INT_MAX, "cost.nr", INT_MAX);
  traj_problem p = ode_problem();
  p.cost.final = p.cost.final_residual = cost_hook;
  assert_refused(&p, "cost.final_residual", 0);
  p.cost.final = NULL;
  p.cost.nr_final = -2;
  assert_refused(&p, "cost.nr_final", -2);
  p.cost.nr_final = 1;
  assert_accepted(&p);
  p.cost.final_residual_jac = jac_hook;
  assert_accepted(&p);
  ACCEPTS(rotor_problem(), cost.residual_jac = jac_hook);
  ACCEPTS(ode_problem(), cost.stage_quad = quad_hook);
  ACCEPTS(ode_problem(), cost.nr = -1); /* rows of nothing */
}

static void test_ndx(void **state) {
  (void)state;
  assert_int_equal(tj_model_ndx(&(traj_model){.nx = 4}), 4);
  assert_int_equal(tj_model_ndx(&(traj_model){.nx = 4, .ndx = 3}), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_accepted), cmocka_unit_test(test_sizes), cmocka_unit_test(test_model),
      cmocka_unit_test(test_space),    cmocka_unit_test(test_parts), cmocka_unit_test(test_dt),
      cmocka_unit_test(test_cost),     cmocka_unit_test(test_ndx),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
