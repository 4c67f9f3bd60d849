/* Vectors and the product that the own kernels are made of. The vectors are GCC's and Clang's; VL, doubles per vector,
 * must be a width that the instruction set has.
 *
 * All products are sums of outer products of rows, C += A'B with A and B stored in rows, so that one tile does them
 * all: the entries of A are broadcast, the rows of B and C are vectors. */
#ifndef TJ_LINALG_OWN_PRODUCT_H
#define TJ_LINALG_OWN_PRODUCT_H

#if VL == 4
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

typedef double vec __attribute__((vector_size(8 * VL), aligned(8), may_alias));

#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#define ROLLED _Pragma("clang loop unroll(disable)")
#else
#define UNROLL _Pragma("GCC unroll 8")
#define ROLLED _Pragma("GCC unroll 1")
#endif

enum { TILE_ROWS = 4, TILE_VECTORS = 3 };

INLINE vec load(const double *a) {
  return *(const vec *)a;
}

INLINE void store(double *a, vec b) {
  *(vec *)a = b;
}

INLINE vec splat(double a) {
#if VL == 4
  return (vec){a, a, a, a};
#else
  return (vec){a, a};
#endif
}

/* c + a b and c - a b, with one rounding where the instruction set has it. Not left to the compiler: what it contracts
 * differs from one inlined copy to the next, and so would the bits. */
INLINE vec plus_product(vec c, vec a, vec b) {
#if VL == 4
  return (vec)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#elif defined(__aarch64__)
  return (vec)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
#else
  return c + a * b;
#endif
}

INLINE vec minus_product(vec c, vec a, vec b) {
#if VL == 4
  return (vec)_mm256_fnmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#elif defined(__aarch64__)
  return (vec)vfmsq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
#else
  return c - a * b;
#endif
}

INLINE double minus_product_of_one(double c, double a, double b) {
#if VL == 4 || defined(__aarch64__)
  return __builtin_fma(-a, b, c);
#else
  return c - a * b;
#endif
}

/* Rows of doubles, ld apart. */
typedef struct rows {
  const double *at;
  int ld;
} rows;

INLINE rows rows_from(rows r, int row, int col) {
  return (rows){r.at + row * r.ld + col, r.ld};
}

/* A product A'B over depth rows, and what becomes of it. Entry (p, i) of A is at[p * ld + i * step]; step is 1 where A
 * is stored in rows, as everything of the recursion is. */
typedef struct term {
  rows A, B;
  int depth, step;
  enum { SET, ADD, SUBTRACT } how;
} term;

/* m x (v vectors) of sum + A'B or sum - A'B; m and v are constants where it is called. */
INLINE void accumulate(const int m, const int v, term t, vec sum[TILE_ROWS][TILE_VECTORS]) {
  vec b[TILE_VECTORS];
  ROLLED for (int p = 0; p < t.depth; p++) {
    UNROLL for (int j = 0; j < v; j++) b[j] = load(t.B.at + p * t.B.ld + j * VL);
    UNROLL for (int i = 0; i < m; i++) {
      vec a = splat(t.A.at[p * t.A.ld + i * t.step]);
      UNROLL for (int j = 0; j < v; j++) {
        sum[i][j] = t.how == SUBTRACT ? minus_product(sum[i][j], a, b[j]) : plus_product(sum[i][j], a, b[j]);
      }
    }
  }
}

/* m x (v vectors) of C = A'B, C0 + A'B or C0 - A'B. */
INLINE void tile(const int m, const int v, rows C0, double *C, int ldc, term t) {
  vec sum[TILE_ROWS][TILE_VECTORS];
  UNROLL for (int i = 0; i < m; i++) {
    UNROLL for (int j = 0; j < v; j++) sum[i][j] = t.how == SET ? (vec){0} : load(C0.at + i * C0.ld + j * VL);
  }
  accumulate(m, v, t, sum);
  UNROLL for (int i = 0; i < m; i++) {
    UNROLL for (int j = 0; j < v; j++) store(C + i * ldc + j * VL, sum[i][j]);
  }
}

/* The next stage, fetched from memory while this one is worked on: so many cache lines with every tile. */
typedef struct ahead {
  const double *at;
  int lines;
} ahead;

INLINE void fetch(ahead *next) {
  for (int line = 0; line < next->lines; line++, next->at += 8)
    __builtin_prefetch(next->at, 0, 2);
}

/* m rows (a constant) of C, the first v vectors: in tiles of three and two, which keep the adders busy. */
INLINE void tile_row(const int m, int v, rows C0, double *C, int ldc, term t, ahead *next) {
  while (v > 0) {
    const int wide = v == 3 || v > 4 ? TILE_VECTORS : 2;
    if (wide == TILE_VECTORS) tile(m, TILE_VECTORS, C0, C, ldc, t);
    if (wide == 2 && v > 1) tile(m, 2, C0, C, ldc, t);
    if (v == 1) tile(m, 1, C0, C, ldc, t);
    if (next != NULL) fetch(next);
    v -= wide;
    C0.at += wide * VL;
    C += wide * VL;
    t.B.at += wide * VL;
  }
}

INLINE void tile_rows(int m, int v, rows C0, double *C, int ldc, term t, ahead *next) {
  if (m == 4) tile_row(4, v, C0, C, ldc, t, next);
  if (m == 3) tile_row(3, v, C0, C, ldc, t, next);
  if (m == 2) tile_row(2, v, C0, C, ldc, t, next);
  if (m == 1) tile_row(1, v, C0, C, ldc, t, next);
}

INLINE int vectors(int n) {
  return (n + VL - 1) / VL;
}

/* The product band by band. Bands are of nearly the same height where they can be: one of a single row would wait for
 * its own sums. */
INLINE void product_in_bands(int m, int n, bool upper, rows C0, double *C, int ldc, term t, ahead *next) {
  int bands = (m + TILE_ROWS - 1) / TILE_ROWS;
  for (int i = 0, height; bands > 0; i += height, bands--) {
    int left = m - i, from = upper ? i / VL * VL : 0;
    height = upper ? (left < TILE_ROWS ? left : TILE_ROWS) : (left + bands - 1) / bands;
    term t_i = {{t.A.at + i * t.step, t.A.ld}, rows_from(t.B, 0, from), t.depth, t.step, t.how};
    tile_rows(height, vectors(n - from), rows_from(C0, i, from), C + i * ldc + from, ldc, t_i, next);
  }
}

/* The same, not inlined. */
#define APART(NAME, HOW)                                                                                           \
  static __attribute__((noinline)) void NAME(int m, int n, bool upper, rows C0, double *C, int ldc, const term *t, \
                                             ahead *next) {                                                        \
    product_in_bands(m, n, upper, C0, C, ldc, (term){t->A, t->B, t->depth, t->step, HOW}, next);                   \
  }
APART(product_set, SET)
APART(product_add, ADD)
APART(product_subtract, SUBTRACT)
#undef APART

/* C = A'B, C0 + A'B or C0 - A'B, m x n; upper: of each band of rows only the columns from the diagonal on. Whole
 * vectors are written, up to VL - 1 columns too many on either side. Sizes known when compiling are worth code of their
 * own. */
INLINE void product(int m, int n, bool upper, rows C0, double *C, int ldc, term t, ahead *next) {
  if (__builtin_constant_p(m) && __builtin_constant_p(t.depth)) {
    product_in_bands(m, n, upper, C0, C, ldc, t, NULL);
  } else if (t.how == SET) {
    product_set(m, n, upper, C0, C, ldc, &t, next);
  } else if (t.how == ADD) {
    product_add(m, n, upper, C0, C, ldc, &t, next);
  } else {
    product_subtract(m, n, upper, C0, C, ldc, &t, next);
  }
}

#endif
