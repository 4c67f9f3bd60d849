/* (R1, R5) The Q-function of a stage: w from the value function after it, then rows u, then rows x and 1. */
#ifndef TJ_LINALG_OWN_EXPAND_H
#define TJ_LINALG_OWN_EXPAND_H

#include "linalg/order.h"
#include "linalg/own_eliminate.h"
#include "linalg/own_product.h"

enum { ROOT_FROM = 40 }; /* states from which on the root of V pays */

/* What is read next, a share of it with each tile of w. */
INLINE ahead expected(const int nx, const int nu, const tj_kernel *kernel) {
  ahead next = {.run = kernel->next, .runs = kernel->runs};
  if (!tj_is_large(nx, nu)) return next;
  int in_row = apart_in_row(nx, nu) ? tiles_of(vectors(nx)) + tiles_of(vectors(nu)) : tiles_of(vectors(nx + 1 + nu));
  int tiles = (nx + TILE_ROWS - 1) / TILE_ROWS * in_row;
  size_t lines = 0;
  for (int i = 0; i < kernel->runs; i++)
    lines += (kernel->next[i].doubles + 7) / 8;
  next.lines = (int)lines / tiles + 1;
  next_run(&next);
  return next;
}

/* Whole rows of a product with [A c B], or all of them but column 1. */
INLINE void product_of_rows(const int m, const int nx, const int nu, update s, ahead *next) {
  if (apart_in_row(nx, nu)) {
    product(m, nx, false, s, next);
    product(m, nu, false, update_from(s, 0, nx + 1), next);
  } else {
    product(m, nx + 1 + nu, false, s, next);
  }
}

/* Row 1 of the dynamics and of the value function adds v to column 1 of w, or r. */
INLINE int spread_depth(const int nx, const int nu) {
  return apart_in_row(nx, nu) ? nx : nx + 1;
}

/* (R5) w by the root of V: w = R [A c B] + [0 r 0], or without column 1, Q = H + w'w. Half the products for w are zero.
 */
static void spread_by_root(const tj_kernel *kernel, const double *stage, ahead *next) {
  const int nx = kernel->shape.nx, nu = kernel->shape.nu, n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1);
  const int depth = spread_depth(nx, nu);
  const double *G = stage + tj_cost_length(nx, nu), *R = kernel->root;
  for (int b = 0; b < nx; b += TILE_ROWS) {
    int m = nx - b < TILE_ROWS ? nx - b : TILE_ROWS;
    term t = {{R + b * lp + b, 1}, {G + b * ld, ld}, depth - b, lp};
    product_of_rows(m, nx, nu, (update){{NULL, 0}, t, NO_TERM, kernel->w + b * ld, ld}, next);
  }
}

/* Column 1 of w, V c + v, where it is apart in a row: it stands in row 1. */
INLINE void spread_column(const int nx, const int nu, const tj_kernel *kernel, const double *c, const double *P) {
  const int ld = tj_pad(nx + 1 + nu), lp = tj_pad(nx + 1);
  term t = {{c, ld}, {P, lp}, nx, 1};
  product_of_row(nx, (update){{P + nx * lp, lp}, t, NO_TERM, kernel->w + nx * ld, ld});
}

/* Whether w was made by the root. */
INLINE bool rooted(const int nx, const tj_kernel *kernel) {
  return nx >= ROOT_FROM && kernel->by_root;
}

/* What the constant of the Q-function, c'(V c + v) + v'c + 2s, has beside the product of column 1 of w with what it
 * was spread by: with c, or by the root with itself, (R c + r)'(R c + r). */
INLINE double constant_of(const int nx, const int nu, const tj_kernel *kernel, const double *c, const double *P) {
  const int ld = tj_pad(nx + 1 + nu), lp = tj_pad(nx + 1);
  const double *v = P + nx * lp, *r = kernel->root + nx;
  double constant = v[nx];
  if (rooted(nx, kernel) && !apart_in_row(nx, nu)) {
    for (int i = 0; i < nx; i++)
      constant -= r[i * lp] * r[i * lp];
  } else {
    for (int i = 0; i < nx; i++) /* v'c + 2s */
      constant += c[i * ld] * v[i];
  }
  return constant;
}

/* (R1) w = V [A c B] + [0 v 0], or without column 1. */
INLINE void spread(const int nx, const int nu, tj_kernel *kernel, const double *stage, const double *P) {
  const int depth = spread_depth(nx, nu), ld = tj_pad(nx + 1 + nu), lp = tj_pad(nx + 1);
  rows G = {stage + tj_cost_length(nx, nu), ld};
  ahead next = expected(nx, nu, kernel);
  kernel->by_root = nx >= ROOT_FROM && root(nx, depth, P, kernel->root) == 0;
  if (apart_in_row(nx, nu)) spread_column(nx, nu, kernel, G.at + nx, P);
  if (rooted(nx, kernel)) {
    spread_by_root(kernel, stage, &next);
  } else {
    term t = {{P, lp}, G, depth, 1}; /* P is symmetric: its rows are A' */
    product_of_rows(nx, nx, nu, (update){{NULL, 0}, t, NO_TERM, kernel->w, ld}, tj_is_large(nx, nu) ? &next : NULL);
  }
  kernel->constant = constant_of(nx, nu, kernel, G.at + nx, P);
}

/* Q = H + A'w with these rows A. */
INLINE rows spread_by(const int nx, const int nu, const tj_kernel *kernel, const double *stage) {
  return (rows){rooted(nx, kernel) ? kernel->w : stage + tj_cost_length(nx, nu), tj_pad(nx + 1 + nu)};
}

/* Row 1 of A'w. It needs column 1 of w, and by symmetry all rows of A. */
INLINE term affine_by(const int nx, const int nu, const tj_kernel *kernel, const double *stage) {
  const int ld = tj_pad(nx + 1 + nu);
  if (apart_in_row(nx, nu)) return (term){{kernel->w + nx * ld, 1}, {stage + tj_cost_length(nx, nu), ld}, nx, 1};
  return (term){{kernel->w + nx, ld}, spread_by(nx, nu, kernel, stage), nx, 1};
}

/* Where column 1 is apart in a row: qu, which by symmetry is row 1 of the Q-function, as column 1 of rows u, whole
 * vectors that the columns behind are written over. */
INLINE void expand_control_affine(const int nx, const int nu, tj_kernel *kernel, const double *stage) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1);
  const double *H_u = stage + n1 * lp;
  double *qu = kernel->q + nx * ld + n1, *column = kernel->q + n1 * ld + nx;
  product_of_row(nu, (update){{NULL, 0}, term_from(affine_by(nx, nu, kernel, stage), 0, n1), NO_TERM, qu, ld});
  for (int i = 0; i < nu; i++)
    store(column + i * ld, first_of(qu[i] + H_u[i * ld + nx]));
}

/* Rows u of the Q-function; where column 1 is apart in a row, of Quu from the diagonal on. */
INLINE void expand_control(const int nx, const int nu, tj_kernel *kernel, const double *stage) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1);
  term t = {rows_from(spread_by(nx, nu, kernel, stage), 0, n1), {kernel->w, ld}, nx, 1};
  update s = {{stage + n1 * lp, ld}, t, NO_TERM, kernel->q + n1 * ld, ld};
  if (apart_in_row(nx, nu)) {
    expand_control_affine(nx, nu, kernel, stage);
    product(nu, nu, true, update_from(s, 0, n1), NULL);
    product(nu, nx, false, s, NULL);
  } else {
    product(nu, n1 + nu, false, s, NULL);
  }
}

/* Rows x and 1 of the Q-function from the diagonal to column 1, less a term, and without the constant. */
INLINE void expand_state(const int nx, const int nu, const tj_kernel *kernel, const double *stage, term minus,
                         double *q, const int ldq) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1);
  term t = {spread_by(nx, nu, kernel, stage), {kernel->w, ld}, nx, 1};
  update s = {{stage, lp}, t, minus, q, ldq};
  if (!apart(nx)) {
    product(n1, n1, true, s, NULL);
    return;
  }
  product(nx, nx, true, s, NULL);
  s = update_from(s, nx, 0);
  s.plus = affine_by(nx, nu, kernel, stage);
  product_of_row(n1, s);
  for (int i = 0; i < nx; i++)
    store(q + i * ldq + nx, first_of(s.C[i]));
}

#endif
