/* Iterations from states that are no rollout: predictions against rollouts that leave defects open, slopes against
 * differences of the merit, and the way from one tangent space to another against its closed form. */
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

#include "ddp/ddp.h"
#include "problems/problems.h"
#include "support/attitude.h"
#include "support/env.h"
#include "support/lq.h"
#include "support/lq_hooks.h"
#include "support/near.h"
#include "support/rng.h"
#include "support/rotor.h"
#include "support/solver.h"

enum { MAX_NX = 5, MAX_NU = 3, MAX_N = 10, MOST = 1024, NDX = ATTITUDE_NDX, NU = ATTITUDE_NU };

/* A differentiated solver at random states, `spread` around x0, and controls. */
static traj_ddp *prepare(const traj_problem *problem, traj_ddp_method method, const double *x0, double spread, rng *r) {
  const int nx = problem->model.nx, nu = problem->model.nu, N = problem->N;
  const traj_ddp_settings settings = solver_settings(method);
  double x[MOST], u[MOST], dx[MAX_NX + NDX];
  assert_true(nx * (N + 1) <= MOST && nu * N <= MOST);
  rng_fill(r, u, (size_t)(nu * N), 0.5);
  for (int k = 0; k <= N; k++) {
    rng_fill(r, dx, sizeof dx / sizeof *dx, spread);
    if (problem->model.retract != NULL) {
      problem->model.retract(x0, dx, x + k * nx, problem->model.user);
    } else {
      for (int i = 0; i < nx; i++)
        x[i + k * nx] = x0[i] + dx[i];
    }
  }
  traj_ddp *ddp = solver_create(problem, &settings);
  assert_int_equal(traj_ddp_guess_states(ddp, x, u), TRAJ_OK);
  assert_int_equal(tj_ddp_start(ddp, 0, x0, true), TRAJ_OK);
  assert_true(ddp->current.gap > 0);
  assert_int_equal(tj_ddp_differentiate(ddp), TJ_FINE);
  return ddp;
}

/* A step of length alpha that leaves 1 - alpha of the defects open. */
static const tj_trajectory *take(traj_ddp *ddp, double alpha) {
  tj_guide guide = {.hat = &ddp->current, .policy = &ddp->current_policy, .u = ddp->current.u, .N = ddp->sim.world.N};
  guide.open = 1 - alpha;
  assert_int_equal(tj_rollout_policy(&ddp->sim, ddp->current.x, &guide, alpha, false, &ddp->candidates[0].at), TJ_FINE);
  return &ddp->candidates[0].at;
}

/* On a linear-quadratic problem both the cost and the gap go where the model says, also with regularised gains. */
static void test_promise_is_exact(void **state) {
  (void)state;
  rng r = rng_from(env_seed("shooting", 20240401));
  const double mu[] = {0, 0.1, 10}, alpha[] = {1, 0.5, 0.01, -1};
  double worst = 0;
  for (int round = 0, rounds = env_rounds(200, 20); round < rounds; round++) {
    const lq_kind kind = lq_even_kind(&r, MAX_NX, MAX_NU, MAX_N);
    lq instance = lq_draw(&r, &kind);
    const traj_problem problem = lq_hooks(&instance.problem);
    traj_ddp *ddp = prepare(&problem, round % 2 ? TRAJ_DDP : TRAJ_ILQR, instance.x0, 1, &r);
    const double gap = ddp->current.gap;
    for (int m = 0; m < 3; m++) {
      assert_int_equal(tj_ddp_sweep(ddp, mu[m]), TJ_FINE);
      tj_ddp_weigh(ddp);
      assert_true(tj_ddp_promise(ddp, 1) > 0);
      for (int i = 0; i < 4; i++) {
        const tj_trajectory *at = take(ddp, alpha[i]);
        assert_near(at->gap, (1 - alpha[i]) * gap, 1e-12 * (1 + gap));
        double decrease = ddp->current.cost - at->cost, expected = -tj_sweep_change(&ddp->sweep, alpha[i]);
        worst = fmax(worst, fabs(decrease - expected) / (1 + fabs(ddp->current.cost) + fabs(decrease)));
        decrease = tj_ddp_merit(ddp, &ddp->current) - tj_ddp_merit(ddp, at);
        double size = 1 + fabs(ddp->current.cost) + fabs(at->cost) + ddp->penalty * gap;
        assert_near(decrease, tj_ddp_promise(ddp, alpha[i]), 1e-12 * size);
      }
    }
    traj_ddp_destroy(ddp);
    lq_free(&instance);
  }
  print_message("largest error of a prediction: %.1e\n", worst);
  assert_true(worst <= 1e-12);
}

/* The slope of the cost along the step, by differences. Everything linear takes part: Jacobians, defects, gains, and in
 * a tangent space the way to it. */
static void check_slope(const traj_problem *problem, traj_ddp_method method, const double *x0, double spread, rng *r) {
  traj_ddp *ddp = prepare(problem, method, x0, spread, r);
  const double h = 1e-4;
  int outcome = TJ_UNDEFINED;
  for (double mu = 0; outcome != TJ_FINE && mu < 1e9; mu = mu * 10 + 1)
    outcome = tj_ddp_sweep(ddp, mu);
  assert_int_equal(outcome, TJ_FINE);
  double side[4] = {take(ddp, -2 * h)->cost, take(ddp, -h)->cost, take(ddp, h)->cost, take(ddp, 2 * h)->cost};
  double slope = (8 * (side[2] - side[1]) - (side[3] - side[0])) / (12 * h);
  assert_near(slope, ddp->sweep.slope, 1e-6 * (fabs(slope) + fabs(ddp->current.cost)));
  traj_ddp_destroy(ddp);
}

static void test_slope(void **state) {
  (void)state;
  rng r = rng_from(env_seed("shooting slope", 20240402));
  const bench_problem *b = bench_problem_find("CP50");
  traj_problem attitude = attitude_problem();
  double turned[ATTITUDE_NX];
  attitude_start(1, turned);
  for (int round = env_rounds(20, 2); round > 0; round--) {
    for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
      check_slope(&b->problem, (traj_ddp_method)method, b->x0, 0.2, &r);
      check_slope(&attitude, (traj_ddp_method)method, turned, 0.2, &r);
    }
  }
  attitude.model.jac = NULL; /* differences take the same way */
  attitude.model.hess = NULL;
  check_slope(&attitude, TRAJ_DDP, turned, 0.2, &r);
}

/* Displacements of x Exp(d) seen from x: the inverse right Jacobian of Exp at d, by its closed form. */
static void chart_of(const double *d, double *chart) {
  const double s = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
  const double skew[9] = {0, d[2], -d[1], -d[2], 0, d[0], d[1], -d[0], 0};
  const double factor = 1 / (s * s) - (1 + cos(s)) / (2 * s * sin(s));
  for (int j = 0; j < 3; j++) {
    for (int i = 0; i < 3; i++) {
      double square = 0;
      for (int l = 0; l < 3; l++)
        square += skew[i + 3 * l] * skew[l + 3 * j];
      chart[i + 3 * j] = (i == j) + 0.5 * skew[i + 3 * j] + factor * square;
    }
  }
}

/* What is the same in both tangent spaces comes out as the map between them, and its transpose turns the costate. The
 * map is as exact in a solver whose other differences are forward ones. */
static void check_chart(traj_differences order) {
  rng r = rng_from(env_seed("shooting chart", 20240403));
  const traj_problem problem = attitude_problem();
  double turned[ATTITUDE_NX], fz[NDX * (NDX + NU)], chart[9];
  attitude_start(0.5, turned);
  traj_ddp *ddp = prepare(&problem, TRAJ_DDP, turned, 0.3, &r);
  assert_int_equal(tj_ddp_sweep(ddp, 1e3), TJ_FINE);
  ddp->sim.fd.order = order;
  for (int k = 0; k < problem.N; k++) {
    tj_site site = tj_ddp_site(ddp, &ddp->workers[0], k);
    const double *d = tj_ddp_defect(ddp, k), *lambda, *v = ddp->current_policy.v + (k + 1) * NDX;
    assert_int_equal(tj_ddp_arrive(ddp, &ddp->workers[0], &site), TJ_FINE);
    chart_of(d, chart);
    memset(fz, 0, sizeof fz);
    for (int i = 0; i < NDX + NU; i++)
      fz[i % NDX + i * NDX] = 1;
    assert_int_equal(tj_ddp_recentre(ddp, &ddp->workers[0], &site, fz), TJ_FINE);
    for (int j = 0; j < NDX + NU; j++) {
      for (int i = 0; i < NDX; i++)
        assert_near(fz[i + j * NDX], i < 3 && j % NDX < 3 ? chart[i + 3 * (j % NDX)] : i == j % NDX, 1e-9);
    }
    memcpy(ddp->next_policy.v, ddp->current_policy.v, sizeof(double) * NDX * (size_t)(problem.N + 1));
    memcpy(ddp->next_policy.V, ddp->current_policy.V, sizeof(double) * NDX * NDX * (size_t)(problem.N + 1));
    assert_int_equal(tj_ddp_costate(ddp, &site, &lambda), TJ_FINE);
    for (int j = 0; j < NDX; j++) {
      double expected = 0, size = 0;
      for (int i = 0; i < NDX; i++) {
        double w = v[i];
        for (int l = 0; l < NDX; l++)
          w += ddp->current_policy.V[(k + 1) * NDX * NDX + i + l * NDX] * d[l];
        expected += fz[i + j * NDX] * w;
        size += fabs(fz[i + j * NDX] * w);
      }
      assert_near(lambda[j], expected, 1e-8 * (1 + size));
    }
  }
  traj_ddp_destroy(ddp);
}

static void test_chart(void **state) {
  (void)state;
  check_chart(TRAJ_CENTRAL);
  check_chart(TRAJ_FORWARD);
}

/* A rollout is treated as one: no defects, the costate is the value gradient itself, and the gap plays no part. */
static void test_rollouts_have_no_defects(void **state) {
  (void)state;
  const bench_problem *b = bench_problem_find("CP50");
  traj_ddp *ddp = solver_create(&b->problem, NULL);
  assert_int_equal(tj_ddp_start(ddp, 0, b->x0, false), TRAJ_OK);
  assert_int_equal(tj_ddp_differentiate(ddp), TJ_FINE);
  assert_int_equal(tj_ddp_sweep(ddp, 0), TJ_FINE);
  tj_site site = tj_ddp_site(ddp, &ddp->workers[0], 3);
  const double *lambda, *x_next = site.x_next;
  assert_null(tj_ddp_defect(ddp, 3));
  assert_int_equal(tj_ddp_arrive(ddp, &ddp->workers[0], &site), TJ_FINE);
  assert_ptr_equal(site.x_next, x_next);
  assert_int_equal(tj_ddp_costate(ddp, &site, &lambda), TJ_FINE);
  assert_ptr_equal(lambda, ddp->next_policy.v + 4 * 4);
  tj_ddp_weigh(ddp);
  assert_true(ddp->penalty == 0);
  assert_true(tj_ddp_merit(ddp, &ddp->current) == ddp->current.cost);
  assert_true(tj_ddp_promise(ddp, 0.5) == -tj_sweep_change(&ddp->sweep, 0.5));
  traj_ddp_destroy(ddp);
}

/* The weight is at least every multiplier, makes a full step one of descent, and never falls. */
static void test_weight(void **state) {
  (void)state;
  rng r = rng_from(env_seed("shooting weight", 20240404));
  const bench_problem *b = bench_problem_find("CP50");
  traj_ddp *ddp = prepare(&b->problem, TRAJ_ILQR, b->x0, 0.2, &r);
  assert_int_equal(tj_ddp_sweep(ddp, 0), TJ_FINE);
  tj_ddp_weigh(ddp);
  double weight = ddp->penalty;
  for (int i = 4; i < 4 * 51; i++)
    assert_true(weight >= fabs(ddp->current_policy.v[i]));
  ddp->sweep.full = 10 * weight * ddp->current.gap;
  ddp->sweep.slope = -1;
  tj_ddp_weigh(ddp);
  assert_near(ddp->penalty, 20 * weight, 1e-9 * weight);
  assert_true(tj_ddp_promise(ddp, 1) > 0);
  ddp->sweep.full = -1;
  tj_ddp_weigh(ddp);
  assert_near(ddp->penalty, 20 * weight, 1e-9 * weight);
  traj_ddp_destroy(ddp);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_promise_is_exact),         cmocka_unit_test(test_slope),  cmocka_unit_test(test_chart),
      cmocka_unit_test(test_rollouts_have_no_defects), cmocka_unit_test(test_weight),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
