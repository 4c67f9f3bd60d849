/* Why there may be no steady policy. Both questions are asked of a Riccati equation whose answer is finite exactly when
 * the answer is yes, and large when it nearly is not. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg/dense.h"
#include "linalg/matrix.h"
#include "lqr/steady.h"

/* A mode that is reached, or seen, with less than this share of the largest weight (times nx) is taken for rounding. */
static const double ROUNDING = 8 * DBL_EPSILON;
/* A weight seen better than this leaves no doubt. */
static const double CLEAR = 1e-7;

double tj_steady_largest(const traj_steady *s, tj_lqr_name name) {
  if (s->given[name] == NULL) return 0;
  return tj_largest(s->given[name], tj_lqr_count(&s->problem, name));
}

/* (S5) Doubles with the weight d->G, scaled to 1 and less what rounding may have put there, and H = I. A mode with no
 * weight left then finds no limit, or one below I. */
static bool settles(tj_doubling *d) {
  double weight = tj_largest(d->G, tj_squared(d->n));
  for (size_t i = 0; weight > 0 && i < tj_squared(d->n); i++)
    d->G[i] /= weight;
  for (int i = 0; i < d->n; i++)
    d->G[i + i * d->n] -= ROUNDING * d->n;
  tj_set_identity(d->n, 1, d->H);
  return tj_doubling_run(d, 1) && tj_positive_definite(d->n, d->H, -0.5, d->W);
}

bool tj_steady_stabilisable(traj_steady *s) {
  tj_doubling *d = &s->doubling;
  int n = s->problem.nx, m = s->problem.nu;
  memcpy(d->A, s->given[TJ_LQR_A], tj_squared(n) * sizeof(double));
  tj_transpose(n, m, s->given[TJ_LQR_B], s->T);
  tj_set_product(n, n, m, s->given[TJ_LQR_B], s->T, d->G);
  return settles(d);
}

/* s->T = R^-1 S, with a little added to an R that is not positive definite. */
static void cross(traj_steady *s) {
  int n = s->problem.nx, m = s->problem.nu;
  double size = tj_steady_largest(s, TJ_LQR_R), shift = size > 0 ? sqrt(DBL_EPSILON) * size : 1;
  memset(s->R, 0, tj_squared(m) * sizeof(double));
  memcpy(s->T, s->given[TJ_LQR_S], (size_t)m * (size_t)n * sizeof(double));
  bool given = s->given[TJ_LQR_R] != NULL;
  bool definite = given && tj_positive_definite(m, s->given[TJ_LQR_R], -ROUNDING * m * size, s->R);
  if (given) memcpy(s->R, s->given[TJ_LQR_R], tj_squared(m) * sizeof(double));
  for (int i = 0; !definite && i < m; i++)
    s->R[i + i * m] += shift;
  if (tj_lu_factor(m, s->R, s->pivots)) tj_lu_solve(m, n, s->R, s->pivots, s->T);
}

/* (S6) d->A = A - B R^-1 S and d->G = Q - S' R^-1 S: state and cost once the cross terms are gone. */
static void without_cross(traj_steady *s) {
  tj_doubling *d = &s->doubling;
  int n = s->problem.nx, m = s->problem.nu;
  memcpy(d->A, s->given[TJ_LQR_A], tj_squared(n) * sizeof(double));
  memset(d->G, 0, tj_squared(n) * sizeof(double));
  if (s->given[TJ_LQR_Q] != NULL) memcpy(d->G, s->given[TJ_LQR_Q], tj_squared(n) * sizeof(double));
  if (s->given[TJ_LQR_S] == NULL) return;
  cross(s);
  for (size_t i = 0; i < (size_t)n * (size_t)m; i++)
    s->T[i] = -s->T[i];
  tj_add_product(n, n, m, s->given[TJ_LQR_B], s->T, d->A);
  tj_add_product_tn(n, n, m, s->given[TJ_LQR_S], s->T, d->G);
  tj_symmetrise(n, d->G);
}

/* How far below zero rounding may have put what is left of Q. */
static double tolerance(const traj_steady *s) {
  double size = tj_steady_largest(s, TJ_LQR_Q), left = tj_largest(s->doubling.G, tj_squared(s->problem.nx));
  return ROUNDING * s->problem.nx * (size > left ? size : left);
}

static bool convex_without_cross(traj_steady *s) {
  tj_doubling *d = &s->doubling;
  return tj_largest(d->G, tj_squared(d->n)) == 0 || tj_positive_definite(d->n, d->G, tolerance(s), d->W);
}

bool tj_steady_convex(traj_steady *s) {
  int m = s->problem.nu;
  double size = tj_steady_largest(s, TJ_LQR_R);
  if (size > 0 && !tj_positive_definite(m, s->given[TJ_LQR_R], ROUNDING * m * size, s->R)) return false;
  without_cross(s);
  return convex_without_cross(s);
}

bool tj_steady_detectable(traj_steady *s) {
  tj_doubling *d = &s->doubling;
  without_cross(s);
  double size = tj_largest(d->G, tj_squared(d->n));
  if (size > 0 && tj_positive_definite(d->n, d->G, -CLEAR * size, d->W)) return true;
  if (!convex_without_cross(s)) return true;
  tj_transpose(d->n, d->n, d->A, d->W);
  memcpy(d->A, d->W, tj_squared(d->n) * sizeof(double));
  return settles(d);
}
