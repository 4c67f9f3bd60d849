/* What moves numbers between the column-major, tight matrices of the API and the data order of the recursion, in
 * squares of VL x VL where the matrix has room for one. A square that would stick out starts earlier and repeats a few
 * numbers. */
#ifndef TJ_LINALG_OWN_MOVE_H
#define TJ_LINALG_OWN_MOVE_H

#include "linalg/own_product.h"

INLINE void transpose_square(vec *a) {
#if VL == 4
  vec even01 = __builtin_shufflevector(a[0], a[1], 0, 4, 2, 6), odd01 = __builtin_shufflevector(a[0], a[1], 1, 5, 3, 7);
  vec even23 = __builtin_shufflevector(a[2], a[3], 0, 4, 2, 6), odd23 = __builtin_shufflevector(a[2], a[3], 1, 5, 3, 7);
  a[0] = __builtin_shufflevector(even01, even23, 0, 1, 4, 5);
  a[1] = __builtin_shufflevector(odd01, odd23, 0, 1, 4, 5);
  a[2] = __builtin_shufflevector(even01, even23, 2, 3, 6, 7);
  a[3] = __builtin_shufflevector(odd01, odd23, 2, 3, 6, 7);
#else
  vec first = __builtin_shufflevector(a[0], a[1], 0, 2);
  a[1] = __builtin_shufflevector(a[0], a[1], 1, 3);
  a[0] = first;
#endif
}

/* Columns of m numbers each, one after the other; NULL: zeros. */
typedef struct columns {
  const double *at;
  int count;
} columns;

INLINE const double *column(columns c, int m, int j) {
  return c.at == NULL || j >= c.count ? NULL : c.at + j * m;
}

/* Column j of [a b c 0 0 ...], with b a single one. */
INLINE const double *column_of(columns a, const double *b, columns c, int m, int j) {
  return j < a.count ? column(a, m, j) : (j == a.count ? b : column(c, m, j - a.count - 1));
}

INLINE void store_transposed(vec *square, double *out, int ld) {
  transpose_square(square);
  UNROLL for (int p = 0; p < VL; p++) store(out + p * ld, square[p]);
}

/* The square at a, of rows lda apart, transposed to rows ldo apart. */
INLINE void move_square(const double *a, int lda, double *out, int ldo) {
  vec square[VL];
  UNROLL for (int p = 0; p < VL; p++) square[p] = load(a + p * lda);
  store_transposed(square, out, ldo);
}

/* Not on the stack: what is stored in parts and soon loaded whole has to be waited for. */
static const double zeros[VL] = {0};

/* VL columns of m numbers, of which some may be missing, become the beginnings of m rows. */
INLINE void rows_of_some(int m, const double *const *at, double *out, int ld) {
  const double *column[VL];
  UNROLL for (int p = 0; p < VL; p++) column[p] = at[p] == NULL ? zeros : at[p];
  for (int i = 0, more = 1; more; i += VL) {
    more = i + VL < m;
    if (!more) i = m - VL;
    vec square[VL];
    UNROLL for (int p = 0; p < VL; p++) square[p] = load(column[p] + (at[p] == NULL ? 0 : i));
    store_transposed(square, out + i * ld, ld);
  }
}

/* The same of fewer numbers than a vector has. */
INLINE void rows_of_few(int m, const double *const *at, double *out, int ld) {
  const double *column[VL];
  UNROLL for (int p = 0; p < VL; p++) column[p] = at[p] == NULL ? zeros : at[p];
  for (int i = 0; i < m; i++) {
    double row[VL];
    UNROLL for (int p = 0; p < VL; p++) row[p] = column[p][i];
    store(out + i * ld, vec_of(row));
  }
}

/* The same of columns that stand one after the other, m >= VL. */
INLINE void rows_of_whole(int m, const double *a, double *out, int ld) {
  const int beyond = m % VL == 0 ? 0 : VL - m % VL;
  for (int i = 0; i + VL <= m; i += VL, a += VL, out += VL * ld)
    move_square(a, m, out, ld);
  if (beyond > 0) move_square(a - beyond, m, out - beyond * ld, ld);
}

/* Columns j to j + VL - 1 of the matrix [a b c 0], of m rows. */
INLINE void rows_from_column(int m, columns a, const double *b, columns c, int j, double *out, int ld) {
  const double *at[VL];
  UNROLL for (int p = 0; p < VL; p++) at[p] = column_of(a, b, c, m, j + p);
  bool whole = j + VL <= a.count || (j > a.count && j + VL <= a.count + 1 + c.count);
  if (m < VL) {
    rows_of_few(m, at, out, ld);
  } else if (whole && at[0] != NULL) {
    rows_of_whole(m, at[0], out, ld);
  } else {
    rows_of_some(m, at, out, ld);
  }
}

/* m rows of ld, a multiple of VL: the matrix [a b c 0]. */
INLINE void rows_of_columns(int m, columns a, const double *b, columns c, double *out, int ld) {
  if (__builtin_constant_p(ld)) {
    UNROLL for (int j = 0; j < ld; j += VL) rows_from_column(m, a, b, c, j, out + j, ld);
  } else {
    for (int j = 0; j < ld; j += VL)
      rows_from_column(m, a, b, c, j, out + j, ld);
  }
}

INLINE void copy(int n, const double *from, double *to) {
  if (n < VL) {
    for (int i = 0; i < n; i++)
      to[i] = from[i];
    return;
  }
  if (__builtin_constant_p(n) && n <= FEW * VL) {
    UNROLL for (int i = 0; i < n - VL; i += VL) store(to + i, load(from + i));
  } else {
    for (int i = 0; i < n - VL; i += VL)
      store(to + i, load(from + i));
  }
  store(to + n - VL, load(from + n - VL));
}

/* VL rows become the beginnings of n columns of m numbers, n >= VL. */
INLINE void columns_of_band(int m, int n, const double *a, int ld, double *out) {
  const int beyond = n % VL == 0 ? 0 : VL - n % VL;
  for (int j = 0; j + VL <= n; j += VL, a += VL, out += VL * m)
    move_square(a, ld, out, m);
  if (beyond > 0) move_square(a - beyond, ld, out - beyond * m, m);
}

/* Two rows become n columns of two numbers, n >= VL. */
INLINE void columns_of_pair(int n, rows a, double *out) {
  for (int j = 0, more = 1; more; j += VL) {
    more = j + VL < n;
    if (!more) j = n - VL;
    vec first = load(a.at + j), second = load(a.at + a.ld + j);
#if VL == 4
    store(out + 2 * j, __builtin_shufflevector(first, second, 0, 4, 1, 5));
    store(out + 2 * j + VL, __builtin_shufflevector(first, second, 2, 6, 3, 7));
#else
    store(out + 2 * j, __builtin_shufflevector(first, second, 0, 2));
    store(out + 2 * j + VL, __builtin_shufflevector(first, second, 1, 3));
#endif
  }
}

/* n columns, tight, of the first n numbers of m rows. */
INLINE void columns_of_rows(int m, int n, rows a, double *out) {
  if (m == 1) {
    copy(n, a.at, out);
    return;
  }
  if (m == 2 && n >= VL) {
    columns_of_pair(n, a, out);
    return;
  }
  if (m < VL || n < VL) {
    for (int j = 0; j < n; j++) {
      for (int i = 0; i < m; i++)
        out[i + j * m] = a.at[i * a.ld + j];
    }
    return;
  }
  const int beyond = m % VL == 0 ? 0 : VL - m % VL;
  const double *from = a.at;
  for (int i = 0; i + VL <= m; i += VL, from += VL * a.ld, out += VL)
    columns_of_band(m, n, from, a.ld, out);
  if (beyond > 0) columns_of_band(m, n, from - beyond * a.ld, a.ld, out - beyond);
}

/* The first n numbers of a vector, or all. */
INLINE void store_first(const int n, double *to, vec a) {
  if (n >= VL) {
    store(to, a);
  } else {
    UNROLL for (int p = 0; p < n; p++) to[p] = a[p];
  }
}

/* n is a multiple of VL. */
INLINE void clear(int n, double *to) {
  ROLLED for (int i = 0; i < n; i += VL) store(to + i, (vec){0});
}

/* The square of a at row and column i, symmetric from its upper triangle. */
INLINE void mirror_square(double *a, int ld, int i) {
  vec square[VL], across[VL];
  UNROLL for (int p = 0; p < VL; p++) square[p] = across[p] = load(a + (i + p) * ld + i);
  transpose_square(across);
#if VL == 4
  store(a + (i + 1) * ld + i, __builtin_shufflevector(across[1], square[1], 0, 5, 6, 7));
  store(a + (i + 2) * ld + i, __builtin_shufflevector(across[2], square[2], 0, 1, 6, 7));
  store(a + (i + 3) * ld + i, __builtin_shufflevector(across[3], square[3], 0, 1, 2, 7));
#else
  store(a + (i + 1) * ld + i, __builtin_shufflevector(across[1], square[1], 0, 3));
#endif
}

/* Copies the upper triangle of n rows, whose length has room for whole vectors, to the lower. */
INLINE void mirror(const int n, double *a, int ld) {
  for (int i = 0; i + VL <= n; i += VL) {
    mirror_square(a, ld, i);
    for (int j = i + VL; j < n; j += VL) {
      vec square[VL];
      UNROLL for (int p = 0; p < VL; p++) square[p] = load(a + (i + p) * ld + j);
      transpose_square(square);
      UNROLL for (int p = 0; p < VL; p++) {
        if (j + p < n) store(a + (j + p) * ld + i, square[p]);
      }
    }
  }
  for (int i = n / VL * VL; i < n; i++) {
    for (int j = i + 1; j < n; j++)
      a[j * ld + i] = a[i * ld + j];
  }
}

#endif
