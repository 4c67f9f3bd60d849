// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/scratch.h"
#include "support/toy_plan.h"
#include "traj/extra.h"

static void writes_a_heading_and_every_stage(void **state) {
  (void)state;
  traj_plan plan = toy_plan();
  assert_int_equal(traj_write_csv(&plan, "plan.csv"), TRAJ_OK);
  char *text = scratch_read("plan.csv");
  assert_string_equal(text,
                      "k,t,x0,x1,u0,u1\n"
                      "0,1,0,1,5,0.25\n"
                      "1,1.5,0.10000000000000001,-2,-5,6\n"
                      "2,2,0.33333333333333331,1e-300,0,7\n"
                      "3,2.5,-10000000000,4,,\n");
  free(text);
}

static void numbers_are_read_back_bit_for_bit(void **state) {
  (void)state;
  traj_plan plan = toy_plan();
  assert_int_equal(traj_write_csv(&plan, "plan.csv"), TRAJ_OK);
  char *text = scratch_read("plan.csv"), *rest = text;
  for (int k = 0; k <= plan.N; k++) {
    rest = strchr(rest, '\n') + 1;
    double stage = strtod(rest, &rest);
    assert_true(stage == k);
    double t = strtod(rest + 1, &rest);
    assert_true(t == plan.t[k]);
    for (int i = 0; i < plan.nx; i++) {
      double x = strtod(rest + 1, &rest);
      assert_true(x == plan.x[k * plan.nx + i]);
    }
  }
  free(text);
}

static void refusals(void **state) {
  (void)state;
  traj_plan plan = toy_plan();
  assert_int_equal(traj_write_csv(NULL, "none.csv"), TRAJ_E_ARG);
  assert_int_equal(traj_write_csv(&plan, NULL), TRAJ_E_ARG);
  assert_int_equal(traj_write_csv(&plan, "no such directory/plan.csv"), TRAJ_E_FILE);
  assert_int_equal(traj_write_csv(&plan, "/dev/full"), TRAJ_E_FILE);
  assert_null(fopen("none.csv", "r"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(writes_a_heading_and_every_stage),
      cmocka_unit_test(numbers_are_read_back_bit_for_bit),
      cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
