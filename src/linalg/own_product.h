/* Vectors and the product that the own kernels are made of. The vectors are GCC's and Clang's; VL, doubles per vector,
 * must be a width that the instruction set has.
 *
 * All products are sums of outer products of rows, C += A'B with A and B stored in rows, so that one tile does them
 * all: the entries of A are broadcast, the rows of B and C are vectors. */
#ifndef TJ_LINALG_OWN_PRODUCT_H
#define TJ_LINALG_OWN_PRODUCT_H

#include "base/inline.h"
#include "linalg/stage.h"

#if VL == 4
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

typedef double vec __attribute__((vector_size(8 * VL), aligned(8), may_alias));

/* UNROLL_KNOWN: where the rounds can be counted when compiling; clang sees that by itself, and refuses otherwise. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#define UNROLL_KNOWN
#define ROLLED _Pragma("clang loop unroll(disable)")
#else
#define UNROLL _Pragma("GCC unroll 8")
#define UNROLL_KNOWN UNROLL
#define ROLLED _Pragma("GCC unroll 1")
#endif

enum { TILE_ROWS = 4, TILE_VECTORS = 3, FEW = 8 };

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

/* VL numbers at once: put into a vector one by one, they go through its halves. */
INLINE vec vec_of(const double *a) {
#if VL == 4
  return (vec){a[0], a[1], a[2], a[3]};
#else
  return (vec){a[0], a[1]};
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

INLINE double plus_product_of_one(double c, double a, double b) {
#if VL == 4 || defined(__aarch64__)
  return __builtin_fma(a, b, c);
#else
  return c + a * b;
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

INLINE rows rows_at(rows r, int row, int col) {
  return (rows){r.at + row * r.ld + col, r.ld};
}

/* The same where NULL stays NULL; where it cannot be NULL, a compiler that thinks it may be warns of stores to it. */
INLINE rows rows_from(rows r, int row, int col) {
  return (rows){r.at == NULL ? NULL : r.at + row * r.ld + col, r.ld};
}

/* A product A'B over depth rows. Entry (p, i) of A is at[p * ld + i * step]; step is 1 where A is stored in rows, as
 * everything of the recursion is. */
typedef struct term {
  rows A, B;
  int depth, step;
} term;

#define NO_TERM ((term){{NULL, 0}, {NULL, 0}, 0, 1})

INLINE term term_from(term t, int row, int col) {
  return t.depth == 0 ? t : (term){{t.A.at + row * t.step, t.A.ld}, rows_from(t.B, 0, col), t.depth, t.step};
}

/* m x (v vectors) of sum + a'b or sum - a'b, rows p of A and B; m and v are constants where it is called. */
INLINE void accumulate_row(const int m, const int v, const bool subtract, term t, int p,
                           vec sum[TILE_ROWS][TILE_VECTORS]) {
  vec b[TILE_VECTORS];
  UNROLL for (int j = 0; j < v; j++) b[j] = load(t.B.at + p * t.B.ld + j * VL);
  UNROLL for (int i = 0; i < m; i++) {
    vec a = splat(t.A.at[p * t.A.ld + i * t.step]);
    UNROLL for (int j = 0; j < v; j++) {
      sum[i][j] = subtract ? minus_product(sum[i][j], a, b[j]) : plus_product(sum[i][j], a, b[j]);
    }
  }
}

/* All rows. A few, when their number is known, without a loop. */
INLINE void accumulate(const int m, const int v, const bool subtract, term t, vec sum[TILE_ROWS][TILE_VECTORS]) {
  if (__builtin_constant_p(t.depth) && t.depth <= FEW) {
    UNROLL for (int p = 0; p < t.depth; p++) accumulate_row(m, v, subtract, t, p, sum);
  } else {
    ROLLED for (int p = 0; p < t.depth; p++) accumulate_row(m, v, subtract, t, p, sum);
  }
}

/* C = C0 + plus - minus; where C0 is NULL it is zero. */
typedef struct update {
  rows C0;
  term plus, minus;
  double *C;
  int ldc;
} update;

INLINE update update_from(update s, int row, int col) {
  return (update){rows_from(s.C0, row, col), term_from(s.plus, row, col), term_from(s.minus, row, col),
                  s.C + row * s.ldc + col, s.ldc};
}

/* m x (v vectors). */
INLINE void tile(const int m, const int v, update s) {
  vec c[TILE_ROWS][TILE_VECTORS];
  UNROLL for (int i = 0; i < m; i++) {
    UNROLL for (int j = 0; j < v; j++) c[i][j] = s.C0.at == NULL ? (vec){0} : load(s.C0.at + i * s.C0.ld + j * VL);
  }
  accumulate(m, v, false, s.plus, c);
  accumulate(m, v, true, s.minus, c);
  UNROLL for (int i = 0; i < m; i++) {
    UNROLL for (int j = 0; j < v; j++) store(s.C + i * s.ldc + j * VL, c[i][j]);
  }
}

/* What is fetched from memory while a stage is worked on: so many cache lines with every tile. */
typedef struct ahead {
  const double *at;
  int lines, left; /* left: lines of the run in hand */
  int runs;        /* that wait */
  const tj_run *run;
} ahead;

INLINE void next_run(ahead *next) {
  if (next->runs == 0) {
    next->lines = 0;
    return;
  }
  next->at = next->run->at;
  next->left = (int)((next->run->doubles + 7) / 8);
  next->run++;
  next->runs--;
}

INLINE void fetch(ahead *next) {
  for (int line = 0; line < next->lines; line++) {
    __builtin_prefetch(next->at, 0, 2);
    next->at += 8;
    if (--next->left == 0) next_run(next);
  }
}

/* Vectors in the next of the tiles that v vectors are made of: three or two, which keep the adders busy. */
INLINE int wide(int v) {
  return v == 3 || v > 4 ? TILE_VECTORS : (v > 1 ? 2 : 1);
}

INLINE int tiles_of(int v) {
  return (v + TILE_VECTORS - 1) / TILE_VECTORS;
}

/* m rows (a constant), the first v vectors. */
INLINE void tile_row(const int m, int v, update s, ahead *next) {
  for (int j = 0, w; j < v; j += w) {
    w = wide(v - j);
    if (w == TILE_VECTORS) tile(m, TILE_VECTORS, update_from(s, 0, j * VL));
    if (w == 2) tile(m, 2, update_from(s, 0, j * VL));
    if (w == 1) tile(m, 1, update_from(s, 0, j * VL));
    if (next != NULL) fetch(next);
  }
}

INLINE void tile_rows(int m, int v, update s, ahead *next) {
  if (m == 4) tile_row(4, v, s, next);
  if (m == 3) tile_row(3, v, s, next);
  if (m == 2) tile_row(2, v, s, next);
  if (m == 1) tile_row(1, v, s, next);
}

INLINE int vectors(int n) {
  return (n + VL - 1) / VL;
}

/* The products leave column 1 out where it would need vectors of its own: among those of the value function, ... */
INLINE bool apart(const int nx) {
  return nx % VL == 0;
}

/* ... and among those of a whole row of z. Its numbers come by row 1 then, of which there is but one. */
INLINE bool apart_in_row(const int nx, const int nu) {
  return apart(nx) && nu % VL == 0;
}

/* Band b of m rows: from which row on, and how many. Bands are of nearly the same height where they can be: one of a
 * single row would wait for its own sums. */
typedef struct band {
  int row, height;
} band;

INLINE band band_of(int b, int m, bool upper) {
  int count = (m + TILE_ROWS - 1) / TILE_ROWS, row = upper ? b * TILE_ROWS : b * m / count;
  int end = upper ? row + TILE_ROWS : (b + 1) * m / count;
  return (band){row, (end < m ? end : m) - row};
}

INLINE void tile_band(band b, int n, bool upper, update s, ahead *next) {
  int col = upper ? b.row / VL * VL : 0;
  tile_rows(b.height, vectors(n - col), update_from(s, b.row, col), next);
}

INLINE void product_in_bands(int m, int n, bool upper, update s, ahead *next) {
  for (int b = 0; b * TILE_ROWS < m; b++)
    tile_band(band_of(b, m, upper), n, upper, s, next);
}

static __attribute__((noinline)) void product_of_any(int m, int n, bool upper, const update *s, ahead *next) {
  update known = *s; /* what is written cannot change it */
  if (s->plus.step == 1 && s->minus.step == 1) {
    known.plus.step = known.minus.step = 1; /* the compiler is told */
    product_in_bands(m, n, upper, known, next);
  } else {
    product_in_bands(m, n, upper, known, next);
  }
}

/* C, m x n; upper: of each band of rows only the columns from the diagonal on. Whole vectors are written, up to VL - 1
 * columns too many on either side. Sizes known when compiling are worth code of their own. */
INLINE void product(int m, int n, bool upper, update s, ahead *next) {
  if (__builtin_constant_p(m) && __builtin_constant_p(s.plus.depth) && __builtin_constant_p(s.minus.depth)) {
    UNROLL for (int b = 0; b < (m + TILE_ROWS - 1) / TILE_ROWS; b++) tile_band(band_of(b, m, upper), n, upper, s, next);
  } else {
    product_of_any(m, n, upper, &s, next);
  }
}

/* A vector with a number and zeros. */
INLINE vec first_of(double a) {
#if VL == 4
  return (vec){a, 0, 0, 0};
#else
  return (vec){a, 0};
#endif
}

/* Rows of a term for a row of C alone, in sums that do not wait for each other. */
INLINE void accumulate_alone(const int v, const bool subtract, term t, vec sum[TILE_ROWS][TILE_VECTORS]) {
  int p = 0;
  for (; p + TILE_ROWS <= t.depth; p += TILE_ROWS) {
    UNROLL for (int q = 0; q < TILE_ROWS; q++) accumulate_row(1, v, subtract, t, p + q, sum + q);
  }
  UNROLL for (int q = 0; q < TILE_ROWS - 1; q++) {
    if (p + q < t.depth) accumulate_row(1, v, subtract, t, p + q, sum + q);
  }
}

INLINE void tile_alone(const int v, update s) {
  vec c[TILE_ROWS][TILE_VECTORS] = {{{0}}};
  UNROLL for (int j = 0; j < v; j++) c[0][j] = s.C0.at == NULL ? (vec){0} : load(s.C0.at + j * VL);
  accumulate_alone(v, false, s.plus, c);
  accumulate_alone(v, true, s.minus, c);
  UNROLL for (int j = 0; j < v; j++) store(s.C + j * VL, c[0][j] + c[1][j] + (c[2][j] + c[3][j]));
}

INLINE void tiles_alone(int v, update s) {
  for (int j = 0, w; j < v; j += w) {
    w = wide(v - j);
    if (w == TILE_VECTORS) tile_alone(TILE_VECTORS, update_from(s, 0, j * VL));
    if (w == 2) tile_alone(2, update_from(s, 0, j * VL));
    if (w == 1) tile_alone(1, update_from(s, 0, j * VL));
  }
}

static __attribute__((noinline)) void row_of_any(int v, const update *s) {
  tiles_alone(v, *s);
}

/* C, 1 x n, as product has it. */
INLINE void product_of_row(int n, update s) {
  if (__builtin_constant_p(n)) {
    tiles_alone(vectors(n), s);
  } else {
    row_of_any(vectors(n), &s);
  }
}

/* m rows (a constant), the first v vectors. */
INLINE void few_rows(const bool inlined, const int m, int v, update s) {
  if (inlined) {
    tile_row(m, v, s, NULL);
  } else {
    product_of_any(m, v * VL, false, &s, NULL);
  }
}

#endif
