#define _POSIX_C_SOURCE 200809L
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
#include <unistd.h>

#include "support/scratch.h"
#include "traj/extra.h"

static const traj_iteration first = {.cost = -1234.56789, .gradient = 3.5, .regularization = 0};
static const traj_iteration second = {
    .iteration = 1,
    .cost = 0.1,
    .predicted = 1000,
    .actual = 1.25e-12,
    .gradient = 1e-300,
    .regularization = 0.001,
    .step = 0.0078125,
};

static const char table[] =
    " iter             cost  predicted     actual   gradient        mu      step\n"
    "    0 -1.234567890e+03          -          -   3.50e+00   0.0e+00         -\n"
    "    1  1.000000000e-01   1.00e+03   1.25e-12  1.00e-300   1.0e-03   0.00781\n";

static void prints_one_heading_and_columns(void **state) {
  (void)state;
  FILE *file = fopen("table", "w");
  assert_non_null(file);
  assert_int_equal(traj_print_iteration(&first, file), 0);
  assert_int_equal(traj_print_iteration(&second, file), 0);
  assert_int_equal(traj_print_iteration(NULL, file), 0);
  fclose(file);
  char *text = scratch_read("table");
  assert_string_equal(text, table);
  free(text);
}

/* While the states are not yet a rollout. */
static void prints_the_gap(void **state) {
  (void)state;
  traj_iteration a = first, b = second;
  a.gap = 12.5;
  b.gap = 0.25;
  FILE *file = fopen("gaps", "w");
  assert_non_null(file);
  traj_print_iteration(&a, file);
  traj_print_iteration(&b, file);
  fclose(file);
  char *text = scratch_read("gaps");
  assert_non_null(strstr(text, "3.50e+00   0.0e+00         -  gap 1.25e+01\n"));
  assert_non_null(strstr(text, "1.0e-03   0.00781  gap 2.50e-01\n"));
  free(text);
}

static void prints_to_stdout_without_a_file(void **state) {
  (void)state;
  FILE *file = fopen("out", "w");
  assert_non_null(file);
  fflush(stdout);
  int before = dup(STDOUT_FILENO);
  assert_true(before >= 0 && dup2(fileno(file), STDOUT_FILENO) >= 0);
  traj_print_iteration(&first, NULL);
  traj_print_iteration(&second, NULL);
  fflush(stdout);
  dup2(before, STDOUT_FILENO);
  close(before);
  fclose(file);
  char *text = scratch_read("out");
  assert_string_equal(text, table);
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(prints_one_heading_and_columns),
      cmocka_unit_test(prints_the_gap),
      cmocka_unit_test(prints_to_stdout_without_a_file),
  };
  return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
