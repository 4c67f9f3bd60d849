/* The forward sweep and its cost, on matrices as the caller has them, column-major and tight: they are read once, so
 * that to pack them would take longer. */
#ifndef TJ_LINALG_OWN_FORWARD_H
#define TJ_LINALG_OWN_FORWARD_H

#include <stdint.h>
#include <string.h>

#include "linalg/own_move.h"
#include "linalg/stage.h"

enum {
  CHAINS = 4,      /* most sums of a vector, which do not wait for each other */
  WIDEST = 9,      /* most vectors at once: a tall matrix is read in the order of memory */
  DISTANCE = 24576 /* bytes from what is worked on to what is fetched; half and twice as many make no difference */
};

/* Over the vectors of a column. */
#if defined(__clang__)
#define UNROLL_WIDE UNROLL
#else
#define UNROLL_WIDE _Pragma("GCC unroll 9")
#endif

/* As many sums of each of v vectors as there are registers for; fewer are enough where there are many vectors. */
INLINE int chains_of(int v) {
  return v <= 3 ? CHAINS : (v <= 6 ? 2 : 1);
}

/* v vectors (a constant) of A x from row i on, of columns of m numbers; column p goes to sum p modulo their number. */
INLINE void sum_columns(const int v, int i, int m, columns a, const double *x, vec sum[CHAINS][WIDEST]) {
  const int chains = chains_of(v);
  int p = 0;
  for (; p + chains <= a.count; p += chains) {
    UNROLL for (int q = 0; q < chains; q++) {
      UNROLL_WIDE for (int j = 0; j < v; j++) {
        sum[q][j] = plus_product(sum[q][j], load(a.at + (p + q) * m + i + j * VL), splat(x[p + q]));
      }
    }
  }
  UNROLL for (int q = 0; q < chains - 1; q++) {
    UNROLL_WIDE for (int j = 0; j < v; j++) {
      if (p + q < a.count) sum[q][j] = plus_product(sum[q][j], load(a.at + (p + q) * m + i + j * VL), splat(x[p + q]));
    }
  }
}

/* y = start + A x + B u, m numbers; start nullable: zero. */
typedef struct affine {
  const double *start;
  columns A, B;
  const double *x, *u;
  double *y;
} affine;

/* v vectors (a constant) of it from row i on. */
INLINE void map_vectors(const int v, int i, int m, affine f) {
  const int chains = chains_of(v);
  vec sum[CHAINS][WIDEST];
  UNROLL for (int q = 0; q < chains; q++) {
    UNROLL_WIDE for (int j = 0; j < v; j++) {
      sum[q][j] = q > 0 || f.start == NULL ? (vec){0} : load(f.start + i + j * VL);
    }
  }
  sum_columns(v, i, m, f.A, f.x, sum);
  sum_columns(v, i, m, f.B, f.u, sum);
  UNROLL_WIDE for (int j = 0; j < v; j++) {
    if (chains > 1) sum[0][j] += sum[1][j];
    if (chains > 2) sum[0][j] += sum[2][j] + sum[3][j];
    store(f.y + i + j * VL, sum[0][j]);
  }
}

/* Entry i of it: A x in two sums, because B u is what has to be waited for. */
INLINE double map_entry(int i, int m, affine f) {
  double sum = f.start == NULL ? 0 : f.start[i], odd = 0;
  for (int j = 0; j + 1 < f.A.count; j += 2) {
    sum = plus_product_of_one(sum, f.A.at[i + j * m], f.x[j]);
    odd = plus_product_of_one(odd, f.A.at[i + (j + 1) * m], f.x[j + 1]);
  }
  if (f.A.count % 2 == 1) sum = plus_product_of_one(sum, f.A.at[i + (f.A.count - 1) * m], f.x[f.A.count - 1]);
  sum += odd;
  for (int j = 0; j < f.B.count; j++)
    sum = plus_product_of_one(sum, f.B.at[i + j * m], f.u[j]);
  return sum;
}

/* So many doubles from somewhere on are fetched from memory. It need not exist: where the matrices of all stages stand
 * one after the other, it is what is wanted soon. */
INLINE void fetch_doubles(int count, uintptr_t from) {
  for (int line = 0; line < count / 8; line++)
    __builtin_prefetch((const void *)(from + 64 * (uintptr_t)line), 0, 2);
}

/* y += some columns (a constant) of A times x. */
INLINE void add_some(const int some, int m, const double *A, const double *x, double *y) {
  fetch_doubles(some * m, (uintptr_t)A + (uintptr_t)DISTANCE);
  int i = 0;
  for (; i + VL <= m; i += VL) {
    vec sum = load(y + i);
    UNROLL for (int q = 0; q < some; q++) sum = plus_product(sum, load(A + q * m + i), splat(x[q]));
    store(y + i, sum);
  }
  for (; i < m; i++) {
    UNROLL for (int q = 0; q < some; q++) y[i] += A[i + q * m] * x[q];
  }
}

/* y += A x in the order of memory, from which large matrices come. */
INLINE void add_in_order(int m, columns a, const double *x, double *y) {
  int p = 0;
  for (; p + CHAINS <= a.count; p += CHAINS)
    add_some(CHAINS, m, a.at + p * m, x + p, y);
  for (; p < a.count; p++)
    add_some(1, m, a.at + p * m, x + p, y);
}

static __attribute__((noinline)) void map_in_order(int m, const affine *f) {
  if (f->start != NULL) {
    copy(m, f->start, f->y);
  } else {
    memset(f->y, 0, (size_t)m * sizeof(double));
  }
  add_in_order(m, f->A, f->x, f->y);
  add_in_order(m, f->B, f->u, f->y);
}

/* Vectors that would stick out start earlier and repeat a few numbers. */
INLINE void map_in_blocks(const int m, affine f) {
  int i = 0;
  for (; m - i >= WIDEST * VL; i += WIDEST * VL)
    map_vectors(WIDEST, i, m, f);
  for (; m - i >= 6 * VL; i += 6 * VL)
    map_vectors(6, i, m, f);
  for (; m - i >= 3 * VL; i += 3 * VL)
    map_vectors(3, i, m, f);
  for (; i < m; i += VL)
    map_vectors(1, m - i < VL ? m - VL : i, m, f);
}

/* Sizes known when compiling are small. */
INLINE void map(const int m, affine f) {
  if (m < VL) {
    for (int i = 0; i < m; i++)
      f.y[i] = map_entry(i, m, f);
  } else if (__builtin_constant_p(m)) {
    map_in_blocks(m, f);
  } else {
    map_in_order(m, &f);
  }
}

/* u = K x + k, x_next = A x + B u + c. */
INLINE void forward_body(const int nx, const int nu, const tj_stage_dynamics *d, const double *K, const double *k,
                         const double *x, double *u, double *x_next) {
  map(nu, (affine){k, {K, nx}, {NULL, 0}, x, NULL, u});
  map(nx, (affine){d->c, {d->fx, nx}, {d->fu, nu}, x, u, x_next});
}

/* V x + v. */
INLINE void gradient_body(const int nx, const double *V, const double *v, const double *x, double *gradient) {
  map(nx, (affine){v, {V, nx}, {NULL, 0}, x, NULL, gradient});
}

/* A sum in whole vectors and what is left beside them. */
typedef struct amount {
  vec many;
  double few;
} amount;

/* Adds y times the product of two columns of m numbers from some row on. */
INLINE amount with_column(amount sum, int from, const int m, const double *column, const double *x, double y) {
  vec many = {0};
  double few = 0;
  int i = from;
  for (; i + VL <= m; i += VL)
    many = plus_product(many, load(column + i), load(x + i));
  for (; i < m; i++)
    few += column[i] * x[i];
  sum.many = plus_product(sum.many, many, splat(y));
  sum.few += few * y;
  return sum;
}

/* Adds x'A y, of n columns of m numbers; A nullable: zero. */
INLINE amount with_form(amount sum, const int m, const int n, const double *A, const double *x, const double *y) {
  if (A == NULL) return sum;
  if (__builtin_constant_p(n) && n <= FEW) {
    UNROLL for (int j = 0; j < n; j++) sum = with_column(sum, 0, m, A + j * m, x, y[j]);
  } else {
    for (int j = 0; j < n; j++)
      sum = with_column(sum, 0, m, A + j * m, x, y[j]);
  }
  return sum;
}

/* Half of the first number that counts, those behind it, and zeros for those before it, which need not be numbers. */
INLINE vec from_half(int first, vec a) {
  typedef long long lanes __attribute__((vector_size(8 * VL), aligned(8), may_alias));
#if VL == 4
  static const long long mask[2 * VL] = {0, 0, 0, 0, -1, -1, -1, -1};
  static const double share[2 * VL] = {0, 0, 0, 0, 0.5, 1, 1, 1};
#else
  static const long long mask[2 * VL] = {0, 0, -1, -1};
  static const double share[2 * VL] = {0, 0, 0.5, 1};
#endif
  return (vec)((lanes)a & *(const lanes *)(mask + VL - first)) * load(share + VL - first);
}

/* Adds x_j times what column j of a lower triangle has from the diagonal on, half of that included. */
INLINE amount with_half_column(amount sum, int j, const int m, const double *column, const double *x) {
  if (m % VL != 0) {
    sum.few += 0.5 * column[j] * x[j] * x[j];
    return with_column(sum, j + 1, m, column, x, x[j]);
  }
  int i = j / VL * VL;
  sum.many = plus_product(sum.many, from_half(j - i, load(column + i)) * load(x + i), splat(x[j]));
  return with_column(sum, i + VL, m, column, x, x[j]);
}

/* Adds 1/2 x'A x with A symmetric of m numbers, by its lower triangle; nullable: zero. */
INLINE amount with_square(amount sum, const int m, const double *A, const double *x) {
  if (A == NULL) return sum;
  if (__builtin_constant_p(m) && m <= FEW) {
    UNROLL for (int j = 0; j < m; j++) sum = with_half_column(sum, j, m, A + j * m, x);
  } else {
    for (int j = 0; j < m; j++)
      sum = with_half_column(sum, j, m, A + j * m, x);
  }
  return sum;
}

INLINE double cost_body(const int nx, const int nu, const tj_stage_cost *cost, const double *x, const double *u) {
  static const double one = 1;
  amount sum = {{0}, 0};
  sum = with_square(sum, nx, cost->lxx, x);
  sum = with_square(sum, nu, cost->luu, u);
  if (nu == 1) { /* one long column rather than many short ones */
    sum = with_form(sum, nx, 1, cost->lux, x, u);
  } else {
    sum = with_form(sum, nu, nx, cost->lux, u, x);
  }
  sum = with_form(sum, nx, 1, cost->lx, x, &one);
  sum = with_form(sum, nu, 1, cost->lu, u, &one);
  double total = sum.few;
  UNROLL for (int p = 0; p < VL; p++) total += sum.many[p];
  return total;
}

#endif
