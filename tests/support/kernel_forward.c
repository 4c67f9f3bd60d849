/* The forward sweep and its cost, on matrices as the caller has them. */
#include "support/kernel_trials.h"

// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "support/kernel_bench.h"

enum { X = SAMPLE_X, U = SAMPLE_U };

/* u = K x + k and x_next = A x + B u + c, from the u that came out. */
static void try_forward(const kernel_subject *subject, tj_shape shape, rng *r) {
  static sample p;
  int n = shape.nx, m = shape.nu;
  double x[X], u[U], x_next[X];
  const double *K = p.lux, *k = p.lu;
  kernel_bench b = kernel_bench_for(subject->backend, shape);
  exact_forget();
  sample_draw(r, shape, true, &p);
  rng_fill(r, x, (size_t)n, 1);
  const double *c = p.affine ? p.c : NULL;
  tj_kernel_forward(&b.kernel, &(tj_stage_dynamics){p.A, p.B, c}, K, k, x, u, x_next);
  exact_matrix by_K = exact_product(exact_of(K, m, n), exact_of(x, n, 1));
  assert_exact(u, exact_sum(by_K, exact_of(k, m, 1)), n + 1);
  exact_matrix by_x = exact_product(exact_of(p.A, n, n), exact_of(x, n, 1));
  exact_matrix by_u = exact_product(exact_of(p.B, n, m), exact_of(u, m, 1));
  assert_exact(x_next, exact_sum(exact_sum(by_x, by_u), exact_of(c, n, 1)), n + m + 1);
}

/* V x + v, of whatever matrix. */
static void try_gradient(const kernel_subject *subject, tj_shape shape, rng *r) {
  static sample p;
  int n = shape.nx;
  double x[X], gradient[X];
  kernel_bench b = kernel_bench_for(subject->backend, shape);
  exact_forget();
  sample_draw(r, shape, true, &p);
  rng_fill(r, x, (size_t)n, 1);
  tj_kernel_gradient(&b.kernel, p.A, p.lx, x, gradient);
  assert_exact(gradient, exact_sum(exact_product(exact_of(p.A, n, n), exact_of(x, n, 1)), exact_of(p.lx, n, 1)), n + 1);
}

/* 1/2 [x; 1; u]'H [x; 1; u]; without controls where nothing multiplies them. */
static void try_cost(const kernel_subject *subject, tj_shape shape, rng *r) {
  static sample p;
  int n = shape.nx, m = shape.nu;
  double z[X + 1 + U];
  kernel_bench b = kernel_bench_for(subject->backend, shape);
  exact_forget();
  sample_draw(r, shape, false, &p);
  tj_stage_cost by_x = {.lxx = p.cost.lxx, .lx = p.cost.lx};
  rng_fill(r, z, (size_t)(n + 1 + m), 1);
  z[n] = 1;
  double cost = tj_kernel_cost(&b.kernel, &p.cost, z, z + n + 1), cost_by_x = tj_kernel_cost(&b.kernel, &by_x, z, NULL);
  exact_matrix half = exact_scaled(0.5, exact_of(z, n + 1 + m, 1)), whole = exact_of(z, n + 1 + m, 1);
  assert_exact(&cost, exact_product(exact_transpose(half), exact_product(sample_cost(shape, p.cost), whole)),
               n + m + 4);
  assert_exact(&cost_by_x, exact_product(exact_transpose(half), exact_product(sample_cost(shape, by_x), whole)), n + 4);
}

void kernel_follows(void **state) {
  kernel_over_shapes(state, "forward", try_forward);
}

void kernel_gradients(void **state) {
  kernel_over_shapes(state, "gradient", try_gradient);
}

void kernel_costs(void **state) {
  kernel_over_shapes(state, "cost", try_cost);
}
