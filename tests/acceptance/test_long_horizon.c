/* What a linear-quadratic problem with a long horizon begins with is the steady policy. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>

#include "support/allocator.h"
#include "support/env.h"
#include "support/lq.h"
#include "support/near.h"
#include "support/rng.h"
#include "traj/steady.h"

/* A random stage with everything in it, and up to NOISES noises. */
enum { NOISES = 3, MOST = 8 };

typedef struct stage {
  lq instance;
  traj_lqr_problem problem;
  double C[NOISES * MOST * MOST], D[NOISES * MOST * MOST];
} stage;

static void draw(stage *s, rng *r, int noises) {
  lq_kind kind = {.nx = rng_int(r, 1, MOST), .nu = rng_int(r, 1, MOST), .N = 1, .condition = 10, .effort = 1};
  kind.rank = kind.nx;
  kind.growth = rng_uniform(r, 0.5, kind.nu * 2 < kind.nx ? 1.1 : 1.5);
  kind.affine = kind.cross = kind.noise = true;
  s->instance = lq_draw(r, &kind);
  s->problem = s->instance.problem;
  rng_fill(r, s->C, sizeof s->C / sizeof *s->C, 0.15 / sqrt(kind.nx));
  rng_fill(r, s->D, sizeof s->D / sizeof *s->D, 0.15 / sqrt(kind.nx));
  s->problem.noises = noises;
  if (noises > 0) s->problem.C = (traj_series){s->C, 0};
  if (noises > 1) s->problem.D = (traj_series){s->D, 0};
}

/* 20000 stages, to an end that costs nothing, begin with the steady policy; each costs the rate more. */
static void a_long_horizon_begins_with_the_steady_policy(void **state) {
  (void)state;
  enum { LONG = 20000 };
  rng r = rng_from(env_seed("long horizon", 8));
  double worst = 0;
  for (int round = 0; round < env_rounds(12, 2); round++) {
    stage drawn;
    ledger books = {.calls = 0};
    const traj_allocator allocator = ledger_allocator(&books);
    traj_steady *steady = NULL;
    draw(&drawn, &r, round % 4);
    assert_int_equal(traj_steady_create(&steady, &allocator, &drawn.problem, NULL), TRAJ_OK);
    assert_int_equal(traj_steady_solve(steady, NULL), TRAJ_OK);
    const traj_steady_policy *s = traj_steady_get_policy(steady);
    assert_true(s->residual <= 1e-13 && s->radius < 1 && s->corrections >= 1);
    traj_lqr_problem finite = drawn.problem;
    finite.N = LONG;
    finite.Q_N = finite.q_N = NULL;
    traj_lqr *lqr = NULL;
    assert_int_equal(traj_lqr_create(&lqr, &allocator, &finite, NULL), TRAJ_OK);
    assert_int_equal(traj_lqr_factor(lqr, NULL), TRAJ_OK);
    const traj_lqr_policy *p = traj_lqr_get_policy(lqr);
    int nx = finite.nx, nu = finite.nu;
    worst = fmax(worst, largest_difference(s->V, p->V, nx * nx));
    worst = fmax(worst, largest_difference(s->v, p->v, nx));
    worst = fmax(worst, largest_difference(s->K, p->K, nu * nx));
    worst = fmax(worst, largest_difference(s->k, p->k, nu));
    assert_near(p->constant[0] - p->constant[1], s->rate, 1e-9 * (1 + fabs(p->constant[0]) / LONG));
    traj_lqr_destroy(lqr);
    traj_steady_destroy(steady);
    assert_int_equal(books.live, 0);
    lq_free(&drawn.instance);
  }
  print_message("long horizon: at most %.1e from the recursion\n", worst);
  assert_true(worst <= 1e-11);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_long_horizon_begins_with_the_steady_policy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
