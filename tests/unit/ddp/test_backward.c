/* The backward pass. On linear-quadratic problems the predicted change is the change, for every step length, whatever
 * the regularisation, with controls held at their limits. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>

#include "ddp/ddp.h"
#include "support/env.h"
#include "support/lq.h"
#include "support/lq_hooks.h"
#include "support/near.h"
#include "support/rollout.h"
#include "support/solver.h"

enum { MAX_NX = 5, MAX_NU = 3, MAX_N = 10, CONTROLS = MAX_NU * MAX_N };

/* A solver of a random linear-quadratic problem at a random guess, differentiated. */
typedef struct fixture {
  lq instance;
  traj_problem problem;
  double u_min[CONTROLS], u_max[CONTROLS], guess[CONTROLS];
  traj_ddp *ddp;
} fixture;

/* pinned: the chance that a control is held at its guess. */
static void prepare(fixture *f, rng *r, double pinned) {
  const lq_kind kind = lq_even_kind(r, MAX_NX, MAX_NU, MAX_N);
  f->instance = lq_draw(r, &kind);
  f->problem = lq_hooks(&f->instance.problem);
  rng_fill(r, f->guess, CONTROLS, 1);
  for (int i = 0; i < CONTROLS; i++) {
    const int held = rng_chance(r, pinned);
    f->u_min[i] = held ? f->guess[i] : -HUGE_VAL;
    f->u_max[i] = held ? f->guess[i] : HUGE_VAL;
  }
  if (pinned > 0) {
    f->problem.u_min = f->u_min;
    f->problem.u_max = f->u_max;
    f->problem.u_stride = f->problem.model.nu;
  }
  f->ddp = solver_create(&f->problem, NULL);
  assert_int_equal(traj_ddp_guess(f->ddp, f->guess), TRAJ_OK);
  assert_int_equal(tj_ddp_start(f->ddp, 0, f->instance.x0, false), TRAJ_OK);
  assert_int_equal(tj_ddp_differentiate(f->ddp), TJ_FINE);
}

static void release(fixture *f) {
  traj_ddp_destroy(f->ddp);
  lq_free(&f->instance);
}

static void test_sweep_change(void **state) {
  (void)state;
  const tj_sweep sweep = {.slope = -2, .full = -1};
  assert_true(tj_sweep_change(&sweep, 0) == 0);
  assert_true(tj_sweep_change(&sweep, 1) == -1);
  assert_true(tj_sweep_change(&sweep, 0.5) == -0.75);
}

static double change_error(fixture *f, double alpha) {
  traj_ddp *ddp = f->ddp;
  tj_guide guide = {.hat = &ddp->current, .policy = &ddp->current_policy, .u = ddp->current.u, .N = ddp->sim.world.N};
  assert_int_equal(tj_rollout_policy(&ddp->sim, ddp->current.x, &guide, alpha, false, &ddp->candidates[0].at), TJ_FINE);
  const double change = ddp->candidates[0].at.cost - ddp->current.cost;
  return fabs(change - tj_sweep_change(&ddp->sweep, alpha)) / (1 + fabs(ddp->current.cost) + fabs(change));
}

static void test_prediction_is_exact(void **state) {
  (void)state;
  rng r = rng_from(env_seed("backward", 20240308));
  const double mu[] = {0, 0.1, 10}, alpha[] = {1, 0.5, 0.01, 2, -1}, pinned[] = {0, 0.3};
  double worst = 0;
  for (int round = 0, rounds = env_rounds(200, 20); round < rounds; round++) {
    fixture f;
    prepare(&f, &r, pinned[round % 2]);
    for (int m = 0; m < 3; m++) {
      assert_int_equal(tj_ddp_sweep(f.ddp, mu[m]), TJ_FINE);
      for (int i = 0; i < 5; i++)
        worst = fmax(worst, change_error(&f, alpha[i]));
      if (m == 0) assert_true(f.ddp->sweep.slope <= 0);
    }
    release(&f);
  }
  print_message("largest error of a prediction: %.1e\n", worst);
  assert_true(worst <= 1e-12);
}

/* With so much regularisation that nothing moves, the gradient is that of the total cost; only its feasible part
 * counts. */
static void test_projected_gradient(void **state) {
  (void)state;
  rng r = rng_from(env_seed("backward gradient", 20240309));
  for (int round = 0, rounds = env_rounds(100, 10); round < rounds; round++) {
    fixture f;
    double gradient[CONTROLS], largest = 0;
    prepare(&f, &r, round % 2 ? 0.3 : 0);
    const int controls = f.problem.N * f.problem.model.nu;
    assert_int_equal(tj_ddp_sweep(f.ddp, 1e14), TJ_FINE);
    rollout_gradient(&f.problem, f.instance.x0, f.guess, gradient);
    for (int i = 0; i < controls; i++)
      if (f.u_min[i] < f.u_max[i]) largest = fmax(largest, fabs(gradient[i]));
    assert_near(f.ddp->sweep.gradient, largest, 1e-6 * (1 + largest));
    release(&f);
  }
}

/* A limit nearer than the gradient is long shortens it. */
static void test_gradient_stops_at_a_limit(void **state) {
  (void)state;
  rng r = rng_from(7);
  fixture f;
  prepare(&f, &r, 1);
  for (int i = 0; i < CONTROLS; i++)
    f.u_min[i] = f.guess[i] - 1e-3, f.u_max[i] = f.guess[i] + 1e-3;
  assert_int_equal(tj_ddp_start(f.ddp, 0, f.instance.x0, false), TRAJ_OK);
  assert_int_equal(tj_ddp_differentiate(f.ddp), TJ_FINE);
  assert_int_equal(tj_ddp_sweep(f.ddp, 1e14), TJ_FINE);
  assert_near(f.ddp->sweep.gradient, 1e-3, 1e-15);
  release(&f);
}

/* The policy is replaced by a sweep that succeeds, and by no other. */
static void test_singular_stage_is_named(void **state) {
  (void)state;
  const double A[] = {1}, B[] = {1, 1, 0, 1}, R[] = {1, 1, 0, 1}, Q_N[] = {1}, x0[] = {1};
  traj_lqr_problem lqr = {.nx = 1, .nu = 1, .N = 4, .A = {A, 0}, .B = {B, 1}, .R = {R, 1}, .Q_N = Q_N};
  const traj_problem problem = lq_hooks(&lqr);
  traj_ddp *ddp = solver_create(&problem, NULL);
  assert_int_equal(tj_ddp_start(ddp, 0, x0, false), TRAJ_OK);
  assert_int_equal(tj_ddp_differentiate(ddp), TJ_FINE);
  assert_int_equal(tj_ddp_sweep(ddp, 0), TJ_UNDEFINED);
  assert_false(ddp->policy_current || ddp->policy_known);
  const traj_diag *diag = &ddp->sim.world.diag;
  assert_int_equal(diag->status, TRAJ_E_SINGULAR);
  assert_string_equal(diag->field, "Quu");
  assert_int_equal(diag->k, 2);
  assert_int_equal(diag->row, 0);
  assert_true(diag->value == 0);
  assert_int_equal(tj_ddp_sweep(ddp, 1e-6), TJ_FINE);
  assert_true(ddp->policy_current && ddp->policy_known);
  const double *K = ddp->current_policy.K;
  assert_int_equal(tj_ddp_sweep(ddp, 0), TJ_UNDEFINED);
  assert_ptr_equal(ddp->current_policy.K, K);
  assert_int_equal(ddp->stats.backward_passes, 3);
  traj_ddp_destroy(ddp);
}

/* Second derivatives of a linear step; whoever asks for them has a value gradient. */
static int no_curvature(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  (void)at;
  (void)user;
  assert_true(isfinite(lambda[0]));
  *out->lxx = *out->luu = *out->lux = 0;
  return 0;
}

/* A value function that overflows two stages before the end: by Gauss-Newton, and by the full model across a gap, where
 * it meets the defects before it is looked at. */
static void try_blow_up(int N, bool across_a_gap) {
  const double A[] = {1e100}, B[] = {1}, R[] = {1}, Q_N[] = {1}, x[10] = {0, 1e-3};
  traj_lqr_problem lqr = {.nx = 1, .nu = 1, .N = N, .A = {A, 0}, .B = {B, 0}, .R = {R, 0}, .Q_N = Q_N};
  traj_problem problem = lq_hooks(&lqr);
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.method = across_a_gap ? TRAJ_DDP : TRAJ_ILQR;
  problem.model.hess = no_curvature;
  traj_ddp *ddp = solver_create(&problem, &settings);
  if (across_a_gap) assert_int_equal(traj_ddp_guess_states(ddp, x, NULL), TRAJ_OK);
  assert_int_equal(tj_ddp_start(ddp, 0, x, across_a_gap), TRAJ_OK);
  assert_int_equal(tj_ddp_differentiate(ddp), TJ_FINE);
  assert_int_equal(tj_ddp_sweep(ddp, 0), TJ_UNDEFINED);
  const traj_diag *diag = &ddp->sim.world.diag;
  assert_int_equal(diag->status, TRAJ_E_SINGULAR);
  assert_string_equal(diag->field, "V");
  assert_int_equal(diag->k, N - 2);
  traj_ddp_destroy(ddp);
}

static void test_blow_up_is_named(void **state) {
  (void)state;
  try_blow_up(9, false);
  try_blow_up(2, false);
  try_blow_up(9, true);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sweep_change),
      cmocka_unit_test(test_prediction_is_exact),
      cmocka_unit_test(test_projected_gradient),
      cmocka_unit_test(test_gradient_stops_at_a_limit),
      cmocka_unit_test(test_singular_stage_is_named),
      cmocka_unit_test(test_blow_up_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
