/* The first derivatives of an explicit Runge-Kutta method by the own kernels (docs/theory, I2). */
#ifndef TJ_LINALG_OWN_CHAIN_H
#define TJ_LINALG_OWN_CHAIN_H

#include "linalg/backend.h"
#include "linalg/order.h"
#include "linalg/own_move.h"
#include "linalg/own_product.h"

/* One evaluation: its [fx fu], the derivative of its point and what becomes of that of its slope, s = fx point + [0
 * fu]: total = before + b s and next = first + a s. All but fz in columns of ld. */
typedef struct evaluation {
  int nx, ld;
  const double *fz, *point, *first, *before;
  double *next, *total;
  double a, b;
} evaluation;

/* Which columns a tile is of: those by the state take fx point; those by the controls fu besides. At the start of a
 * step, where the point is [I 0], either is just the column of [fx fu]. The last evaluation has no next point. */
typedef struct columns_kind {
  bool by_control, start, last;
} columns_kind;

/* m columns from j on, v vectors of each from row i on. */
INLINE void chain_tile(const int m, const int v, const columns_kind kind, const evaluation e, int j, int i) {
  const int ld = e.ld, nx = e.nx, at = j * ld + i;
  vec sum[TILE_ROWS][TILE_VECTORS];
  UNROLL for (int c = 0; c < m; c++) {
    UNROLL for (int r = 0; r < v; r++) {
      sum[c][r] = kind.by_control || kind.start ? load(e.fz + (j + c) * nx + i + r * VL) : (vec){0};
    }
  }
  if (!kind.start) accumulate(m, v, false, (term){{e.point + j * ld, 1}, {e.fz + i, nx}, nx, ld}, sum);
  UNROLL for (int c = 0; c < m; c++) {
    UNROLL for (int r = 0; r < v; r++) {
      int here = at + c * ld + r * VL;
      store(e.total + here, plus_product(load(e.before + here), splat(e.b), sum[c][r]));
      if (!kind.last) store(e.next + here, plus_product(load(e.first + here), splat(e.a), sum[c][r]));
    }
  }
}

INLINE void chain_columns(const int m, const columns_kind kind, const evaluation e, int j) {
  int i = 0;
  for (; i + TILE_VECTORS * VL < e.nx + VL; i += TILE_VECTORS * VL)
    chain_tile(m, TILE_VECTORS, kind, e, j, i);
  if (i + VL < e.nx) {
    chain_tile(m, 2, kind, e, j, i);
  } else if (i < e.nx) {
    chain_tile(m, 1, kind, e, j, i);
  }
}

/* Columns j to end - 1. */
INLINE void chain_range(const columns_kind kind, const evaluation e, int j, int end) {
  for (; j + TILE_ROWS <= end; j += TILE_ROWS)
    chain_columns(TILE_ROWS, kind, e, j);
  if (end - j == 3) chain_columns(3, kind, e, j);
  if (end - j == 2) chain_columns(2, kind, e, j);
  if (end - j == 1) chain_columns(1, kind, e, j);
}

INLINE void chain_evaluation(const bool start, const bool last, const evaluation e, int nz) {
  if (__builtin_constant_p(e.nx)) {
    chain_range((columns_kind){false, start, last}, e, 0, e.nx);
    chain_range((columns_kind){true, start, last}, e, e.nx, nz);
    return;
  }
  ROLLED for (int control = 0; control < 2; control++) {
    chain_range((columns_kind){control, start, last}, e, control ? e.nx : 0, control ? nz : e.nx);
  }
}

/* The kind is known when compiling where the size is: for any size the code of each kind would not pay. */
INLINE void chain_any_evaluation(const bool start, const bool last, const evaluation e, int nz) {
  if (!__builtin_constant_p(e.nx)) {
    chain_evaluation(start, last, e, nz);
  } else if (start && last) {
    chain_evaluation(true, true, e, nz);
  } else if (start) {
    chain_evaluation(true, false, e, nz);
  } else if (last) {
    chain_evaluation(false, true, e, nz);
  } else {
    chain_evaluation(false, false, e, nz);
  }
}

/* The derivative [I 0] of the state at the start of a step, in whole vectors: one stored in parts would have to be
 * waited for. */
INLINE void chain_start(const int nx, int nu, double *point) {
  const int ld = tj_pad(nx);
  for (int j = 0; j < nx; j++) {
    for (int i = 0; i < ld; i += VL) {
      vec column = {0};
      UNROLL for (int p = 0; p < VL; p++) column[p] = i + p == j;
      store(point + j * ld + i, column);
    }
  }
  clear(nu * ld, point + nx * ld);
}

INLINE void chain_body(const tj_method *method, double h, const int nx, const int nu, bool start, const double *F,
                       double *points, double *X, double *tight) {
  int nz = nx + nu, ld = tj_pad(nx), size = ld * nz;
  evaluation e = {.nx = nx, .ld = ld, .fz = F, .point = points, .first = points, .before = points, .total = X};
  if (start) chain_start(nx, nu, points);
  for (int i = 0; i < method->n; i++, e.fz += nx * nz, e.point += size, e.before = X) {
    const bool last = i + 1 == method->n;
    e.b = h * method->b[i];
    e.next = last ? NULL : points + (i + 1) * size;
    e.a = last ? 0 : h * method->a[i + 1];
    chain_any_evaluation(start && i == 0, last, e, nz);
  }
  for (int j = 0; tight != NULL && j < nz; j++)
    copy(nx, X + j * ld, tight + j * nx);
}

/* With few states their number is known when compiling: the loops would cost more than what is in them. A small build
 * pays that. */
#if defined(TJ_SMALL)
#define BY_STATES(CALL) CALL(nx);
#else
#define BY_STATES(CALL) \
  switch (nx) {         \
    case 2:             \
      CALL(2);          \
      break;            \
    case 3:             \
      CALL(3);          \
      break;            \
    case 4:             \
      CALL(4);          \
      break;            \
    default:            \
      CALL(nx);         \
  }
#endif

static void chain(const tj_method *method, double h, int nx, int nu, bool start, const double *F, double *points,
                  double *X, double *tight) {
#define CHAIN(n) chain_body(method, h, n, nu, start, F, points, X, tight)
  BY_STATES(CHAIN)
#undef CHAIN
}

#undef BY_STATES

#endif
