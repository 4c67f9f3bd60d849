#include "base/text.h"

#include <math.h>
#include <string.h>

enum { DIGITS = 6 };

static void put_char(tj_text *out, char c) {
  if (out->length + 1 < out->size) out->start[out->length] = c;
  out->length++;
}

void tj_text_put(tj_text *out, const char *string) {
  for (const char *c = string; *c != '\0'; c++)
    put_char(out, *c);
}

/* The decimal digits of a > 0 rounded to DIGITS, and the exponent of the first. */
static int decimal_digits(double a, char digits[DIGITS]) {
  int exponent = (int)floor(log10(a));
  /* Two factors: the power alone would overflow for denormals. */
  int shift = DIGITS - 1 - exponent, half = shift / 2;
  double scaled = a * pow(10, half) * pow(10, shift - half);
  double rounded = nearbyint(scaled);
  if (rounded >= 1e6) { /* rounded up to one digit more; where log10 was, the digits are 100000 all the same */
    rounded /= 10;
    exponent++;
  }
  long number = (long)rounded;
  for (int i = DIGITS - 1; i >= 0; i--) {
    digits[i] = (char)('0' + number % 10);
    number /= 10;
  }
  return exponent;
}

static int significant(const char digits[DIGITS]) {
  int n = DIGITS;
  while (n > 1 && digits[n - 1] == '0')
    n--;
  return n;
}

static void put_fixed(tj_text *out, const char *digits, int n, int exponent) {
  if (exponent < 0) {
    tj_text_put(out, "0.");
    for (int i = -1; i > exponent; i--)
      put_char(out, '0');
  }
  for (int i = 0; i < n || i <= exponent; i++) {
    if (exponent >= 0 && i == exponent + 1) put_char(out, '.');
    put_char(out, i < n ? digits[i] : '0');
  }
}

static void put_scientific(tj_text *out, const char *digits, int n, int exponent) {
  put_char(out, digits[0]);
  if (n > 1) put_char(out, '.');
  for (int i = 1; i < n; i++)
    put_char(out, digits[i]);
  put_char(out, 'e');
  put_char(out, exponent < 0 ? '-' : '+');
  int e = exponent < 0 ? -exponent : exponent;
  if (e >= 100) put_char(out, (char)('0' + e / 100));
  put_char(out, (char)('0' + e / 10 % 10));
  put_char(out, (char)('0' + e % 10));
}

void tj_text_put_number(tj_text *out, double number) {
  if (isnan(number)) {
    tj_text_put(out, "nan");
    return;
  }
  if (signbit(number) && number != 0) put_char(out, '-');
  if (isinf(number)) {
    tj_text_put(out, "inf");
  } else if (number == 0) {
    put_char(out, '0');
  } else {
    char digits[DIGITS];
    int exponent = decimal_digits(fabs(number), digits);
    int n = significant(digits);
    if (exponent < -4 || exponent >= DIGITS) {
      put_scientific(out, digits, n, exponent);
    } else {
      put_fixed(out, digits, n, exponent);
    }
  }
}

size_t tj_text_end(tj_text *out) {
  if (out->size > 0) out->start[out->length < out->size ? out->length : out->size - 1] = '\0';
  return out->length;
}
