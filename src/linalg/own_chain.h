/* The derivatives of an explicit Runge-Kutta method by the own kernels (docs/theory, I2 and I4). */
#ifndef TJ_LINALG_OWN_CHAIN_H
#define TJ_LINALG_OWN_CHAIN_H

#include "linalg/backend.h"
#include "linalg/order.h"
#include "linalg/own_move.h"
#include "linalg/own_product.h"

/* One evaluation: its [fx fu], the derivative of its point and what becomes of that of its slope, s = fx point + [0
 * fu]: total = before + b s and, unless it is NULL, next = first + a s. All but fz in columns of ld. */
typedef struct evaluation {
  int nx, ld;
  bool start; /* the point is [I 0] */
  const double *fz, *point, *first, *before;
  double *next, *total;
  double a, b;
} evaluation;

/* m columns from j on, v vectors of each from row i on. */
INLINE void chain_tile(const int m, const int v, const evaluation e, int j, int i) {
  const int ld = e.ld, nx = e.nx, at = j * ld + i;
  vec sum[TILE_ROWS][TILE_VECTORS];
  UNROLL for (int c = 0; c < m; c++) {
    bool own = e.start || j + c >= nx;
    UNROLL for (int r = 0; r < v; r++) sum[c][r] = own ? load(e.fz + (j + c) * nx + i + r * VL) : (vec){0};
  }
  term t = {{e.point + j * ld, 1}, {e.fz + i, nx}, e.start ? 0 : nx, ld};
  accumulate(m, v, false, t, sum);
  UNROLL for (int c = 0; c < m; c++) {
    UNROLL for (int r = 0; r < v; r++) {
      int here = at + c * ld + r * VL;
      store(e.total + here, plus_product(load(e.before + here), splat(e.b), sum[c][r]));
      if (e.next != NULL) store(e.next + here, plus_product(load(e.first + here), splat(e.a), sum[c][r]));
    }
  }
}

INLINE void chain_columns(const int m, const evaluation e, int j) {
  int i = 0;
  for (; i + TILE_VECTORS * VL < e.nx + VL; i += TILE_VECTORS * VL)
    chain_tile(m, TILE_VECTORS, e, j, i);
  if (i + VL < e.nx) {
    chain_tile(m, 2, e, j, i);
  } else if (i < e.nx) {
    chain_tile(m, 1, e, j, i);
  }
}

INLINE void chain_evaluation(const evaluation e, int nz) {
  int j = 0;
  for (; j + TILE_ROWS <= nz; j += TILE_ROWS)
    chain_columns(TILE_ROWS, e, j);
  if (nz - j == 3) chain_columns(3, e, j);
  if (nz - j == 2) chain_columns(2, e, j);
  if (nz - j == 1) chain_columns(1, e, j);
}

INLINE void chain_body(const tj_method *method, double h, const int nx, const int nu, bool start, const double *F,
                       double *points, double *X) {
  int nz = nx + nu, ld = tj_pad(nx), size = ld * nz;
  evaluation e = {.nx = nx, .ld = ld, .fz = F, .point = points, .first = points, .before = points, .total = X};
  for (int i = 0; i < method->n; i++, e.fz += nx * nz, e.point += size, e.before = X) {
    bool last = i + 1 == method->n;
    e.start = start && i == 0;
    e.next = last ? NULL : points + (i + 1) * size;
    e.a = last ? 0 : h * method->a[i + 1];
    e.b = h * method->b[i];
    chain_evaluation(e, nz);
  }
}

/* H += W where the point is the state itself; rows of H are columns of the lower triangles. */
INLINE void curve_start(const int nx, int nu, const double *wxx, const double *wux, double *H, int row) {
  for (int i = 0; i < nx; i++) {
    for (int j = i; j < nx; j++)
      H[i * row + j] += wxx[j + i * nx];
    for (int j = 0; j < nu; j++)
      H[i * row + nx + j] += wux[j + i * nu];
  }
}

/* In m rows of ld: row i += column i of a. */
INLINE void add_columns(const int m, int n, const double *a, double *at, int ld) {
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < n; j++)
      at[i * ld + j] += a[j + i * n];
  }
}

/* Rows of so many columns, both multiples of VL and so the length of a column. */
INLINE void rows_of_padded_columns(const int m, int n, const double *from, double *out) {
  for (int i = 0; i < m; i += VL) {
    for (int j = 0; j < n; j += VL) {
      vec square[VL];
      UNROLL for (int p = 0; p < VL; p++) square[p] = load(from + (j + p) * m + i);
      transpose_square(square);
      UNROLL for (int p = 0; p < VL; p++) store(out + (i + p) * n + j, square[p]);
    }
  }
}

INLINE void curve_body(const int nx, int nu, bool start, double *wxx, const double *wuu, const double *wux,
                       const double *X, double *work, double *H) {
  int nz = nx + nu, row = tj_pad(nz), lp = tj_pad(nx);
  double *by_x = work, *right = work + lp * row, *uu = H + nx * row + nx;
  for (int i = 0; i < nu; i++) {
    for (int j = 0; j < nu; j++)
      uu[i * row + j] += i < j ? wuu[j + i * nu] : wuu[i + j * nu];
  }
  if (start) {
    curve_start(nx, nu, wxx, wux, H, row);
    return;
  }
  mirror(nx, wxx, nx);
  rows_of_padded_columns(lp, row, X, by_x);
  product(nx, nz, false, (update){{NULL, 0}, {{wxx, nx}, {by_x, row}, nx, 1}, NO_TERM, right, row}, NULL);
  /* The block of u takes wux twice, since its symmetric part counts; what is right of the diagonal once. */
  add_columns(nx, nu, wux, right + nx, row);
  product(nx, nz, true, (update){{H, row}, {{X, 1}, {right, row}, nx, lp}, NO_TERM, H, row}, NULL);
  add_columns(nx, nu, wux, right + nx, row);
  product(nu, nu, false, (update){{uu, row}, {{X + nx * lp, 1}, {right + nx, row}, nx, lp}, NO_TERM, uu, row}, NULL);
}

/* With few states their number is known when compiling: the loops would cost more than what is in them. */
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

static void chain(const tj_method *method, double h, int nx, int nu, bool start, const double *F, double *points,
                  double *X) {
#define CHAIN(n) chain_body(method, h, n, nu, start, F, points, X)
  BY_STATES(CHAIN)
#undef CHAIN
}

static void curve(int nx, int nu, bool start, double *wxx, const double *wuu, const double *wux, const double *X,
                  double *work, double *H) {
#define CURVE(n) curve_body(n, nu, start, wxx, wuu, wux, X, work, H)
  BY_STATES(CURVE)
#undef CURVE
}
#undef BY_STATES

#endif
