#include "support/kernel_bench.h"

// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>

#include "linalg/order.h"

enum { MEMORY = 6 * (SAMPLE_X + SAMPLE_U) * (SAMPLE_X + SAMPLE_U) };

static kernel_bench laid_out(tj_arena *arena, const tj_backend *backend, tj_shape shape) {
  kernel_bench b = {.shape = shape, .kernel = tj_kernel_layout(arena, shape, TRAJ_LINALG_BUILTIN)};
  b.kernel.backend = backend;
  b.kernel.sweeps = backend->sweeps_for(shape);
  if (backend == &tj_backend_baseline) b.kernel.shared = tj_shared_baseline(shape);
  b.stage = tj_arena_doubles(arena, tj_stage_doubles(shape), 1);
  b.value = tj_arena_doubles(arena, tj_value_doubles(shape), 1);
  b.gain = tj_arena_doubles(arena, tj_gain_doubles(shape), 1);
  return b;
}

kernel_bench kernel_bench_on(kernel_ground ground, const tj_backend *backend, tj_shape shape) {
  static _Alignas(TJ_ALIGNMENT) double memory[MEMORY];
  tj_arena arena = tj_arena_measure();
  laid_out(&arena, backend, shape);
  size_t size = tj_arena_block_size(&arena);
  assert_true(size + TJ_ALIGNMENT <= sizeof memory);
  for (size_t i = 0; i < (size + TJ_ALIGNMENT) / sizeof *memory; i++)
    memory[i] = ground.garbage;
  arena = tj_arena_over((char *)memory + ground.offset, size);
  kernel_bench b = laid_out(&arena, backend, shape);
  assert_false(arena.overflow);
  b.garbage = ground.garbage;
  return b;
}

kernel_bench kernel_bench_for(const tj_backend *backend, tj_shape shape) {
  return kernel_bench_on((kernel_ground){.garbage = (double)NAN}, backend, shape);
}

void kernel_bench_pack(kernel_bench *b, const sample *p) {
  int n1 = b->shape.nx + 1, lp = tj_row_x(b->shape);
  sample_pack(&b->kernel, p, b->stage);
  tj_value_pack(&b->kernel, b->value, p->V, p->v, p->s);
  for (int i = 0; i < n1; i++) {
    for (int j = n1; j < lp; j++)
      b->value[i * lp + j] = b->garbage;
  }
}

void kernel_bench_control(const kernel_bench *b, double *Quu, double *qu) {
  int m = b->shape.nu;
  for (int i = 0; i < m; i++) {
    const double *row = tj_kernel_control(&b->kernel, i);
    for (int j = i; j < m; j++)
      Quu[i + j * m] = Quu[j + i * m] = row[1 + j];
    qu[i] = row[0];
  }
}

const double *kernel_bench_gain(const kernel_bench *b) {
  static double columns[(SAMPLE_X + 1) * KERNEL_CONTROLS];
  tj_gain_unpack(&b->kernel, b->gain, columns, columns + b->shape.nx * b->shape.nu);
  return columns;
}

void kernel_bench_set_gain(kernel_bench *b, const double *columns) {
  int lp = tj_row_x(b->shape);
  for (int i = 0; i < b->shape.nu; i++) {
    for (int j = 0; j < lp; j++)
      b->gain[i * lp + j] = j <= b->shape.nx ? columns[i + j * b->shape.nu] : b->garbage;
  }
}
