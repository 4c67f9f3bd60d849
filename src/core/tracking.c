#include "traj/tracking.h"

#include <math.h>
#include <string.h>

#include "base/check.h"
#include "base/diag.h"

/* One weighted square 1/2 e'We with e = z - ref; ref and W may be NULL (zero). */
typedef struct square {
  int n;
  traj_weights weights;
  const double *z, *ref, *W;
} square;

static double error_of(const square *s, int i) {
  return s->ref == NULL ? s->z[i] : s->z[i] - s->ref[i];
}

/* Entry (i, j) of W, from its lower triangle. */
static double weight_of(const square *s, int i, int j) {
  if (s->W == NULL) return 0;
  if (s->weights == TRAJ_DIAGONAL) return i == j ? s->W[i] : 0;
  return i >= j ? s->W[i + j * s->n] : s->W[j + i * s->n];
}

/* Row i of We. */
static double weighted_error(const square *s, int i) {
  if (s->W == NULL) return 0;
  if (s->weights == TRAJ_DIAGONAL) return s->W[i] * error_of(s, i);
  double sum = 0;
  for (int j = 0; j < s->n; j++)
    sum += weight_of(s, i, j) * error_of(s, j);
  return sum;
}

static double cost_of(const square *s) {
  double sum = 0;
  for (int i = 0; i < s->n; i++)
    sum += 0.5 * error_of(s, i) * weighted_error(s, i);
  return sum;
}

static void derivatives_of(const square *s, double *gradient, double *hessian) {
  for (int j = 0; j < s->n; j++) {
    gradient[j] = weighted_error(s, j);
    for (int i = 0; i < s->n; i++)
      hessian[i + j * s->n] = weight_of(s, i, j);
  }
}

static square state_square(const traj_tracking *tr, const traj_point *at, const double *W) {
  const double *ref = tr->x_ref == NULL ? NULL : tr->x_ref + (size_t)at->k * (size_t)tr->x_stride;
  return (square){.n = tr->nx, .weights = tr->weights, .z = at->x, .ref = ref, .W = W};
}

static square control_square(const traj_tracking *tr, const traj_point *at) {
  const double *ref = tr->u_ref == NULL ? NULL : tr->u_ref + (size_t)at->k * (size_t)tr->u_stride;
  return (square){.n = tr->nu, .weights = tr->weights, .z = at->u, .ref = ref, .W = tr->R};
}

static int stage(const traj_point *at, double *cost, void *user) {
  const traj_tracking *tr = user;
  square x = state_square(tr, at, tr->Q), u = control_square(tr, at);
  *cost = cost_of(&x) + cost_of(&u);
  return 0;
}

static int final(const traj_point *at, double *cost, void *user) {
  const traj_tracking *tr = user;
  square x = state_square(tr, at, tr->Qf);
  *cost = cost_of(&x);
  return 0;
}

static int stage_quad(const traj_point *at, traj_quad *out, void *user) {
  const traj_tracking *tr = user;
  square x = state_square(tr, at, tr->Q), u = control_square(tr, at);
  derivatives_of(&x, out->lx, out->lxx);
  derivatives_of(&u, out->lu, out->luu);
  memset(out->lux, 0, (size_t)tr->nu * (size_t)tr->nx * sizeof(double));
  return 0;
}

static int final_quad(const traj_point *at, traj_quad *out, void *user) {
  const traj_tracking *tr = user;
  square x = state_square(tr, at, tr->Qf);
  derivatives_of(&x, out->lx, out->lxx);
  return 0;
}

static traj_status refuse(traj_diag *diag, const char *field, int k, int row, int col, double value) {
  *diag = (traj_diag){.status = TRAJ_E_ARG, .field = field, .k = k, .row = row, .col = col, .value = value};
  return TRAJ_E_ARG;
}

static traj_status check_weight(const double *W, int n, traj_weights weights, const char *field, traj_diag *diag) {
  int row, col, cols = weights == TRAJ_FULL ? n : 1;
  if (W == NULL || !tj_matrix_not_finite(W, n, cols, weights == TRAJ_FULL, &row, &col)) return TRAJ_OK;
  return refuse(diag, field, -1, row, cols == 1 ? -1 : col, W[row + col * n]);
}

static traj_status check_reference(const double *ref, int n, int stride, int stages, const char *field,
                                   traj_diag *diag) {
  if (ref == NULL) return TRAJ_OK;
  size_t count = (size_t)n * (stride == 0 ? 1 : (size_t)stages), at = tj_first_not_finite(ref, count);
  int k = stride == 0 ? -1 : (int)(at / (size_t)n);
  return at == count ? TRAJ_OK : refuse(diag, field, k, (int)(at % (size_t)n), -1, ref[at]);
}

static traj_status check(const traj_problem *problem, int N, traj_diag *diag, void *user) {
  const traj_tracking *tr = user;
  const int none = -1, nx = problem->model.nx, nu = problem->model.nu;
  if (tr == NULL) return refuse(diag, "tracking", none, none, none, 0);
  if (tr->nx != nx) return refuse(diag, "tracking.nx", none, none, none, tr->nx);
  if (problem->model.retract != NULL) return refuse(diag, "model.retract", none, none, none, 0); /* Euclidean only */
  if (problem->model.parts != NULL) return refuse(diag, "model.parts", none, none, none, 0);
  if (tr->nu != nu) return refuse(diag, "tracking.nu", none, none, none, tr->nu);
  if (tr->weights != TRAJ_DIAGONAL && tr->weights != TRAJ_FULL) {
    return refuse(diag, "tracking.weights", none, none, none, tr->weights);
  }
  if (tr->x_stride != 0 && tr->x_stride != nx) return refuse(diag, "tracking.x_stride", none, none, none, tr->x_stride);
  if (tr->u_stride != 0 && tr->u_stride != nu) return refuse(diag, "tracking.u_stride", none, none, none, tr->u_stride);
  if (!tj_reserved_zero(tr->reserved, sizeof(tr->reserved) / sizeof(tr->reserved[0]))) {
    return refuse(diag, "tracking.reserved", none, none, none, 0);
  }
  traj_status status = check_weight(tr->Q, nx, tr->weights, "tracking.Q", diag);
  if (status == TRAJ_OK) status = check_weight(tr->R, nu, tr->weights, "tracking.R", diag);
  if (status == TRAJ_OK) status = check_weight(tr->Qf, nx, tr->weights, "tracking.Qf", diag);
  if (status == TRAJ_OK) status = check_reference(tr->x_ref, nx, tr->x_stride, N + 1, "tracking.x_ref", diag);
  if (status == TRAJ_OK) status = check_reference(tr->u_ref, nu, tr->u_stride, N, "tracking.u_ref", diag);
  return status;
}

traj_cost traj_tracking_cost(traj_tracking *tracking) {
  return (traj_cost){
      .stage = stage,
      .final = final,
      .stage_quad = stage_quad,
      .final_quad = final_quad,
      .check = check,
      .user = tracking,
  };
}
