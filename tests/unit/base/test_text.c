/* The number writer against "%g" of the C library; truncation at every size of the buffer. */
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
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "support/env.h"
#include "support/rng.h"

enum { ROOM = 64 };

static void assert_written(double number, const char *expected) {
  char text[ROOM];
  tj_text out = {.start = text, .size = sizeof text};
  tj_text_put_number(&out, number);
  size_t length = tj_text_end(&out);
  if (strcmp(text, expected) != 0) print_error("%.17g\n", number);
  assert_string_equal(text, expected);
  assert_int_equal(length, strlen(expected));
}

static void assert_as_printf(double number) {
  char expected[ROOM];
  snprintf(expected, sizeof expected, "%g", number);
  assert_written(number, expected);
}

static void test_any_double(void **state) {
  (void)state;
  rng r = rng_from(env_seed("any_double", 151));
  for (int round = env_rounds(200000, 2000); round > 0; round--) {
    uint64_t bits = rng_bits(&r);
    double number;
    memcpy(&number, &bits, sizeof number);
    if (!isnan(number)) assert_as_printf(number);
  }
}

static void test_denormals(void **state) {
  (void)state;
  rng r = rng_from(env_seed("denormals", 152));
  for (int round = env_rounds(50000, 500); round > 0; round--) {
    uint64_t bits = rng_bits(&r) >> rng_int(&r, 12, 63);
    double number;
    memcpy(&number, &bits, sizeof number);
    if (number != 0) assert_as_printf(number);
  }
}

/* Numbers of a few digits, as diagnostics have them. */
static void test_short_numbers(void **state) {
  (void)state;
  for (int i = -20000; i <= 20000; i++) {
    assert_as_printf(i);
    if (i == 0) continue;
    assert_as_printf(i / 10.0);
    assert_as_printf(i / 1000.0);
    assert_as_printf(i * 1e-9);
    assert_as_printf(i * 1e20);
  }
}

/* Powers of ten and their neighbours, where the number of digits changes. */
static void test_powers_of_ten(void **state) {
  (void)state;
  for (int e = -323; e <= 308; e++) {
    double power = pow(10, e);
    assert_as_printf(power);
    assert_as_printf(nextafter(power, 0) == 0 ? power : nextafter(power, 0));
    assert_as_printf(nextafter(power, HUGE_VAL));
    if (e > -300) {
      assert_as_printf(power * 0.9999994);
      assert_as_printf(power * 0.9999996);
    }
  }
}

/* Halfway between two texts: to the even digit. */
static void test_ties(void **state) {
  (void)state;
  for (int i = 100000; i < 101000; i++) {
    assert_as_printf(i + 0.5);
    assert_as_printf(10.0 * i + 5);
  }
}

static void test_extremes(void **state) {
  (void)state;
  assert_as_printf(DBL_MAX);
  assert_as_printf(-DBL_MAX);
  assert_as_printf(DBL_MIN);
  assert_as_printf(DBL_TRUE_MIN);
  assert_as_printf(-DBL_TRUE_MIN);
  assert_written(0, "0");
  assert_written(-0.0, "0");
  assert_written((double)NAN, "nan");
  assert_written(-(double)NAN, "nan");
  assert_written((double)INFINITY, "inf");
  assert_written(-(double)INFINITY, "-inf");
}

/* Whatever the room, the text is cut and terminated there, and the whole length told. */
static void test_truncation(void **state) {
  (void)state;
  const char whole[] = "stage -1.25e-07!";
  for (size_t size = 0; size <= sizeof whole + 2; size++) {
    char text[ROOM];
    memset(text, '#', sizeof text);
    tj_text out = {.start = text, .size = size};
    tj_text_put(&out, "stage ");
    tj_text_put_number(&out, -1.25e-7);
    tj_text_put(&out, "");
    tj_text_put(&out, "!");
    assert_int_equal(tj_text_end(&out), sizeof whole - 1);
    size_t kept = size == 0 ? 0 : (size < sizeof whole ? size - 1 : sizeof whole - 1);
    assert_memory_equal(text, whole, kept);
    if (size > 0) assert_int_equal(text[kept], '\0');
    assert_int_equal(text[size == 0 ? 0 : kept + 1], '#');
  }
  tj_text nowhere = {.start = NULL, .size = 0};
  tj_text_put(&nowhere, "abc");
  assert_int_equal(tj_text_end(&nowhere), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_any_double),    cmocka_unit_test(test_denormals), cmocka_unit_test(test_short_numbers),
      cmocka_unit_test(test_powers_of_ten), cmocka_unit_test(test_ties),      cmocka_unit_test(test_extremes),
      cmocka_unit_test(test_truncation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
