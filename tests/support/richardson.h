/* Derivatives of a function in long double by central differences at four step lengths, extrapolated: good to the last
 * digits of double for a function whose scale is about 1. */
#ifndef SUPPORT_RICHARDSON_H
#define SUPPORT_RICHARDSON_H

enum { RICHARDSON_MOST = 32 }; /* variables, and outputs */

/* out (m) of z (n). */
typedef void richardson_fn(const long double *z, long double *out, const void *ctx);

/* The m derivatives by z_i at 0. */
void richardson_slope(richardson_fn *f, const void *ctx, int m, int i, long double *slope);

/* The second derivative of the first output by z_i and z_j at 0. */
long double richardson_bend(richardson_fn *f, const void *ctx, int i, int j);

/* How far off rounding may put a derivative of that order, 1 or 2, of a function whose size is about 1. It is measured:
 * under Valgrind, for one, a long double has no more digits than a double. */
double richardson_error(int order);

#endif
