/* The world of a solve: times, limits, the way hooks are called and answered, displacements. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/world.h"
#include "support/near.h"
#include "support/plant.h"
#include "support/rng.h"
#include "support/rotor.h"

enum { CAPACITY = 1000, NU = PLANT_U };

static tj_world world_of(const traj_problem *problem) {
  static double memory[1 << 14];
  tj_arena arena = tj_arena_over(memory, sizeof memory);
  tj_world world = tj_world_layout(&arena, problem);
  assert_false(arena.overflow);
  return world;
}

static traj_problem flat_problem(void) {
  static plant p;
  p = plant_new();
  return (traj_problem){.N = CAPACITY, .dt = 0.1, .model = plant_ode_model(&p)};
}

static tj_world flat_world(void) {
  traj_problem problem = flat_problem();
  return world_of(&problem);
}

static void test_defaults(void **state) {
  (void)state;
  traj_problem problem = flat_problem();
  tj_world world = world_of(&problem);
  assert_true(world.shape.nx == PLANT_X && world.shape.nu == PLANT_U && world.N == CAPACITY && world.euclidean);
  assert_int_equal(world.problem.model.ndx, PLANT_X);
  assert_int_equal(world.problem.model.substeps, 1);
  assert_true(world.u_min == NULL && world.u_max == NULL);
  problem.model = rotor_model();
  world = world_of(&problem);
  assert_true(world.shape.nx == ROTOR_D && world.problem.model.ndx == ROTOR_D && !world.euclidean);
}

/* t0 + k dt to the last bit: a sum of a thousand steps would be off. */
static void test_uniform_times(void **state) {
  (void)state;
  tj_world world = flat_world();
  double sum = 3;
  bool drifted = false;
  assert_int_equal(tj_world_prepare(&world, 3), TRAJ_OK);
  for (int k = 0; k <= CAPACITY; k++, sum += 0.1) {
    assert_true(world.t[k] == 3 + k * 0.1);
    drifted = drifted || sum != world.t[k];
    if (k < CAPACITY) assert_true(world.dt[k] == 0.1);
  }
  assert_true(drifted);
}

static void test_stage_times(void **state) {
  (void)state;
  double steps[CAPACITY];
  rng random = rng_from(101);
  traj_problem problem = flat_problem();
  for (int k = 0; k < CAPACITY; k++)
    steps[k] = rng_unit(&random) + 0.1;
  problem.dt = 0;
  problem.dt_stage = steps;
  tj_world world = world_of(&problem);
  world.N = 7;
  assert_int_equal(tj_world_prepare(&world, -2), TRAJ_OK);
  long double t = -2;
  for (int k = 0; k <= 7; k++) {
    assert_true(fabsl(world.t[k] - t) <= 8 * DBL_EPSILON);
    if (k < 7) assert_true(world.dt[k] == steps[k]);
    t += steps[k];
  }
  steps[3] = 5; /* read anew by each solve */
  assert_int_equal(tj_world_prepare(&world, -2), TRAJ_OK);
  assert_true(world.dt[3] == 5);
  steps[7] = -1; /* beyond the horizon */
  assert_int_equal(tj_world_prepare(&world, -2), TRAJ_OK);
  steps[6] = -1;
  assert_int_equal(tj_world_prepare(&world, -2), TRAJ_E_ARG);
  assert_string_equal(world.diag.field, "dt_stage");
  assert_true(world.diag.k == 6 && world.diag.value == -1);
}

static void test_refused_times(void **state) {
  (void)state;
  const double wrong[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
  traj_problem problem = flat_problem();
  tj_world world = world_of(&problem);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(tj_world_prepare(&world, wrong[i]), TRAJ_E_ARG);
    assert_string_equal(world.diag.field, "t0");
  }
  assert_int_equal(tj_world_prepare(&world, 0), TRAJ_OK); /* no trace of the refusal */
  assert_int_equal(world.diag.status, TRAJ_OK);
  problem.dt = 1e306;
  world = world_of(&problem);
  assert_int_equal(tj_world_prepare(&world, 0), TRAJ_E_ARG); /* the end overflows */
  assert_string_equal(world.diag.field, "t0");
  assert_int_equal(world.diag.k, 180);
}

static void test_limits(void **state) {
  (void)state;
  double low[NU * CAPACITY], high[NU * CAPACITY];
  traj_problem problem = flat_problem();
  for (int i = 0; i < NU * CAPACITY; i++) {
    low[i] = -i;
    high[i] = i;
  }
  problem.u_min = low;
  problem.u_stride = NU; /* per stage, lower only */
  tj_world world = world_of(&problem);
  assert_int_equal(tj_world_prepare(&world, 0), TRAJ_OK);
  for (int i = 0; i < NU * CAPACITY; i++)
    assert_true(world.u_min[i] == low[i] && world.u_max[i] == (double)INFINITY);
  problem.u_max = high + 4;
  problem.u_min = NULL;
  problem.u_stride = 0; /* constant, upper only */
  world = world_of(&problem);
  assert_int_equal(tj_world_prepare(&world, 0), TRAJ_OK);
  for (int i = 0; i < NU * CAPACITY; i++)
    assert_true(world.u_min[i] == -(double)INFINITY && world.u_max[i] == 4 + i % NU);
  high[4] = 10; /* read anew */
  assert_int_equal(tj_world_prepare(&world, 0), TRAJ_OK);
  assert_true(world.u_max[2 * NU] == 10);
  high[4] = (double)NAN;
  assert_int_equal(tj_world_prepare(&world, 0), TRAJ_E_ARG);
  assert_string_equal(world.diag.field, "u_max");
}

static void test_clip(void **state) {
  (void)state;
  const double low[] = {-1, -1, -5, -(double)INFINITY}, high[] = {1, 1, -4, 7};
  double u[] = {-3, 0.5}, later[] = {0, 1e300}, exact[] = {1, -1};
  traj_problem problem = flat_problem();
  tj_world world = world_of(&problem);
  assert_int_equal(tj_world_prepare(&world, 0), TRAJ_OK);
  tj_clip(&world, 0, u); /* no limits */
  assert_true(u[0] == -3 && u[1] == 0.5);
  problem.N = 2;
  problem.u_min = low;
  problem.u_max = high;
  problem.u_stride = NU;
  world = world_of(&problem);
  assert_int_equal(tj_world_prepare(&world, 0), TRAJ_OK);
  tj_clip(&world, 0, u);
  assert_true(u[0] == -1 && u[1] == 0.5);
  tj_clip(&world, 1, later);
  assert_true(later[0] == -4 && later[1] == 7);
  tj_clip(&world, 0, exact);
  assert_true(exact[0] == 1 && exact[1] == -1);
}

static void test_initial_state(void **state) {
  (void)state;
  tj_world world = flat_world();
  double x0[PLANT_X] = {1, 2, 3};
  assert_int_equal(tj_world_check_state(&world, x0), TRAJ_OK);
  assert_int_equal(tj_world_check_state(&world, NULL), TRAJ_E_ARG);
  assert_string_equal(world.diag.field, "x0");
  assert_int_equal(world.diag.row, -1);
  for (int i = 0; i < PLANT_X; i++) {
    double wrong[PLANT_X] = {1, 2, 3};
    wrong[i] = -(double)INFINITY;
    assert_int_equal(tj_world_check_state(&world, wrong), TRAJ_E_ARG);
    assert_string_equal(world.diag.field, "x0");
    assert_true(world.diag.row == i && world.diag.value == -(double)INFINITY);
  }
}

static void test_calls_are_reset(void **state) {
  (void)state;
  tj_world world = flat_world();
  memset(&world.calls, 1, sizeof world.calls);
  assert_int_equal(tj_world_prepare(&world, 0), TRAJ_OK);
  const traj_calls none = {0};
  assert_memory_equal(&world.calls, &none, sizeof none);
}

static void test_outcomes(void **state) {
  (void)state;
  tj_world world = flat_world();
  assert_int_equal(tj_world_called(&world, 0, "some hook", 3), TJ_FINE);
  assert_int_equal(world.diag.status, TRAJ_OK);
  assert_int_equal(tj_world_called(&world, 5, "some hook", 3), TJ_UNDEFINED);
  assert_true(world.diag.status == TRAJ_E_CALLBACK && world.diag.k == 3 && world.diag.value == 5);
  assert_true(world.diag.row == -1 && world.diag.col == -1 && world.diag.field == NULL);
  assert_int_equal(tj_world_called(&world, -7, "another", 4), TRAJ_E_CALLBACK);
  assert_true(world.diag.k == 4 && world.diag.value == -7);
  assert_string_equal(world.diag.hook, "another");
}

static void test_written(void **state) {
  (void)state;
  tj_world world = flat_world();
  double a[6];
  tj_forget(a, 6);
  for (int i = 0; i < 6; i++) { /* one by one, column by column */
    assert_int_equal(tj_world_written(&world, "hook", "field", 2, a, 2, 3, false), TJ_UNDEFINED);
    assert_true(world.diag.status == TRAJ_E_NOT_FINITE && world.diag.k == 2);
    assert_true(world.diag.row == i % 2 && world.diag.col == i / 2 && isnan(world.diag.value));
    a[i] = i;
  }
  assert_int_equal(tj_world_written(&world, "hook", "field", 2, a, 2, 3, false), TJ_FINE);
  a[5] = -(double)INFINITY;
  assert_int_equal(tj_world_written(&world, "hook", "field", 2, a, 6, 1, false), TJ_UNDEFINED);
  assert_true(world.diag.row == 5 && world.diag.col == -1 && world.diag.value == -(double)INFINITY);
  a[2] = a[5] = (double)NAN; /* the upper triangle of 2 x 2 does not count */
  assert_int_equal(tj_world_written(&world, "hook", "field", 2, a, 2, 2, true), TJ_FINE);
}

static void test_euclidean(void **state) {
  (void)state;
  tj_world world = flat_world();
  const double x[] = {1, 2, 3}, dx[] = {0.5, -0.5, 4};
  double out[PLANT_X];
  assert_int_equal(tj_retract(&world, 0, x, dx, out), TJ_FINE);
  assert_true(out[0] == 1.5 && out[1] == 1.5 && out[2] == 7);
  assert_int_equal(tj_difference(&world, 0, x, dx, out), TJ_FINE);
  assert_true(out[0] == -0.5 && out[1] == -2.5 && out[2] == 1);
  assert_true(world.calls.retract == 0 && world.calls.difference == 0);
}

/* Hooks of a tangent space that return a code, or leave the last entry out; the model's user pointer. */
typedef struct fault {
  int code;
  bool hole;
} fault;

static int faulty_retract(const double *x, const double *dx, double *out, void *user) {
  const fault *f = user;
  double whole[ROTOR_X];
  rotor_retract(x, dx, whole, NULL);
  memcpy(out, whole, sizeof(double) * (size_t)(f->hole ? ROTOR_X - 1 : ROTOR_X));
  return f->code;
}

static int faulty_difference(const double *a, const double *b, double *out, void *user) {
  const fault *f = user;
  double whole[ROTOR_D];
  rotor_difference(a, b, whole, NULL);
  memcpy(out, whole, sizeof(double) * (size_t)(f->hole ? ROTOR_D - 1 : ROTOR_D));
  return f->code;
}

static void test_tangent_space(void **state) {
  (void)state;
  fault f = {.code = 0};
  traj_problem problem = {.N = 1, .model = rotor_model()};
  problem.model.retract = faulty_retract;
  problem.model.difference = faulty_difference;
  problem.model.user = &f;
  tj_world world = world_of(&problem);
  rng random = rng_from(102);
  double q[ROTOR_X], moved[ROTOR_X], back[ROTOR_D];
  const double d[] = {0.1, -0.2, 0.3};
  rotor_draw(&random, q);
  assert_int_equal(tj_retract(&world, 5, q, d, moved), TJ_FINE);
  assert_int_equal(tj_difference(&world, 5, q, moved, back), TJ_FINE);
  for (int i = 0; i < ROTOR_D; i++)
    assert_near(back[i], d[i], 1e-15);
  assert_true(world.calls.retract == 1 && world.calls.difference == 1);
  for (f.code = -1; f.code <= 1; f.code += 2) {
    int outcome = f.code > 0 ? TJ_UNDEFINED : TRAJ_E_CALLBACK;
    assert_int_equal(tj_retract(&world, 5, q, d, moved), outcome);
    assert_string_equal(world.diag.hook, "model.retract");
    assert_int_equal(tj_difference(&world, 5, q, moved, back), outcome);
    assert_string_equal(world.diag.hook, "model.difference");
    assert_true(world.diag.k == 5 && world.diag.value == f.code);
  }
  f = (fault){.hole = true};
  assert_int_equal(tj_retract(&world, 5, q, d, moved), TJ_UNDEFINED);
  assert_true(world.diag.status == TRAJ_E_NOT_FINITE && world.diag.row == ROTOR_X - 1);
  assert_string_equal(world.diag.hook, "model.retract");
  assert_int_equal(tj_difference(&world, 5, q, q, back), TJ_UNDEFINED);
  assert_true(world.diag.status == TRAJ_E_NOT_FINITE && world.diag.row == ROTOR_D - 1);
  assert_string_equal(world.diag.field, "out");
}

/* Parts bring the hooks of their space, which get the parts and not what the model's other hooks get. */
static void test_parts(void **state) {
  (void)state;
  static const traj_part parts[] = {{TRAJ_QUATERNION, 1}, {TRAJ_ANGLE, 1}, {0}};
  int unrelated;
  traj_problem problem = {.N = 1, .dt = 1, .model = {.nx = 5, .nu = 1, .ode = rotor_model().step, .parts = parts}};
  problem.model.user = &unrelated;
  tj_world world = world_of(&problem);
  const traj_model *model = &world.problem.model;
  assert_true(world.shape.nx == 4 && model->ndx == 4 && !world.euclidean);
  assert_true(model->project != NULL && model->retract_derivatives != NULL && model->difference_derivatives != NULL);
  assert_true(model->user == &unrelated && world.space_user == parts);
  const double x[] = {1, 0, 0, 0, 3}, d[] = {0.1, -0.2, 0.3, 0.5};
  double moved[5], back[4];
  assert_int_equal(tj_retract(&world, 0, x, d, moved), TJ_FINE);
  assert_int_equal(tj_difference(&world, 0, x, moved, back), TJ_FINE);
  for (int i = 0; i < 4; i++)
    assert_near(back[i], d[i], 1e-15);
}

/* Only what is integrated on a manifold has coordinates of its own. */
static void test_ambient(void **state) {
  (void)state;
  traj_problem step = {.N = 1, .model = rotor_model()}, curved = step;
  curved.dt = 1;
  curved.model.ode = curved.model.step;
  curved.model.step = NULL;
  tj_world world = flat_world(), ambient = tj_world_ambient(&world);
  assert_true(ambient.euclidean && ambient.shape.nx == PLANT_X);
  world = world_of(&step);
  ambient = tj_world_ambient(&world);
  assert_true(!ambient.euclidean && ambient.shape.nx == ROTOR_D);
  world = world_of(&curved);
  ambient = tj_world_ambient(&world);
  assert_true(ambient.euclidean && ambient.shape.nx == ROTOR_X && ambient.problem.model.ndx == ROTOR_X);
  assert_true(ambient.t == world.t && ambient.dt == world.dt && !world.euclidean);
  const double x[] = {1, 2, 3, 4}, dx[] = {0.5, 0.5, 0.5, 0.5};
  double out[ROTOR_X];
  assert_int_equal(tj_retract(&ambient, 0, x, dx, out), TJ_FINE);
  assert_true(out[0] == 1.5 && out[3] == 4.5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_defaults),      cmocka_unit_test(test_uniform_times),
      cmocka_unit_test(test_stage_times),   cmocka_unit_test(test_refused_times),
      cmocka_unit_test(test_limits),        cmocka_unit_test(test_clip),
      cmocka_unit_test(test_initial_state), cmocka_unit_test(test_calls_are_reset),
      cmocka_unit_test(test_outcomes),      cmocka_unit_test(test_written),
      cmocka_unit_test(test_euclidean),     cmocka_unit_test(test_tangent_space),
      cmocka_unit_test(test_parts),         cmocka_unit_test(test_ambient),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
