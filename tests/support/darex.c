#include "support/darex.h"

#include <math.h>
#include <string.h>

#include "support/darex_data.h"

/* Entry (i, j), from 1 as in the publication, of a column-major matrix. */
static double *at(double *a, int rows, int i, int j) {
  return a + (i - 1) + (j - 1) * rows;
}

static void fill(double *a, int rows, int cols, const double *by_rows) {
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < cols; j++)
      a[i + j * rows] = by_rows[i * cols + j];
  }
}

static void diagonal(double *a, int n, const double *values) {
  for (int i = 0; i < n; i++)
    a[i + i * n] = values[i];
}

static void identity(double *a, int n, double value) {
  for (int i = 0; i < n; i++)
    a[i + i * n] = value;
}

static void sizes(darex *e, int nx, int nu) {
  e->nx = nx;
  e->nu = nu;
}

/* Q = C'Q0 C with C rows x nx by rows; Q0 by rows, NULL: identity. */
static void weigh(darex *e, int rows, const double *C, const double *Q0) {
  int n = e->nx;
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) {
      double sum = 0;
      for (int a = 0; a < rows; a++) {
        for (int b = 0; b < rows; b++)
          sum += C[a * n + i] * (Q0 == NULL ? a == b : Q0[a * rows + b]) * C[b * n + j];
      }
      e->Q[i + j * n] = sum;
    }
  }
}

/* A is singular, R is zero (Van Dooren 1981). */
static void example_1_1(darex *e) {
  sizes(e, 2, 1);
  fill(e->A, 2, 2, (const double[]){2, -1, 1, 0});
  fill(e->B, 2, 1, (const double[]){1, 0});
  e->Q[3] = 1;
  identity(e->X, 2, 1);
  e->known = 1;
}

/* Singular R, cross terms (Ionescu, Weiss 1992). */
static void example_1_2(darex *e) {
  sizes(e, 2, 2);
  fill(e->A, 2, 2, (const double[]){0, 1, 0, -1});
  fill(e->B, 2, 2, (const double[]){1, 0, 2, 1});
  fill(e->R, 2, 2, (const double[]){9, 3, 3, 1});
  fill(e->Q, 2, 2, (const double[]){-4 / 11.0, -4 / 11.0, -4 / 11.0, 7 / 11.0});
  fill(e->S, 2, 2, (const double[]){3, -1, 1, 7});
}

/* Jonckheere 1981. */
static void example_1_3(darex *e) {
  sizes(e, 2, 1);
  fill(e->A, 2, 2, (const double[]){0, 1, 0, 0});
  fill(e->B, 2, 1, (const double[]){0, 1});
  fill(e->Q, 2, 2, (const double[]){1, 2, 2, 4});
  e->R[0] = 1;
  fill(e->X, 2, 2, (const double[]){1, 2, 2, 2 + sqrt(5)});
  e->known = 1;
}

/* Singular R, indefinite Q (Sun 1998). The solution is that of A(2, 3) = .1; generators of the collection have .01
 * there. */
static void example_1_4(darex *e) {
  sizes(e, 3, 2);
  fill(e->A, 3, 3, (const double[]){0, .1, 0, 0, 0, .1, 0, 0, 0});
  fill(e->B, 3, 2, (const double[]){1, 0, 0, 0, 0, 1});
  e->R[3] = 1;
  diagonal(e->Q, 3, (const double[]){1e5, 1e3, -10});
  diagonal(e->X, 3, (const double[]){1e5, 1e3, 0});
  e->known = 1;
}

static void example_1_5(darex *e) {
  sizes(e, 4, 2);
  fill(e->A, 4, 4, SATELLITE_A);
  fill(e->B, 4, 2, SATELLITE_B);
  fill(e->Q, 4, 4, (const double[]){1.87, 0, 0, -.244, 0, .744, .205, 0, 0, .205, .589, 0, -.244, 0, 0, 1.048});
  identity(e->R, 2, 1);
}

static void example_1_6(darex *e) {
  sizes(e, 4, 2);
  fill(e->A, 4, 4, MODES_A);
  fill(e->B, 4, 2, MODES_B);
  identity(e->Q, 4, .01);
  identity(e->R, 2, 1);
}

static void example_1_7(darex *e) {
  sizes(e, 4, 4);
  fill(e->A, 4, 4, LU_LIN_A);
  fill(e->B, 4, 4, LU_LIN_B);
  weigh(e, 4, LU_LIN_C, LU_LIN_Q);
  identity(e->R, 4, 1);
}

static void example_1_8(darex *e) {
  sizes(e, 5, 2);
  fill(e->A, 5, 5, CHEMICAL_A);
  fill(e->B, 5, 2, CHEMICAL_B);
  identity(e->Q, 5, 1);
  identity(e->R, 2, 1);
}

/* Cross terms (Davison, Wang 1974). */
static void example_1_9(darex *e) {
  sizes(e, 6, 2);
  *at(e->A, 6, 1, 2) = *at(e->A, 6, 2, 3) = *at(e->A, 6, 4, 5) = *at(e->A, 6, 5, 6) = 1;
  *at(e->B, 6, 3, 1) = *at(e->B, 6, 6, 2) = 1;
  weigh(e, 2, (const double[]){1, 1, 0, 0, 0, 0, 0, 0, 0, 1, -1, 0}, NULL);
  diagonal(e->R, 2, (const double[]){3, 1});
  fill(e->S, 2, 6, (const double[]){1, 1, 0, 1, -1, 0, 0, 0, 0, 0, 0, 0});
}

static void example_1_10(darex *e) {
  sizes(e, 9, 3);
  fill(e->A, 9, 9, REACTOR_A);
  fill(e->B, 9, 3, REACTOR_B);
  *at(e->Q, 9, 1, 1) = *at(e->Q, 9, 5, 5) = 50;
  identity(e->R, 3, 1);
}

static const double PAPER_Q[] = {.5, 0, 0, 0, 0, 5, 0, 0, 0, 0, .5, 0, 0, 0, 0, 5};

/* Paper machine with error integrators (Sima 1996). */
static void example_1_11(darex *e) {
  sizes(e, 11, 2);
  const int ones[][2] = {{2, 1}, {3, 2}, {4, 3}, {5, 4}, {9, 8}, {10, 10}, {11, 11}};
  for (int i = 0; i < 7; i++)
    *at(e->A, 11, ones[i][0], ones[i][1]) = 1;
  *at(e->A, 11, 6, 5) = .222;
  *at(e->A, 11, 6, 6) = .778;
  *at(e->A, 11, 7, 5) = .4;
  *at(e->A, 11, 7, 7) = .6;
  *at(e->A, 11, 8, 8) = 1.372;
  *at(e->A, 11, 8, 9) = -.47;
  *at(e->A, 11, 10, 6) = -15;
  *at(e->A, 11, 11, 7) = -7;
  *at(e->A, 11, 11, 8) = 5.357;
  *at(e->A, 11, 11, 9) = 3.943;
  *at(e->B, 11, 1, 1) = 1;
  *at(e->B, 11, 8, 2) = .098;
  const double C[4 * 11] = {0, 0, 0, 0, 0, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, -5.357, -3.943, 0, 0,
                            0, 0, 0, 0, 0, 0,  0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,      0,      0, 1};
  weigh(e, 4, C, PAPER_Q);
  diagonal(e->R, 2, (const double[]){400, 700});
}

/* Paper machine with disturbances (Sima 1996). */
static void example_1_12(darex *e) {
  sizes(e, 13, 2);
  for (int i = 1; i <= 10; i++)
    *at(e->A, 13, i, i + 1) = i == 6 || i == 8 ? 0 : 1;
  *at(e->A, 13, 12, 12) = *at(e->A, 13, 13, 13) = 1;
  *at(e->A, 13, 12, 1) = -3.318;
  *at(e->A, 13, 13, 1) = -1.5484;
  *at(e->A, 13, 6, 6) = .7788;
  *at(e->A, 13, 8, 7) = -.4724;
  *at(e->A, 13, 13, 7) = .3981;
  *at(e->A, 13, 8, 8) = 1.3746;
  *at(e->A, 13, 13, 8) = .5113;
  *at(e->A, 13, 13, 9) = 5.7865;
  *at(e->A, 13, 11, 11) = .8071;
  *at(e->B, 13, 6, 1) = *at(e->B, 13, 8, 2) = 1;
  const double C[4 * 13] = {3.318, 0,      0,      0,       0, 0, 0, 0, 0, 0, 0, 0, 0, 1.5484, 0, 0, 0, 0,
                            0,     -.3981, -.5113, -5.7865, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,      0, 0, 0, 0,
                            0,     1,      0,      0,       0, 0, 0, 0, 0, 0, 0, 0, 0, 0,      0, 1};
  weigh(e, 4, C, PAPER_Q);
  diagonal(e->R, 2, (const double[]){400, 700});
}

static void example_1_13(darex *e) {
  const int seen[] = {2, 4, 12, 14, 16, 18};
  sizes(e, 26, 6);
  for (int i = 1; i <= 16; i++) {
    for (int j = 1; j <= 8; j++)
      *at(e->A, 26, i, 2 * j) = POWER_A[(i - 1) * 8 + j - 1];
    if (i % 2 == 0) *at(e->A, 26, i, i - 1) = 1;
  }
  *at(e->A, 26, 17, 18) = -.1228;
  *at(e->A, 26, 17, 20) = 2.0351;
  *at(e->A, 26, 18, 17) = *at(e->A, 26, 20, 19) = 1;
  *at(e->A, 26, 18, 18) = .8965;
  *at(e->A, 26, 18, 20) = 3.0747;
  *at(e->A, 26, 19, 18) = -.0041;
  *at(e->A, 26, 19, 20) = .26;
  *at(e->A, 26, 20, 18) = .0042;
  *at(e->A, 26, 20, 20) = .1704;
  for (int i = 1; i <= 6; i++) {
    *at(e->A, 26, 20 + i, 20 + i) = 1;
    *at(e->A, 26, 20 + i, seen[i - 1]) = -1;
    for (int k = 1; k <= 20; k++)
      *at(e->B, 26, k, i) = POWER_B[(k - 1) * 6 + i - 1];
    *at(e->Q, 26, 20 + i, 20 + i) = (const double[]){2, 1, 3, 3, 4, 1}[i - 1];
  }
  diagonal(e->R, 6, (const double[]){.1, .1, 10, .1, 10, 1});
}

/* Uncontrollable and unobservable modes (Laub 1979, example 2), R = 1e6. */
static void example_2_1(darex *e) {
  sizes(e, 2, 1);
  fill(e->A, 2, 2, (const double[]){4, 3, -4.5, -3.5});
  fill(e->B, 2, 1, (const double[]){1, -1});
  fill(e->Q, 2, 2, (const double[]){9, 6, 6, 4});
  e->R[0] = 1e6;
  for (int i = 0; i < 4; i++)
    e->X[i] = (1 + sqrt(1 + 4e6)) / 2 * e->Q[i];
  e->known = 1;
}

/* R of condition 9e12 (Laub 1979, example 3). */
static void example_2_2(darex *e) {
  sizes(e, 2, 2);
  diagonal(e->A, 2, (const double[]){.9512, .9048});
  fill(e->B, 2, 2, (const double[]){4.877, 4.877, -1.1895, 3.569});
  diagonal(e->R, 2, (const double[]){1 / 3e6, 3e6});
  diagonal(e->Q, 2, (const double[]){.005, .02});
}

/* Badly scaled. */
static void example_2_3(darex *e) {
  sizes(e, 2, 1);
  *at(e->A, 2, 1, 2) = 1e6;
  e->B[1] = 1;
  identity(e->Q, 2, 1);
  e->R[0] = 1;
  diagonal(e->X, 2, (const double[]){1, 1 + 1e12});
  e->known = 1;
}

/* a = V diag(values) V, V the reflection with 1/3 on its diagonal and -2/3 elsewhere. */
static void reflect(double *a, const double *values) {
  for (int i = 0; i < 3; i++) {
    for (int j = 0; j < 3; j++) {
      a[i + 3 * j] = 0;
      for (int k = 0; k < 3; k++)
        a[i + 3 * j] += ((i == k) - 2 / 3.0) * values[k] * ((j == k) - 2 / 3.0);
    }
  }
}

/* Large weights (Petkov et al. 1989). */
static void example_2_4(darex *e) {
  sizes(e, 3, 3);
  reflect(e->A, (const double[]){0, 1, 3});
  identity(e->B, 3, 1);
  identity(e->Q, 3, 1e6);
  identity(e->R, 3, 1e6);
  reflect(e->X, (const double[]){1e6, 1e6 * (1 + sqrt(5)) / 2, 1e6 * (9 + sqrt(85)) / 2});
  e->known = 1;
}

/* Process control (Pappas et al. 1980), tau = 1e8: the closed loop is 2.2e-8 from the unit circle. */
static void example_2_5(darex *e) {
  const double beta = 1e-8, alpha = 1 - beta, r = .25;
  sizes(e, 4, 1);
  *at(e->A, 4, 1, 1) = alpha;
  *at(e->A, 4, 2, 1) = *at(e->A, 4, 3, 2) = *at(e->A, 4, 4, 3) = 1;
  e->B[0] = beta;
  e->R[0] = r;
  *at(e->Q, 4, 4, 4) = 1;
  const double sum = r * (alpha + 1) * (alpha - 1) + beta * beta;
  diagonal(e->X, 4, (const double[]){(sum + sqrt(sum * sum + 4 * beta * beta * r)) / 2 / beta / beta, 1, 1, 1});
  e->known = 1;
}

/* A chain of 100 (Pappas et al. 1980, example 3). */
static void example_4_1(darex *e) {
  sizes(e, 100, 1);
  for (int i = 1; i < 100; i++)
    *at(e->A, 100, i, i + 1) = 1;
  e->B[99] = 1;
  identity(e->Q, 100, 1);
  e->R[0] = 1;
  for (int i = 1; i <= 100; i++)
    *at(e->X, 100, i, i) = i;
  e->known = 1;
}

const darex *darex_example(int i) {
  static darex e;
  static const struct {
    const char *name;
    void (*make)(darex *e);
  } examples[DAREX_COUNT] = {
      {"1.1", example_1_1},   {"1.2", example_1_2},   {"1.3", example_1_3},   {"1.4", example_1_4},
      {"1.5", example_1_5},   {"1.6", example_1_6},   {"1.7", example_1_7},   {"1.8", example_1_8},
      {"1.9", example_1_9},   {"1.10", example_1_10}, {"1.11", example_1_11}, {"1.12", example_1_12},
      {"1.13", example_1_13}, {"2.1", example_2_1},   {"2.2", example_2_2},   {"2.3", example_2_3},
      {"2.4", example_2_4},   {"2.5", example_2_5},   {"4.1", example_4_1},
  };
  memset(&e, 0, sizeof e);
  e.name = examples[i].name;
  examples[i].make(&e);
  return &e;
}

traj_lqr_problem darex_problem(const darex *e) {
  return (traj_lqr_problem){
      .nx = e->nx, .nu = e->nu, .A = {e->A, 0}, .B = {e->B, 0}, .Q = {e->Q, 0}, .S = {e->S, 0}, .R = {e->R, 0}};
}
