/* Rollouts: of controls and under a policy, against the same written out; failures at each stage; the deadline. */
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
#include "support/rotor.h"
#include "support/scene.h"

enum { STAGES = SCENE_STAGES, NU = SCENE_NU };

static void test_controls(void **state) {
  (void)state;
  rng random = rng_from(env_seed("controls", 111));
  for (int round = env_rounds(50, 5); round > 0; round--) {
    trouble t = trouble_none();
    scene s = scene_of(&random, &t);
    assert_rollout(&s.hat, s.x0, STAGES);
    assert_int_equal(s.r.sim.world.calls.dynamics, STAGES);
    assert_int_equal(s.r.sim.world.calls.cost, STAGES + 1);
    int shorter = rng_int(&random, 1, STAGES);
    s.r.sim.world.N = shorter;
    assert_int_equal(tj_world_prepare(&s.r.sim.world, 0), TRAJ_OK);
    memcpy(s.out.u, s.hat.u, sizeof(double) * NU * STAGES);
    assert_int_equal(tj_rollout_controls(&s.r.sim, s.x0, false, &s.out), TJ_FINE);
    assert_rollout(&s.out, s.x0, shorter);
  }
}

/* Rolls the policy about hat out, entered `moved` stages after its start. */
static int roll_moved(scene *s, double alpha, int moved) {
  tj_guide guide = {.hat = &s->hat, .policy = &s->policy, .u = s->hat.u, .moved = moved, .N = STAGES};
  return tj_rollout_policy(&s->r.sim, s->x0, &guide, alpha, true, &s->out);
}

static int roll(scene *s, double alpha) {
  return roll_moved(s, alpha, 0);
}

/* u = clip(u_hat + alpha k + K Log(x_hat^-1 x)) at every stage, by hand; x_hat, k and K those of `moved` stages later,
 * or the last. */
static void assert_follows_moved(const scene *s, double alpha, int moved) {
  int cut = 0;
  for (int k = 0; k < STAGES; k++) {
    double d[ROTOR_D];
    int state = k + moved < STAGES ? k + moved : STAGES, gain = k + moved < STAGES ? k + moved : STAGES - 1;
    rotor_difference(s->hat.x + state * ROTOR_X, s->out.x + k * ROTOR_X, d, NULL);
    for (int i = 0; i < NU; i++) {
      int at = i + k * NU;
      double u = s->hat.u[at] + alpha * s->policy.k[i + gain * NU];
      for (int j = 0; j < ROTOR_D; j++)
        u += s->policy.K[i + (j + gain * ROTOR_D) * NU] * d[j];
      cut += u < s->r.sim.world.u_min[at] || u > s->r.sim.world.u_max[at];
      u = fmin(fmax(u, s->r.sim.world.u_min[at]), s->r.sim.world.u_max[at]);
      assert_near(s->out.u[at], u, 1e-13);
      assert_true(s->out.u[at] >= s->r.sim.world.u_min[at] && s->out.u[at] <= s->r.sim.world.u_max[at]);
    }
  }
  assert_true(alpha < 1 || cut > 0); /* else the limits were not tried */
}

static void assert_follows(const scene *s, double alpha) {
  assert_follows_moved(s, alpha, 0);
}

static void test_moved_policy(void **state) {
  (void)state;
  rng random = rng_from(env_seed("moved policy", 118));
  for (int round = env_rounds(50, 5); round > 0; round--) {
    trouble t = trouble_none();
    scene s = scene_of(&random, &t);
    int moved = rng_int(&random, 1, STAGES + 2);
    assert_int_equal(roll_moved(&s, 0, moved), TJ_FINE);
    assert_rollout(&s.out, s.x0, STAGES);
    assert_follows_moved(&s, 0, moved);
  }
}

static void test_policy(void **state) {
  (void)state;
  const double alphas[] = {0, 1e-4, 0.5, 1};
  rng random = rng_from(env_seed("policy", 112));
  for (int round = env_rounds(50, 5); round > 0; round--) {
    trouble t = trouble_none();
    scene s = scene_of(&random, &t);
    for (int i = 0; i < 4; i++) {
      assert_int_equal(roll(&s, alphas[i]), TJ_FINE);
      assert_rollout(&s.out, s.x0, STAGES);
      assert_follows(&s, alphas[i]);
    }
    /* Without feed-forward nothing moves. */
    assert_int_equal(roll(&s, 0), TJ_FINE);
    for (int i = 0; i < NU * STAGES; i++)
      assert_near(s.out.u[i], s.hat.u[i], 1e-12);
  }
}

/* Somewhere else than where the stages end, from stage `from` on. */
static void tear(scene *s, rng *random, int from) {
  for (int k = from; k <= STAGES; k++)
    rotor_draw(random, s->hat.x + k * ROTOR_X);
  assert_int_equal(tj_take_states(&s->r.sim, s->x0, &s->hat), TJ_FINE);
}

/* The sum over the stages of |Log(x_{k+1}^-1 f(x_k, u_k))|, which are the defects, by hand. */
static double gap_of(const tj_trajectory *at) {
  double sum = 0;
  for (int k = 0; k < STAGES; k++) {
    double end[ROTOR_X], d[ROTOR_D];
    rotor_retract(at->x + k * ROTOR_X, at->u + k * NU, end, NULL);
    rotor_difference(at->x + (k + 1) * ROTOR_X, end, d, NULL);
    for (int i = 0; i < ROTOR_D; i++) {
      assert_near(at->d[i + k * ROTOR_D], d[i], 1e-15);
      sum += fabs(d[i]);
    }
  }
  return sum;
}

static void test_states(void **state) {
  (void)state;
  rng random = rng_from(env_seed("states", 119));
  for (int round = env_rounds(50, 5); round > 0; round--) {
    trouble t = trouble_none();
    scene s = scene_of(&random, &t);
    double x[ROTOR_X * (STAGES + 1)], cost = s.hat.cost;
    memcpy(x, s.hat.x, sizeof x);
    assert_int_equal(tj_take_states(&s.r.sim, s.x0, &s.hat), TJ_FINE); /* those of a rollout */
    assert_true(s.hat.gap == 0 && s.hat.cost == cost);
    tear(&s, &random, 1);
    assert_near(s.hat.gap, gap_of(&s.hat), 1e-13);
    cost = scene_final_cost(s.hat.x + STAGES * ROTOR_X);
    for (int k = 0; k < STAGES; k++)
      cost += scene_stage_cost(s.hat.x + k * ROTOR_X, s.hat.u + k * NU);
    assert_near(s.hat.cost, cost, 1e-13);
    tear(&s, &random, STAGES); /* the defects before the last stage are none again */
    memcpy(s.hat.x, x, sizeof(double) * ROTOR_X * STAGES);
    assert_int_equal(tj_take_states(&s.r.sim, s.x0, &s.hat), TJ_FINE);
    for (int i = 0; i < ROTOR_D * (STAGES - 1); i++)
      assert_true(s.hat.d[i] == 0);
    assert_true(s.hat.gap > 0);
  }
}

/* At rest, in other numbers for the same attitude: no defect, and the numbers of a rollout. */
static void test_same_states(void **state) {
  (void)state;
  rng random = rng_from(env_seed("same states", 119));
  trouble t = trouble_none();
  scene s = scene_of(&random, &t);
  const double at_rest[ROTOR_X] = {1};
  memset(s.hat.u, 0, sizeof(double) * NU * STAGES);
  memset(s.hat.x, 0, sizeof(double) * ROTOR_X * (STAGES + 1));
  for (int k = 0; k <= STAGES; k++)
    s.hat.x[k * ROTOR_X] = -1;
  assert_int_equal(tj_take_states(&s.r.sim, at_rest, &s.hat), TJ_FINE);
  assert_true(s.hat.gap == 0);
  assert_rollout(&s.hat, at_rest, STAGES);
}

/* A share of the defects stays open, and no step leads nowhere. */
static void test_open_defects(void **state) {
  (void)state;
  rng random = rng_from(env_seed("open defects", 120));
  for (int round = env_rounds(50, 5); round > 0; round--) {
    trouble t = trouble_none();
    scene s = scene_of(&random, &t);
    tear(&s, &random, 1);
    tj_guide guide = {.hat = &s.hat, .policy = &s.policy, .u = s.hat.u, .N = STAGES, .open = 1};
    assert_int_equal(tj_rollout_policy(&s.r.sim, s.x0, &guide, 0, true, &s.out), TJ_FINE);
    for (int i = 0; i < ROTOR_X * (STAGES + 1); i++)
      assert_near(s.out.x[i], s.hat.x[i], 1e-13);
    assert_near(s.out.gap, s.hat.gap, 1e-11);
    guide.open = 0.25;
    assert_int_equal(tj_rollout_policy(&s.r.sim, s.x0, &guide, 0.75, true, &s.out), TJ_FINE);
    assert_near(s.out.gap, gap_of(&s.out), 1e-13);
    for (int k = 0; k < STAGES; k++) { /* seen from the state before, where the defect was measured */
      double end[ROTOR_X], to_end[ROTOR_D], to_state[ROTOR_D];
      rotor_retract(s.out.x + k * ROTOR_X, s.out.u + k * NU, end, NULL);
      rotor_difference(s.hat.x + (k + 1) * ROTOR_X, end, to_end, NULL);
      rotor_difference(s.hat.x + (k + 1) * ROTOR_X, s.out.x + (k + 1) * ROTOR_X, to_state, NULL);
      double size = 0, wrapped = 0;
      for (int i = 0; i < ROTOR_D; i++) {
        double moved = to_end[i] - 0.25 * s.hat.d[i + k * ROTOR_D];
        size += moved * moved;
        wrapped = fmax(wrapped, fabs(to_state[i] - moved));
      }
      if (sqrt(size) < 3.1) assert_near(wrapped, 0, 1e-12); /* a turn by more than pi is the shorter one back */
    }
    guide.open = 0;
    assert_int_equal(tj_rollout_policy(&s.r.sim, s.x0, &guide, 1, true, &s.out), TJ_FINE);
    assert_rollout(&s.out, s.x0, STAGES);
    assert_true(s.out.gap == 0);
  }
}

/* A hook that fails ends the rollout there. */
static void test_hook_failures(void **state) {
  (void)state;
  rng random = rng_from(113);
  for (int k = 0; k <= STAGES; k++) {
    for (int code = -1; code <= 1; code += 2) {
      trouble t = trouble_none();
      scene s = scene_of(&random, &t);
      long before = s.r.sim.world.calls.cost;
      t = (trouble){.k = k, .code = code};
      int outcome = code > 0 ? TJ_UNDEFINED : TRAJ_E_CALLBACK;
      assert_int_equal(tj_rollout_controls(&s.r.sim, s.x0, false, &s.hat), outcome);
      assert_int_equal(s.r.sim.world.calls.cost, before + k + 1);
      assert_int_equal(roll(&s, 1), outcome);
      assert_int_equal(s.r.sim.world.calls.cost, before + 2 * (k + 1));
      assert_int_equal(s.r.sim.world.diag.k, k);
      assert_string_equal(s.r.sim.world.diag.hook, k == STAGES ? "cost.final" : "cost.stage");
      assert_int_equal(tj_take_states(&s.r.sim, s.x0, &s.hat), outcome);
      assert_int_equal(s.r.sim.world.calls.cost, before + 3 * (k + 1));
    }
  }
}

static void test_control_not_finite(void **state) {
  (void)state;
  rng random = rng_from(114);
  trouble t = trouble_none();
  scene s = scene_of(&random, &t);
  s.policy.k[3 * NU] = (double)INFINITY;
  assert_int_equal(roll(&s, 1), TJ_FINE); /* cut by the limit */
  s.policy.k[3 * NU] = (double)NAN;
  assert_int_equal(roll(&s, 1), TJ_UNDEFINED);
  assert_string_equal(s.r.sim.world.diag.hook, "policy");
  assert_true(s.r.sim.world.diag.k == 3 && s.r.sim.world.diag.row == 0);
}

/* Finite costs, the sum of which is not. */
static int huge_cost(const traj_point *at, double *cost, void *user) {
  (void)at;
  (void)user;
  *cost = 1e308;
  return 0;
}

static void test_infinite_total(void **state) {
  (void)state;
  rng random = rng_from(115);
  trouble t = trouble_none();
  scene s = scene_of(&random, &t);
  s.r.sim.world.problem.cost.stage = huge_cost;
  assert_int_equal(tj_rollout_controls(&s.r.sim, s.x0, false, &s.hat), TJ_UNDEFINED);
  assert_int_equal(s.r.sim.world.diag.status, TRAJ_E_NOT_FINITE);
  assert_string_equal(s.r.sim.world.diag.field, "total");
}

/* A clock that goes on by one with each look. */
static double ticking(void *user) {
  return (*(double *)user)++;
}

static double stopped(void *user) {
  (void)user;
  return (double)NAN;
}

static void test_deadline(void **state) {
  (void)state;
  rng random = rng_from(116);
  trouble t = trouble_none();
  scene s = scene_of(&random, &t);
  tj_simulator *sim = &s.r.sim;
  for (int limit = 1; limit <= STAGES + 3; limit++) {
    double now = 1000;
    long clock = sim->world.calls.clock, cost = sim->world.calls.cost;
    tj_simulator_start_clock(sim, limit, ticking, &now); /* reads 1000, then 1001, ... */
    bool in_time = limit > STAGES + 1;
    int looks = in_time ? STAGES + 1 : limit;
    assert_int_equal(roll(&s, 1), in_time ? TJ_FINE : TJ_TIMEOUT);
    assert_int_equal(sim->world.calls.clock - clock, looks);
    assert_int_equal(sim->world.calls.cost - cost, in_time ? looks : looks - 1); /* none once it is late */
    assert_true(now == 1001 + looks);
  }
}

static void test_deadline_of_controls(void **state) {
  (void)state;
  rng random = rng_from(121);
  trouble t = trouble_none();
  scene s = scene_of(&random, &t);
  for (int limit = 1; limit <= STAGES + 3; limit++) {
    double now = 1000;
    long cost = s.r.sim.world.calls.cost;
    tj_simulator_start_clock(&s.r.sim, limit, ticking, &now);
    bool in_time = limit > STAGES + 1;
    assert_int_equal(tj_rollout_controls(&s.r.sim, s.x0, true, &s.hat), in_time ? TJ_FINE : TJ_TIMEOUT);
    assert_int_equal(s.r.sim.world.calls.cost - cost, in_time ? STAGES + 1 : limit - 1);
  }
}

static void test_no_deadline(void **state) {
  (void)state;
  double now = 0;
  rng random = rng_from(117);
  trouble t = trouble_none();
  scene s = scene_of(&random, &t);
  tj_simulator *sim = &s.r.sim;
  tj_simulator_start_clock(sim, 0, ticking, &now); /* no limit: the clock is not read */
  assert_false(tj_simulator_late(sim));
  assert_int_equal(roll(&s, 1), TJ_FINE);
  assert_true(now == 0 && sim->world.calls.clock == 0);
  tj_simulator_start_clock(sim, 1, ticking, &now); /* a rollout that is not timed runs to its end */
  now = 1e9;
  assert_int_equal(tj_rollout_controls(sim, s.x0, false, &s.hat), TJ_FINE);
  assert_true(tj_simulator_late(sim));
  tj_simulator_start_clock(sim, 1, stopped, NULL); /* a broken clock: late */
  assert_true(tj_simulator_late(sim));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_controls),
      cmocka_unit_test(test_policy),
      cmocka_unit_test(test_moved_policy),
      cmocka_unit_test(test_hook_failures),
      cmocka_unit_test(test_control_not_finite),
      cmocka_unit_test(test_infinite_total),
      cmocka_unit_test(test_states),
      cmocka_unit_test(test_same_states),
      cmocka_unit_test(test_open_defects),
      cmocka_unit_test(test_deadline),
      cmocka_unit_test(test_deadline_of_controls),
      cmocka_unit_test(test_no_deadline),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
