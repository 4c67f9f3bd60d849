/* The integrators: order of convergence on an ode with a closed solution; steps and first derivatives of a linear ode
 * against the method's polynomial of the matrix; derivatives of a nonlinear, time-dependent ode against differences. */
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

#include "core/integrator.h"
#include "core/tangent.h"
#include "support/env.h"
#include "support/exact.h"
#include "support/flow.h"
#include "support/near.h"
#include "support/plant.h"
#include "support/rig.h"
#include "support/rng.h"

enum { MOST_Z = 8, MOST_POINTS = 4 * 64 };

static const traj_integrator METHODS[] = {TRAJ_EULER, TRAJ_MIDPOINT, TRAJ_RK4};
static const int ORDER[] = {1, 2, 4};
enum { COUNT = sizeof METHODS / sizeof *METHODS };

/* x0 = x0(0) exp(sin t), x1 = x1(0) / (1 + u x1(0) t) */
static int closed_ode(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  dxdt[0] = cos(at->t) * at->x[0];
  dxdt[1] = -at->u[0] * at->x[1] * at->x[1];
  return 0;
}

/* Error at t = 1 of so many stages and substeps. */
static double error_of(traj_integrator method, int stages, int substeps) {
  const double u = 1.5;
  double x[2] = {1, 2}, next[2], points[2 * MOST_POINTS];
  traj_problem problem = {.N = stages, .dt = 1.0 / stages};
  problem.model = (traj_model){.nx = 2, .nu = 1, .ode = closed_ode, .integrator = method, .substeps = substeps};
  rig r = rig_up(&problem, TRAJ_CENTRAL, 0);
  for (int k = 0; k < stages; k++) {
    assert_int_equal(tj_integrator_step(&r.sim.dynamics.integrator, &r.sim.world, k, x, &u, points, next), TJ_FINE);
    memcpy(x, next, sizeof x);
  }
  return fabs(x[0] - exp(sin(1.0))) + fabs(x[1] - 2 / (1 + u * 2));
}

static void test_order(void **state) {
  (void)state;
  for (int i = 0; i < COUNT; i++) {
    double order = log2(error_of(METHODS[i], 64, 1) / error_of(METHODS[i], 128, 1));
    assert_near(order, ORDER[i], 0.1);
    /* Substeps are shorter stages with the control held. */
    assert_near(error_of(METHODS[i], 16, 4), error_of(METHODS[i], 64, 1), 1e-13);
  }
}

static void test_points(void **state) {
  (void)state;
  traj_model model = {.nx = 3, .nu = 2};
  for (int i = 0; i < COUNT; i++) {
    model.integrator = METHODS[i];
    model.substeps = 0;
    assert_int_equal(tj_integrator_points(&model), ORDER[i]);
    model.substeps = 5;
    assert_int_equal(tj_integrator_points(&model), 5 * ORDER[i]);
    assert_int_equal(tj_integrator_tape_doubles(&model), (5 * ORDER[i] * (3 + 4) + 4) * 5 + 4);
  }
}

/* Tapes that fit are no larger, and one of twenty times the size does not pass for one that fits. */
static void test_fits(void **state) {
  (void)state;
  rng r = rng_from(env_seed("fits", 43));
  for (int round = 0, rounds = env_rounds(2000, 200); round < rounds; round++) {
    traj_model model = {.nx = rng_int(&r, 1, 1 << rng_int(&r, 0, 13)), .nu = rng_int(&r, 1, 1 << rng_int(&r, 0, 13))};
    model.ndx = rng_int(&r, 1, model.nx);
    model.integrator = METHODS[rng_int(&r, 0, COUNT - 1)];
    model.substeps = rng_int(&r, 0, 1 << rng_int(&r, 0, 28));
    const size_t bytes = tj_tangent_tape_doubles(&model) * sizeof(double);
    if (bytes > UINT32_MAX) assert_false(tj_integrator_fits(&model, UINT32_MAX));
    if (20 * bytes < UINT32_MAX) assert_true(tj_integrator_fits(&model, UINT32_MAX));
    assert_false(tj_integrator_fits(&model, bytes - 1));
    assert_true(tj_integrator_fits(&model, SIZE_MAX));
  }
}

static void assert_flow(const traj_problem *problem, exact_matrix expected, const double *z) {
  double fz[FLOW_X * FLOW_Z], next[FLOW_X], points[FLOW_X * MOST_POINTS];
  rig r = rig_up(problem, TRAJ_CENTRAL, 0);
  tj_integrator *in = &r.sim.dynamics.integrator;
  const double *u = z + FLOW_X;
  assert_int_equal(tj_integrator_step(in, &r.sim.world, 0, z, u, points, next), TJ_FINE);
  const tj_site site = {.at = tj_point(&r.sim.world, 0, z, u), .points = points};
  assert_int_equal(tj_integrator_jacobian(in, &r.sim.fd, &r.sim.world, &site, r.sim.dynamics.tapes, fz), TJ_FINE);
  exact_matrix x_next = exact_product(expected, exact_of(z, FLOW_Z, 1));
  for (int i = 0; i < FLOW_X; i++) {
    assert_near(next[i], (double)exact_at(x_next, i, 0)->sum, 1e-13);
    for (int j = 0; j < FLOW_X; j++)
      assert_near(fz[i + j * FLOW_X], (double)exact_at(expected, i, j)->sum, 1e-13);
    for (int j = 0; j < FLOW_U; j++)
      assert_near(fz[i + (FLOW_X + j) * FLOW_X], (double)exact_at(expected, i, FLOW_X + j)->sum, 1e-13);
  }
}

static void test_linear(void **state) {
  (void)state;
  rng r = rng_from(env_seed("linear", 41));
  for (int round = env_rounds(50, 5); round > 0; round--) {
    flow f;
    double z[FLOW_Z];
    rng_fill(&r, f.A, FLOW_X * FLOW_X, 0.5);
    rng_fill(&r, f.B, FLOW_X * FLOW_U, 0.5);
    rng_fill(&r, z, FLOW_Z, 0.5);
    traj_problem problem = {.N = 1, .dt = rng_uniform(&r, 0.1, 1)};
    problem.model = (traj_model){.nx = FLOW_X, .nu = FLOW_U, .ode = flow_ode, .jac = flow_jac, .user = &f};
    for (int i = 0; i < COUNT; i++) {
      problem.model.integrator = METHODS[i];
      problem.model.substeps = rng_int(&r, 1, 5);
      double h = problem.dt / problem.model.substeps;
      exact_forget();
      assert_flow(&problem, flow_repeated(flow_once(&f, h, ORDER[i]), problem.model.substeps), z);
    }
    /* Substeps this short are as good as the matrix exponential. */
    problem.model.integrator = TRAJ_RK4;
    problem.model.substeps = 64;
    problem.dt = 0.02;
    exact_forget();
    assert_flow(&problem, flow_once(&f, problem.dt, 20), z);
  }
}

/* The step, [fx fu] and the contracted Hessian at z = (x, u), of stage 1 of a problem. */
typedef struct probe {
  rig *r;
  double next[PLANT_X], jacobian[PLANT_X * PLANT_Z], hessian[PLANT_Z * PLANT_Z];
} probe;

static void look(probe *p, const double *z, const double *lambda) {
  double points[PLANT_X * MOST_POINTS], lxx[PLANT_X * PLANT_X], luu[PLANT_U * PLANT_U], lux[PLANT_U * PLANT_X];
  const double *u = z + PLANT_X;
  tj_simulator *sim = &p->r->sim;
  tj_integrator *in = &sim->dynamics.integrator;
  double *tape = sim->dynamics.tapes;
  traj_quad quad = {.lxx = lxx, .luu = luu, .lux = lux};
  assert_int_equal(tj_integrator_step(in, &sim->world, 1, z, u, points, p->next), TJ_FINE);
  const tj_site site = {.at = tj_point(&sim->world, 1, z, u), .points = points};
  assert_int_equal(tj_integrator_jacobian(in, &sim->fd, &sim->world, &site, tape, p->jacobian), TJ_FINE);
  assert_int_equal(tj_integrator_hessian(in, &sim->fd, &sim->world, &site, tape, lambda, &quad), TJ_FINE);
  rig_join(sim->world.shape, &quad, p->hessian);
}

/* Fourth-order differences of the step and of the contracted Jacobian. */
static void assert_derivatives(rig *r, double *z, const double *lambda) {
  const double h = 1e-3, offset[] = {-2 * h, -h, h, 2 * h};
  probe centre = {.r = r}, near[4];
  look(&centre, z, lambda);
  for (int j = 0; j < PLANT_Z; j++) {
    double here = z[j], d[4];
    for (int s = 0; s < 4; s++) {
      near[s].r = r;
      z[j] = here + offset[s];
      look(&near[s], z, lambda);
    }
    z[j] = here;
    for (int i = 0; i < PLANT_X; i++) {
      for (int s = 0; s < 4; s++)
        d[s] = near[s].next[i];
      assert_near(centre.jacobian[i + j * PLANT_X], (8 * (d[2] - d[1]) - (d[3] - d[0])) / (12 * h), 1e-10);
    }
    for (int i = 0; i < PLANT_Z; i++) {
      for (int s = 0; s < 4; s++) {
        d[s] = 0;
        for (int l = 0; l < PLANT_X; l++)
          d[s] += lambda[l] * near[s].jacobian[l + i * PLANT_X];
      }
      assert_near(centre.hessian[i + j * PLANT_Z], (8 * (d[2] - d[1]) - (d[3] - d[0])) / (12 * h), 1e-9);
    }
  }
}

static void test_derivatives(void **state) {
  (void)state;
  plant p = plant_new();
  rng r = rng_from(env_seed("derivatives", 42));
  for (int round = env_rounds(60, 6); round > 0; round--) {
    traj_problem problem = {.N = 2, .dt = rng_uniform(&r, 0.05, 0.4), .model = plant_ode_model(&p)};
    problem.model.integrator = METHODS[round % COUNT];
    problem.model.substeps = rng_int(&r, 0, 4);
    double z[PLANT_Z], lambda[PLANT_X];
    rng_fill(&r, z, PLANT_Z, 1);
    rng_fill(&r, lambda, PLANT_X, 1);
    rig stand = rig_up(&problem, TRAJ_CENTRAL, rng_uniform(&r, -3, 3));
    assert_derivatives(&stand, z, lambda);
  }
}

/* One call of each hook per evaluation of the method, at the same points and times. */
static void test_calls(void **state) {
  (void)state;
  for (int i = 0; i < COUNT; i++) {
    plant p = plant_new();
    traj_problem problem = {.N = 2, .dt = 0.1, .model = plant_ode_model(&p)};
    problem.model.integrator = METHODS[i];
    problem.model.substeps = 3;
    const double z[PLANT_Z] = {1, 2, 3, 4, 5}, lambda[PLANT_X] = {1, 1, 1};
    rig r = rig_up(&problem, TRAJ_CENTRAL, 0);
    probe centre = {.r = &r};
    look(&centre, z, lambda);
    assert_int_equal(p.f, 3 * ORDER[i]);
    assert_int_equal(p.jac, 3 * ORDER[i]);
    assert_int_equal(p.hess, 3 * ORDER[i]);
    assert_int_equal(r.sim.world.calls.dynamics, p.f);
    assert_int_equal(r.sim.world.calls.jac, p.jac);
    assert_int_equal(r.sim.world.calls.hess, p.hess);
  }
}

/* Not defined beyond 1e200, not finite beyond 1e154. */
static int steep_ode(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  *dxdt = *at->x * *at->x * *at->u;
  return *at->x > 1e200 ? 3 : 0;
}

static void test_failures(void **state) {
  (void)state;
  traj_problem problem = {.N = 1, .dt = 1, .model = {.nx = 1, .nu = 1, .ode = steep_ode}};
  rig r = rig_up(&problem, TRAJ_CENTRAL, 0);
  double points[4], next;
  tj_integrator *in = &r.sim.dynamics.integrator;
  assert_int_equal(tj_integrator_step(in, &r.sim.world, 0, &(double){1e150}, &(double){1}, points, &next),
                   TJ_UNDEFINED);
  assert_int_equal(r.sim.world.diag.status, TRAJ_E_CALLBACK);
  assert_string_equal(r.sim.world.diag.hook, "model.ode");
  assert_true(r.sim.world.diag.value == 3);
  assert_int_equal(tj_integrator_step(in, &r.sim.world, 0, &(double){1e160}, &(double){1}, points, &next),
                   TJ_UNDEFINED);
  assert_int_equal(r.sim.world.diag.status, TRAJ_E_NOT_FINITE);
  assert_string_equal(r.sim.world.diag.field, "dxdt");
}

/* Derivative hooks that fail at a call of their choice; the model's user pointer. */
typedef struct fuse {
  int jac, hess; /* calls left before the hook returns 2; negative: never */
} fuse;

static int unit_ode(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  *dxdt = *at->u;
  return 0;
}

static int fused_jac(const traj_point *at, traj_jac *out, void *user) {
  (void)at;
  *out->fx = *out->fu = 1;
  return ((fuse *)user)->jac-- == 0 ? 2 : 0;
}

static int fused_hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  (void)at;
  (void)lambda;
  *out->lxx = *out->luu = *out->lux = 1;
  return ((fuse *)user)->hess-- == 0 ? 2 : 0;
}

static void test_failing_derivatives(void **state) {
  (void)state;
  for (int at = -1; at < 2 * 4; at++) { /* two substeps of four evaluations */
    fuse f = {.jac = at, .hess = -1};
    traj_problem problem = {.N = 1, .dt = 1, .model = {.nx = 1, .nu = 1, .ode = unit_ode, .substeps = 2, .user = &f}};
    problem.model.jac = fused_jac;
    problem.model.hess = fused_hess;
    rig r = rig_up(&problem, TRAJ_CENTRAL, 0);
    tj_integrator *in = &r.sim.dynamics.integrator;
    double x = 1, u = 1, points[8], next, fz[2], lambda = 1, second[3], *tape = r.sim.dynamics.tapes;
    traj_quad quad = {.lxx = &second[0], .luu = &second[1], .lux = &second[2]};
    const tj_site site = {.at = tj_point(&r.sim.world, 0, &x, &u), .points = points};
    int expected = at < 0 ? TJ_FINE : TJ_UNDEFINED;
    assert_int_equal(tj_integrator_step(in, &r.sim.world, 0, &x, &u, points, &next), TJ_FINE);
    assert_int_equal(tj_integrator_jacobian(in, &r.sim.fd, &r.sim.world, &site, tape, fz), expected);
    f = (fuse){.jac = -1, .hess = at};
    assert_int_equal(tj_integrator_jacobian(in, &r.sim.fd, &r.sim.world, &site, tape, fz), TJ_FINE);
    assert_int_equal(tj_integrator_hessian(in, &r.sim.fd, &r.sim.world, &site, tape, &lambda, &quad), expected);
    if (at >= 0) assert_string_equal(r.sim.world.diag.hook, "model.hess");
  }
}

/* Finite slopes, whose sum leaves the doubles. */
static void test_overflow(void **state) {
  (void)state;
  traj_problem problem = {.N = 1, .dt = 1, .model = {.nx = 1, .nu = 1, .ode = unit_ode, .integrator = TRAJ_EULER}};
  rig r = rig_up(&problem, TRAJ_CENTRAL, 0);
  double x = 1.5e308, u = 1.5e308, point, next;
  assert_int_equal(tj_integrator_step(&r.sim.dynamics.integrator, &r.sim.world, 0, &x, &u, &point, &next),
                   TJ_UNDEFINED);
  assert_int_equal(r.sim.world.diag.status, TRAJ_E_NOT_FINITE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_order),       cmocka_unit_test(test_points),
      cmocka_unit_test(test_fits),        cmocka_unit_test(test_linear),
      cmocka_unit_test(test_derivatives), cmocka_unit_test(test_calls),
      cmocka_unit_test(test_failures),    cmocka_unit_test(test_failing_derivatives),
      cmocka_unit_test(test_overflow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
