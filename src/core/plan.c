#include "traj/plan.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "core/world.h"
#include "linalg/dense.h"

/* The stage that holds time t. */
static int stage_at(const traj_plan *plan, double t) {
  int low = 0, high = plan->N; /* t[low] <= t < t[high], unless t lies outside */
  while (high - low > 1) {
    int middle = low + (high - low) / 2;
    if (plan->t[middle] <= t) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

/* Share of stage k that has elapsed at time t. */
static double elapsed(const traj_plan *plan, int k, double t) {
  double length = plan->t[k + 1] - plan->t[k];
  if (!(length > 0)) return 0;
  return fmin(1, fmax(0, (t - plan->t[k]) / length));
}

/* u += alpha K_k difference(from, to) */
static int add_feedback(const traj_plan *plan, int k, double alpha, const double *from, const double *to, double *u,
                        double *work) {
  int nx = plan->nx, ndx = plan->ndx, nu = plan->nu;
  const double *K = plan->K + (size_t)k * (size_t)nu * (size_t)ndx;
  if (plan->difference == NULL) {
    for (int j = 0; j < nx; j++) {
      double a = alpha * (to[j] - from[j]);
      for (int i = 0; i < nu; i++)
        u[i] += K[i + j * nu] * a;
    }
    return 0;
  }
  tj_forget(work, (size_t)ndx); /* an entry left unwritten spoils u, which is noticed */
  int code = plan->difference(from, to, work, plan->user);
  if (code == 0) tj_add_apply(nu, ndx, alpha, K, work, u);
  return code;
}

static void clip(const traj_plan *plan, int k, double *u) {
  if (plan->u_min == NULL) return;
  const double *lower = plan->u_min + (size_t)k * (size_t)plan->nu, *upper = plan->u_max + (size_t)k * (size_t)plan->nu;
  for (int i = 0; i < plan->nu; i++) {
    if (u[i] < lower[i]) u[i] = lower[i];
    if (u[i] > upper[i]) u[i] = upper[i];
  }
}

/* The control of the stage alone, for want of a state to react to. */
static void hold(const traj_plan *plan, int k, double *u) {
  memcpy(u, plan->u + (size_t)k * (size_t)plan->nu, (size_t)plan->nu * sizeof(double));
  clip(plan, k, u);
}

traj_status traj_plan_action(const traj_plan *plan, double t, const double *x, double *u, double *work) {
  if (plan == NULL || x == NULL || u == NULL) return TRAJ_E_ARG;
  if (work == NULL && plan->difference != NULL) return TRAJ_E_ARG;
  size_t nx = (size_t)plan->nx, nu = (size_t)plan->nu;
  int k = isfinite(t) ? stage_at(plan, t) : 0;
  const double *x_hat = plan->x + (size_t)k * nx, *u_hat = plan->u + (size_t)k * nu;
  if (!isfinite(t) || !tj_all_finite(x, nx)) {
    hold(plan, k, u);
    return TRAJ_E_NOT_FINITE;
  }
  memcpy(u, u_hat, nu * sizeof(double));
  bool past_end = t > plan->t[plan->N];
  /* (P1) The reference moves within the stage; K acts in the tangent space of x_k, so the two displacements from there
   * are subtracted, which for Euclidean states is the interpolated state exactly. */
  int code = add_feedback(plan, k, 1, x_hat, x, u, work);
  double share = past_end ? 1 : elapsed(plan, k, t);
  if (code == 0 && share > 0) code = add_feedback(plan, k, -share, x_hat, x_hat + nx, u, work);
  if (code != 0 || !tj_all_finite(u, nu)) {
    hold(plan, k, u);
    return code != 0 ? TRAJ_E_CALLBACK : TRAJ_E_NOT_FINITE;
  }
  clip(plan, k, u);
  return past_end ? TRAJ_PAST_END : TRAJ_OK;
}

/* One array of the copy: carved, and filled unless measuring. */
static const double *copy_array(tj_arena *arena, const double *from, size_t rows, size_t cols) {
  if (from == NULL) return NULL;
  double *to = tj_arena_doubles(arena, rows, cols);
  if (to != NULL) memcpy(to, from, rows * cols * sizeof(double));
  return to;
}

static traj_plan *copy_into(tj_arena *arena, const traj_plan *plan) {
  size_t nx = (size_t)plan->nx, ndx = (size_t)plan->ndx, nu = (size_t)plan->nu, N = (size_t)plan->N;
  traj_plan *to = tj_arena_take(arena, 1, sizeof(traj_plan));
  traj_plan copy = *plan;
  copy.t = copy_array(arena, plan->t, N + 1, 1);
  copy.x = copy_array(arena, plan->x, nx, N + 1);
  copy.u = copy_array(arena, plan->u, nu, N);
  copy.K = copy_array(arena, plan->K, nu * ndx, N);
  copy.V = copy_array(arena, plan->V, ndx * ndx, N + 1);
  copy.v = copy_array(arena, plan->v, ndx, N + 1);
  copy.u_min = copy_array(arena, plan->u_min, nu, N);
  copy.u_max = copy_array(arena, plan->u_max, nu, N);
  if (to != NULL && !arena->overflow) *to = copy;
  return to;
}

size_t traj_plan_size(const traj_plan *plan) {
  if (plan == NULL) return 0;
  tj_arena arena = tj_arena_measure();
  copy_into(&arena, plan);
  return tj_arena_block_size(&arena);
}

traj_status traj_plan_copy(const traj_plan **copy, const traj_plan *plan, void *block, size_t size) {
  if (copy != NULL) *copy = NULL;
  if (copy == NULL || plan == NULL || block == NULL) return TRAJ_E_ARG;
  if (size < traj_plan_size(plan)) return TRAJ_E_MEMORY;
  tj_arena arena = tj_arena_over(block, size);
  *copy = copy_into(&arena, plan);
  return TRAJ_OK;
}
