/* Structured doubling: each step doubles the horizon of a discrete Riccati recursion. */
#ifndef TJ_LQR_DOUBLING_H
#define TJ_LQR_DOUBLING_H

#include <stdbool.h>

#include "base/arena.h"

/* The recursion X -> H + A' X (I + G X)^-1 A from X = 0, with G and H symmetric. */
typedef struct tj_doubling {
  int n;
  double *A, *G, *H;     /* of as many stages as were doubled so far */
  double *W, *Y, *Z, *U; /* scratch, each n x n */
  int *pivots;
} tj_doubling;

tj_doubling tj_doubling_layout(tj_arena *arena, int n);

/* (S2) Doubles until H changes by rounding only, relative to scale (> 0) or to its largest entry. False: it grows
 * without limit, on that scale, or does not settle. */
bool tj_doubling_run(tj_doubling *d, double scale);

/* (S4) X (n x n, symmetric) = sum_j M'^j X M^j, by squaring; M is lost, T and U are n x n scratch. Returns the spectral
 * radius of M, the distance from 1 to a few per cent; the sum is of no use unless that is below 1. */
double tj_stein(int n, double *M, double *X, double *T, double *U);

/* The spectral radius of M (n x n) by more powers of it; M is lost, T is n x n scratch. */
double tj_radius(int n, double *M, double *T);

#endif
