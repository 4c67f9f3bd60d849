/* An assertion that two numbers are close, for CMocka tests. */
#ifndef SUPPORT_NEAR_H
#define SUPPORT_NEAR_H

/* Fails unless |actual - expected| <= tolerance; NaN is near nothing. */
#define assert_near(actual, expected, tolerance) near_check(actual, expected, tolerance, __FILE__, __LINE__)

void near_check(double actual, double expected, double tolerance, const char *file, int line);

#endif
