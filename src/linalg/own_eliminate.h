/* Elimination without pivoting, in blocks of rows: what the factor of the control Hessian and the root of the value
 * function share. */
#ifndef TJ_LINALG_OWN_ELIMINATE_H
#define TJ_LINALG_OWN_ELIMINATE_H

#include <float.h>

#include "linalg/order.h"
#include "linalg/own_product.h"

enum { BLOCK = 4 }; /* rows eliminated at a time */
_Static_assert(VL <= BLOCK, "eliminate_left writes what the first block has behind column 1 a second time");

/* Elimination of a block of rows: what each takes of those above it, and one over the pivots. */
typedef struct block {
  double share[BLOCK][BLOCK], inverse[BLOCK];
} block;

/* m rows (a constant) with the first pivot at from. The pivots come by themselves: each waits for a division. Returns
 * -1 or the first row whose pivot has no positive and finite inverse. */
INLINE int pivots(const int m, rows from, block *b, double *pivot) {
  double a[BLOCK][BLOCK];
  UNROLL for (int r = 0; r < m; r++) {
    UNROLL for (int q = r; q < m; q++) a[r][q] = from.at[r * from.ld + q];
  }
  UNROLL for (int r = 0; r < m; r++) {
    b->inverse[r] = 1 / a[r][r];
    if (!(b->inverse[r] > 0) || !(b->inverse[r] <= DBL_MAX)) {
      *pivot = a[r][r];
      return r;
    }
    UNROLL for (int q = r + 1; q < m; q++) {
      b->share[r][q] = b->inverse[r] * a[r][q];
      UNROLL for (int s = q; s < m; s++) a[q][s] = minus_product_of_one(a[q][s], b->share[r][q], a[r][s]);
    }
  }
  return -1;
}

/* A vector of each of the rows after the elimination. */
INLINE void eliminated(const int m, const block *b, rows from, vec *row) {
  UNROLL for (int r = 0; r < m; r++) {
    row[r] = load(from.at + r * from.ld);
    UNROLL for (int p = 0; p < r; p++) row[r] = minus_product(row[r], splat(b->share[p][r]), row[p]);
  }
}

/* m rows of R (a constant), n numbers from the diagonal on. */
INLINE int root_block(const int m, int n, rows from, double *R, int lp) {
  block b;
  double pivot;
  if (pivots(m, from, &b, &pivot) >= 0) return -1;
  double scale[BLOCK];
  UNROLL for (int r = 0; r < m; r++) scale[r] = __builtin_sqrt(b.inverse[r]);
  for (int j = 0; j < n; j += VL) {
    vec row[BLOCK];
    eliminated(m, &b, rows_at(from, 0, j), row);
    UNROLL for (int r = 0; r < m; r++) store(R + r * lp + j, splat(scale[r]) * row[r]);
  }
  UNROLL for (int r = 1; r < m; r++) {
    UNROLL for (int q = 0; q < r; q++) R[r * lp + q] = 0;
  }
  return 0;
}

/* (R5) R, upper triangular, with R'R = V, and where n is nx + 1, R'r = v beside it; -1 where V is not positive
 * definite. */
static int root(int nx, int n, const double *P, double *R) {
  const int lp = tj_pad(nx + 1);
  for (int b = 0; b < nx; b += BLOCK) {
    int m = nx - b < BLOCK ? nx - b : BLOCK, failed = 0;
    rows from = {P + b * lp + b, lp};
    if (b > 0) {
      term above = {{R + b, lp}, {R + b, lp}, b, 1};
      product(m, n - b, false, (update){from, NO_TERM, above, R + b * lp + b, lp}, NULL);
      from.at = R + b * lp + b;
    }
    if (m == 4) failed = root_block(4, n - b, from, R + b * lp + b, lp);
    if (m == 3) failed = root_block(3, n - b, from, R + b * lp + b, lp);
    if (m == 2) failed = root_block(2, n - b, from, R + b * lp + b, lp);
    if (m == 1) failed = root_block(1, n - b, from, R + b * lp + b, lp);
    if (failed != 0) return -1;
  }
  return 0;
}

/* v vectors of m rows (a constant), to D L' and L^-1 times the rest; and the same divided by D. */
INLINE void eliminate(const int m, int v, const block *b, rows from, double *to, double *scaled, int ld) {
  for (int j = 0; j < v; j++) {
    vec row[BLOCK];
    eliminated(m, b, rows_at(from, 0, j * VL), row);
    UNROLL for (int r = 0; r < m; r++) {
      store(to + r * ld + j * VL, row[r]);
      store(scaled + r * ld + j * VL, splat(b->inverse[r]) * row[r]);
    }
  }
}

/* Rows u of the Q-function and what becomes of them: D L' and L^-1 [Qux qu] with D on the diagonal, and the same
 * divided by D. Column `diagonal` has the first pivot. What is written and soon read is read in the same vectors, else
 * the CPU waits: that is why it matters where they begin. */
typedef struct elimination {
  rows control;
  double *u, *scaled;
  int ld, diagonal, end; /* end: columns */
  bool apart;            /* the columns from the diagonal on were written apart from those before */
  bool inlined;          /* the sizes are known when compiling */
} elimination;

/* Of m rows (a constant) from b on, v vectors from a column on: the pivots' are known. What the rows above take is
 * taken first. */
INLINE rows reduced(const int m, int b, int column, int v, elimination e) {
  rows from = rows_at(e.control, b, column);
  if (b == 0 || v == 0) return from;
  term above = {{e.scaled + e.diagonal + b, e.ld}, {e.u + column, e.ld}, b, 1};
  rows to = {e.u + b * e.ld + column, e.ld};
  few_rows(e.inlined, m, v, (update){from, NO_TERM, above, e.u + b * e.ld + column, e.ld});
  return to;
}

/* The columns from the diagonal on, with the pivots. */
INLINE int eliminate_right(const int m, int b, elimination e, block *k, double *pivot) {
  int diagonal = e.diagonal + b, column = e.apart ? diagonal : diagonal / VL * VL, v = vectors(e.end - column);
  int at = b * e.ld + column;
  rows from = reduced(m, b, column, v, e);
  int failed = pivots(m, rows_at(from, 0, diagonal - column), k, pivot);
  if (failed >= 0) return b + failed;
  eliminate(m, v, k, from, e.u + at, e.scaled + at, e.ld);
  return -1;
}

/* The columns that [Qux qu] has before those. Where column 1 is apart they end with its whole vector: what it has of
 * the columns behind comes out with the same bits as before in the first block, and is below the diagonal in the
 * others, where nothing is read. */
INLINE void eliminate_left(const int m, int b, elimination e, const block *k) {
  int before = (e.diagonal + b) / VL, all = vectors(e.diagonal), v = e.apart || all < before ? all : before;
  int at = b * e.ld;
  eliminate(m, v, k, reduced(m, b, 0, v, e), e.u + at, e.scaled + at, e.ld);
}

INLINE int eliminate_block(const int m, int b, elimination e, block k[2], double *pivot) {
  block *now = &k[b / BLOCK % 2], *before = &k[1 - b / BLOCK % 2];
  int failed = eliminate_right(m, b, e, now, pivot);
  if (failed < 0 && b > 0) eliminate_left(BLOCK, b - BLOCK, e, before);
  return failed;
}

/* (R2) A block of rows at a time, those left of the diagonal one block later: the next pivots, which wait for one
 * another, do not wait for them, and they fill the time. Returns -1 or the first row whose pivot has no positive and
 * finite inverse. */
INLINE int eliminate_control(const int nu, elimination e, double *pivot) {
  block k[2];
  int whole = (nu - 1) / BLOCK * BLOCK, failed;
  UNROLL_KNOWN for (int b = 0; b < whole; b += BLOCK) {
    failed = eliminate_block(BLOCK, b, e, k, pivot);
    if (failed >= 0) return failed;
  }
#define LAST(m)                                                         \
  if (nu - whole == m) {                                                \
    failed = eliminate_block(m, whole, e, k, pivot);                    \
    if (failed < 0) eliminate_left(m, whole, e, &k[whole / BLOCK % 2]); \
    return failed;                                                      \
  }
  LAST(1)
  LAST(2)
  LAST(3)
  LAST(4)
#undef LAST
  return -1;
}

#endif
