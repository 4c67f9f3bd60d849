#include "support/scene.h"

// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

#include "support/near.h"

enum { STAGES = SCENE_STAGES, NU = SCENE_NU };

double scene_stage_cost(const double *x, const double *u) {
  return x[0] * x[1] + u[0] * u[2] + x[3] * u[1];
}

double scene_final_cost(const double *x) {
  return 10 * x[0] * x[2];
}

static int answer(const traj_point *at, const trouble *t) {
  return at->k == t->k ? t->code : 0;
}

static int stage_hook(const traj_point *at, double *cost, void *user) {
  *cost = scene_stage_cost(at->x, at->u);
  return answer(at, user);
}

static int final_hook(const traj_point *at, double *cost, void *user) {
  assert_null(at->u);
  *cost = scene_final_cost(at->x);
  return answer(at, user);
}

scene scene_of(rng *random, trouble *t) {
  static double u_min[NU * STAGES], u_max[NU * STAGES];
  scene s;
  traj_problem problem = {.N = STAGES, .dt = 0.1, .model = rotor_model(), .u_min = u_min, .u_max = u_max};
  problem.u_stride = NU;
  problem.cost = (traj_cost){.stage = stage_hook, .final = final_hook, .user = t};
  for (int i = 0; i < NU * STAGES; i++) {
    u_min[i] = -rng_unit(random);
    u_max[i] = rng_unit(random);
  }
  s.r = rig_up(&problem, TRAJ_CENTRAL, 0);
  s.hat = tj_trajectory_layout(&s.r.arena, &s.r.sim);
  s.out = tj_trajectory_layout(&s.r.arena, &s.r.sim);
  s.policy = tj_policy_layout(&s.r.arena, &s.r.sim.world);
  assert_false(s.r.arena.overflow);
  rotor_draw(random, s.x0);
  rng_fill(random, s.policy.K, NU * ROTOR_D * STAGES, 1);
  rng_fill(random, s.policy.k, NU * STAGES, 1);
  for (int i = 0; i < NU * STAGES; i++)
    s.hat.u[i] = rng_uniform(random, u_min[i], u_max[i]);
  assert_int_equal(tj_rollout_controls(&s.r.sim, s.x0, false, &s.hat), TJ_FINE);
  return s;
}

trouble trouble_none(void) {
  return (trouble){.k = -1};
}

void assert_rollout(const tj_trajectory *got, const double *x0, int stages) {
  double x[ROTOR_X], cost = 0;
  memcpy(x, x0, sizeof x);
  for (int k = 0; k < stages; k++) {
    double next[ROTOR_X];
    assert_memory_equal(got->x + k * ROTOR_X, x, sizeof x);
    cost += scene_stage_cost(x, got->u + k * NU);
    rotor_retract(x, got->u + k * NU, next, NULL);
    memcpy(x, next, sizeof x);
  }
  assert_memory_equal(got->x + stages * ROTOR_X, x, sizeof x);
  assert_near(got->cost, cost + scene_final_cost(x), 1e-13);
}
