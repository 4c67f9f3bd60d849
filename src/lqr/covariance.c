#include "traj/covariance.h"

#include <math.h>
#include <string.h>

#include "base/check.h"
#include "base/diag.h"
#include "linalg/dense.h"
#include "linalg/matrix.h"
#include "lqr/solver.h"

/* A propagation at work; all but the problem is column-major, n x n unless said. */
typedef struct spread {
  const traj_plan *plan;
  traj_lqr_problem about;
  int n, m;
  double *M, *T, *U;
  double *W; /* m x n */
  double *g; /* n */
} spread;

static const double *at(traj_series series, int k) {
  return series.data == NULL ? NULL : series.data + (size_t)k * series.stride;
}

static const double *gain(const spread *s, int k) {
  return s->plan->K + (size_t)k * (size_t)s->m * (size_t)s->n;
}

/* P+ += M P M' */
static void add_image(spread *s, const double *P, double *P_next) {
  int n = s->n;
  tj_set_product(n, n, n, s->M, P, s->T);
  tj_transpose(n, n, s->M, s->U);
  tj_add_product(n, n, n, s->T, s->U, P_next);
}

/* (N2) What the noise adds whose size goes with state and control: their means, and their own spread. */
static void add_noises(spread *s, int k, const double *P, double *P_next) {
  int n = s->n, m = s->m;
  size_t rows = (size_t)n, cols = (size_t)m;
  const double *C = at(s->about.C, k), *D = at(s->about.D, k);
  const double *x = s->plan->x + (size_t)k * rows, *u = s->plan->u + (size_t)k * cols;
  for (size_t i = 0; i < (size_t)s->about.noises; i++) {
    const double *Ci = C == NULL ? NULL : C + i * rows * rows, *Di = D == NULL ? NULL : D + i * rows * cols;
    tj_close_loop(n, m, Ci, Di, gain(s, k), s->M);
    add_image(s, P, P_next);
    memset(s->g, 0, rows * sizeof(double));
    if (Ci != NULL) tj_add_apply(n, n, 1, Ci, x, s->g);
    if (Di != NULL) tj_add_apply(n, m, 1, Di, u, s->g);
    tj_add_product(n, n, 1, s->g, s->g, P_next);
  }
}

/* (N1) P+ = (A + B K) P (A + B K)' + Sigma + ... */
static void propagate(spread *s, int k, const double *P, double *P_next) {
  int n = s->n;
  const double *Sigma = at(s->about.Sigma, k);
  size_t bytes = (size_t)n * (size_t)n * sizeof(double);
  memset(P_next, 0, bytes);
  if (Sigma != NULL) memcpy(P_next, Sigma, bytes);
  tj_mirror(n, P_next);
  tj_close_loop(n, s->m, at(s->about.A, k), at(s->about.B, k), gain(s, k), s->M);
  add_image(s, P, P_next);
  add_noises(s, k, P, P_next);
  tj_symmetrise(n, P_next);
}

/* (N3) 1/2 tr((Q + S'K + K'S + K'RK) P) */
static double stage_cost(spread *s, int k, const double *P) {
  int n = s->n, m = s->m;
  const double *K = gain(s, k), *S = at(s->about.S, k), *R = at(s->about.R, k);
  double sum = tj_trace(n, at(s->about.Q, k), P);
  tj_set_product(m, n, n, K, P, s->W);
  for (int i = 0; S != NULL && i < m * n; i++)
    sum += 2 * S[i] * s->W[i];
  for (int a = 0; R != NULL && a < m; a++) {
    for (int b = 0; b < m; b++) {
      double covariance = 0; /* of controls a and b */
      for (int j = 0; j < n; j++)
        covariance += s->W[a + j * m] * K[b + j * m];
      sum += (a >= b ? R[a + b * m] : R[b + a * m]) * covariance;
    }
  }
  return 0.5 * sum;
}

static traj_status check_sizes(const traj_plan *plan, const traj_lqr_problem *about, traj_diag *diag) {
  traj_status status = tj_lqr_check(about, diag);
  if (status != TRAJ_OK) return status;
  const struct {
    const char *name;
    bool refused;
    int value;
  } sizes[] = {
      {"nx", about->nx != plan->ndx, about->nx},
      {"nu", about->nu != plan->nu, about->nu},
      {"N", about->N != plan->N, about->N},
      {"noises", about->noises > 0 && plan->difference != NULL, about->noises},
  };
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    if (sizes[i].refused) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, sizes[i].name, sizes[i].value));
  }
  return TRAJ_OK;
}

static traj_status check_numbers(const traj_lqr_problem *about, bool costs, traj_diag *diag) {
  static const tj_lqr_name names[] = {TJ_LQR_A, TJ_LQR_B, TJ_LQR_Sigma, TJ_LQR_C,  TJ_LQR_D,
                                      TJ_LQR_Q, TJ_LQR_S, TJ_LQR_R,     TJ_LQR_Q_N};
  size_t count = sizeof names / sizeof *names - (costs ? 0 : 4);
  for (size_t i = 0; i < count; i++) {
    traj_series series = tj_lqr_series(about, names[i]);
    int stages = series.data == NULL ? 0 : series.stride == 0 ? 1 : about->N;
    for (int k = 0; k < stages; k++) {
      traj_status status = tj_lqr_read_stage(about, names[i], k, NULL, diag);
      if (status != TRAJ_OK) return status;
    }
  }
  return TRAJ_OK;
}

/* The covariance to start with: zero, or what the caller gave, if it is one. */
static traj_status begin(int n, const double *start, double *P, traj_diag *diag) {
  traj_diag found = tj_diag_field(TRAJ_E_ARG, "start", 0);
  memset(P, 0, (size_t)n * (size_t)n * sizeof(double));
  if (start == NULL) return TRAJ_OK;
  bool refused = tj_matrix_not_finite(start, n, n, true, &found.row, &found.col);
  for (int i = 0; !refused && i < n; i++) {
    refused = start[i + i * n] < 0;
    if (refused) found.row = found.col = i;
  }
  if (refused) {
    found.value = start[found.row + found.col * n];
    return tj_diag_report(diag, found);
  }
  memcpy(P, start, (size_t)n * (size_t)n * sizeof(double));
  tj_mirror(n, P);
  return TRAJ_OK;
}

static traj_status run(spread *s, double *P, double *expected, traj_diag *diag) {
  size_t square = (size_t)s->n * (size_t)s->n;
  double cost = s->plan->cost;
  int N = s->plan->N;
  for (int k = 0; k <= N; k++, P += square) {
    if (!tj_all_finite(P, square)) {
      traj_diag found = tj_diag_field(TRAJ_E_DIVERGED, "P", 0);
      tj_matrix_not_finite(P, s->n, s->n, false, &found.row, &found.col);
      found.k = k;
      found.value = P[found.row + found.col * s->n];
      return tj_diag_report(diag, found);
    }
    if (k == N) break;
    if (expected != NULL) cost += stage_cost(s, k, P);
    propagate(s, k, P, P + square);
  }
  if (expected == NULL) return tj_diag_report(diag, tj_diag_none());
  *expected = cost + 0.5 * tj_trace(s->n, s->about.Q_N, P);
  if (!isfinite(*expected)) return tj_diag_report(diag, tj_diag_field(TRAJ_E_DIVERGED, "expected", *expected));
  return tj_diag_report(diag, tj_diag_none());
}

traj_status traj_plan_covariance(const traj_plan *plan, const traj_lqr_problem *about, const double *start, double *P,
                                 double *expected, double *work, traj_diag *diag) {
  const char *missing = plan == NULL ? "plan" : P == NULL ? "P" : work == NULL ? "work" : NULL;
  if (missing != NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, missing, 0));
  traj_status status = check_sizes(plan, about, diag);
  if (status == TRAJ_OK) status = check_numbers(about, expected != NULL, diag);
  if (status == TRAJ_OK) status = begin(plan->ndx, start, P, diag);
  if (status != TRAJ_OK) return status;
  size_t n = (size_t)plan->ndx, m = (size_t)plan->nu;
  spread s = {.plan = plan, .about = *about, .n = plan->ndx, .m = plan->nu};
  s.M = work;
  s.T = s.M + n * n;
  s.U = s.T + n * n;
  s.W = s.U + n * n;
  s.g = s.W + m * n;
  return run(&s, P, expected, diag);
}
