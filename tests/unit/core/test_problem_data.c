/* What is refused of a problem's numbers: the field, the stage, the row and the number named. */
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

#include "core/problem_data.h"
#include "support/plant.h"

enum { STAGES = 3, NU = PLANT_U };

static int cost_hook(const traj_point *at, double *cost, void *user) {
  (void)at, (void)user;
  *cost = 0;
  return 0;
}

static traj_problem a_problem(void) {
  return (traj_problem){.N = STAGES, .model = plant_step_model(NULL), .cost = {.stage = cost_hook}};
}

static bool same(double a, double b) {
  return a == b || (isnan(a) && isnan(b));
}

static void assert_data_refused(const traj_problem *p, const char *field, int k, int row, double value) {
  traj_diag diag = {.status = TRAJ_OK};
  assert_int_equal(tj_problem_check_data(p, STAGES, &diag), TRAJ_E_ARG);
  assert_int_equal(diag.status, TRAJ_E_ARG);
  assert_string_equal(diag.field, field);
  assert_true(diag.k == k && diag.row == row && diag.col == -1 && same(diag.value, value));
}

/* Each limit in turn, constant (bound to no stage) and per stage. */
static void test_limits(void **state) {
  (void)state;
  for (int stride = 0; stride <= NU; stride += NU) {
    for (int i = 0; i < (stride == 0 ? NU : NU * STAGES); i++) {
      double low[NU * STAGES], high[NU * STAGES];
      int k = stride == 0 ? -1 : i / NU, row = i % NU;
      for (int j = 0; j < NU * STAGES; j++)
        low[j] = high[j] = 1; /* equal: allowed */
      traj_problem p = a_problem();
      p.u_stride = stride;
      p.u_min = low;
      p.u_max = high;
      traj_diag diag;
      assert_int_equal(tj_problem_check_data(&p, STAGES, &diag), TRAJ_OK);
      high[i] = 0.5;
      assert_data_refused(&p, "u_max", k, row, 0.5);
      high[i] = -(double)INFINITY;
      assert_data_refused(&p, "u_max", k, row, -(double)INFINITY);
      high[i] = (double)NAN;
      assert_data_refused(&p, "u_max", k, row, (double)NAN);
      high[i] = (double)INFINITY;
      assert_int_equal(tj_problem_check_data(&p, STAGES, &diag), TRAJ_OK);
      low[i] = (double)INFINITY;
      assert_data_refused(&p, "u_min", k, row, (double)INFINITY);
      low[i] = (double)NAN;
      assert_data_refused(&p, "u_min", k, row, (double)NAN);
      low[i] = -(double)INFINITY;
      assert_int_equal(tj_problem_check_data(&p, STAGES, &diag), TRAJ_OK);
    }
  }
}

/* One side alone; and nothing beyond the horizon is read. */
static void test_limits_in_use(void **state) {
  (void)state;
  double limit[NU * STAGES];
  traj_diag diag;
  for (int i = 0; i < NU * STAGES; i++)
    limit[i] = i < NU ? i : (double)NAN;
  traj_problem p = a_problem();
  p.u_max = limit;
  assert_int_equal(tj_problem_check_data(&p, STAGES, &diag), TRAJ_OK); /* constant */
  p.u_stride = NU;
  assert_data_refused(&p, "u_max", 1, 0, (double)NAN);
  assert_int_equal(tj_problem_check_data(&p, 1, &diag), TRAJ_OK);
  p.u_min = limit;
  p.u_max = NULL;
  assert_data_refused(&p, "u_min", 1, 0, (double)NAN);
}

static void test_dt_stage(void **state) {
  (void)state;
  const double wrong[] = {0, -1, (double)NAN, (double)INFINITY};
  for (int k = 0; k < STAGES; k++) {
    for (int i = 0; i < 4; i++) {
      double steps[STAGES] = {1, 2, 3};
      traj_diag diag;
      traj_problem p = a_problem();
      p.dt_stage = steps;
      assert_int_equal(tj_problem_check_data(&p, STAGES, &diag), TRAJ_OK);
      steps[k] = wrong[i];
      assert_data_refused(&p, "dt_stage", k, -1, wrong[i]);
      if (k > 0) assert_int_equal(tj_problem_check_data(&p, k, &diag), TRAJ_OK);
    }
  }
}

/* What the cost's own check was told, and says. */
typedef struct opinion {
  const traj_problem *problem;
  int N;
  traj_status status;
  const char *field;
} opinion;

static traj_status check_hook(const traj_problem *problem, int N, traj_diag *diag, void *user) {
  opinion *o = user;
  o->problem = problem;
  o->N = N;
  assert_true(diag->status == TRAJ_OK && diag->k == -1 && diag->row == -1 && diag->col == -1);
  diag->field = o->field;
  diag->k = o->field == NULL ? -1 : 2;
  return o->status;
}

static void test_check_of_the_cost(void **state) {
  (void)state;
  opinion o = {.status = TRAJ_OK};
  traj_diag diag = {.status = TRAJ_STALLED};
  traj_problem p = a_problem();
  p.cost.check = check_hook;
  p.cost.user = &o;
  assert_int_equal(tj_problem_check_data(&p, 2, &diag), TRAJ_OK);
  assert_true(o.problem == &p && o.N == 2);
  assert_int_equal(diag.status, TRAJ_STALLED); /* untouched */
  o.status = TRAJ_E_ARG;
  o.field = "weight";
  assert_data_refused(&p, "weight", 2, -1, 0);
  o.status = TRAJ_E_BUSY; /* only one kind of refusal */
  assert_data_refused(&p, "weight", 2, -1, 0);
  o.field = NULL; /* did not say what */
  assert_int_equal(tj_problem_check_data(&p, 2, &diag), TRAJ_E_ARG);
  assert_string_equal(diag.hook, "cost.check");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_limits_in_use),
      cmocka_unit_test(test_dt_stage),
      cmocka_unit_test(test_check_of_the_cost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
