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

#include "extra/script.h"
#include "support/scratch.h"

static void put_numbers(FILE *file, const void *what) {
  const double *numbers = what;
  for (int i = 0; i < 5; i++)
    tj_put_number(file, numbers[i]);
  fputc('\n', file);
}

static void numbers_that_are_not_finite_are_gaps(void **state) {
  (void)state;
  const double numbers[5] = {0.1, -INFINITY, NAN, INFINITY, -1e-20};
  assert_int_equal(tj_write_file("numbers", put_numbers, numbers), TRAJ_OK);
  char *text = scratch_read("numbers");
  assert_string_equal(text, " 0.1 NaN NaN NaN -1e-20\n");
  free(text);
}

static void put_text(FILE *file, const void *what) {
  tj_put_quoted(file, what);
}

static void text_is_quoted(void **state) {
  (void)state;
  const char *const pairs[][2] = {
      {"", "''"},
      {"angle [rad]", "'angle [rad]'"},
      {"it's", "'it'.\"'\".'s'"},
      {"a\nb\tc\x7f", "'a b c '"},
      {"`date` $HOME \\ \"", "'`date` $HOME \\ \"'"},
      {"\xc3\xbc", "'\xc3\xbc'"},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    assert_int_equal(tj_write_file("text", put_text, pairs[i][0]), TRAJ_OK);
    char *text = scratch_read("text");
    assert_string_equal(text, pairs[i][1]);
    free(text);
  }
}

static void put_panel(FILE *file, const void *what) {
  tj_put_panel(file, *(const tj_panel *)what);
}

/* Room on both sides, also for constants and for nothing at all. */
static void scales_hold_their_range(void **state) {
  (void)state;
  const struct {
    tj_range y;
    int logarithmic;
    const char *scale;
  } cases[] = {
      {{0, 100}, 0, "set yrange [-8:108]\n"},
      {{3, 3}, 0, "set yrange [2:4]\n"},
      {{-50, -50}, 0, "set yrange [-55:-45]\n"},
      {tj_range_empty(), 0, "set yrange [-0.08:1.08]\n"},
      {{1, 1e25}, 1, "set yrange [0.01:1e+27]\n"},
      {{1, 1e25}, 1, "set ytics autofreq\n"},
      {{1, 100}, 1, "set ytics (1, 2, 5, 10, 20, 50, 100)\n"},
      {{0.3, 3}, 1, "set ytics (0.5, 1, 2)\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const tj_panel panel = {.x_label = "", .y_label = "", .y = cases[i].y, .logarithmic = cases[i].logarithmic};
    assert_int_equal(tj_write_file("panel", put_panel, &panel), TRAJ_OK);
    char *text = scratch_read("panel");
    assert_non_null(strstr(text, cases[i].scale));
    assert_int_equal(strstr(text, "\nset logscale y") != NULL, cases[i].logarithmic);
    free(text);
  }
}

static void ranges_leave_out_what_is_not_finite(void **state) {
  (void)state;
  const double numbers[5] = {2, NAN, -INFINITY, INFINITY, -1};
  tj_range range = tj_range_empty();
  for (int i = 1; i < 4; i++)
    range = tj_range_with(range, numbers[i]);
  assert_true(range.least > range.most);
  for (int i = 0; i < 5; i++)
    range = tj_range_with(range, numbers[i]);
  assert_true(range.least == -1 && range.most == 2);
}

static void put_line(FILE *file, const void *what) {
  (void)what;
  fputs("0 1\n1 2\n", file);
}

static void put_one_panel(FILE *file, const void *what) {
  tj_put_panel(
      file,
      (tj_panel){.left = 80, .top = 40, .width = 200, .height = 100, .x_label = what, .y_label = what, .y = {1, 2}});
  fputs("plot $data using 1:2 with lines linestyle 1 notitle\n", file);
}

static traj_status write_script(const char *stem, const char *text) {
  const tj_script script = {.stem = stem,
                            .title = text,
                            .width = 300,
                            .height = 200,
                            .data = put_line,
                            .panels = put_one_panel,
                            .what = text};
  return tj_write_script(&script);
}

static void gnuplot_draws_a_script(void **state) {
  (void)state;
  assert_int_equal(write_script("picture", "text"), TRAJ_OK);
  scratch_gnuplot("picture.gp");
  assert_true(scratch_is_png("picture.png"));
}

static void no_text_is_a_command(void **state) {
  (void)state;
  assert_int_equal(write_script("hostile", "'; system('touch broken'); `touch broken`\nsystem('touch broken')"),
                   TRAJ_OK);
  scratch_gnuplot("hostile.gp");
  assert_true(scratch_is_png("hostile.png"));
  assert_null(fopen("broken", "r"));
}

static void no_path_is_a_command(void **state) {
  (void)state;
  const char *const stems[] = {"|touch broken;", "<touch broken;", "`touch broken`", "'; touch broken '", "~", "-",
                               "$(touch broken)"};
  for (size_t i = 0; i < sizeof stems / sizeof stems[0]; i++) {
    char script[40], picture[40];
    snprintf(script, sizeof script, "%s.gp", stems[i]);
    snprintf(picture, sizeof picture, "%s.png", stems[i]);
    assert_int_equal(write_script(stems[i], "text"), TRAJ_OK);
    scratch_gnuplot(script);
    assert_true(scratch_is_png(picture));
  }
  assert_null(fopen("broken", "r"));
}

static void absolute_paths_stay_absolute(void **state) {
  (void)state;
  assert_int_equal(write_script("/dev/null/x", "text"), TRAJ_E_FILE);
  assert_int_equal(write_script("no such directory/x", "text"), TRAJ_E_FILE);
  char here[64];
  snprintf(here, sizeof here, "%s/absolute", scratch_directory());
  assert_int_equal(write_script(here, "text"), TRAJ_OK);
  char *text = scratch_read("absolute.gp");
  strcat(here, ".png'");
  assert_non_null(strstr(text, here));
  assert_null(strstr(text, "./"));
  free(text);
}

static void stems_that_mislead_are_refused(void **state) {
  (void)state;
  char endless[8000];
  memset(endless, 'x', sizeof endless - 1);
  endless[sizeof endless - 1] = '\0';
  assert_int_equal(write_script("", "text"), TRAJ_E_ARG);
  assert_int_equal(write_script("a\nb", "text"), TRAJ_E_ARG);
  assert_int_equal(write_script("a\x7f", "text"), TRAJ_E_ARG);
  assert_int_equal(write_script(endless, "text"), TRAJ_E_ARG);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_that_are_not_finite_are_gaps),
      cmocka_unit_test(text_is_quoted),
      cmocka_unit_test(scales_hold_their_range),
      cmocka_unit_test(ranges_leave_out_what_is_not_finite),
      cmocka_unit_test(gnuplot_draws_a_script),
      cmocka_unit_test(no_text_is_a_command),
      cmocka_unit_test(no_path_is_a_command),
      cmocka_unit_test(absolute_paths_stay_absolute),
      cmocka_unit_test(stems_that_mislead_are_refused),
  };
  return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
