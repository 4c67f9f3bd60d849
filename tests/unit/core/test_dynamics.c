/* The dynamics of a stage: a step is handed through, an ode is integrated; the tapes of all stages live side by side.
 */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

#include "core/dynamics.h"
#include "support/env.h"
#include "support/near.h"
#include "support/plant.h"
#include "support/rig.h"
#include "support/rng.h"
#include "support/rotor.h"

enum { STAGES = 4, MOST_POINTS = 4 * 3 };

/* All that the dynamics say about one stage. */
typedef struct stage {
  double z[PLANT_Z], lambda[PLANT_X], points[PLANT_X * MOST_POINTS];
  double next[PLANT_X], jacobian[PLANT_X * PLANT_Z], hessian[PLANT_Z * PLANT_Z];
} stage;

static void draw(rng *random, stage *s) {
  rng_fill(random, s->z, PLANT_Z, 1);
  rng_fill(random, s->lambda, PLANT_X, 1);
}

static tj_site site_of(const tj_simulator *sim, int k, const stage *s) {
  return (tj_site){.at = tj_point(&sim->world, k, s->z, s->z + PLANT_X), .points = s->points, .x_next = s->next};
}

static void step_and_jacobian(tj_simulator *sim, int k, stage *s) {
  const tj_site site = site_of(sim, k, s);
  assert_int_equal(tj_dynamics_step(&sim->dynamics, &sim->world, PLANT_X, &site.at, s->points, s->next), TJ_FINE);
  assert_int_equal(tj_dynamics_jacobian(&sim->dynamics, &sim->fd, &sim->world, &site, s->jacobian), TJ_FINE);
}

static void hessian(tj_simulator *sim, int k, stage *s) {
  double lxx[PLANT_X * PLANT_X], luu[PLANT_U * PLANT_U], lux[PLANT_U * PLANT_X];
  traj_quad quad = {.lxx = lxx, .luu = luu, .lux = lux};
  const tj_site site = site_of(sim, k, s);
  assert_int_equal(tj_dynamics_hessian(&sim->dynamics, &sim->fd, &sim->world, &site, s->lambda, &quad), TJ_FINE);
  rig_join(sim->world.shape, &quad, s->hessian);
}

static traj_problem problem_of(traj_model model) {
  traj_problem problem = {.N = STAGES, .dt = 0.2, .model = model};
  if (model.ode != NULL) problem.model.substeps = 3;
  return problem;
}

/* At time t0 + k dt, exactly the plant. */
static void test_step_model(void **state) {
  (void)state;
  plant p = plant_new();
  traj_problem problem = problem_of(plant_step_model(&p));
  rng random = rng_from(91);
  rig r = rig_up(&problem, TRAJ_CENTRAL, 1);
  assert_int_equal(tj_dynamics_points_doubles(&r.sim.world), 0);
  assert_null(r.sim.dynamics.tapes);
  for (int k = 0; k < STAGES; k++) {
    double t = 1 + k * 0.2, f[PLANT_X], jacobian[PLANT_X * PLANT_Z], h[PLANT_Z * PLANT_Z];
    stage s;
    draw(&random, &s);
    step_and_jacobian(&r.sim, k, &s);
    hessian(&r.sim, k, &s);
    plant_f(t, s.z, s.z + PLANT_X, f);
    plant_jacobian(t, s.z, s.z + PLANT_X, jacobian);
    plant_hessian(t, s.z, s.z + PLANT_X, s.lambda, h);
    assert_memory_equal(s.next, f, sizeof f);
    assert_memory_equal(s.jacobian, jacobian, sizeof jacobian);
    for (int i = 0; i < PLANT_Z * PLANT_Z; i++)
      assert_true(s.hessian[i] == h[i]);
  }
}

/* An ode: the classical step at the stage's time, written out. */
static void classical_step(double t, double h, const double *z, double *next) {
  const double a[] = {0, 0.5, 0.5, 1}, b[] = {1, 2, 2, 1};
  double slope[PLANT_X] = {0}, point[PLANT_X];
  memcpy(next, z, PLANT_X * sizeof(double));
  for (int s = 0; s < 4; s++) {
    for (int i = 0; i < PLANT_X; i++)
      point[i] = z[i] + a[s] * h * slope[i];
    plant_f(t + a[s] * h, point, z + PLANT_X, slope);
    for (int i = 0; i < PLANT_X; i++)
      next[i] += h / 6 * b[s] * slope[i];
  }
}

static void test_ode_model(void **state) {
  (void)state;
  plant p = plant_new();
  traj_problem problem = problem_of(plant_ode_model(&p));
  rng random = rng_from(92);
  rig r = rig_up(&problem, TRAJ_CENTRAL, 1);
  assert_int_equal(tj_dynamics_points_doubles(&r.sim.world), PLANT_X * MOST_POINTS);
  for (int k = 0; k < STAGES; k++) {
    stage s;
    double z[PLANT_Z], next[PLANT_X], h = 0.2 / 3;
    draw(&random, &s);
    step_and_jacobian(&r.sim, k, &s);
    memcpy(z, s.z, sizeof z);
    for (int sub = 0; sub < 3; sub++) {
      classical_step(1 + k * 0.2 + sub * h, h, z, next);
      memcpy(z, next, sizeof next);
    }
    for (int i = 0; i < PLANT_X; i++)
      assert_near(s.next[i], next[i], 1e-13);
  }
}

/* A backward sweep over stages whose Jacobians were all taken before gives what each stage gives by itself. */
static void test_tapes_of_all_stages(void **state) {
  (void)state;
  plant p = plant_new();
  traj_problem problem = problem_of(plant_ode_model(&p));
  rng random = rng_from(93);
  static stage alone[STAGES], swept[STAGES];
  rig r = rig_up(&problem, TRAJ_CENTRAL, 0);
  for (int k = 0; k < STAGES; k++) {
    draw(&random, &alone[k]);
    swept[k] = alone[k];
    step_and_jacobian(&r.sim, k, &alone[k]);
    hessian(&r.sim, k, &alone[k]);
  }
  r = rig_up(&problem, TRAJ_CENTRAL, 0);
  for (int k = 0; k < STAGES; k++)
    step_and_jacobian(&r.sim, k, &swept[k]);
  for (int k = STAGES - 1; k >= 0; k--)
    hessian(&r.sim, k, &swept[k]);
  assert_memory_equal(alone, swept, sizeof alone);
}

/* Bytes of an integrator's scratch. */
static size_t scratch(const traj_problem *problem, bool second_order) {
  tj_arena arena = tj_arena_measure();
  tj_world world = tj_world_layout(&arena, problem);
  size_t before = arena.used;
  tj_integrator_layout(&arena, &world, second_order);
  return arena.used - before;
}

/* Second derivatives take a tape for every stage instead of one for every slot, and scratch. */
static void test_tape_sizes(void **state) {
  (void)state;
  plant p = plant_new();
  traj_problem problem = problem_of(plant_ode_model(&p));
  enum { MANY = 28 };
  problem.N = MANY;
  size_t tape = tj_integrator_tape_doubles(&problem.model), slots = 0, used[2];
  for (int second_order = 0; second_order < 2; second_order++) {
    tj_arena arena = tj_arena_measure();
    tj_world world = tj_world_layout(&arena, &problem);
    size_t before = arena.used;
    tj_dynamics dynamics = tj_dynamics_layout(&arena, &world, second_order);
    used[second_order] = arena.used - before;
    assert_int_equal(dynamics.tape_stride, tape);
    assert_int_equal(dynamics.keep, second_order);
    slots = (size_t)dynamics.slots;
  }
  assert_in_range(slots, 2, MANY - 1);
  size_t more = scratch(&problem, true) - scratch(&problem, false), tapes = (MANY - slots) * tape * sizeof(double);
  assert_true(more > 0);
  assert_in_range(used[1] - used[0] - more, tapes - 63, tapes + 63);
}

/* The step's Jacobian in a tangent space, by differences about its own result. */
static void test_tangent_space(void **state) {
  (void)state;
  traj_problem problem = problem_of(rotor_model());
  rng random = rng_from(env_seed("tangent_space", 94));
  rig r = rig_up(&problem, TRAJ_CENTRAL, 0);
  double q[ROTOR_X], u[ROTOR_D], next[ROTOR_X], found[18], given[18];
  rotor_draw(&random, q);
  rng_fill(&random, u, ROTOR_D, 1);
  const tj_site site = {.at = tj_point(&r.sim.world, 0, q, u), .x_next = next};
  assert_int_equal(tj_dynamics_step(&r.sim.dynamics, &r.sim.world, ROTOR_X, &site.at, NULL, next), TJ_FINE);
  assert_int_equal(tj_dynamics_jacobian(&r.sim.dynamics, &r.sim.fd, &r.sim.world, &site, found), TJ_FINE);
  rotor_jacobian(u, given);
  for (int i = 0; i < 18; i++)
    assert_near(found[i], given[i], 1e-9);
}

/* Small problems have a few stages in hand. */
static void test_slots(void **state) {
  (void)state;
  static const struct {
    int nx, nu, slots;
  } cases[] = {{1, 1, 4}, {4, 2, 4}, {4, 3, 1}, {6, 1, 1}, {1, 6, 1}, {60, 20, 1}};
  plant p = plant_new();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    traj_problem problem = problem_of(plant_ode_model(&p));
    problem.model.nx = problem.model.ndx = cases[i].nx;
    problem.model.nu = cases[i].nu;
    tj_arena arena = tj_arena_measure();
    tj_world world = tj_world_layout(&arena, &problem);
    assert_int_equal(tj_dynamics_layout(&arena, &world, false).slots, cases[i].slots);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_step_model), cmocka_unit_test(test_ode_model), cmocka_unit_test(test_tapes_of_all_stages),
      cmocka_unit_test(test_tape_sizes), cmocka_unit_test(test_slots),     cmocka_unit_test(test_tangent_space),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
