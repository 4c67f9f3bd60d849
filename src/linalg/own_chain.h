/* The first derivatives of an explicit Runge-Kutta method by the own kernels (docs/theory, I2). */
#ifndef TJ_LINALG_OWN_CHAIN_H
#define TJ_LINALG_OWN_CHAIN_H

#include "linalg/backend.h"
#include "linalg/order.h"
#include "linalg/own_mask.h"
#include "linalg/own_move.h"
#include "linalg/own_product.h"
#include "linalg/own_shapes.h"

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

INLINE void chain_evaluation(bool start, bool last, const evaluation e, int nz) {
  ROLLED for (int control = 0; control < 2; control++) {
    chain_range((columns_kind){control, start, last}, e, control ? e.nx : 0, control ? nz : e.nx);
  }
}

/* The derivative [I 0] of the state at the start of a step, in whole vectors: one stored in parts would have to be
 * waited for. */
INLINE void chain_start(int nx, int nu, double *point) {
  const int ld = tj_pad(nx);
  for (int j = 0; j < nx; j++) {
    for (int i = 0; i < ld; i += VL)
      store(point + j * ld + i, unit(j - i));
  }
  clear(nu * ld, point + nx * ld);
}

static void chain_many(const tj_method *method, double h, int substeps, int nx, int nu, const double *F, double *points,
                       double *fz) {
  int nz = nx + nu, ld = tj_pad(nx), size = ld * nz;
  const double *X = points;
  chain_start(nx, nu, points);
  for (int s = 0; s < substeps; s++) {
    double *after = points + method->n * size;
    evaluation e = {.nx = nx, .ld = ld, .first = points, .before = points, .total = after};
    for (int i = 0; i < method->n; i++, F += nx * nz, e.before = after) {
      const bool last = i + 1 == method->n;
      e.fz = F;
      e.point = points;
      points += size;
      e.b = h * method->b[i];
      e.next = last ? NULL : points;
      e.a = last ? 0 : h * method->a[i + 1];
      chain_evaluation(s == 0 && i == 0, last, e, nz);
    }
    X = after;
  }
  for (int j = 0; j < nz; j++)
    copy(nx, X + j * ld, fz + j * nx);
}

/* Columns of few states and controls, v vectors each: they go through a step together and stay in registers. */
typedef struct few_columns {
  vec of[FEW_STATES + FEW_CONTROLS][TILE_VECTORS];
} few_columns;

/* The derivative of the slope of an evaluation, fx point + [0 fu]. The sums start with the first of their products. */
INLINE void few_slopes(const int nx, const int nu, bool start, const double *fz, const double *point,
                       few_columns *slope) {
  const int nz = nx + nu, v = vectors(nx), ld = tj_pad(nx);
  UNROLL for (int j = 0; j < nz; j++) {
    UNROLL for (int r = 0; r < v; r++) {
      vec own = load(fz + j * nx + r * VL), first = load(fz + r * VL), by_first = splat(point[j * ld]);
      if (start) {
        slope->of[j][r] = own;
      } else if (j < nx) {
        slope->of[j][r] = by_first * first;
      } else {
        slope->of[j][r] = plus_product(own, by_first, first);
      }
    }
  }
  if (!start) accumulate(nz, v, false, (term){{point + 1, 1}, {fz + nx, nx}, nx - 1, ld}, slope->of);
}

/* The derivative of the next point, first + a slope. */
INLINE void few_next(const int nx, const int nu, const double *first, double a, const few_columns *slope,
                     double *next) {
  const int v = vectors(nx), ld = tj_pad(nx);
  UNROLL for (int j = 0; j < nx + nu; j++) {
    UNROLL for (int r = 0; r < v; r++) {
      int at = j * ld + r * VL;
      store(next + at, plus_product(load(first + at), splat(a), slope->of[j][r]));
    }
  }
}

/* What a substep starts from is the derivative of its first point; the sum of the slopes grows on it. */
INLINE void chain_few(const int nx, const int nu, const tj_method *method, double h, int substeps, const double *F,
                      double *point, double *fz) {
  const int nz = nx + nu, v = vectors(nx), ld = tj_pad(nx), n = method->n;
  few_columns total, slope;
  UNROLL for (int j = 0; j < nz; j++) {
    UNROLL for (int r = 0; r < v; r++) total.of[j][r] = unit(j < nx ? j - r * VL : -1);
  }
  for (int s = 0; s < substeps; s++) {
    double *first = point;
    UNROLL for (int j = 0; j < nz; j++) {
      UNROLL for (int r = 0; r < v; r++) store(first + j * ld + r * VL, total.of[j][r]);
    }
    ROLLED for (int i = 0; i < n;) {
      few_slopes(nx, nu, s == 0 && i == 0, F, point, &slope);
      UNROLL for (int j = 0; j < nz; j++) {
        UNROLL for (int r = 0; r < v; r++) {
          total.of[j][r] = plus_product(total.of[j][r], splat(h * method->b[i]), slope.of[j][r]);
        }
      }
      F += nx * nz;
      point += ld * nz;
      if (++i < n) few_next(nx, nu, first, h * method->a[i], &slope, point);
    }
  }
  UNROLL for (int j = 0; j < nz; j++) {
    UNROLL for (int r = 0; r < v; r++) store_first(nx - r * VL, fz + j * nx + r * VL, total.of[j][r]);
  }
}

#define CHAIN_FEW(a, b)                                                                                         \
  static void chain_##a##_##b(const tj_method *method, double h, int substeps, int nx, int nu, const double *F, \
                              double *points, double *fz) {                                                     \
    (void)nx;                                                                                                   \
    (void)nu;                                                                                                   \
    chain_few(a, b, method, h, substeps, F, points, fz);                                                        \
  }
FEW_SHAPES(CHAIN_FEW)
#undef CHAIN_FEW

static tj_chain_fn *chain_for(int nx, int nu) {
#define PICK(a, b) \
  if (nx == a && nu == b) return chain_##a##_##b;
  FEW_SHAPES(PICK)
#undef PICK
  (void)nx;
  (void)nu;
  return chain_many;
}

#endif
