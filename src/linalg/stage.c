/* Packing and access in the shared data order, and the calls to the back end. */
#include "linalg/stage.h"

#include <string.h>

#include "linalg/backend.h"
#include "linalg/order.h"

bool tj_linalg_available(traj_linalg linalg) {
  return tj_backend_choose((tj_shape){1, 1}, linalg) != NULL;
}

tj_kernel tj_kernel_layout(tj_arena *arena, tj_shape shape, traj_linalg linalg) {
  size_t n1 = (size_t)shape.nx + 1, nu = (size_t)shape.nu, ld = (size_t)tj_row(shape), lp = (size_t)tj_row_x(shape);
  const tj_backend *backend = tj_backend_choose(shape, linalg);
  return (tj_kernel){
      .shape = shape,
      .backend = backend,
      .backward = backend->backward_for(shape),
      .q = tj_arena_doubles(arena, n1 + nu, ld),
      .w = tj_arena_doubles(arena, n1, ld),
      .factor = tj_arena_doubles(arena, nu, ld),
      .scaled = tj_arena_doubles(arena, nu, ld),
      .rows = tj_arena_doubles(arena, nu, lp),
      .y = tj_arena_doubles(arena, nu, lp),
  };
}

size_t tj_stage_doubles(tj_shape shape) {
  size_t rows = (size_t)shape.nx + (size_t)tj_length(shape), size = rows * (size_t)tj_row(shape);
  return (size + 7) / 8 * 8; /* each stage starts a cache line */
}

size_t tj_value_doubles(tj_shape shape) {
  return ((size_t)shape.nx + 1) * (size_t)tj_row_x(shape);
}

/* m rows of ld, of which n columns are those of the column-major a (NULL: zero). */
static void pack_matrix(int m, int n, const double *restrict a, double *restrict rows, int ld) {
  if (a == NULL) {
    for (int i = 0; i < m; i++)
      memset(rows + i * ld, 0, (size_t)n * sizeof(double));
    return;
  }
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < m; i++)
      rows[i * ld + j] = a[i + j * m];
  }
}

/* n rows of ld of a symmetric matrix, from the diagonal on: the columns of its lower triangle a (NULL: zero). */
static void pack_upper(int n, const double *a, double *rows, int ld) {
  for (int i = 0; i < n; i++) {
    size_t bytes = (size_t)(n - i) * sizeof(double);
    if (a == NULL) {
      memset(rows + i * ld + i, 0, bytes);
    } else {
      memcpy(rows + i * ld + i, a + i * n + i, bytes);
    }
  }
}

/* Completes n rows of ld of a symmetric matrix below the diagonal. */
static void mirror(int n, double *rows, int ld) {
  for (int i = 1; i < n; i++) {
    for (int j = 0; j < i; j++)
      rows[i * ld + j] = rows[j * ld + i];
  }
}

void tj_stage_pack_dynamics(tj_shape shape, double *stage, const double *fx, const double *fu, const double *c) {
  int n = shape.nx, ld = tj_row(shape), l = tj_length(shape);
  pack_matrix(n, n, fx, stage, ld);
  pack_matrix(n, 1, c, stage + n, ld);
  pack_matrix(n, shape.nu, fu, stage + n + 1, ld);
  for (int i = 0; i < n; i++) {
    for (int j = l; j < ld; j++)
      stage[i * ld + j] = 0;
  }
}

void tj_stage_pack_cost(tj_shape shape, double *stage, tj_stage_cost cost) {
  int n = shape.nx, m = shape.nu, n1 = n + 1, ld = tj_row(shape);
  double *H = stage + n * ld, *H_u = H + n1 * ld;
  pack_upper(n, cost.lxx, H, ld);
  pack_matrix(n, 1, cost.lx, H + n, ld);
  H[n * ld + n] = 0;
  pack_matrix(m, n, cost.lux, H_u, ld);
  pack_matrix(m, 1, cost.lu, H_u + n, ld);
  pack_upper(m, cost.luu, H_u + n1, ld);
  mirror(m, H_u + n1, ld);
}

void tj_value_pack(tj_shape shape, double *value, const double *V, const double *v, double s) {
  int n = shape.nx, lp = tj_row_x(shape);
  pack_upper(n, V, value, lp);
  pack_matrix(n, 1, v, value + n, lp);
  value[n * lp + n] = 2 * s;
  mirror(n + 1, value, lp);
}

void tj_value_unpack(tj_shape shape, const double *value, double *V, double *v, double *s) {
  int n = shape.nx, lp = tj_row_x(shape);
  for (int i = 0; V != NULL && i < n; i++)
    memcpy(V + i * n, value + i * lp, (size_t)n * sizeof(double));
  if (v != NULL) memcpy(v, value + n * lp, (size_t)n * sizeof(double));
  if (s != NULL) *s = 0.5 * value[n * lp + n];
}

void tj_kernel_add_curvature(tj_kernel *kernel, const double *fxx, const double *fuu, const double *fux) {
  int n = kernel->shape.nx, m = kernel->shape.nu, n1 = n + 1, ld = tj_row(kernel->shape);
  double *qu = kernel->q + n1 * ld;
  for (int i = 0; i < n; i++) {
    for (int j = i; j < n; j++)
      kernel->q[i * ld + j] += fxx[j + i * n];
  }
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < n; j++)
      qu[i * ld + j] += fux[i + j * m];
    for (int j = 0; j <= i; j++) {
      qu[i * ld + n1 + j] += fuu[i + j * m];
      if (j < i) qu[j * ld + n1 + i] += fuu[i + j * m];
    }
  }
}

void tj_kernel_control(const tj_kernel *kernel, double *Quu, double *qu) {
  int m = kernel->shape.nu, n1 = kernel->shape.nx + 1, ld = tj_row(kernel->shape);
  const double *rows = kernel->q + n1 * ld;
  for (int i = 0; i < m; i++) {
    for (int j = 0; j <= i; j++)
      Quu[i + j * m] = Quu[j + i * m] = rows[i * ld + n1 + j];
    qu[i] = rows[i * ld + n1 - 1];
  }
}

/* kernel->factor = rows u of the Q-function, damped and masked. */
static void prepare_factor(tj_kernel *kernel, const double *damping, const bool *clamped) {
  int m = kernel->shape.nu, n1 = kernel->shape.nx + 1, ld = tj_row(kernel->shape);
  size_t bytes = (size_t)ld * sizeof(double);
  for (int i = 0; i < m; i++) {
    double *row = kernel->factor + i * ld;
    bool out = clamped != NULL && clamped[i];
    if (out) {
      memset(row, 0, bytes);
      row[n1 + i] = 1;
    } else {
      memcpy(row, kernel->q + (n1 + i) * ld, bytes);
      if (damping != NULL) row[n1 + i] += damping[i];
      for (int j = 0; clamped != NULL && j < m; j++) {
        if (clamped[j]) row[n1 + j] = 0;
      }
    }
  }
}

int tj_kernel_factor(tj_kernel *kernel, const double *damping, const bool *clamped, double *pivot) {
  prepare_factor(kernel, damping, clamped);
  return kernel->backend->factor(kernel, pivot);
}

void tj_kernel_expand(tj_kernel *kernel, const double *stage, const double *value_next) {
  kernel->backend->expand(kernel, stage, value_next);
}

void tj_kernel_solve(const tj_kernel *kernel, double *rhs) {
  kernel->backend->solve(kernel, rhs);
}

void tj_kernel_gain(tj_kernel *kernel, double *gain) {
  kernel->backend->gain(kernel, gain);
}

void tj_kernel_value(tj_kernel *kernel, double *value) {
  kernel->backend->value(kernel, value);
}

void tj_kernel_value_of(tj_kernel *kernel, const double *gain, double *value) {
  kernel->backend->value_of(kernel, gain, value);
}

int tj_kernel_backward(tj_kernel *kernel, const double *stage, double *value, double *gain, double *pivot) {
  return kernel->backward(kernel, stage, value, gain, pivot);
}

double tj_kernel_exact_slope(const tj_kernel *kernel, const double *gain, double *g) {
  int n = kernel->shape.nx, m = kernel->shape.nu, ld = tj_row(kernel->shape);
  const double *k = gain + n * m;
  double slope = 0;
  for (int i = 0; i < m; i++) {
    g[i] = kernel->q[(n + 1 + i) * ld + n];
    slope += k[i] * g[i];
  }
  return slope;
}

/* y += a x */
static void add_scaled(int n, double a, const double *restrict x, double *restrict y) {
  for (int i = 0; i < n; i++)
    y[i] += a * x[i];
}

double tj_kernel_slope(tj_kernel *kernel, const double *stage, const double *gain, double *v0, double *g) {
  int n = kernel->shape.nx, m = kernel->shape.nu, l = tj_length(kernel->shape), ld = tj_row(kernel->shape);
  const double *H = stage + n * ld, *k = gain + n * m;
  double *z = kernel->w; /* free once the Q-function stands */
  for (int i = 0; i < n; i++)
    z[i] = H[i * ld + n]; /* q */
  z[n] = 0;
  for (int i = 0; i < m; i++)
    z[n + 1 + i] = H[(n + 1 + i) * ld + n]; /* r */
  for (int p = 0; p < n; p++)
    add_scaled(l, v0[p], stage + p * ld, z);
  memcpy(g, z + n + 1, (size_t)m * sizeof(double));
  double slope = z[n];
  for (int i = 0; i < m; i++)
    slope += k[i] * g[i];
  for (int j = 0; j < n; j++) {
    double sum = z[j];
    for (int i = 0; i < m; i++)
      sum += gain[i + j * m] * g[i];
    v0[j] = sum;
  }
  return slope;
}
