/* The second derivatives of an explicit Runge-Kutta method by the own kernels (docs/theory, I3 and I4). Where two
 * states or more fit into a vector, everything is sums of products of columns, added up across the vector in the end;
 * else it is products of matrices. */
#ifndef TJ_LINALG_OWN_CURVE_H
#define TJ_LINALG_OWN_CURVE_H

#include "linalg/backend.h"
#include "linalg/order.h"
#include "linalg/own_dense.h"
#include "linalg/own_move.h"
#include "linalg/own_product.h"

/* What the ode's second derivatives of an evaluation come to: lower triangles by x and by u, and by both. */
typedef struct bends {
  double *xx, *uu, *ux;
} bends;

/* Where an evaluation has its columns. There may be more numbers than an int can count. */
INLINE const double *evaluated(const int nx, int nu, const double *X, int e) {
  return X + (ptrdiff_t)e * (tj_pad(nx) * (nx + nu));
}

INLINE bends bends_of(const int nx, int nu, double *W, int e) {
  double *xx = W + (ptrdiff_t)e * (nx * nx + nu * nu + nu * nx);
  return (bends){xx, xx + nx * nx, xx + nx * nx + nu * nu};
}

/* Sums across vectors, the first nx lanes of each. */
INLINE vec across(const int nx, vec *a) {
  transpose_square(a);
  UNROLL for (int p = 1; p < nx; p++) a[0] += a[p];
  return a[0];
}

/* (I3) */
INLINE void adjoint_few(const int nx, const tj_method *method, double h, int substeps, int nz, const double *F,
                        const double *lambda, double *kappa) {
  vec end = {0};
  UNROLL for (int p = 0; p < nx; p++) end[p] = lambda[p];
  int at = method->n * substeps - 1;
  while (at >= 0) {
    vec start = end, through = {0};
    for (int i = method->n - 1; i >= 0; i--, at--) {
      vec k = splat(h * method->b[i]) * end, shares[VL] = {{0}};
      if (i + 1 < method->n) k = plus_product(k, splat(h * method->a[i + 1]), through);
      store(kappa + (ptrdiff_t)at * tj_pad(nx), k);
      const double *fx = F + (ptrdiff_t)at * (nz * nx);
      UNROLL for (int j = 0; j < VL; j++) {
        if (j < nx) shares[j] = load(fx + j * nx) * k;
      }
      through = across(nx, shares);
      start += through;
    }
    end = start;
  }
}

/* The same for any size; work: three vectors. */
static void adjoint_many(const tj_method *method, double h, int substeps, int nx, int nz, const double *F,
                         const double *lambda, double *kappa, double *work) {
  double *end = work, *start = end + nx, *through = start + nx;
  int at = method->n * substeps - 1;
  copy(nx, lambda, start);
  while (at >= 0) {
    copy(nx, start, end);
    for (int i = method->n - 1; i >= 0; i--, at--) {
      double *k = kappa + (ptrdiff_t)at * tj_pad(nx), a = i + 1 < method->n ? h * method->a[i + 1] : 0;
      for (int j = 0; j < nx; j++)
        k[j] = h * method->b[i] * end[j] + (a == 0 ? 0 : a * through[j]);
      for (int j = 0; j < nx; j++)
        through[j] = 0;
      add_apply_t(nx, nx, 1, F + (ptrdiff_t)at * (nz * nx), k, through);
      for (int j = 0; j < nx; j++)
        start[j] += through[j];
    }
  }
}

/* Columns of a symmetric matrix of up to VL, of which the lower triangle is given. */
INLINE void whole_columns(const int nx, const double *lower, vec *column) {
  vec row[VL];
  UNROLL for (int p = 0; p < VL; p++) row[p] = column[p] = p < nx ? load(lower + p * nx) : (vec){0};
  transpose_square(row);
#if VL == 4
  column[1] = __builtin_shufflevector(column[1], row[1], 4, 1, 2, 3);
  column[2] = __builtin_shufflevector(column[2], row[2], 4, 5, 2, 3);
  column[3] = __builtin_shufflevector(column[3], row[3], 4, 5, 6, 3);
#else
  column[1] = __builtin_shufflevector(column[1], row[1], 2, 1);
#endif
}

/* Row i of a matrix of m rows. */
INLINE vec row_of(const int nx, int m, const double *a, int i) {
  vec row = {0};
  UNROLL for (int p = 0; p < nx; p++) row[p] = a[i + p * m];
  return row;
}

/* Writes a column of nx numbers; adds to sum what shows that one is not finite. */
INLINE void write_column(const int nx, vec column, double *to, vec *sum) {
  *sum = plus_product(*sum, column, (vec){0});
  store_first(nx, to, column);
}

/* (I4) The block by the states; bent receives wxx X of each evaluation. */
INLINE void curve_states(const int nx, int nu, int n, double *W, const double *X, double *bent, double *hxx,
                         vec *sum_of_all) {
  const int lp = tj_pad(nx), nz = nx + nu;
  vec sum[VL][VL] = {{{0}}};
  for (int e = 0; e < n; e++, X += lp * nz, bent += lp * nz) {
    vec w[VL];
    whole_columns(nx, bends_of(nx, nu, W, e).xx, w);
    for (int j = 0; j < nz; j++) {
      vec column = splat(X[j * lp]) * w[0];
      UNROLL for (int p = 1; p < nx; p++) column = plus_product(column, splat(X[j * lp + p]), w[p]);
      store(bent + j * lp, column);
    }
    UNROLL for (int j = 0; j < nx; j++) {
      UNROLL for (int i = j; i < nx; i++) sum[j][i] = plus_product(sum[j][i], load(X + i * lp), load(bent + j * lp));
    }
  }
  UNROLL for (int j = 0; j < nx; j++) write_column(nx, across(nx, sum[j]), hxx + j * nx, sum_of_all);
}

/* (I4) An entry of the block by the controls: wuu, and by way of the states what is between the columns of i and j. */
INLINE double curve_entry(const int nx, int nu, int n, int i, int j, double *W, const double *X, const double *bent) {
  const int lp = tj_pad(nx);
  vec sum = {0};
  double total = 0;
  for (int e = 0; e < n; e++) {
    const double *u = evaluated(nx, nu, X, e) + nx * lp;
    const double *b = evaluated(nx, nu, bent, e) + nx * lp;
    bends w = bends_of(nx, nu, W, e);
    sum = plus_product(sum, load(u + i * lp), load(b + j * lp) + row_of(nx, nu, w.ux, j));
    sum = plus_product(sum, row_of(nx, nu, w.ux, i), load(u + j * lp));
    total += w.uu[i + j * nu];
  }
  UNROLL for (int p = 0; p < nx; p++) total += sum[p];
  return total;
}

/* (I4) Row i of the blocks by the controls. */
INLINE void curve_row(const int nx, int nu, int n, int i, double *W, const double *X, const double *bent, double *huu,
                      double *hux, vec *sum_of_all) {
  const int lp = tj_pad(nx);
  vec sum[VL] = {{0}};
  for (int e = 0; e < n; e++) {
    const double *x = evaluated(nx, nu, X, e), *b = evaluated(nx, nu, bent, e);
    vec by_u = row_of(nx, nu, bends_of(nx, nu, W, e).ux, i), own = load(x + (nx + i) * lp);
    UNROLL for (int j = 0; j < nx; j++) {
      sum[j] = plus_product(plus_product(sum[j], own, load(b + j * lp)), by_u, load(x + j * lp));
    }
  }
  vec row = across(nx, sum);
  *sum_of_all = plus_product(*sum_of_all, row, (vec){0});
  UNROLL for (int j = 0; j < nx; j++) hux[i + j * nu] = row[j];
  for (int j = 0; j <= i; j++) {
    huu[i + j * nu] = curve_entry(nx, nu, n, i, j, W, X, bent);
    *sum_of_all = plus_product(*sum_of_all, splat(huu[i + j * nu]), (vec){0});
  }
}

INLINE bool curve_few(const int nx, int nu, int n, double *W, const double *X, double *work, double *hxx, double *huu,
                      double *hux) {
  vec sum = {0};
  double total = 0;
  curve_states(nx, nu, n, W, X, work, hxx, &sum);
  for (int i = 0; i < nu; i++)
    curve_row(nx, nu, n, i, W, X, work, huu, hux, &sum);
  UNROLL for (int p = 0; p < VL; p++) total += sum[p];
  return total == 0;
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

/* H += Z'WZ of an evaluation. Of wxx the upper triangle is written. */
static void curve_evaluation(int nx, int nu, bool start, bends w, const double *X, double *work, double *H) {
  int nz = nx + nu, row = tj_pad(nz), lp = tj_pad(nx);
  double *by_x = work, *right = work + lp * row, *uu = H + nx * row + nx;
  for (int i = 0; i < nu; i++) {
    for (int j = 0; j < nu; j++)
      uu[i * row + j] += i < j ? w.uu[j + i * nu] : w.uu[i + j * nu];
  }
  if (start) {
    curve_start(nx, nu, w.xx, w.ux, H, row);
    return;
  }
  mirror(nx, w.xx, nx);
  rows_of_padded_columns(lp, row, X, by_x);
  product(nx, nz, false, (update){{NULL, 0}, {{w.xx, nx}, {by_x, row}, nx, 1}, NO_TERM, right, row}, NULL);
  /* The block of u takes wux twice, since its symmetric part counts; what is right of the diagonal once. */
  add_columns(nx, nu, w.ux, right + nx, row);
  product(nx, nz, true, (update){{H, row}, {{X, 1}, {right, row}, nx, lp}, NO_TERM, H, row}, NULL);
  add_columns(nx, nu, w.ux, right + nx, row);
  product(nu, nu, false, (update){{uu, row}, {{X + nx * lp, 1}, {right + nx, row}, nx, lp}, NO_TERM, uu, row}, NULL);
}

/* Rows of H, of those of u a block whose symmetric part counts, become columns of lower triangles. */
static bool write_curved(int nx, int nu, const double *H, double *hxx, double *huu, double *hux) {
  int row = tj_pad(nx + nu);
  double sum = 0;
  for (int j = 0; j < nx; j++) {
    for (int i = j; i < nx; i++)
      sum += 0.0 * (hxx[i + j * nx] = H[i + j * row]);
    for (int i = 0; i < nu; i++)
      sum += 0.0 * (hux[i + j * nu] = H[nx + i + j * row]);
  }
  const double *uu = H + nx * row + nx;
  for (int j = 0; j < nu; j++) {
    for (int i = j; i < nu; i++)
      sum += 0.0 * (huu[i + j * nu] = 0.5 * (uu[i + j * row] + uu[j + i * row]));
  }
  return sum == 0;
}

static bool curve_many(int nx, int nu, int n, double *W, const double *X, double *work, double *hxx, double *huu,
                       double *hux) {
  int nz = nx + nu, row = tj_pad(nz), lp = tj_pad(nx);
  double *H = work + (lp + nx) * row + tj_pad(1);
  clear(nz * row, H);
  for (int e = 0; e < n; e++)
    curve_evaluation(nx, nu, e == 0, bends_of(nx, nu, W, e), evaluated(nx, nu, X, e), work, H);
  return write_curved(nx, nu, H, hxx, huu, hux);
}

/* Code of its own for few states; a small build has none. */
#if defined(TJ_SMALL)
#define BY_FEW(FEW, MANY) MANY
#elif VL == 4
#define BY_FEW(FEW, MANY) nx == 2 ? FEW(2) : (nx == 3 ? FEW(3) : (nx == 4 ? FEW(4) : MANY))
#else
#define BY_FEW(FEW, MANY) nx == 2 ? FEW(2) : MANY
#endif

static void adjoint(const tj_method *method, double h, int substeps, int nx, int nu, const double *F,
                    const double *lambda, double *kappa, double *work) {
  int nz = nx + nu;
#define ADJOINT(few) adjoint_few(few, method, h, substeps, nz, F, lambda, kappa)
  BY_FEW(ADJOINT, adjoint_many(method, h, substeps, nx, nz, F, lambda, kappa, work));
#undef ADJOINT
}

static bool curve(int nx, int nu, int n, double *W, const double *X, double *work, double *hxx, double *huu,
                  double *hux) {
#define CURVE(few) curve_few(few, nu, n, W, X, work, hxx, huu, hux)
  return BY_FEW(CURVE, curve_many(nx, nu, n, W, X, work, hxx, huu, hux));
#undef CURVE
}
#undef BY_FEW

#endif
