#include "core/boxqp.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MAX_STEPS = 100, MAX_HALVINGS = 40 };
static const double NEARBY = 1e-10; /* share of a step; many halvings above the shortest one tried */

tj_boxqp tj_boxqp_layout(tj_arena *arena, tj_shape shape) {
  size_t nu = (size_t)shape.nu;
  return (tj_boxqp){
      .H = tj_arena_doubles(arena, nu, nu),
      .g = tj_arena_doubles(arena, nu, 1),
      .d = tj_arena_doubles(arena, nu, 1),
      .gradient = tj_arena_doubles(arena, nu, 1),
      .step = tj_arena_doubles(arena, nu, 1),
      .trial = tj_arena_doubles(arena, nu, 1),
      .lower = tj_arena_doubles(arena, nu, 1),
      .upper = tj_arena_doubles(arena, nu, 1),
      .clamped = tj_arena_take(arena, nu, sizeof(bool)),
  };
}

static inline double clip(double a, double lower, double upper) {
  return a < lower ? lower : (a > upper ? upper : a);
}

static inline bool within(const tj_boxqp *qp, const double *d, int nu) {
  for (int i = 0; i < nu; i++) {
    if (d[i] < qp->lower[i] || d[i] > qp->upper[i]) return false;
  }
  return true;
}

/* out = H d */
static inline void apply(const tj_boxqp *qp, int nu, const double *d, double *out) {
  for (int i = 0; i < nu; i++) {
    double sum = 0;
    for (int j = 0; j < nu; j++)
      sum += qp->H[i + j * nu] * d[j];
    out[i] = sum;
  }
}

/* Change of the objective from d to trial, by the gradient at d: the difference of two values would lose the digits
 * that the last steps are about. */
static inline double change(const tj_boxqp *qp, int nu) {
  double sum = 0;
  for (int i = 0; i < nu; i++) {
    double h = 0;
    for (int j = 0; j < nu; j++)
      h += qp->H[i + j * nu] * (qp->trial[j] - qp->d[j]);
    sum += (qp->trial[i] - qp->d[i]) * (qp->gradient[i] + 0.5 * h);
  }
  return sum;
}

/* Clamps the controls that sit at a limit and are pushed against it, and says whether those are others than before. */
static inline bool clamp(tj_boxqp *qp, int nu) {
  bool others = false;
  apply(qp, nu, qp->d, qp->gradient);
  for (int i = 0; i < nu; i++) {
    qp->gradient[i] += qp->g[i];
    bool low = qp->d[i] <= qp->lower[i] && qp->gradient[i] > 0, high = qp->d[i] >= qp->upper[i] && qp->gradient[i] < 0;
    bool clamped = low || high || qp->lower[i] == qp->upper[i];
    others = others || clamped != qp->clamped[i];
    qp->clamped[i] = clamped;
  }
  return others;
}

/* Whether the gradient of the free controls is at the rounding level of its own terms. */
static inline bool stationary(const tj_boxqp *qp, int nu) {
  for (int i = 0; i < nu; i++) {
    if (qp->clamped[i]) continue;
    double terms = fabs(qp->g[i]);
    for (int j = 0; j < nu; j++)
      terms += fabs(qp->H[i + j * nu] * qp->d[j]);
    if (fabs(qp->gradient[i]) > 8 * nu * DBL_EPSILON * terms) return false;
  }
  return true;
}

/* Puts controls that are about to cross a limit so close that no halved step would stop before it onto that limit: from
 * beside it every step would be cut, and the rest of a cut step need not be one of descent. */
static inline bool snap(tj_boxqp *qp, int nu) {
  bool moved = false;
  for (int i = 0; i < nu; i++) {
    double limit = qp->step[i] > 0 ? qp->upper[i] : qp->lower[i], gap = fabs(limit - qp->d[i]);
    if (gap == 0 || !(gap < NEARBY * fabs(qp->step[i]))) continue;
    qp->d[i] = limit;
    moved = true;
  }
  return moved;
}

/* (B1) One projected Newton step; false when nothing decreases any more. */
static inline bool advance(tj_boxqp *qp, const tj_kernel *kernel, int nu) {
  for (int i = 0; i < nu; i++)
    qp->step[i] = qp->clamped[i] ? 0 : -qp->gradient[i];
  tj_kernel_solve(kernel, qp->step);
  if (snap(qp, nu)) return true;
  double beta = 1;
  for (int halving = 0; halving < MAX_HALVINGS; halving++, beta *= 0.5) {
    for (int i = 0; i < nu; i++)
      qp->trial[i] = clip(qp->d[i] + beta * qp->step[i], qp->lower[i], qp->upper[i]);
    if (change(qp, nu) < 0) {
      memcpy(qp->d, qp->trial, (size_t)nu * sizeof(double));
      return true;
    }
  }
  return false;
}

/* Where to start from: the solution without limits, clipped; where there is none, the trajectory itself. False: the
 * solution without limits is the one. */
static bool start(tj_boxqp *qp, const tj_riccati *riccati) {
  int nu = riccati->kernel.shape.nu;
  if (riccati->pivot >= 0) {
    memset(qp->d, 0, (size_t)nu * sizeof(double));
    return true;
  }
  tj_gain_unpack(&riccati->kernel, riccati->gain, NULL, qp->d);
  bool pinned = false;
  for (int i = 0; i < nu; i++)
    pinned = pinned || qp->lower[i] == qp->upper[i];
  return pinned || !within(qp, qp->d, nu);
}

/* The Hessian and gradient of the Q-function by u, and the start within the limits, with no control clamped, as in the
 * factor in place. */
static inline void prepare(tj_boxqp *qp, const tj_kernel *kernel, int nu) {
  tj_kernel_control(kernel, qp->H, qp->g);
  for (int i = 0; i < nu; i++) {
    qp->d[i] = clip(qp->d[i], qp->lower[i], qp->upper[i]);
    qp->clamped[i] = false;
  }
}

/* (B1), and (B2) with every change of the clamped controls. */
static inline bool search(tj_boxqp *qp, tj_riccati *riccati, int nu) {
  tj_kernel *kernel = &riccati->kernel;
  prepare(qp, kernel, nu);
  for (int step = 0;; step++) {
    if (clamp(qp, nu)) riccati->pivot = tj_kernel_clamp(kernel, qp->clamped, riccati->gain, &riccati->size);
    if (riccati->pivot >= 0) return false;
    if (stationary(qp, nu) || step == MAX_STEPS || !advance(qp, kernel, nu)) return true;
  }
}

bool tj_boxqp_gain(tj_boxqp *qp, tj_riccati *riccati) {
  int nu = riccati->kernel.shape.nu;
  if (!start(qp, riccati)) return true;
  /* Of one or two controls the loops would cost more than what is in them. */
  bool found = nu == 1 ? search(qp, riccati, 1) : (nu == 2 ? search(qp, riccati, 2) : search(qp, riccati, nu));
  if (!found) return false;
  tj_gain_set_step(&riccati->kernel, riccati->gain, qp->d);
  riccati->limited = true;
  return true;
}
