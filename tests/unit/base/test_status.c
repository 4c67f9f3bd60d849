/* Names and texts of every status, and the text of a diagnostic. */
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
#include <stdio.h>
#include <string.h>

#include "traj/status.h"

enum { ROOM = 400 };

#define STATUS(name, value, text) name,
static const traj_status ALL[] = {TRAJ_STATUS_LIST(STATUS)};
#undef STATUS
enum { COUNT = sizeof ALL / sizeof *ALL };

static void test_names_and_texts(void **state) {
  (void)state;
#define STATUS(name, value, text)                     \
  assert_int_equal(name, value);                      \
  assert_string_equal(traj_status_name(name), #name); \
  assert_string_equal(traj_status_text(name), text);
  TRAJ_STATUS_LIST(STATUS)
#undef STATUS
  for (int i = 0; i < COUNT; i++) {
    assert_true(strlen(traj_status_text(ALL[i])) > 0);
    for (int j = 0; j < i; j++) {
      assert_int_not_equal(ALL[i], ALL[j]);
      assert_string_not_equal(traj_status_text(ALL[i]), traj_status_text(ALL[j]));
    }
  }
}

static void test_no_status(void **state) {
  (void)state;
  const int numbers[] = {INT_MIN, -1000, 1000, INT_MAX};
  for (int i = 0; i < 4; i++) {
    assert_string_equal(traj_status_name((traj_status)numbers[i]), "TRAJ_UNKNOWN");
    assert_true(strlen(traj_status_text((traj_status)numbers[i])) > 0);
  }
}

static void assert_text(const traj_diag *diag, const char *expected) {
  char text[ROOM];
  assert_int_equal(traj_diag_text(diag, text, sizeof text), strlen(expected));
  assert_string_equal(text, expected);
}

static void test_nothing_to_report(void **state) {
  (void)state;
  const traj_diag fine = {.status = TRAJ_OK, .field = "ignored", .hook = "ignored", .k = 3};
  assert_text(NULL, "TRAJ_OK: success");
  assert_text(&fine, "TRAJ_OK: success");
}

static void test_parts(void **state) {
  (void)state;
  traj_diag diag = {.status = TRAJ_E_ARG, .field = "u_min", .k = 12, .row = 3, .col = -1, .value = (double)NAN};
  assert_text(&diag, "TRAJ_E_ARG: an argument is invalid; field u_min, stage 12, row 3; value nan");
  diag = (traj_diag){.status = TRAJ_E_CALLBACK, .hook = "model.ode", .k = 0, .row = -1, .col = -1, .value = -7};
  assert_text(&diag, "TRAJ_E_CALLBACK: a hook returned an error code; hook model.ode, stage 0; value -7");
  diag = (traj_diag){.status = TRAJ_E_ARG, .field = "N", .k = -1, .row = -1, .col = -1};
  assert_text(&diag, "TRAJ_E_ARG: an argument is invalid; field N; value 0");
}

/* With everything in it, at every size of the buffer. */
static void test_truncation(void **state) {
  (void)state;
  const traj_diag diag = {TRAJ_E_NOT_FINITE, "fx", "model.jac", 41, 1, 2, (double)INFINITY};
  char whole[ROOM];
  snprintf(whole, sizeof whole, "TRAJ_E_NOT_FINITE: %s; hook model.jac; field fx, stage 41, row 1, column 2; value inf",
           traj_status_text(TRAJ_E_NOT_FINITE));
  size_t length = strlen(whole);
  for (size_t size = 0; size <= length + 2; size++) {
    char text[ROOM];
    memset(text, '#', sizeof text);
    assert_int_equal(traj_diag_text(&diag, text, size), length);
    size_t kept = size == 0 ? 0 : (size <= length ? size - 1 : length);
    assert_memory_equal(text, whole, kept);
    if (size > 0) assert_int_equal(text[kept], '\0');
    assert_int_equal(text[size == 0 ? 0 : kept + 1], '#');
  }
  assert_int_equal(traj_diag_text(&diag, NULL, 0), length);
  assert_int_equal(traj_diag_text(&diag, NULL, 100), length);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names_and_texts),   cmocka_unit_test(test_no_status),
      cmocka_unit_test(test_nothing_to_report), cmocka_unit_test(test_parts),
      cmocka_unit_test(test_truncation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
