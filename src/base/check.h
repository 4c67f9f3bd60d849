/* Number checks. */
#ifndef TJ_BASE_CHECK_H
#define TJ_BASE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* Whether all n numbers are finite. */
bool tj_all_finite(const double *a, size_t n);

/* Index of the first number that is not finite; n when all are. */
size_t tj_first_not_finite(const double *a, size_t n);

/* Column-major matrix: the first entry that is not finite, of the lower triangle only if lower. False: all are finite.
 */
bool tj_matrix_not_finite(const double *a, int rows, int cols, bool lower, int *row, int *col);

#endif
