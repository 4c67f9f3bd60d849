/* How close numbers are, for CMocka tests. */
#ifndef SUPPORT_NEAR_H
#define SUPPORT_NEAR_H

/* Fails unless |actual - expected| <= tolerance; NaN is near nothing. */
#define assert_near(actual, expected, tolerance) near_check(actual, expected, tolerance, __FILE__, __LINE__)

void near_check(double actual, double expected, double tolerance, const char *file, int line);

/* The largest |a_i - b_i|, relative to the largest |b_i| unless all of these are 0. */
double largest_difference(const double *a, const double *b, int count);

#endif
