/* The model's derivatives with every combination of hooks given and missing: accuracy, calls, and what is said about a
 * hook that fails or forgets an output. */
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

#include "core/model.h"
#include "support/env.h"
#include "support/near.h"
#include "support/plant.h"
#include "support/rig.h"
#include "support/rng.h"
#include "support/rotor.h"

enum { SECOND_DIFFERENCES = 1 + 2 * PLANT_Z + PLANT_Z * (PLANT_Z - 1) };

/* Which hooks there are, how differences are taken, and what that means. */
typedef struct combination {
  bool jac, hess;
  traj_differences order;
  double jacobian, hessian; /* tolerances */
  int jacobian_calls;       /* of f, or of jac */
  int hessian_calls;        /* of hess, else of jac, else of f */
} combination;

static const combination COMBINATIONS[] = {
    {true, true, TRAJ_CENTRAL, 0, 0, 1, 1},
    {true, false, TRAJ_CENTRAL, 0, 1e-9, 1, 2 * PLANT_Z},
    {true, false, TRAJ_FORWARD, 0, 2e-7, 1, 1 + PLANT_Z},
    {false, true, TRAJ_CENTRAL, 1e-9, 0, 2 * PLANT_Z, 1},
    {false, true, TRAJ_FORWARD, 2e-7, 0, 1 + PLANT_Z, 1},
    {false, false, TRAJ_CENTRAL, 1e-9, 2e-6, 2 * PLANT_Z, SECOND_DIFFERENCES},
    {false, false, TRAJ_FORWARD, 2e-7, 2e-6, 1 + PLANT_Z, SECOND_DIFFERENCES},
};

/* A place in the plant, and f there. */
typedef struct place {
  double z[PLANT_Z], lambda[PLANT_X], f[PLANT_X];
  tj_site site;
} place;

static void draw(rng *random, place *p) {
  rng_fill(random, p->z, PLANT_Z, 1);
  rng_fill(random, p->lambda, PLANT_X, 1);
  p->site = (tj_site){.at = {.k = 1, .t = rng_normal(random), .x = p->z, .u = p->z + PLANT_X}, .x_next = p->f};
  plant_f(p->site.at.t, p->site.at.x, p->site.at.u, p->f);
}

static rig rig_for(plant *p, bool ode, const combination *c) {
  traj_problem problem = {.N = 2, .dt = 1, .model = ode ? plant_ode_model(p) : plant_step_model(p)};
  if (!c->jac) problem.model.jac = NULL;
  if (!c->hess) problem.model.hess = NULL;
  return rig_up(&problem, c->order, 0);
}

static void assert_all_near(const double *actual, const double *expected, int count, double tolerance) {
  for (int i = 0; i < count; i++)
    assert_near(actual[i], expected[i], tolerance);
}

static void check_derivatives(rng *random, bool ode, const combination *c) {
  plant p = plant_new();
  place at;
  rig r = rig_for(&p, ode, c);
  double given[PLANT_Z * PLANT_Z], jacobian[PLANT_X * PLANT_Z], hessian[PLANT_Z * PLANT_Z];
  double lxx[PLANT_X * PLANT_X], luu[PLANT_U * PLANT_U], lux[PLANT_U * PLANT_X];
  traj_quad quad = {.lxx = lxx, .luu = luu, .lux = lux};
  draw(random, &at);
  assert_int_equal(tj_model_jacobian(&r.sim.fd, &r.sim.world, &at.site, jacobian), TJ_FINE);
  plant_jacobian(at.site.at.t, at.site.at.x, at.site.at.u, given);
  assert_all_near(jacobian, given, PLANT_X * PLANT_Z, c->jacobian);
  assert_int_equal(c->jac ? p.jac : p.f, c->jacobian_calls);
  assert_int_equal(p.f + p.jac + p.hess, c->jacobian_calls);
  p = plant_new();
  assert_int_equal(tj_model_hessian(&r.sim.fd, &r.sim.world, &at.site, at.lambda, &quad), TJ_FINE);
  plant_hessian(at.site.at.t, at.site.at.x, at.site.at.u, at.lambda, given);
  rig_join(r.sim.world.shape, &quad, hessian);
  assert_all_near(hessian, given, PLANT_Z * PLANT_Z, c->hessian);
  assert_int_equal(c->hess ? p.hess : (c->jac ? p.jac : p.f), c->hessian_calls);
  assert_int_equal(p.f + p.jac + p.hess, c->hessian_calls);
}

static void test_combinations(void **state) {
  (void)state;
  rng random = rng_from(env_seed("combinations", 81));
  for (int round = env_rounds(50, 5); round > 0; round--) {
    for (size_t i = 0; i < sizeof COMBINATIONS / sizeof *COMBINATIONS; i++) {
      check_derivatives(&random, false, &COMBINATIONS[i]);
      check_derivatives(&random, true, &COMBINATIONS[i]);
    }
  }
}

static void test_evaluation(void **state) {
  (void)state;
  rng random = rng_from(82);
  plant p = plant_new();
  place at;
  double f[PLANT_X];
  draw(&random, &at);
  rig r = rig_for(&p, true, &COMBINATIONS[0]);
  assert_int_equal(tj_model_ode(&r.sim.world, 1, at.site.at.t, at.site.at.x, at.site.at.u, f), TJ_FINE);
  assert_memory_equal(f, at.f, sizeof f);
  assert_int_equal(r.sim.world.calls.dynamics, 1);
  r = rig_for(&p, false, &COMBINATIONS[0]);
  assert_int_equal(tj_model_step(&r.sim.world, PLANT_X, &at.site.at, f), TJ_FINE);
  assert_memory_equal(f, at.f, sizeof f);
  assert_int_equal(r.sim.world.calls.dynamics, 1);
}

static int refusing_jac(const traj_point *at, traj_jac *out, void *user) {
  (void)at;
  (void)out;
  (void)user;
  return -1;
}

/* Derivatives of the step q Exp(u) in the tangent space, from the step alone. */
static void test_tangent_space(void **state) {
  (void)state;
  rng random = rng_from(env_seed("tangent_space", 83));
  traj_problem problem = {.N = 1, .model = rotor_model()};
  for (int round = env_rounds(50, 5); round > 0; round--) {
    rig r = rig_up(&problem, TRAJ_CENTRAL, 0);
    double q[ROTOR_X], u[ROTOR_D], next[ROTOR_X], found[18], given[18], lxx[9], luu[9], lux[9], lambda[ROTOR_D];
    tj_site site = {.at = {.x = q, .u = u}, .x_next = next};
    rotor_draw(&random, q);
    rng_fill(&random, u, ROTOR_D, 1);
    rotor_retract(q, u, next, NULL);
    assert_int_equal(tj_model_jacobian(&r.sim.fd, &r.sim.world, &site, found), TJ_FINE);
    rotor_jacobian(u, given);
    assert_all_near(found, given, 18, 1e-9);
    /* Jacobians at two points live in two spaces: they must not be differenced. */
    problem.model.jac = refusing_jac;
    r = rig_up(&problem, TRAJ_CENTRAL, 0);
    problem.model.jac = NULL;
    /* About u = 0: Log(Exp(d) Exp(du)) = d + du + 1/2 d x du + third order. */
    memset(u, 0, sizeof u);
    rng_fill(&random, lambda, ROTOR_D, 1);
    traj_quad quad = {.lxx = lxx, .luu = luu, .lux = lux};
    site.x_next = q;
    assert_int_equal(tj_model_hessian(&r.sim.fd, &r.sim.world, &site, lambda, &quad), TJ_FINE);
    for (int j = 0; j < ROTOR_D; j++) {
      for (int i = 0; i < ROTOR_D; i++) {
        double cross = i == j ? 0 : lambda[3 - i - j] * ((j + 1) % 3 == i ? 1 : -1); /* lambda' (e_j x e_i) */
        assert_near(lxx[i + j * ROTOR_D], 0, 1e-6);
        assert_near(luu[i + j * ROTOR_D], 0, 1e-6);
        assert_near(lux[i + j * ROTOR_D], 0.5 * cross, 1e-6);
      }
    }
  }
}

/* Hooks that fail, or leave one entry of one output unwritten; the model's user pointer. */
typedef struct fault {
  int code;
  const char *field; /* the output with a hole ... */
  int at;            /* ... and which entry it is */
} fault;

static void write(const fault *f, const char *field, double *a, int count) {
  for (int i = 0; i < count; i++) {
    if (strcmp(f->field, field) != 0 || i != f->at) a[i] = 1;
  }
}

static int faulty_f(const traj_point *at, double *out, void *user) {
  (void)at;
  write(user, "f", out, PLANT_X);
  return ((const fault *)user)->code;
}

static int faulty_jac(const traj_point *at, traj_jac *out, void *user) {
  (void)at;
  write(user, "fx", out->fx, PLANT_X * PLANT_X);
  write(user, "fu", out->fu, PLANT_X * PLANT_U);
  return ((const fault *)user)->code;
}

static int faulty_hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  (void)at;
  (void)lambda;
  assert_true(out->lx == NULL && out->lu == NULL);
  write(user, "lxx", out->lxx, PLANT_X * PLANT_X);
  write(user, "luu", out->luu, PLANT_U * PLANT_U);
  write(user, "lux", out->lux, PLANT_U * PLANT_X);
  return ((const fault *)user)->code;
}

/* The four ways to call a hook. */
typedef enum way { STEP, ODE, JAC, HESS, WAYS } way;
static const char *const HOOK[] = {"model.step", "model.ode", "model.jac", "model.hess"};

static int call(rig *r, way w) {
  static double a[PLANT_X * PLANT_Z], b[PLANT_X * PLANT_U], c[PLANT_U * PLANT_U];
  static const double z[PLANT_Z];
  const tj_site site = {.at = {.k = 1, .x = z, .u = z}};
  tj_world *world = &r->sim.world;
  switch (w) {
    case STEP:
      return tj_model_step(world, PLANT_X, &(traj_point){.k = 1, .x = z, .u = z}, a);
    case ODE:
      return tj_model_ode(world, 1, 0, z, z, a);
    case JAC:
      return tj_model_jacobian(&r->sim.fd, world, &site, a);
    default:
      return tj_model_hessian(&r->sim.fd, world, &site, z, &(traj_quad){.lxx = a, .luu = c, .lux = b});
  }
}

static rig faulty_rig(way w, fault *f) {
  traj_problem problem = {.N = 2, .dt = 1, .model = {.nx = PLANT_X, .nu = PLANT_U}};
  if (w == ODE) {
    problem.model.ode = faulty_f;
  } else {
    problem.model.step = faulty_f;
  }
  problem.model.jac = faulty_jac;
  problem.model.hess = faulty_hess;
  problem.model.user = f;
  return rig_up(&problem, TRAJ_CENTRAL, 0);
}

static void test_codes(void **state) {
  (void)state;
  for (way w = STEP; w < WAYS; w++) {
    for (int code = -2; code <= 2; code++) {
      fault f = {.code = code, .field = ""};
      rig r = faulty_rig(w, &f);
      assert_int_equal(call(&r, w), code == 0 ? TJ_FINE : (code > 0 ? TJ_UNDEFINED : TRAJ_E_CALLBACK));
      if (code == 0) continue;
      assert_int_equal(r.sim.world.diag.status, TRAJ_E_CALLBACK);
      assert_string_equal(r.sim.world.diag.hook, HOOK[w]);
      assert_int_equal(r.sim.world.diag.k, 1);
      assert_true(r.sim.world.diag.value == code);
    }
  }
}

/* Every entry of every output, left unwritten, is named; of symmetric ones only the lower triangle counts. */
static void check_hole(way w, const char *field, const char *reported, int rows, int cols, bool lower) {
  for (int at = 0; at < rows * cols; at++) {
    int row = at % rows, col = at / rows;
    bool counts = !lower || row >= col;
    fault f = {.field = field, .at = at};
    rig r = faulty_rig(w, &f);
    assert_int_equal(call(&r, w), counts ? TJ_UNDEFINED : TJ_FINE);
    if (!counts) continue;
    assert_int_equal(r.sim.world.diag.status, TRAJ_E_NOT_FINITE);
    assert_string_equal(r.sim.world.diag.hook, HOOK[w]);
    assert_string_equal(r.sim.world.diag.field, reported);
    assert_int_equal(r.sim.world.diag.row, row);
    assert_int_equal(r.sim.world.diag.col, cols == 1 ? -1 : col);
    assert_int_equal(r.sim.world.diag.k, 1);
    assert_true(isnan(r.sim.world.diag.value));
  }
}

static void test_holes(void **state) {
  (void)state;
  check_hole(STEP, "f", "x_next", PLANT_X, 1, false);
  check_hole(ODE, "f", "dxdt", PLANT_X, 1, false);
  check_hole(JAC, "fx", "fx", PLANT_X, PLANT_X, false);
  check_hole(JAC, "fu", "fu", PLANT_X, PLANT_U, false);
  check_hole(HESS, "lxx", "lxx", PLANT_X, PLANT_X, true);
  check_hole(HESS, "luu", "luu", PLANT_U, PLANT_U, true);
  check_hole(HESS, "lux", "lux", PLANT_U, PLANT_X, false);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_combinations), cmocka_unit_test(test_evaluation), cmocka_unit_test(test_tangent_space),
      cmocka_unit_test(test_codes),        cmocka_unit_test(test_holes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
