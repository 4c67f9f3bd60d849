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
      .stage_doubles = tj_stage_doubles(shape),
      .value_doubles = tj_value_doubles(shape),
      .gain_doubles = tj_gain_doubles(shape),
      .row = ld,
      .row_x = lp,
      .fetches = tj_is_large(shape.nx, shape.nu),
      .backend = backend,
      .shared = tj_shared_choose(shape),
      .sweeps = backend->sweeps_for(shape),
      .q = tj_arena_doubles(arena, n1 + nu, ld),
      .w = tj_arena_doubles(arena, n1, ld),
      .factor = tj_arena_doubles(arena, nu, ld),
      .scaled = tj_arena_doubles(arena, nu, ld),
      .y = tj_arena_doubles(arena, nu, ld),
      .root = tj_arena_doubles(arena, n1, lp),
  };
}

size_t tj_stage_doubles(tj_shape shape) {
  return (size_t)tj_stage_length(shape.nx, shape.nu);
}

size_t tj_value_doubles(tj_shape shape) {
  return ((size_t)shape.nx + 1) * (size_t)tj_row_x(shape);
}

size_t tj_gain_doubles(tj_shape shape) {
  return (size_t)shape.nu * (size_t)tj_row_x(shape);
}

void tj_stage_bend(const tj_kernel *kernel, const double *stage, const tj_stage_cost *more, double damping,
                   double *bent) {
  kernel->shared.bend(kernel->shape, stage, more, damping, bent);
}

void tj_value_pack(const tj_kernel *kernel, double *value, const double *V, const double *v, double s) {
  int n = kernel->shape.nx, lp = tj_row_x(kernel->shape);
  for (int i = 0; i < n; i++) {
    for (int j = i; j < n; j++)
      value[i * lp + j] = value[j * lp + i] = V == NULL ? 0 : V[j + i * n];
    value[i * lp + n] = value[n * lp + i] = v == NULL ? 0 : v[i];
  }
  value[n * lp + n] = 2 * s;
}

void tj_value_unpack(const tj_kernel *kernel, const double *value, double *V, double *v, double *s) {
  size_t n = (size_t)kernel->shape.nx, lp = kernel->row_x;
  kernel->shared.value(kernel->shape, value, V, v);
  if (s != NULL) *s = 0.5 * value[n * lp + n];
}

void tj_gain_unpack(const tj_kernel *kernel, const double *gain, double *K, double *k) {
  kernel->shared.gain(kernel->shape, gain, K, k);
}

int tj_kernel_factor(tj_kernel *kernel, double *pivot) {
  return kernel->backend->factor(kernel, pivot);
}

void tj_kernel_expect(tj_kernel *kernel, int runs, const tj_run *next) {
  kernel->runs = runs;
  memcpy(kernel->next, next, (size_t)runs * sizeof *next);
}

/* NULL: none. */
static void expect_run(tj_kernel *kernel, const double *at, size_t doubles) {
  if (at != NULL) kernel->next[kernel->runs++] = (tj_run){at, doubles};
}

void tj_kernel_expect_given(tj_kernel *kernel, const double *K, const double *V, const tj_stage_dynamics *dynamics,
                            const tj_stage_cost *cost) {
  size_t nx = (size_t)kernel->shape.nx, nu = (size_t)kernel->shape.nu;
  kernel->runs = 0;
  expect_run(kernel, K, nu * nx);
  expect_run(kernel, V, nx * nx);
  expect_run(kernel, dynamics->fx, nx * nx);
  expect_run(kernel, dynamics->fu, nx * nu);
  expect_run(kernel, cost->lxx, nx * nx);
  expect_run(kernel, cost->lux, nu * nx);
  expect_run(kernel, cost->luu, nu * nu);
}

void tj_kernel_expand(tj_kernel *kernel, const double *stage, const double *value_next) {
  kernel->backend->expand(kernel, stage, value_next);
}

void tj_kernel_solve(const tj_kernel *kernel, double *rhs) {
  kernel->backend->solve(kernel, rhs);
}

void tj_kernel_gain(const tj_kernel *kernel, double *gain) {
  kernel->backend->gain(kernel, gain);
}

void tj_kernel_value_of(tj_kernel *kernel, const double *gain, double *value) {
  kernel->backend->value_of(kernel, gain, value);
}

int tj_kernel_backward(tj_kernel *kernel, const double *stage, double *value, double *gain, double *pivot) {
  int failed = kernel->sweeps.minimise(kernel, stage, value, gain, pivot);
  if (failed < 0) kernel->sweeps.carry(kernel, stage, value);
  return failed;
}

void tj_kernel_undamp(const tj_kernel *kernel, double damping, const double *gain, double *value) {
  kernel->shared.undamp(kernel, damping, gain, value);
}

void tj_kernel_forward(const tj_kernel *kernel, const tj_stage_dynamics *dynamics, const double *K, const double *k,
                       const double *x, double *u, double *x_next) {
  kernel->shared.forward(kernel->shape, dynamics, K, k, x, u, x_next);
}

void tj_kernel_gradient(const tj_kernel *kernel, const double *V, const double *v, const double *x, double *gradient) {
  kernel->shared.gradient(kernel->shape, V, v, x, gradient);
}

double tj_kernel_cost(const tj_kernel *kernel, const tj_stage_cost *cost, const double *x, const double *u) {
  return kernel->shared.cost_at(kernel->shape, cost, x, u);
}
