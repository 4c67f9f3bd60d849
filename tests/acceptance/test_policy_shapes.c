/* Rollouts under a policy in flat spaces of every small shape, some of which have code of their own, against the same
 * written out. */
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

#include "core/simulator.h"
#include "support/env.h"
#include "support/near.h"
#include "support/rig.h"
#include "support/rng.h"

enum { STAGES = 7, MOST_X = 6, MOST_U = 3 };

typedef struct sizes {
  int nx, nu;
} sizes;

static int step(const traj_point *at, double *x_next, void *user) {
  const sizes *s = user;
  for (int i = 0; i < s->nx; i++)
    x_next[i] = 0.9 * at->x[i] + 0.1 * sin(at->x[(i + 1) % s->nx]) + 0.2 * at->u[i % s->nu] + 0.01 * at->t;
  return 0;
}

static double square(const double *a, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += a[i] * a[i];
  return sum;
}

static int stage_cost(const traj_point *at, double *cost, void *user) {
  const sizes *s = user;
  *cost = square(at->x, s->nx) + 0.1 * square(at->u, s->nu) + at->k;
  return 0;
}

static int final_cost(const traj_point *at, double *cost, void *user) {
  const sizes *s = user;
  *cost = 10 * square(at->x, s->nx) + (at->u == NULL ? 0 : 1e3);
  return 0;
}

typedef struct scene {
  sizes shape;
  double u_min[MOST_U], u_max[MOST_U], x0[MOST_X];
  traj_problem problem;
  rig r;
  tj_trajectory hat, out;
  tj_policy policy;
} scene;

static void set(scene *s, rng *random, int nx, int nu, bool limited) {
  *s = (scene){.shape = {nx, nu}};
  for (int i = 0; i < MOST_U; i++) {
    s->u_min[i] = -0.5;
    s->u_max[i] = 0.7;
  }
  s->problem = (traj_problem){
      .N = STAGES,
      .dt = 0.1,
      .model = {.nx = nx, .nu = nu, .step = step, .user = &s->shape},
      .cost = {.stage = stage_cost, .final = final_cost, .user = &s->shape},
      .u_min = limited ? s->u_min : NULL,
      .u_max = limited ? s->u_max : NULL,
  };
  s->r = rig_up(&s->problem, TRAJ_CENTRAL, 0.3);
  s->hat = tj_trajectory_layout(&s->r.arena, &s->r.sim);
  s->out = tj_trajectory_layout(&s->r.arena, &s->r.sim);
  s->policy = tj_policy_layout(&s->r.arena, &s->r.sim.world);
  rng_fill(random, s->x0, nx, 1);
  rng_fill(random, s->hat.x, nx * (STAGES + 1), 1);
  rng_fill(random, s->hat.u, nu * STAGES, 1);
  rng_fill(random, s->policy.k, nu * STAGES, 1);
  rng_fill(random, s->policy.K, nu * nx * STAGES, 1);
}

static int roll(scene *s, double alpha, int moved) {
  tj_guide guide = {.hat = &s->hat, .policy = &s->policy, .u = s->hat.u, .moved = moved, .N = STAGES};
  return tj_rollout_policy(&s->r.sim, s->x0, &guide, alpha, true, &s->out);
}

/* Stage k has the control of the policy `moved` stages later, or at its end. */
static void assert_control(const scene *s, double alpha, int moved, int k) {
  int nx = s->shape.nx, nu = s->shape.nu;
  int state = k + moved < STAGES ? k + moved : STAGES, gain = k + moved < STAGES ? k + moved : STAGES - 1;
  for (int i = 0; i < nu; i++) {
    double u = s->hat.u[i + k * nu] + alpha * s->policy.k[i + gain * nu];
    for (int j = 0; j < nx; j++)
      u += s->policy.K[i + (j + gain * nx) * nu] * (s->out.x[j + k * nx] - s->hat.x[j + state * nx]);
    if (s->problem.u_min != NULL) u = fmin(fmax(u, s->u_min[i]), s->u_max[i]);
    assert_near(s->out.u[i + k * nu], u, 1e-13);
  }
}

static void assert_rolled(scene *s, double alpha, int moved) {
  int nx = s->shape.nx, nu = s->shape.nu;
  double t0 = 0.3, sum = 0, cost, end[MOST_X];
  assert_memory_equal(s->out.x, s->x0, (size_t)nx * sizeof(double));
  for (int k = 0; k < STAGES; k++) {
    const traj_point at = {.k = k, .t = t0 + 0.1 * k, .x = s->out.x + k * nx, .u = s->out.u + k * nu};
    assert_control(s, alpha, moved, k);
    stage_cost(&at, &cost, &s->shape);
    sum += cost;
    step(&at, end, &s->shape);
    for (int i = 0; i < nx; i++)
      assert_near(s->out.x[i + (k + 1) * nx], end[i], 1e-14);
  }
  const traj_point last = {.k = STAGES, .x = s->out.x + STAGES * nx};
  final_cost(&last, &cost, &s->shape);
  assert_near(s->out.cost, sum + cost, 1e-12);
}

static void test_every_shape(void **state) {
  (void)state;
  rng random = rng_from(env_seed("policy shapes", 131));
  for (int round = 0; round < env_rounds(20, 2); round++) {
    for (int nx = 1; nx <= MOST_X; nx++) {
      for (int nu = 1; nu <= MOST_U; nu++) {
        scene s;
        set(&s, &random, nx, nu, round % 2 == 0);
        double alpha = rng_uniform(&random, 0, 1);
        int moved = rng_int(&random, 0, STAGES + 2);
        assert_int_equal(roll(&s, alpha, moved), TJ_FINE);
        assert_rolled(&s, alpha, moved);
        assert_int_equal(s.r.sim.world.calls.dynamics, STAGES);
        assert_int_equal(s.r.sim.world.calls.cost, STAGES + 1);
      }
    }
  }
}

/* A number that is not finite is found where it comes up, and no hook sees it. */
static void test_not_finite(void **state) {
  (void)state;
  rng random = rng_from(132);
  for (int nx = 1; nx <= MOST_X; nx++) {
    for (int nu = 1; nu <= MOST_U; nu++) {
      scene s;
      set(&s, &random, nx, nu, true);
      s.policy.k[nu - 1 + 4 * nu] = (double)NAN;
      assert_int_equal(roll(&s, 1, 0), TJ_UNDEFINED);
      const traj_diag *diag = &s.r.sim.world.diag;
      assert_string_equal(diag->hook, "policy");
      assert_true(diag->k == 4 && diag->row == nu - 1);
      assert_int_equal(s.r.sim.world.calls.cost, 4);
    }
  }
}

static int forgetful_step(const traj_point *at, double *x_next, void *user) {
  const sizes *s = user;
  double end[MOST_X];
  step(at, end, user);
  memcpy(x_next, end, (size_t)(at->k < 5 ? s->nx : s->nx - 1) * sizeof(double)); /* from stage 5 on all but the last */
  return 0;
}

static void test_not_written(void **state) {
  (void)state;
  rng random = rng_from(133);
  for (int nx = 1; nx <= MOST_X; nx++) {
    for (int nu = 1; nu <= MOST_U; nu++) {
      scene s;
      set(&s, &random, nx, nu, true);
      assert_int_equal(roll(&s, 1, 0), TJ_FINE);
      s.r.sim.world.problem.model.step = forgetful_step; /* what the last rollout left does not count */
      assert_int_equal(roll(&s, 1, 0), TJ_UNDEFINED);
      const traj_diag *diag = &s.r.sim.world.diag;
      assert_string_equal(diag->hook, "model.step");
      assert_string_equal(diag->field, "x_next");
      assert_true(diag->k == 5 && diag->row == nx - 1);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_shape),
      cmocka_unit_test(test_not_finite),
      cmocka_unit_test(test_not_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
