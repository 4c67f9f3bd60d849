/* Values of formulas as documents write them, such as "3 (nu ndx + nu + ndx^2)": factors side by side are multiplied.
 */
#ifndef SUPPORT_FORMULA_H
#define SUPPORT_FORMULA_H

/* What a name stands for. */
typedef struct formula_name {
  const char *name;
  long value;             /* of a variable */
  long (*function)(long); /* of a function, written name(argument); NULL: a variable */
} formula_name;

/* The value; names ends with a NULL name. Fails the test when the formula cannot be read. */
long formula_value(const char *formula, const formula_name *names);

#endif
