#include "support/formula.h"

// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
  const char *formula, *at;
  const formula_name *names;
} reader;

static long sum(reader *r);

static char next(reader *r) {
  while (*r->at == ' ')
    r->at++;
  return *r->at;
}

static void expect(reader *r, char c) {
  if (next(r) != c) fail_msg("\"%s\": '%c' expected at \"%s\"", r->formula, c, r->at);
  r->at++;
}

static long bracket(reader *r) {
  expect(r, '(');
  const long value = sum(r);
  expect(r, ')');
  return value;
}

static long name(reader *r) {
  size_t length = 0;
  while (isalpha((unsigned char)r->at[length]))
    length++;
  for (const formula_name *n = r->names; length > 0 && n->name != NULL; n++) {
    if (strlen(n->name) != length || strncmp(n->name, r->at, length) != 0) continue;
    r->at += length;
    return n->function != NULL ? n->function(bracket(r)) : n->value;
  }
  fail_msg("\"%s\": unknown name at \"%s\"", r->formula, r->at);
  return 0;
}

static long factor(reader *r) {
  long value;
  if (next(r) == '(') {
    value = bracket(r);
  } else if (isdigit((unsigned char)*r->at)) {
    char *end;
    value = strtol(r->at, &end, 10);
    r->at = end;
  } else {
    value = name(r);
  }
  if (*r->at != '^') return value;
  r->at++;
  expect(r, '2');
  return value * value;
}

static long product(reader *r) {
  long value = factor(r);
  while (next(r) == '(' || isalnum((unsigned char)*r->at))
    value *= factor(r);
  return value;
}

static long sum(reader *r) {
  long value = product(r);
  for (;;) {
    const char sign = next(r);
    if (sign != '+' && sign != '-') return value;
    r->at++;
    value += sign == '+' ? product(r) : -product(r);
  }
}

long formula_value(const char *formula, const formula_name *names) {
  reader r = {.formula = formula, .at = formula, .names = names};
  const long value = sum(&r);
  expect(&r, '\0');
  return value;
}
