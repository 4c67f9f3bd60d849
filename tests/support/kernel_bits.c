/* What must be the same bits: a kernel in one and in parts, on any memory; and none of them allocates. */
#include "support/kernel_trials.h"

// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <float.h>
#include <math.h>
#include <string.h>

#include "support/kernel_bench.h"

enum { X = SAMPLE_X, U = SAMPLE_U };

/* Every kernel once, with its results laid out one behind the other. */
typedef struct results {
  double *end;
  double numbers[5 * (X + U) * (X + U)];
} results;

static double *room_in(results *out, int count) {
  double *room = out->end;
  out->end += count;
  assert_true(out->end <= out->numbers + sizeof out->numbers / sizeof *out->numbers);
  return room;
}

static void keep(const kernel_bench *b, results *out) {
  int n = b->shape.nx, m = b->shape.nu;
  double *gain = room_in(out, m * (n + 1)), *Quu = room_in(out, m * m), *qu = room_in(out, m);
  double *V = room_in(out, n * n), *v = room_in(out, n), *s = room_in(out, 1);
  memcpy(gain, kernel_bench_gain(b), (size_t)(m * (n + 1)) * sizeof(double));
  kernel_bench_control(b, Quu, qu);
  tj_value_unpack(&b->kernel, b->value, V, v, s);
}

static void run_all(kernel_ground ground, const tj_backend *backend, tj_shape shape, const sample *p, results *out) {
  kernel_bench b = kernel_bench_on(ground, backend, shape);
  int m = shape.nu;
  double pivot;
  bool clamped[U];
  for (int i = 0; i < m; i++)
    clamped[i] = i % 3 == 1;
  out->end = out->numbers;
  kernel_bench_pack(&b, p);
  tj_stage_bend(&b.kernel, b.stage, (tj_stage_cost){.lxx = p->V, .luu = p->luu, .lux = p->lux}, p->lu[0], b.stage);
  tj_kernel_expand(&b.kernel, b.stage, b.value);
  assert_int_equal(tj_kernel_clamp(&b.kernel, clamped, b.gain, &pivot), -1);
  double *x = room_in(out, m);
  memcpy(x, p->B, (size_t)m * sizeof *x);
  tj_kernel_solve(&b.kernel, x);
  tj_kernel_value_of(&b.kernel, b.gain, b.value);
  keep(&b, out);
  assert_int_equal(tj_kernel_factor(&b.kernel, &pivot), -1);
  tj_kernel_gain(&b.kernel, b.gain);
  tj_kernel_carry(&b.kernel, b.stage, b.value);
  tj_kernel_undamp(&b.kernel, p->lu[0], b.gain, b.value);
  keep(&b, out);
  kernel_bench_pack(&b, p);
  assert_int_equal(tj_kernel_backward(&b.kernel, b.stage, b.value, b.gain, &pivot), -1);
  keep(&b, out);
  double *u = room_in(out, m), *x_next = room_in(out, shape.nx);
  tj_kernel_forward(&b.kernel, &(tj_stage_dynamics){p->A, p->B, p->c}, p->lux, p->lu, p->v, u, x_next);
  tj_kernel_gradient(&b.kernel, p->A, p->lx, p->v, room_in(out, shape.nx));
  *room_in(out, 1) = tj_kernel_cost(&b.kernel, &p->cost, p->v, u);
}

static void draw_for_all(tj_shape shape, rng *r, sample *p) {
  sample_draw(r, shape, true, p);
  p->lu[0] = rng_unit(r); /* the damping */
}

/* All in one gives the bits of one after the other. */
static void try_one_by_one(const kernel_subject *subject, tj_shape shape, rng *r) {
  static sample p;
  static results at_once, parts;
  double pivot;
  at_once.end = at_once.numbers;
  parts.end = parts.numbers;
  kernel_bench b = kernel_bench_for(subject->backend, shape);
  sample_draw(r, shape, true, &p);
  kernel_bench_pack(&b, &p);
  assert_int_equal(tj_kernel_backward(&b.kernel, b.stage, b.value, b.gain, &pivot), -1);
  keep(&b, &at_once);
  kernel_bench_pack(&b, &p);
  tj_kernel_expand(&b.kernel, b.stage, b.value);
  assert_int_equal(tj_kernel_factor(&b.kernel, &pivot), -1);
  tj_kernel_gain(&b.kernel, b.gain);
  tj_kernel_carry(&b.kernel, b.stage, b.value);
  keep(&b, &parts);
  assert_memory_equal(at_once.numbers, parts.numbers, (size_t)((char *)parts.end - (char *)parts.numbers));
}

/* The bits depend neither on what the memory held nor on where it lies. */
static void try_bits(const kernel_subject *subject, tj_shape shape, rng *r) {
  static sample p;
  static results first, again;
  const kernel_ground grounds[] = {{0, 0}, {0, 8}, {(double)NAN, 0}, {(double)INFINITY, 16}, {-DBL_MAX, 56}, {-3, 33}};
  draw_for_all(shape, r, &p);
  run_all((kernel_ground){0, 0}, subject->backend, shape, &p, &first);
  for (size_t i = 0; i < sizeof grounds / sizeof *grounds; i++) {
    run_all(grounds[i], subject->backend, shape, &p, &again);
    assert_memory_equal(first.numbers, again.numbers, (size_t)((char *)first.end - (char *)first.numbers));
  }
}

static void try_heap(const kernel_subject *subject, tj_shape shape, rng *r) {
  static sample p;
  static results out;
  draw_for_all(shape, r, &p);
  const long before = *subject->heap_calls;
  run_all((kernel_ground){0, 0}, subject->backend, shape, &p, &out);
  assert_int_equal(*subject->heap_calls, before);
}

void kernel_one_by_one(void **state) {
  kernel_over_shapes(state, "one by one", try_one_by_one);
}

void kernel_same_bits(void **state) {
  kernel_over_shapes(state, "same bits", try_bits);
}

void kernel_no_heap_calls(void **state) {
  const kernel_subject *subject = *state;
  if (subject->heap_calls == NULL) skip();
  kernel_over_shapes(state, "no heap calls", try_heap);
}
