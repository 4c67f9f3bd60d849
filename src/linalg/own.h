/* The own back end, written once and compiled once per instruction set: a source that defines VL (doubles per vector)
 * and NAME includes it. The vectors are GCC's and Clang's; their width must be one the instruction set has.
 *
 * All products are sums of outer products of rows, C += A'B with A and B stored in rows, so that one tile does them
 * all: the entries of A are broadcast, the rows of B and C are vectors. */
#include <float.h>
#include <string.h>
#if VL == 4
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "linalg/backend.h"
#include "linalg/order.h"

typedef double vec __attribute__((vector_size(8 * VL), aligned(8), may_alias));

#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 8")
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

/* m x (v vectors) of C = A'B, C0 + A'B or C0 - A'B; m and v are constants where it is called. */
INLINE void tile(const int m, const int v, rows C0, double *C, int ldc, term t) {
  vec sum[TILE_ROWS][TILE_VECTORS], b[TILE_VECTORS];
  UNROLL for (int i = 0; i < m; i++) {
    UNROLL for (int j = 0; j < v; j++) sum[i][j] = t.how == SET ? (vec){0} : load(C0.at + i * C0.ld + j * VL);
  }
  for (int p = 0; p < t.depth; p++) {
    UNROLL for (int j = 0; j < v; j++) b[j] = load(t.B.at + p * t.B.ld + j * VL);
    UNROLL for (int i = 0; i < m; i++) {
      vec a = splat(t.A.at[p * t.A.ld + i * t.step]);
      UNROLL for (int j = 0; j < v; j++) {
        sum[i][j] = t.how == SUBTRACT ? minus_product(sum[i][j], a, b[j]) : plus_product(sum[i][j], a, b[j]);
      }
    }
  }
  UNROLL for (int i = 0; i < m; i++) {
    UNROLL for (int j = 0; j < v; j++) store(C + i * ldc + j * VL, sum[i][j]);
  }
}

/* m rows (a constant) of C, the first v vectors. */
INLINE void tile_row(const int m, int v, rows C0, double *C, int ldc, term t) {
  for (; v >= TILE_VECTORS; v -= TILE_VECTORS) {
    tile(m, TILE_VECTORS, C0, C, ldc, t);
    C0.at += TILE_VECTORS * VL;
    C += TILE_VECTORS * VL;
    t.B.at += TILE_VECTORS * VL;
  }
  if (v == 2) tile(m, 2, C0, C, ldc, t);
  if (v == 1) tile(m, 1, C0, C, ldc, t);
}

/* C = A'B, C0 + A'B or C0 - A'B, m x n; upper: of each band of rows only the columns from the diagonal on. Whole
 * vectors are written, up to VL - 1 columns too many on either side. */
INLINE void product(int m, int n, bool upper, rows C0, double *C, int ldc, term t) {
  for (int i = 0; i < m; i += TILE_ROWS) {
    int left = m - i, from = upper ? i / VL * VL : 0, v = (n - from + VL - 1) / VL;
    rows C0_i = rows_from(C0, i, from);
    term t_i = {{t.A.at + i * t.step, t.A.ld}, rows_from(t.B, 0, from), t.depth, t.step, t.how};
    double *C_i = C + i * ldc + from;
    if (left >= 4) tile_row(4, v, C0_i, C_i, ldc, t_i);
    if (left == 3) tile_row(3, v, C0_i, C_i, ldc, t_i);
    if (left == 2) tile_row(2, v, C0_i, C_i, ldc, t_i);
    if (left == 1) tile_row(1, v, C0_i, C_i, ldc, t_i);
  }
}

/* Copies the upper triangle of n x n rows to the lower. */
INLINE void mirror(int n, double *a, int ld) {
  for (int i = 1; i < n; i++) {
    for (int j = 0; j < i; j++)
      a[i * ld + j] = a[j * ld + i];
  }
}

/* (R1) w = V [A c B] + [0 v 0], then rows u of Q whole and the others from the diagonal to column 1. */
INLINE void expand_body(const int nx, const int nu, tj_kernel *kernel, const double *stage, const double *P) {
  const int n1 = nx + 1, l = n1 + nu, ld = tj_pad(l), lp = tj_pad(n1);
  const double *H = stage + nx * ld, *v = P + nx * lp;
  double *w = kernel->w, *q = kernel->q;
  rows G = {stage, ld}, W = {w, ld};
  product(nx, l, false, W, w, ld, (term){{P, lp}, G, nx, 1, SET}); /* P is symmetric: its rows are A' */
  double constant = v[nx];                                         /* c'(V c + v) + v'c + 2s */
  for (int i = 0; i < nx; i++) {
    constant += stage[i * ld + nx] * (w[i * ld + nx] + 2 * v[i]);
    w[i * ld + nx] += v[i];
  }
  product(nu, l, false, (rows){H + n1 * ld, ld}, q + n1 * ld, ld, (term){rows_from(G, 0, n1), W, nx, 1, ADD});
  product(nx, n1, true, (rows){H, ld}, q, ld, (term){G, W, nx, 1, ADD});
  q[nx * ld + nx] = constant;
}

/* (R2) Elimination of rows u to D L' and L^-1 [Qux qu], with D on the diagonal; and the same divided by D. */
INLINE int factor_body(const int nx, const int nu, tj_kernel *kernel, double *pivot) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu);
  double *u = kernel->factor, *scaled = kernel->scaled;
  for (int r = 0; r < nu; r++) {
    const double *row = u + r * ld;
    double d = row[n1 + r], inverse = 1 / d;
    if (!(inverse > 0) || !(inverse <= DBL_MAX)) {
      *pivot = d;
      return r;
    }
    for (int j = 0; j < ld; j += VL)
      store(scaled + r * ld + j, inverse * load(row + j));
    for (int q = r + 1; q < nu; q++) {
      vec f = splat(scaled[r * ld + n1 + q]);
      for (int j = 0; j < ld; j += VL)
        store(u + q * ld + j, minus_product(load(u + q * ld + j), f, load(row + j)));
    }
  }
  return -1;
}

/* (R2) Back substitution with L', then from rows to columns. */
INLINE void gain_body(const int nx, const int nu, tj_kernel *kernel, double *gain) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1);
  double *K = kernel->rows;
  for (int q = nu - 1; q >= 0; q--) {
    const double *row = kernel->scaled + q * ld;
    for (int j = 0; j < lp; j += VL) {
      vec sum = -load(row + j);
      for (int r = q + 1; r < nu; r++)
        sum = minus_product(sum, splat(row[n1 + r]), load(K + r * lp + j));
      store(K + q * lp + j, sum);
    }
  }
  for (int j = 0; j < n1; j++) {
    for (int i = 0; i < nu; i++)
      gain[i + j * nu] = K[i * lp + j];
  }
}

/* (R4) P = Q - [Qxu; qu'] L^-T D^-1 L^-1 [Qux qu]. */
INLINE void value_body(const int nx, const int nu, tj_kernel *kernel, double *P) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1);
  term eliminated = {{kernel->factor, ld}, {kernel->scaled, ld}, nu, 1, SUBTRACT};
  product(n1, n1, true, (rows){kernel->q, ld}, P, lp, eliminated);
  mirror(n1, P, lp);
}

INLINE int backward_body(const int nx, const int nu, tj_kernel *kernel, const double *stage, double *value,
                         double *gain, double *pivot) {
  const int ld = tj_pad(nx + 1 + nu);
  expand_body(nx, nu, kernel, stage, value);
  memcpy(kernel->factor, kernel->q + (nx + 1) * ld, (size_t)(nu * ld) * sizeof(double));
  int failed = factor_body(nx, nu, kernel, pivot);
  if (failed >= 0) return failed;
  gain_body(nx, nu, kernel, gain);
  value_body(nx, nu, kernel, value);
  return -1;
}

static void expand(tj_kernel *kernel, const double *stage, const double *value_next) {
  expand_body(kernel->shape.nx, kernel->shape.nu, kernel, stage, value_next);
}

static int factor(tj_kernel *kernel, double *pivot) {
  return factor_body(kernel->shape.nx, kernel->shape.nu, kernel, pivot);
}

static void solve(const tj_kernel *kernel, double *rhs) {
  int n1 = kernel->shape.nx + 1, nu = kernel->shape.nu, ld = tj_row(kernel->shape);
  const double *upper = kernel->scaled + n1; /* L' */
  for (int i = 0; i < nu; i++) {
    for (int j = 0; j < i; j++)
      rhs[i] -= upper[j * ld + i] * rhs[j];
  }
  for (int i = nu - 1; i >= 0; i--) {
    rhs[i] /= kernel->factor[i * ld + n1 + i];
    for (int j = i + 1; j < nu; j++)
      rhs[i] -= upper[i * ld + j] * rhs[j];
  }
}

static void gain_of(tj_kernel *kernel, double *gain) {
  gain_body(kernel->shape.nx, kernel->shape.nu, kernel, gain);
}

static void value(tj_kernel *kernel, double *P) {
  value_body(kernel->shape.nx, kernel->shape.nu, kernel, P);
}

/* (R3) With rows of K = [K k]: y = Quu K + [Qux qu], P = Q + K'y + [Qux qu]'K. */
static void value_of(tj_kernel *kernel, const double *gain, double *P) {
  int n1 = kernel->shape.nx + 1, nu = kernel->shape.nu, ld = tj_row(kernel->shape), lp = tj_row_x(kernel->shape);
  rows K = {kernel->rows, lp}, y = {kernel->y, lp}, Qu = {kernel->q + n1 * ld, ld};
  for (int j = 0; j < n1; j++) {
    for (int i = 0; i < nu; i++)
      kernel->rows[i * lp + j] = gain[i + j * nu];
  }
  product(nu, n1, false, Qu, kernel->y, lp, (term){rows_from(Qu, 0, n1), K, nu, 1, ADD}); /* Quu is symmetric */
  product(n1, n1, true, (rows){kernel->q, ld}, P, lp, (term){K, y, nu, 1, ADD});
  product(n1, n1, true, (rows){P, lp}, P, lp, (term){Qu, K, nu, 1, ADD});
  mirror(n1, P, lp);
}

/* C += A B in columns: rows of C here are columns there, so that whole vectors would run into the next one. The rest of
 * each is summed by itself. */
static void add_product(int m, int n, int k, const double *A, const double *B, double *C) {
  int whole = m - m % VL;
  product(n, whole, false, (rows){C, m}, C, m, (term){{B, 1}, {A, m}, k, k, ADD});
  for (int j = 0; j < n; j++) {
    for (int i = whole; i < m; i++) {
      double sum = C[i + j * m];
      for (int p = 0; p < k; p++)
        sum += A[i + p * m] * B[p + j * k];
      C[i + j * m] = sum;
    }
  }
}

static double dot(int n, const double *a, const double *b) {
  vec sum = {0};
  int i = 0;
  for (; i + VL <= n; i += VL)
    sum = plus_product(sum, load(a + i), load(b + i));
  double total = 0;
  for (int lane = 0; lane < VL; lane++)
    total += sum[lane];
  for (; i < n; i++)
    total += a[i] * b[i];
  return total;
}

static void add_product_tn(int m, int n, int k, const double *A, const double *B, double *C) {
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < m; i++)
      C[i + j * m] += dot(k, A + i * k, B + j * k);
  }
}

static void add_apply(int m, int n, double alpha, const double *A, const double *x, double *y) {
  for (int j = 0; j < n; j++) {
    double a = alpha * x[j];
    const double *column = A + j * m;
    int i = 0;
    for (; i + VL <= m; i += VL)
      store(y + i, plus_product(load(y + i), splat(a), load(column + i)));
    for (; i < m; i++)
      y[i] += a * column[i];
  }
}

static void add_apply_t(int m, int n, double alpha, const double *A, const double *x, double *y) {
  for (int j = 0; j < n; j++)
    y[j] += alpha * dot(m, A + j * m, x);
}

static int backward(tj_kernel *kernel, const double *stage, double *P, double *gain, double *pivot) {
  return backward_body(kernel->shape.nx, kernel->shape.nu, kernel, stage, P, gain, pivot);
}

/* Shapes that robots have, with sizes known when compiling. To add one, add a line. */
#define SHAPES(X) X(2, 1) X(4, 1) X(4, 2) X(6, 2) X(6, 3) X(8, 4) X(12, 4) X(13, 4) X(12, 12)

#define SHAPED(nx, nu)                                                                                              \
  static int backward_##nx##_##nu(tj_kernel *kernel, const double *stage, double *P, double *gain, double *pivot) { \
    return backward_body(nx, nu, kernel, stage, P, gain, pivot);                                                    \
  }
SHAPES(SHAPED)
#undef SHAPED

static tj_backward_fn *backward_for(tj_shape shape) {
#define PICK(a, b) \
  if (shape.nx == a && shape.nu == b) return backward_##a##_##b;
  SHAPES(PICK)
#undef PICK
  return backward;
}

const tj_dense DENSE = {
    .add_product = add_product,
    .add_product_tn = add_product_tn,
    .add_apply = add_apply,
    .add_apply_t = add_apply_t,
};

const tj_backend BACKEND = {
    .name = NAME,
    .expand = expand,
    .factor = factor,
    .solve = solve,
    .gain = gain_of,
    .value = value,
    .value_of = value_of,
    .backward_for = backward_for,
};
