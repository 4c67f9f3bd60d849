// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/scratch.h"
#include "support/toy_plan.h"
#include "traj/extra.h"

/* How often the piece stands in the file. */
static int count(const char *path, const char *piece) {
  char *text = scratch_read(path);
  int n = 0;
  for (const char *c = text; (c = strstr(c, piece)) != NULL; c++)
    n++;
  free(text);
  return n;
}

static void plain_labels(void **state) {
  (void)state;
  traj_plan plan = toy_plan();
  assert_int_equal(traj_plot_plan(&plan, NULL, "plain"), TRAJ_OK);
  for (int i = 0; i < 2; i++) {
    const char *const labels[] = {"'x0'", "'x1'", "'u0'", "'u1'"};
    assert_int_equal(count("plain.gp", labels[i]), 1);
    assert_int_equal(count("plain.gp", labels[2 + i]), 1);
  }
  assert_int_equal(count("plain.gp", "title 'goal'"), 0);
  assert_int_equal(count("plain.gp", "'time [s]'"), 1);
  scratch_gnuplot("plain.gp");
  assert_true(scratch_is_png("plain.png"));
}

static void given_labels_and_goal(void **state) {
  (void)state;
  traj_plan plan = toy_plan();
  const traj_plot plot = {.title = "Toy",
                          .x_names = (const char *[]){"way [m]", NULL},
                          .u_names = (const char *[]){NULL, "force [N]"},
                          .x_goal = (const double[]){NAN, 2.5}};
  assert_int_equal(traj_plot_plan(&plan, &plot, "named"), TRAJ_OK);
  const char *const texts[] = {"'Toy'", "'way [m]'", "'x1'", "'u0'", "'force [N]'", ", 2.5 with lines linestyle 3"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    assert_int_equal(count("named.gp", texts[i]), 1);
  assert_int_equal(count("named.gp", "title 'goal'"), 1);
  scratch_gnuplot("named.gp");
  assert_true(scratch_is_png("named.png"));
}

/* The first control has both limits, the second only the upper one, and not in all stages. */
static void limits_are_drawn_where_there_are_any(void **state) {
  (void)state;
  traj_plan plan = toy_plan();
  assert_int_equal(traj_plot_plan(&plan, NULL, "limited"), TRAJ_OK);
  assert_int_equal(count("limited.gp", "linestyle 2"), 3);
  assert_int_equal(count("limited.gp", "title 'limit'"), 2);
  assert_int_equal(count("limited.gp", "\n 1 0 1 5 0.25 -5 NaN 5 NaN\n"), 1);
  assert_int_equal(count("limited.gp", "\n 2.5 -1e+10 4 0 7 -4 NaN 6 8\n"), 1); /* the last control is held */
  plan.u_min = plan.u_max = NULL;
  assert_int_equal(traj_plot_plan(&plan, NULL, "free"), TRAJ_OK);
  assert_int_equal(count("free.gp", "linestyle 2"), 0);
  scratch_gnuplot("free.gp");
  assert_true(scratch_is_png("free.png"));
}

/* Panels of constant numbers, and more of them than fit side by side. */
static void many_constant_states(void **state) {
  (void)state;
  enum { MANY = 13 };
  static const double numbers[3 * MANY] = {0};
  const double t[3] = {0, 1, 2};
  const traj_plan plan = {.nx = MANY, .ndx = MANY, .nu = 5, .N = 2, .t = t, .x = numbers, .u = numbers};
  assert_int_equal(traj_plot_plan(&plan, NULL, "many"), TRAJ_OK);
  assert_int_equal(count("many.gp", "\nplot "), MANY + 5);
  assert_int_equal(count("many.gp", "'time [s]'"), 1); /* below the last row, which holds one control */
  scratch_gnuplot("many.gp");
  assert_true(scratch_is_png("many.png"));
}

static void refusals(void **state) {
  (void)state;
  traj_plan plan = toy_plan();
  const traj_plot later = {.reserved = {[3] = &plan}};
  assert_int_equal(traj_plot_plan(NULL, NULL, "none"), TRAJ_E_ARG);
  assert_int_equal(traj_plot_plan(&plan, NULL, NULL), TRAJ_E_ARG);
  assert_int_equal(traj_plot_plan(&plan, NULL, ""), TRAJ_E_ARG);
  assert_int_equal(traj_plot_plan(&plan, &later, "none"), TRAJ_E_ARG);
  assert_int_equal(traj_plot_plan(&plan, NULL, "no such directory/none"), TRAJ_E_FILE);
  assert_null(fopen("none.gp", "r"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_labels),
      cmocka_unit_test(given_labels_and_goal),
      cmocka_unit_test(limits_are_drawn_where_there_are_any),
      cmocka_unit_test(many_constant_states),
      cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
