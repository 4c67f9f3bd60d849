/* What a problem consists of: the checks of its sizes and pointers, and those of its numbers. */
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "base/diag.h"
#include "core/problem_check.h"
#include "lqr/solver.h"

typedef enum form { MATRIX, SYMMETRIC, VECTOR } form;

typedef struct field {
  const char *name, *stride_name;
  traj_series given;
  int rows, cols;
  form form;
} field;

static field field_of(const traj_lqr_problem *p, tj_lqr_name name) {
  int nx = p->nx, nu = p->nu;
  switch (name) {
    case TJ_LQR_A:
      return (field){"A", "A.stride", p->A, nx, nx, MATRIX};
    case TJ_LQR_B:
      return (field){"B", "B.stride", p->B, nx, nu, MATRIX};
    case TJ_LQR_c:
      return (field){"c", "c.stride", p->c, nx, 1, VECTOR};
    case TJ_LQR_Q:
      return (field){"Q", "Q.stride", p->Q, nx, nx, SYMMETRIC};
    case TJ_LQR_S:
      return (field){"S", "S.stride", p->S, nu, nx, MATRIX};
    case TJ_LQR_R:
      return (field){"R", "R.stride", p->R, nu, nu, SYMMETRIC};
    case TJ_LQR_q:
      return (field){"q", "q.stride", p->q, nx, 1, VECTOR};
    case TJ_LQR_r:
      return (field){"r", "r.stride", p->r, nu, 1, VECTOR};
    case TJ_LQR_Q_N:
      return (field){"Q_N", NULL, {p->Q_N, 0}, nx, nx, SYMMETRIC};
    case TJ_LQR_q_N:
      return (field){"q_N", NULL, {p->q_N, 0}, nx, 1, VECTOR};
    case TJ_LQR_Sigma:
      return (field){"Sigma", "Sigma.stride", p->Sigma, nx, nx, SYMMETRIC};
    case TJ_LQR_C:
      return (field){"C", "C.stride", p->C, nx, nx * p->noises, MATRIX};
    case TJ_LQR_D:
      return (field){"D", "D.stride", p->D, nx, nu * p->noises, MATRIX};
    case TJ_LQR_FIELDS:
      break;
  }
  return (field){.name = NULL};
}

static size_t size_of(const field *f) {
  return (size_t)f->rows * (size_t)f->cols;
}

/* The first size that is refused, with its value; NULL: none. */
static const char *check_sizes(const traj_lqr_problem *p, double *value) {
  *value = p->nx;
  if (p->nx < 1 || p->nx > TJ_MAX_SIZE - 2) return "nx";
  *value = p->nu;
  if (p->nu < 1 || p->nu > TJ_MAX_SIZE - 1 - p->nx) return "nu";
  *value = p->N;
  if (p->N < 1 || p->N > INT_MAX / 2) return "N";
  *value = p->dt;
  if (!(p->dt >= 0) || !isfinite(p->dt)) return "dt";
  *value = p->noises;
  bool scaled = p->C.data != NULL || p->D.data != NULL;
  size_t matrix = (size_t)p->nx * (size_t)(p->nx > p->nu ? p->nx : p->nu), most = PTRDIFF_MAX / sizeof(double) / matrix;
  if (p->noises < (scaled ? 1 : 0) || p->noises > TJ_MAX_SIZE || (size_t)p->noises > most) return "noises";
  *value = p->linalg;
  if (!tj_linalg_available(p->linalg)) return "linalg";
  *value = 0;
  if (!tj_reserved_zero(p->reserved, sizeof p->reserved / sizeof *p->reserved)) return "reserved";
  return NULL;
}

static traj_status check_series(const traj_lqr_problem *p, const field *f, bool required, traj_diag *diag) {
  size_t stride = f->given.stride;
  if (f->given.data == NULL) {
    return required ? tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, f->name, 0)) : TRAJ_OK;
  }
  bool too_small = stride != 0 && stride < size_of(f);
  bool too_large = stride > PTRDIFF_MAX / sizeof(double) / (size_t)p->N;
  if (too_small || too_large) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, f->stride_name, (double)stride));
  return TRAJ_OK;
}

traj_status tj_lqr_check(const traj_lqr_problem *p, traj_diag *diag) {
  if (p == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "problem", 0));
  double value = 0;
  const char *refused = check_sizes(p, &value);
  if (refused != NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, refused, value));
  for (int name = 0; name < TJ_LQR_FIELDS; name++) {
    field f = field_of(p, (tj_lqr_name)name);
    traj_status status = check_series(p, &f, name == TJ_LQR_A || name == TJ_LQR_B, diag);
    if (status != TRAJ_OK) return status;
  }
  return TRAJ_OK;
}

/* The diagnostic of an entry at stage k; a matrix that is the same for all stages is bound to none. */
static traj_diag at_entry(const field *f, int k, int row, int col, double value) {
  return (traj_diag){
      .status = TRAJ_E_ARG,
      .field = f->name,
      .k = f->given.stride == 0 ? -1 : k,
      .row = row,
      .col = f->form == VECTOR ? -1 : col,
      .value = value,
  };
}

static traj_status check_numbers(const field *f, const double *a, int k, bool covariance, traj_diag *diag) {
  int row = 0, col = 0;
  if (tj_matrix_not_finite(a, f->rows, f->cols, f->form == SYMMETRIC, &row, &col)) {
    return tj_diag_report(diag, at_entry(f, k, row, col, a[(size_t)row + (size_t)col * (size_t)f->rows]));
  }
  for (int i = 0; covariance && i < f->rows; i++) {
    double variance = a[(size_t)i * ((size_t)f->rows + 1)];
    if (variance < 0) return tj_diag_report(diag, at_entry(f, k, i, i, variance));
  }
  return TRAJ_OK;
}

static void copy_numbers(const field *f, const double *from, double *to) {
  if (f->form != SYMMETRIC) {
    memcpy(to, from, size_of(f) * sizeof(double));
    return;
  }
  size_t n = (size_t)f->rows;
  for (size_t j = 0; j < n; j++) {
    for (size_t i = j; i < n; i++) {
      to[i + j * n] = from[i + j * n];
      to[j + i * n] = from[i + j * n];
    }
  }
}

size_t tj_lqr_count(const traj_lqr_problem *p, tj_lqr_name name) {
  field f = field_of(p, name);
  return size_of(&f);
}

traj_series tj_lqr_series(const traj_lqr_problem *p, tj_lqr_name name) {
  return field_of(p, name).given;
}

traj_status tj_lqr_read_stage(const traj_lqr_problem *p, tj_lqr_name name, int k, double *to, traj_diag *diag) {
  field f = field_of(p, name);
  const double *from = f.given.data + (size_t)k * f.given.stride;
  traj_status status = check_numbers(&f, from, k, name == TJ_LQR_Sigma, diag);
  if (status == TRAJ_OK && to != NULL) copy_numbers(&f, from, to);
  return status;
}

/* The fields from one on. */
static traj_status check_from(const traj_lqr *s, tj_lqr_name first, int k, traj_diag *diag) {
  const traj_lqr_problem *p = &s->problem;
  for (int name = (int)first; name < TJ_LQR_FIELDS; name++) {
    field f = field_of(p, (tj_lqr_name)name);
    bool seen = f.given.stride == 0 && k < p->N - 1; /* with the last stage, which comes first */
    const double *a = tj_lqr_at(s, (tj_lqr_name)name, k);
    if (a == NULL || seen) continue;
    traj_status status = check_numbers(&f, a, k, name == TJ_LQR_Sigma, diag);
    if (status != TRAJ_OK) return status;
  }
  return TRAJ_OK;
}

traj_status tj_lqr_check_stage(const traj_lqr *s, int k, traj_diag *diag) {
  return check_from(s, TJ_LQR_A, k, diag);
}

traj_status tj_lqr_check_noise(const traj_lqr *s, int k, traj_diag *diag) {
  return check_from(s, TJ_LQR_Sigma, k, diag);
}

bool tj_lqr_has_noise(const traj_lqr_problem *p) {
  return p->Sigma.data != NULL || p->noises > 0;
}

bool tj_lqr_varies(const traj_lqr_problem *p) {
  for (int name = 0; name < TJ_LQR_FIELDS; name++) {
    traj_series given = field_of(p, (tj_lqr_name)name).given;
    if (given.data != NULL && given.stride != 0) return true;
  }
  return false;
}
