// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extra/file.h"
#include "support/scratch.h"

static void put_half(FILE *file, const void *what) {
  fprintf(file, "%s %g", (const char *)what, 0.5);
}

static void put_much(FILE *file, const void *what) {
  (void)what;
  for (int i = 0; i < 100000; i++)
    fputs("0123456789", file);
}

static void writes_and_replaces(void **state) {
  (void)state;
  assert_int_equal(tj_write_file("much", put_much, NULL), TRAJ_OK);
  char *text = scratch_read("much");
  assert_int_equal(strlen(text), 1000000);
  free(text);
  assert_int_equal(tj_write_file("much", put_half, "now"), TRAJ_OK);
  text = scratch_read("much");
  assert_string_equal(text, "now 0.5");
  free(text);
}

static void says_when_a_file_cannot_be_made(void **state) {
  (void)state;
  assert_int_equal(tj_write_file("", put_half, "x"), TRAJ_E_FILE);
  assert_int_equal(tj_write_file("no such directory/file", put_half, "x"), TRAJ_E_FILE);
  assert_int_equal(tj_write_file("/", put_half, "x"), TRAJ_E_FILE);
}

/* A full disk is noticed in the middle, and also when only closing the file writes to it. */
static void says_when_the_disk_is_full(void **state) {
  (void)state;
  assert_int_equal(tj_write_file("/dev/full", put_much, NULL), TRAJ_E_FILE);
  assert_int_equal(tj_write_file("/dev/full", put_half, "x"), TRAJ_E_FILE);
}

/* Needs a locale with a decimal comma; the C locale and its like cannot show anything. */
static void writes_points_in_every_locale(void **state) {
  (void)state;
  const char *const candidates[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "fr_FR", "it_IT.UTF-8", "ru_RU.UTF-8"};
  const int n = sizeof candidates / sizeof candidates[0];
  int i = 0;
  while (i < n && setlocale(LC_ALL, candidates[i]) == NULL)
    i++;
  if (i == n) skip();
  char here[8], again[8];
  snprintf(here, sizeof here, "%g", 0.5);
  traj_status status = tj_write_file("comma", put_half, "x");
  snprintf(again, sizeof again, "%g", 0.5);
  setlocale(LC_ALL, "C");
  assert_int_equal(status, TRAJ_OK);
  assert_string_equal(here, "0,5");
  assert_string_equal(again, "0,5");
  char *text = scratch_read("comma");
  assert_string_equal(text, "x 0.5");
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(writes_and_replaces),
      cmocka_unit_test(says_when_a_file_cannot_be_made),
      cmocka_unit_test(says_when_the_disk_is_full),
      cmocka_unit_test(writes_points_in_every_locale),
  };
  return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
