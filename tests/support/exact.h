/* Small matrices in long double, each entry with the sum of the sizes of the terms it came from: how far a result in
 * double may be from it is a multiple of the rounding of that size, whatever cancels. Column-major.
 *
 * Matrices come from a pool that exact_forget() empties; one test at a time. */
#ifndef SUPPORT_EXACT_H
#define SUPPORT_EXACT_H

typedef struct exact {
  long double sum, size;
} exact;

typedef struct exact_matrix {
  int rows, cols;
  exact *entries;
} exact_matrix;

/* Frees all matrices made so far. */
void exact_forget(void);

exact_matrix exact_zero(int rows, int cols);
exact_matrix exact_identity(int n);

/* A matrix of doubles, and the symmetric one whose lower triangle is given; NULL: zero. */
exact_matrix exact_of(const double *a, int rows, int cols);
exact_matrix exact_symmetric(const double *a, int n);

exact *exact_at(exact_matrix a, int row, int col);

/* Puts block into a with its first entry at (row, col). */
void exact_put(exact_matrix a, int row, int col, exact_matrix block);
exact_matrix exact_block(exact_matrix a, int row, int col, int rows, int cols);

exact_matrix exact_transpose(exact_matrix a);
exact_matrix exact_product(exact_matrix a, exact_matrix b);
exact_matrix exact_sum(exact_matrix a, exact_matrix b);
exact_matrix exact_scaled(double factor, exact_matrix a);

/* Fails unless every entry of actual (tight) is within factor units of rounding. */
#define assert_exact(actual, expected, factor) exact_check(actual, expected, factor, __FILE__, __LINE__)

void exact_check(const double *actual, exact_matrix expected, double factor, const char *file, int line);

#endif
