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
#include "traj/extra.h"

/* Writes and draws; returns the script. */
static char *draw(traj_iteration *rows, int count, const char *stem) {
  const traj_history history = {.rows = rows, .capacity = count, .count = count};
  char script[40], picture[40];
  snprintf(script, sizeof script, "%s.gp", stem);
  snprintf(picture, sizeof picture, "%s.png", stem);
  assert_int_equal(traj_plot_history(&history, "Convergence", stem), TRAJ_OK);
  scratch_gnuplot(script);
  assert_true(scratch_is_png(picture));
  return scratch_read(script);
}

static int count(const char *text, const char *piece) {
  int n = 0;
  for (const char *c = text; (c = strstr(c, piece)) != NULL; c++)
    n++;
  return n;
}

static void logarithmic_where_numbers_allow(void **state) {
  (void)state;
  traj_iteration rows[] = {
      {.iteration = 0, .cost = 100, .gradient = 5, .regularization = 1e-3},
      {.iteration = 1, .cost = 10, .gradient = 0.5, .regularization = 1e-6},
      {.iteration = 2, .cost = 1, .gradient = 0, .regularization = 0},
  };
  char *text = draw(rows, 3, "positive");
  assert_int_equal(count(text, "\nset logscale y\n"), 3);
  assert_int_equal(count(text, "\n1 10 0.5 1e-06\n2 1 0 0\nEND\n"), 1);
  assert_int_equal(count(text, "set xrange [0:2]"), 1);
  assert_int_equal(count(text, "'Convergence'"), 1);
  free(text);
}

static void linear_where_they_do_not(void **state) {
  (void)state;
  traj_iteration rows[] = {
      {.iteration = 0, .cost = 3, .gradient = 5},
      {.iteration = 1, .cost = -2, .gradient = 1e-9},
  };
  char *text = draw(rows, 2, "negative");
  assert_int_equal(count(text, "\nset logscale y\n"), 1); /* not the cost, and no regularisation that is always zero */
  assert_int_equal(count(text, "\nset yrange [-0.08:1.08]\n"), 1);
  free(text);
}

/* Less than a power of ten. */
static void linear_where_numbers_are_alike(void **state) {
  (void)state;
  traj_iteration rows[] = {
      {.iteration = 0, .cost = 19, .gradient = 1, .regularization = 0},
      {.iteration = 1, .cost = 2, .gradient = 0.2, .regularization = 1e-6},
  };
  char *text = draw(rows, 2, "alike");
  assert_int_equal(count(text, "\nset logscale y\n"), 0);
  free(text);
}

static void a_single_row_is_enough(void **state) {
  (void)state;
  traj_iteration row = {.cost = 1, .gradient = NAN};
  char *text = draw(&row, 1, "single");
  assert_int_equal(count(text, "\n0 1 NaN 0\n"), 1);
  free(text);
}

static void refusals(void **state) {
  (void)state;
  traj_iteration row = {0};
  traj_history history = {.rows = &row, .capacity = 1};
  assert_int_equal(traj_plot_history(&history, NULL, "none"), TRAJ_E_ARG);
  history.count = 1;
  assert_int_equal(traj_plot_history(NULL, NULL, "none"), TRAJ_E_ARG);
  assert_int_equal(traj_plot_history(&history, NULL, NULL), TRAJ_E_ARG);
  assert_int_equal(traj_plot_history(&history, NULL, "line\nbreak"), TRAJ_E_ARG);
  assert_int_equal(traj_plot_history(&history, NULL, "no such directory/none"), TRAJ_E_FILE);
  history.rows = NULL;
  assert_int_equal(traj_plot_history(&history, NULL, "none"), TRAJ_E_ARG);
  assert_null(fopen("none.gp", "r"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(logarithmic_where_numbers_allow),
      cmocka_unit_test(linear_where_they_do_not),
      cmocka_unit_test(linear_where_numbers_are_alike),
      cmocka_unit_test(a_single_row_is_enough),
      cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
