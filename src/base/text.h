/* Text without stdio, for diagnostics on machines that have none. */
#ifndef TJ_BASE_TEXT_H
#define TJ_BASE_TEXT_H

#include <stddef.h>

typedef struct tj_text {
  char *start;   /* may be NULL when size is 0 */
  size_t size;   /* bytes at start */
  size_t length; /* characters put, those that did not fit included */
} tj_text;

void tj_text_put(tj_text *out, const char *string);

/* Six significant digits, as "%g" writes them: 3, -0.25, 1.5e-07, nan, inf. */
void tj_text_put_number(tj_text *out, double number);

/* Terminates the text; returns its whole length. */
size_t tj_text_end(tj_text *out);

#endif
