/* Finite differences of functions with closed derivatives: accuracy, number of evaluations, edges of the domain, the
 * final stage, a tangent space. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <float.h>
#include <math.h>

#include "core/differences.h"
#include "support/env.h"
#include "support/near.h"
#include "support/plant.h"
#include "support/rig.h"
#include "support/rng.h"
#include "support/rotor.h"

/* What the maps of this test note and use; their ctx. */
typedef struct notes {
  int calls;
  double factor[4];
  double edge; /* defined where x[0] >= edge */
  int beyond;  /* the outcome elsewhere */
} notes;

static rig rig_for(traj_model model, traj_differences order) {
  return rig_up(&(traj_problem){.N = 1, .model = model}, order, 0);
}

static int eval_plant(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  (void)world;
  ((notes *)map->ctx)->calls++;
  plant_f(map->t, x, u, out);
  return TJ_FINE;
}

/* factor' f */
static int eval_contracted(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  double f[PLANT_X];
  const notes *n = map->ctx;
  eval_plant(world, map, x, u, f);
  *out = n->factor[0] * f[0] + n->factor[1] * f[1] + n->factor[2] * f[2];
  return TJ_FINE;
}

static void check_jacobian(traj_differences order, double tolerance, int calls) {
  plant p = plant_new();
  rig r = rig_for(plant_step_model(&p), order);
  rng random = rng_from(env_seed("jacobian", 71));
  for (int round = env_rounds(100, 10); round > 0; round--) {
    double z[PLANT_Z], given[PLANT_X * PLANT_Z], found[PLANT_X * PLANT_Z];
    notes n = {.calls = 0};
    tj_map map = {.eval = eval_plant, .m = PLANT_X, .t = rng_normal(&random), .x = z, .u = z + PLANT_X, .ctx = &n};
    rng_fill(&random, z, PLANT_Z, 1);
    plant_jacobian(map.t, z, z + PLANT_X, given);
    assert_int_equal(tj_differences_jacobian(&r.sim.fd, &r.sim.world, &map, found, found + PLANT_X * PLANT_X), TJ_FINE);
    assert_int_equal(n.calls, calls);
    for (int i = 0; i < PLANT_X * PLANT_Z; i++)
      assert_near(found[i], given[i], tolerance);
  }
}

static void test_central(void **state) {
  (void)state;
  check_jacobian(TRAJ_CENTRAL, 1e-9, 2 * PLANT_Z);
}

static void test_forward(void **state) {
  (void)state;
  check_jacobian(TRAJ_FORWARD, 2e-7, PLANT_Z + 1);
}

static void test_hessian(void **state) {
  (void)state;
  plant p = plant_new();
  rig r = rig_for(plant_step_model(&p), TRAJ_CENTRAL);
  rng random = rng_from(env_seed("hessian", 72));
  for (int round = env_rounds(100, 10); round > 0; round--) {
    double z[PLANT_Z], given[PLANT_Z * PLANT_Z];
    notes n = {.calls = 0};
    tj_map map = {.eval = eval_contracted, .m = 1, .t = rng_normal(&random), .x = z, .u = z + PLANT_X, .ctx = &n};
    rng_fill(&random, z, PLANT_Z, 1);
    rng_fill(&random, n.factor, PLANT_X, 1);
    plant_hessian(map.t, z, z + PLANT_X, n.factor, given);
    assert_int_equal(tj_differences_hessian(&r.sim.fd, &r.sim.world, &map), TJ_FINE);
    assert_int_equal(n.calls, 1 + 2 * PLANT_Z + PLANT_Z * (PLANT_Z - 1));
    for (int i = 0; i < PLANT_Z * PLANT_Z; i++)
      assert_near(r.sim.fd.H[i], given[i], 2e-6);
  }
}

/* x[0]^3 / scale^2 + x[1] u[0] + u[1]^2; without u: the first alone. */
static int eval_large(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  notes *n = map->ctx;
  (void)world;
  n->calls++;
  if (x[0] < n->edge) return n->beyond;
  *out = x[0] * x[0] * x[0] / (n->factor[0] * n->factor[0]);
  if (u != NULL) *out += x[1] * u[0] + u[1] * u[1];
  return TJ_FINE;
}

/* Steps grow with the numbers: the same relative accuracy at any size above 1. */
static void test_large_numbers(void **state) {
  (void)state;
  plant p = plant_new();
  for (double scale = 1; scale < 1e13; scale *= 100) {
    const double x[PLANT_X] = {scale, 2, 0}, u[PLANT_U] = {3, scale};
    notes n = {.factor = {scale}, .edge = -HUGE_VAL};
    double lx[PLANT_X], lu[PLANT_U];
    tj_map map = {.eval = eval_large, .m = 1, .x = x, .u = u, .ctx = &n};
    rig r = rig_for(plant_step_model(&p), TRAJ_CENTRAL);
    assert_int_equal(tj_differences_jacobian(&r.sim.fd, &r.sim.world, &map, lx, lu), TJ_FINE);
    assert_near(lx[0], 3, 1e-8 * scale); /* of a value of scale^2, by steps of scale */
    assert_near(lu[1] / scale, 2, 1e-8);
    assert_int_equal(tj_differences_hessian(&r.sim.fd, &r.sim.world, &map), TJ_FINE);
    assert_near(r.sim.fd.H[(PLANT_X + 1) * (PLANT_Z + 1)], 2, 1e-6);
  }
}

static void test_final_stage(void **state) {
  (void)state;
  plant p = plant_new();
  const double x[PLANT_X] = {2, 5, 7};
  notes n = {.factor = {1}, .edge = -HUGE_VAL};
  tj_map map = {.eval = eval_large, .m = 1, .x = x, .ctx = &n};
  rig r = rig_for(plant_step_model(&p), TRAJ_CENTRAL);
  double lx[PLANT_X];
  assert_int_equal(tj_differences_jacobian(&r.sim.fd, &r.sim.world, &map, lx, NULL), TJ_FINE);
  assert_int_equal(n.calls, 2 * PLANT_X);
  assert_near(lx[0], 12, 1e-8);
  assert_true(lx[1] == 0 && lx[2] == 0);
  n.calls = 0;
  assert_int_equal(tj_differences_hessian(&r.sim.fd, &r.sim.world, &map), TJ_FINE);
  assert_int_equal(n.calls, 1 + 2 * PLANT_X + PLANT_X * (PLANT_X - 1));
  assert_near(r.sim.fd.H[0], 12, 1e-6);
}

/* Towards the edge of the domain the steps get shorter, then the point counts as outside. */
static void test_edge(void **state) {
  (void)state;
  plant p = plant_new();
  const double distances[] = {1e-5, 1e-6, 1e-7, 2e-9, 1e-12};
  for (int i = 0; i < 5; i++) {
    const double x[PLANT_X] = {2, 5, 7}, u[PLANT_U] = {1, 1};
    double lx[PLANT_X], lu[PLANT_U];
    notes n = {.factor = {1}, .edge = 2 - distances[i], .beyond = TJ_UNDEFINED};
    tj_map map = {.eval = eval_large, .m = 1, .x = x, .u = u, .ctx = &n};
    rig r = rig_for(plant_step_model(&p), TRAJ_CENTRAL);
    bool reached = i < 4;
    int outcome = tj_differences_jacobian(&r.sim.fd, &r.sim.world, &map, lx, lu);
    assert_int_equal(outcome, reached ? TJ_FINE : TJ_UNDEFINED);
    /* No step is shorter than it must be by more than one shortening; the value is 14. */
    if (reached) assert_near(lx[0], 12, 1e-9 + 14 * DBL_EPSILON / (0.05 * distances[i]));
  }
}

static void test_edge_of_hessian(void **state) {
  (void)state;
  plant p = plant_new();
  const double x[PLANT_X] = {2, 5, 7}, u[PLANT_U] = {1, 1};
  notes n = {.factor = {1}, .edge = 2 - 2e-5, .beyond = TJ_UNDEFINED};
  tj_map map = {.eval = eval_large, .m = 1, .x = x, .u = u, .ctx = &n};
  rig r = rig_for(plant_step_model(&p), TRAJ_CENTRAL);
  /* Steps shorter by 20: 400 times the rounding. */
  assert_int_equal(tj_differences_hessian(&r.sim.fd, &r.sim.world, &map), TJ_FINE);
  assert_near(r.sim.fd.H[0], 12, 2e-4);
  n.edge = 2;
  assert_int_equal(tj_differences_hessian(&r.sim.fd, &r.sim.world, &map), TJ_UNDEFINED);
  n.edge = 3; /* not even the point itself */
  n.calls = 0;
  assert_int_equal(tj_differences_hessian(&r.sim.fd, &r.sim.world, &map), TJ_UNDEFINED);
  assert_int_equal(n.calls, 1);
}

/* A map that gives up is not asked again. */
static void test_give_up(void **state) {
  (void)state;
  plant p = plant_new();
  const double x[PLANT_X] = {2, 5, 7}, u[PLANT_U] = {1, 1};
  double lx[PLANT_X], lu[PLANT_U];
  notes n = {.factor = {1}, .edge = 2, .beyond = TRAJ_E_CALLBACK};
  tj_map map = {.eval = eval_large, .m = 1, .x = x, .u = u, .ctx = &n};
  rig r = rig_for(plant_step_model(&p), TRAJ_CENTRAL);
  assert_int_equal(tj_differences_jacobian(&r.sim.fd, &r.sim.world, &map, lx, lu), TRAJ_E_CALLBACK);
  assert_int_equal(n.calls, 2);
  n.calls = 0;
  assert_int_equal(tj_differences_hessian(&r.sim.fd, &r.sim.world, &map), TRAJ_E_CALLBACK);
  assert_int_equal(n.calls, 3);
}

/* q factor q^-1, the vector turned by q. */
static void turn(const double *q, const double *vector, double *turned) {
  const double pure[ROTOR_X] = {0, vector[0], vector[1], vector[2]}, back[ROTOR_X] = {q[0], -q[1], -q[2], -q[3]};
  double left[ROTOR_X], whole[ROTOR_X];
  rotor_multiply(q, pure, left);
  rotor_multiply(left, back, whole);
  for (int i = 0; i < 3; i++)
    turned[i] = whole[i + 1];
}

static int eval_turn(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  const notes *n = map->ctx;
  (void)world;
  (void)u;
  turn(x, n->factor, out);
  return TJ_FINE;
}

static int eval_turned_third(tj_world *world, const tj_map *map, const double *x, const double *u, double *out) {
  double turned[3];
  eval_turn(world, map, x, u, turned);
  *out = turned[2];
  return TJ_FINE;
}

/* R Exp(d) a = R (a + d x a + 1/2 d x (d x a) + ...) with d x (d x a) = d (d'a) - a (d'd). */
static void test_tangent_space(void **state) {
  (void)state;
  rng random = rng_from(env_seed("tangent_space", 73));
  rig r = rig_for(rotor_model(), TRAJ_CENTRAL);
  for (int round = env_rounds(50, 5); round > 0; round--) {
    double q[ROTOR_X], R[3][3], Jx[9];
    notes n = {.calls = 0};
    rotor_draw(&random, q);
    rng_fill(&random, n.factor, 3, 1);
    const double *a = n.factor, units[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    for (int j = 0; j < 3; j++)
      turn(q, units[j], R[j]); /* column j */
    tj_map map = {.eval = eval_turn, .m = 3, .x = q, .ctx = &n};
    assert_int_equal(tj_differences_jacobian(&r.sim.fd, &r.sim.world, &map, Jx, NULL), TJ_FINE);
    for (int j = 0; j < 3; j++) { /* e_j x a = a[j+1] e_{j+2} - a[j+2] e_{j+1} */
      int next = (j + 1) % 3, last = (j + 2) % 3;
      for (int i = 0; i < 3; i++)
        assert_near(Jx[i + 3 * j], a[next] * R[last][i] - a[last] * R[next][i], 1e-9);
    }
    map.eval = eval_turned_third;
    map.m = 1;
    assert_int_equal(tj_differences_hessian(&r.sim.fd, &r.sim.world, &map), TJ_FINE);
    double along = a[0] * R[0][2] + a[1] * R[1][2] + a[2] * R[2][2];
    for (int j = 0; j < 3; j++) {
      for (int i = 0; i < 3; i++)
        assert_near(r.sim.fd.H[i + 3 * j], 0.5 * (R[i][2] * a[j] + R[j][2] * a[i]) - (i == j) * along, 2e-6);
    }
  }
}

static void test_split(void **state) {
  (void)state;
  rng random = rng_from(74);
  const tj_shape shape = {.nx = 3, .nu = 2};
  double H[25], lxx[9], luu[4], lux[6], joined[25];
  rng_fill(&random, H, 25, 1);
  tj_split_hessian(shape, H, &(traj_quad){.lxx = lxx, .luu = luu, .lux = lux});
  rig_join(shape, &(traj_quad){.lxx = lxx, .luu = luu, .lux = lux}, joined);
  for (int i = 0; i < 25; i++)
    assert_true(joined[i] == 0.5 * (H[i] + H[i / 5 + i % 5 * 5]));
  tj_split_hessian(shape, H, &(traj_quad){.lxx = lxx}); /* 3 x 3 at the final stage */
  for (int i = 0; i < 9; i++)
    assert_true(lxx[i] == 0.5 * (H[i] + H[i / 3 + i % 3 * 3]));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_central),         cmocka_unit_test(test_forward),     cmocka_unit_test(test_hessian),
      cmocka_unit_test(test_large_numbers),   cmocka_unit_test(test_final_stage), cmocka_unit_test(test_edge),
      cmocka_unit_test(test_edge_of_hessian), cmocka_unit_test(test_give_up),     cmocka_unit_test(test_tangent_space),
      cmocka_unit_test(test_split),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
