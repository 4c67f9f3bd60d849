#include "core/boxqp.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MAX_STEPS = 100, MAX_HALVINGS = 40, FEW = 2 };
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

/* Whether control i sits at a limit and is pushed against it, or has limits that leave it no room. */
static inline bool held(const tj_boxqp *qp, int i) {
  if (qp->d[i] <= qp->lower[i]) return qp->gradient[i] > 0 || qp->d[i] >= qp->upper[i];
  return qp->d[i] >= qp->upper[i] && qp->gradient[i] < 0;
}

/* Clamps the controls that are held, and says whether those are others than before. */
static inline bool clamp(tj_boxqp *qp, int nu) {
  bool others = false;
  apply(qp, nu, qp->d, qp->gradient);
  for (int i = 0; i < nu; i++) {
    qp->gradient[i] += qp->g[i];
    bool clamped = held(qp, i);
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

/* The only control that is not clamped; -1: there are others, or none. */
static inline int only_free(const tj_boxqp *qp, int nu) {
  int only = -1, count = 0;
  for (int i = 0; i < nu; i++) {
    if (qp->clamped[i]) continue;
    only = i;
    count++;
  }
  return count == 1 ? only : -1;
}

/* The Newton step of control i alone: clipped, it ends at the minimum within the limits. */
static inline bool advance_one(tj_boxqp *qp, int nu, int i) {
  double from = qp->d[i];
  qp->d[i] = tj_boxqp_clip(qp, i, from - qp->gradient[i] / qp->H[i + i * nu]);
  return qp->d[i] != from;
}

/* (B1) One projected Newton step; false when nothing decreases any more. */
static inline bool advance(tj_boxqp *qp, const tj_kernel *kernel, int nu) {
  int only = only_free(qp, nu);
  if (only >= 0) return advance_one(qp, nu, only);
  for (int i = 0; i < nu; i++)
    qp->step[i] = qp->clamped[i] ? 0 : -qp->gradient[i];
  tj_kernel_solve(kernel, qp->step);
  if (snap(qp, nu)) return true;
  double beta = 1;
  for (int halving = 0; halving < MAX_HALVINGS; halving++, beta *= 0.5) {
    for (int i = 0; i < nu; i++)
      qp->trial[i] = tj_boxqp_clip(qp, i, qp->d[i] + beta * qp->step[i]);
    if (change(qp, nu) < 0) {
      memcpy(qp->d, qp->trial, (size_t)nu * sizeof(double));
      return true;
    }
  }
  return false;
}

/* Whether a limit keeps control i from d, or its limits leave it no room. */
static inline bool barred(const tj_boxqp *qp, int i, double d) {
  if (d > qp->lower[i]) return d > qp->upper[i];
  return d < qp->lower[i] || qp->lower[i] == qp->upper[i];
}

/* Where to start from: the solution without limits; where there is none, the trajectory itself. False: the solution
 * without limits is the one. */
static inline bool start(tj_boxqp *qp, const tj_riccati *riccati, int nu) {
  if (riccati->pivot >= 0) {
    memset(qp->d, 0, (size_t)nu * sizeof(double));
    return true;
  }
  bool limited = false;
  for (int i = 0; i < nu; i++) {
    qp->d[i] = tj_gain_step(&riccati->kernel, riccati->gain, i);
    limited = limited || barred(qp, i, qp->d[i]);
  }
  return limited;
}

/* The Hessian and gradient of the Q-function by u, and the start within the limits. No control is clamped, as in the
 * factor in place. */
static inline void prepare(tj_boxqp *qp, const tj_kernel *kernel, int nu) {
  for (int i = 0; i < nu; i++) {
    const double *row = tj_kernel_control(kernel, i);
    for (int j = i; j < nu; j++)
      qp->H[i + j * nu] = qp->H[j + i * nu] = row[1 + j];
    qp->g[i] = row[0];
    qp->d[i] = tj_boxqp_clip(qp, i, qp->d[i]);
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

static inline bool gain(tj_boxqp *qp, tj_riccati *riccati, int nu) {
  if (!start(qp, riccati, nu)) return true;
  if (!search(qp, riccati, nu)) return false;
  for (int i = 0; i < nu; i++)
    tj_kernel_set_step(&riccati->kernel, riccati->gain, i, qp->d[i]);
  riccati->limited = true;
  return true;
}

/* Of one or two controls loops and memory would cost more than what is done with them. */
bool tj_boxqp_gain(tj_boxqp *qp, tj_riccati *riccati) {
  int nu = riccati->kernel.shape.nu;
  if (nu > FEW) return gain(qp, riccati, nu);
  double H[FEW * FEW], g[FEW], d[FEW], gradient[FEW], step[FEW], trial[FEW];
  bool clamped[FEW];
  tj_boxqp few = {.H = H, .g = g, .d = d, .gradient = gradient, .step = step, .trial = trial, .clamped = clamped};
  few.lower = qp->lower;
  few.upper = qp->upper;
  return nu == 1 ? gain(&few, riccati, 1) : gain(&few, riccati, 2);
}
