/* Which back end a setting gives, and that all of them agree. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <string.h>

#include "support/env.h"
#include "support/kernel_bench.h"

enum { X = 40, U = 20, STAGES = 20 };

/* What this machine can run, ending with NULL. */
static void list_backends(const tj_backend *list[4]) {
  const tj_backend *own = tj_backend_choose((tj_shape){1, 1}, TRAJ_LINALG_BUILTIN);
  *list++ = &tj_backend_baseline;
  if (own != &tj_backend_baseline) *list++ = own;
  *list++ = tj_backend_choose((tj_shape){1, 1}, TRAJ_LINALG_OPENBLAS);
  *list = NULL;
}

static void test_choice(void **state) {
  (void)state;
  const int sizes[] = {1, 2, 12, 60, 300, 16000};
  for (int i = 0; i < 6; i++) {
    tj_shape shape = {.nx = sizes[i], .nu = 1 + sizes[i] / 3};
    const tj_backend *own = tj_backend_choose(shape, TRAJ_LINALG_BUILTIN);
    const tj_backend *openblas = tj_backend_choose(shape, TRAJ_LINALG_OPENBLAS);
    const tj_backend *best = tj_backend_choose(shape, TRAJ_LINALG_AUTO);
    assert_true(own == tj_backend_choose((tj_shape){1, 1}, TRAJ_LINALG_BUILTIN));
    assert_true(best != NULL && (best == own || best == openblas));
    assert_non_null(own);
    assert_string_not_equal(own->name, "openblas");
    assert_true(openblas == NULL || strcmp(openblas->name, "openblas") == 0);
  }
  assert_null(tj_backend_choose((tj_shape){1, 1}, (traj_linalg)-1));
  assert_null(tj_backend_choose((tj_shape){1, 1}, (traj_linalg)3));
}

/* The gain and the value Hessian of every stage of a sweep over the same samples. */
typedef struct policies {
  double gain[STAGES][U * (X + 1)], V[STAGES][X * X], v[STAGES][X];
} policies;

static void sweep(const tj_backend *backend, tj_shape shape, const sample *stages, policies *out) {
  kernel_bench b = kernel_bench_for(backend, shape);
  double pivot;
  kernel_bench_pack(&b, &stages[0]);
  for (int k = 0; k < STAGES; k++) {
    sample_pack(&b.kernel, &stages[k % 4], b.stage);
    assert_int_equal(tj_kernel_backward(&b.kernel, b.stage, b.value, b.gain, &pivot), -1);
    memcpy(out->gain[k], kernel_bench_gain(&b), (size_t)(shape.nu * (shape.nx + 1)) * sizeof(double));
    tj_value_unpack(&b.kernel, b.value, out->V[k], out->v[k], NULL);
  }
}

static double difference(const double *a, const double *b, int count) {
  double worst = 0, size = 0;
  for (int i = 0; i < count; i++) {
    worst = fmax(worst, fabs(a[i] - b[i]));
    size = fmax(size, fabs(b[i]));
  }
  return worst / size;
}

static double disagreement(tj_shape shape, const policies *a, const policies *b) {
  double worst = 0;
  for (int k = 0; k < STAGES; k++) {
    worst = fmax(worst, difference(a->gain[k], b->gain[k], shape.nu * (shape.nx + 1)));
    worst = fmax(worst, difference(a->V[k], b->V[k], shape.nx * shape.nx));
    worst = fmax(worst, difference(a->v[k], b->v[k], shape.nx));
  }
  return worst;
}

static void test_agreement(void **state) {
  (void)state;
  static sample stages[4];
  static policies of[3];
  const tj_backend *backends[4];
  double worst = 0;
  list_backends(backends);
  rng r = rng_from(env_seed("agreement", 41));
  for (int round = env_rounds(60, 4); round > 0; round--) {
    tj_shape shape = {.nx = rng_int(&r, 1, X), .nu = rng_int(&r, 1, U)};
    for (int k = 0; k < 4; k++)
      sample_draw_convex(&r, shape, &stages[k]);
    for (int i = 0; backends[i] != NULL; i++) {
      sweep(backends[i], shape, stages, &of[i]);
      for (int j = 0; j < i; j++)
        worst = fmax(worst, disagreement(shape, &of[j], &of[i]));
    }
    assert_true(worst <= 1e-12);
  }
  print_message("back ends differ by %.1e at most\n", worst);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_choice),
      cmocka_unit_test(test_agreement),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
