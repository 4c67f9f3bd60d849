#include "support/refusal.h"

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
#include <string.h>

traj_diag refusal_of_field(traj_status status, const char *field, double value) {
  return (traj_diag){.status = status, .field = field, .k = -1, .row = -1, .col = -1, .value = value};
}

static void assert_text(const traj_diag *diag) {
  enum { SIZE = 400, BEYOND = '#' };
  char whole[SIZE], cut[SIZE];
  size_t length = traj_diag_text(diag, whole, sizeof(whole));
  assert_true(length < sizeof(whole));
  assert_int_equal(strlen(whole), length);
  assert_non_null(strstr(whole, traj_status_name(diag->status)));
  if (diag->hook != NULL) assert_non_null(strstr(whole, diag->hook));
  if (diag->field != NULL) assert_non_null(strstr(whole, diag->field));
  assert_int_equal(traj_diag_text(diag, NULL, 0), length);
  for (size_t size = 0; size <= length + 1; size++) {
    memset(cut, BEYOND, sizeof(cut));
    assert_int_equal(traj_diag_text(diag, cut, size), length);
    size_t kept = size == 0 ? 0 : size - 1;
    assert_memory_equal(cut, whole, kept);
    if (size > 0) assert_int_equal(cut[kept], '\0');
    assert_int_equal(cut[size], BEYOND);
  }
}

static void assert_name(const char *actual, const char *expected) {
  if (actual == NULL || expected == NULL) {
    assert_ptr_equal(actual, expected);
  } else {
    assert_string_equal(actual, expected);
  }
}

void assert_diag(const traj_diag *actual, traj_diag expected) {
  assert_string_equal(traj_status_name(actual->status), traj_status_name(expected.status));
  assert_name(actual->hook, expected.hook);
  assert_name(actual->field, expected.field);
  assert_int_equal(actual->k, expected.k);
  assert_int_equal(actual->row, expected.row);
  assert_int_equal(actual->col, expected.col);
  bool same = isnan(expected.value) ? isnan(actual->value) : actual->value == expected.value;
  if (!same) fail_msg("the value is %g instead of %g", actual->value, expected.value);
  assert_text(actual);
}

void assert_no_diag(const traj_diag *actual) {
  assert_diag(actual, refusal_of_field(TRAJ_OK, NULL, 0));
}
