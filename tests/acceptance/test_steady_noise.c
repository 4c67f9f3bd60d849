/* Noise that goes with state and control, from a little to more than any policy can hold: there is a steady policy
 * where the recursion over many stages comes to rest, and none where it grows without end. */
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
#include "support/near.h"
#include "support/rng.h"
#include "traj/extra.h"
#include "traj/steady.h"

enum { NX = 3, NU = 2, LONG = 2000 };

/* Convex, with a noise; problem points to the rest. */
typedef struct noisy {
  traj_lqr_problem problem;
  double A[NX * NX], B[NX * NU], C[NX * NX], D[NX * NU], Q[NX * NX], R[NU * NU];
} noisy;

static void fill_diagonal(rng *r, double *a, int n) {
  memset(a, 0, (size_t)(n * n) * sizeof *a);
  for (int i = 0; i < n; i++)
    a[i + i * n] = rng_uniform(r, 0.1, 1);
}

static void draw(noisy *s, rng *r) {
  s->problem = (traj_lqr_problem){.nx = rng_int(r, 1, NX), .nu = rng_int(r, 1, NU), .N = LONG, .noises = 1};
  rng_fill(r, s->A, NX * NX, rng_uniform(r, 0.5, 1.5));
  rng_fill(r, s->B, NX * NU, 1);
  rng_fill(r, s->C, NX * NX, rng_uniform(r, 0.1, 1));
  rng_fill(r, s->D, NX * NU, rng_uniform(r, 0.1, 1));
  fill_diagonal(r, s->Q, s->problem.nx);
  fill_diagonal(r, s->R, s->problem.nu);
  s->problem.A.data = s->A;
  s->problem.B.data = s->B;
  s->problem.C.data = s->C;
  s->problem.D.data = s->D;
  s->problem.Q.data = s->Q;
  s->problem.R.data = s->R;
}

/* How much the value changes over the first half of the stages, and what it is at the first, V. Infinite when it
 * overflows. */
static double unrest(const traj_lqr_problem *problem, double *V) {
  traj_lqr *lqr = NULL;
  assert_int_equal(traj_lqr_create(&lqr, traj_heap(), problem, NULL), TRAJ_OK);
  double change = HUGE_VAL;
  const int square = problem->nx * problem->nx;
  if (traj_lqr_factor(lqr, NULL) == TRAJ_OK) {
    const double *first = traj_lqr_get_policy(lqr)->V;
    memcpy(V, first, (size_t)square * sizeof *V);
    change = largest_difference(first + square * LONG / 2, first, square);
  }
  traj_lqr_destroy(lqr);
  return change;
}

/* Close to the bound the recursion takes longer to rest, and neither answer need be found. */
static void a_policy_where_there_is_one(void **state) {
  (void)state;
  rng r = rng_from(env_seed("a policy where there is one", 9));
  int solved = 0, refused = 0, unsettled = 0;
  double worst = 0, V[NX * NX];
  for (int round = 0, rounds = env_rounds(1000, 40); round < rounds; round++) {
    noisy s;
    draw(&s, &r);
    const double change = unrest(&s.problem, V);
    if (change > 1e-10 && change < 0.9) continue;
    traj_steady *steady = NULL;
    traj_diag diag;
    assert_int_equal(traj_steady_create(&steady, traj_heap(), &s.problem, NULL), TRAJ_OK);
    const traj_status status = traj_steady_solve(steady, &diag);
    if (status == TRAJ_OK) {
      assert_true(change <= 1e-10);
      worst = fmax(worst, largest_difference(traj_steady_get_policy(steady)->V, V, s.problem.nx * s.problem.nx));
    } else {
      assert_true(status == TRAJ_E_DIVERGED || (status == TRAJ_E_UNSTABILISABLE && change >= 0.9));
      assert_string_equal(diag.field, "noises");
    }
    solved += status == TRAJ_OK;
    refused += status == TRAJ_E_UNSTABILISABLE;
    unsettled += status == TRAJ_E_DIVERGED;
    traj_steady_destroy(steady);
  }
  print_message("%d solved, at most %.1e from the recursion, %d refused, %d not settled\n", solved, worst, refused,
                unsettled);
  assert_true(worst <= 1e-6 && solved > 0 && refused > 0 && unsettled <= (solved + refused) / 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_policy_where_there_is_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
