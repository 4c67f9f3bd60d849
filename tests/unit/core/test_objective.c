/* The cost of a stage in every form it can be given: scalar or residual, with derivatives or without, final or missing;
 * and what is said about hooks that fail or forget an output. */
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

#include "core/objective.h"
#include "support/env.h"
#include "support/near.h"
#include "support/plant.h"
#include "support/plant_cost.h"
#include "support/rig.h"
#include "support/rng.h"

enum { NX = PLANT_X, NU = PLANT_U, NZ = PLANT_Z, NR = PLANT_X, STAGES = 2 };

/* A form of the cost and how near its derivatives are. */
typedef struct form {
  traj_cost cost;
  traj_differences order;
  bool squares; /* 1/2 |f|^2, else weight' f */
  double gradient, hessian;
} form;

enum { SCALAR_QUAD, SCALAR, SCALAR_FORWARD, RESIDUAL_JAC, RESIDUAL, RESIDUAL_FORWARD, COUNT };

static form form_of(int which) {
  form f = {.cost = which < RESIDUAL_JAC ? plant_scalar_cost : plant_residual_cost, .squares = which >= RESIDUAL_JAC};
  if (which == SCALAR_FORWARD || which == RESIDUAL_FORWARD) f.order = TRAJ_FORWARD;
  f.gradient = f.hessian = 1e-13;
  if (which == SCALAR || which == SCALAR_FORWARD) { /* gradients of costs stay central */
    f.cost.stage_quad = f.cost.final_quad = NULL;
    f.gradient = 1e-9;
    f.hessian = 2e-6;
  }
  if (which == RESIDUAL || which == RESIDUAL_FORWARD) {
    f.cost.residual_jac = f.cost.final_residual_jac = NULL;
    f.gradient = f.hessian = which == RESIDUAL ? 1e-8 : 5e-6;
  }
  return f;
}

static rig rig_for(const traj_cost *cost, traj_differences order, plant_fault *f, plant *p) {
  *p = plant_new();
  traj_problem problem = {.N = STAGES, .dt = 0.3, .model = plant_step_model(p), .cost = *cost};
  problem.cost.user = f;
  return rig_up(&problem, order, 0.5);
}

/* Gradient (n) and Hessian (n x n) of a form by its formula; n = NX at the final stage. */
static void by_formula(const form *f, double t, const double *z, int n, double *gradient, double *hessian) {
  double r[NR], j[NR * NZ], h[NZ * NZ];
  plant_f(t, z, z + NX, r);
  plant_jacobian(t, z, z + NX, j);
  plant_hessian(t, z, z + NX, plant_weight, h);
  for (int a = 0; a < n; a++) {
    gradient[a] = 0;
    for (int i = 0; i < NR; i++)
      gradient[a] += (f->squares ? r[i] : plant_weight[i]) * j[i + a * NR];
    for (int b = 0; b < n; b++) {
      hessian[b + a * n] = f->squares ? 0 : h[b + a * NZ];
      for (int i = 0; f->squares && i < NR; i++)
        hessian[b + a * n] += j[i + a * NR] * j[i + b * NR];
    }
  }
}

static double cost_by_formula(const form *f, double t, const double *z) {
  double r[NR];
  plant_f(t, z, z + NX, r);
  return f->squares ? 0.5 * (r[0] * r[0] + r[1] * r[1] + r[2] * r[2]) : plant_weighted(t, z, z + NX);
}

static void check_form(const form *f, int k, double *z) {
  plant p;
  plant_fault fine = {.field = ""};
  bool final = k == STAGES;
  int n = final ? NX : NZ;
  double cost, t = 0.5 + k * 0.3, gradient[NZ], joined[NZ * NZ], want_gradient[NZ], want_hessian[NZ * NZ];
  double lxx[NX * NX], luu[NU * NU], lux[NU * NX];
  rig r = rig_for(&f->cost, f->order, &fine, &p);
  if (final) memcpy(z + NX, plant_rest, sizeof plant_rest);
  const double *u = final ? NULL : z + NX;
  traj_quad quad = {.lx = gradient, .lxx = lxx, .lu = final ? NULL : gradient + NX, .luu = final ? NULL : luu};
  quad.lux = final ? NULL : lux;
  const traj_point at = tj_point(&r.sim.world, k, z, u);
  assert_int_equal(tj_objective_cost(&r.sim.objective, &r.sim.world, &at, &cost), TJ_FINE);
  assert_near(cost, cost_by_formula(f, t, z), 1e-13);
  assert_int_equal(tj_objective_quad(&r.sim.objective, &r.sim.fd, &r.sim.world, k, z, u, &quad), TJ_FINE);
  by_formula(f, t, z, n, want_gradient, want_hessian);
  rig_join(r.sim.world.shape, &quad, joined);
  for (int i = 0; i < n; i++)
    assert_near(gradient[i], want_gradient[i], f->gradient);
  for (int i = 0; i < n * n; i++)
    assert_near(joined[i], want_hessian[i], f->hessian);
}

static void test_forms(void **state) {
  (void)state;
  rng random = rng_from(env_seed("forms", 121));
  for (int round = env_rounds(50, 5); round > 0; round--) {
    for (int i = 0; i < COUNT; i++) {
      for (int k = 0; k <= STAGES; k++) {
        double z[NZ];
        rng_fill(&random, z, NZ, 1);
        const form f = form_of(i);
        check_form(&f, k, z);
      }
    }
  }
}

/* The forms as maps, for those who difference them: the same numbers at any point. */
static void test_maps(void **state) {
  (void)state;
  plant p;
  plant_fault fine = {.field = ""};
  rng random = rng_from(122);
  double z[NZ], out[NZ], gradient[NZ], hessian[NZ * NZ], lxx[NX * NX], luu[NU * NU], lux[NU * NX];
  traj_quad scratch = {.lxx = lxx, .luu = luu, .lux = lux};
  const form squares = form_of(RESIDUAL_JAC), plain = form_of(SCALAR_QUAD);
  rng_fill(&random, z, NZ, 1);
  by_formula(&plain, 0.8, z, NZ, gradient, hessian);
  rig r = rig_for(&plain.cost, TRAJ_CENTRAL, &fine, &p);
  tj_map map = tj_objective_cost_map(&r.sim.world, 1, z, z + NX);
  assert_int_equal(map.eval(&r.sim.world, &map, z, z + NX, out), TJ_FINE);
  assert_true(map.m == 1 && map.k == 1 && map.t == r.sim.world.t[1] && map.x == z && map.u == z + NX);
  assert_near(out[0], cost_by_formula(&plain, 0.8, z), 1e-13);
  map = tj_objective_gradient_map(&r.sim.world, &scratch, 1, z, z + NX);
  assert_int_equal(map.eval(&r.sim.world, &map, z, z + NX, out), TJ_FINE);
  assert_int_equal(map.m, NZ);
  for (int i = 0; i < NZ; i++)
    assert_near(out[i], gradient[i], 1e-13);
  scratch = (traj_quad){.lxx = lxx};
  map = tj_objective_gradient_map(&r.sim.world, &scratch, STAGES, z, NULL);
  assert_int_equal(map.eval(&r.sim.world, &map, z, NULL, out), TJ_FINE);
  assert_int_equal(map.m, NX);
  r = rig_for(&squares.cost, TRAJ_CENTRAL, &fine, &p);
  map = tj_objective_residual_map(&r.sim.world, 1, z, z + NX);
  assert_int_equal(map.eval(&r.sim.world, &map, z, z + NX, out), TJ_FINE);
  assert_int_equal(map.m, NR);
  plant_f(0.8, z, z + NX, gradient);
  for (int i = 0; i < NR; i++)
    assert_near(out[i], gradient[i], 1e-13);
}

/* No final cost: zero, with zero derivatives, and no call. */
static void test_no_final(void **state) {
  (void)state;
  plant p;
  plant_fault fine = {.field = ""};
  const traj_cost cost = {.stage = plant_scalar_cost.stage};
  rig r = rig_for(&cost, TRAJ_CENTRAL, &fine, &p);
  double x[NX] = {1, 2, 3}, value = 7, lx[NX] = {7}, lxx[NX * NX] = {7};
  const traj_point at = tj_point(&r.sim.world, STAGES, x, NULL);
  assert_int_equal(tj_objective_cost(&r.sim.objective, &r.sim.world, &at, &value), TJ_FINE);
  assert_true(value == 0);
  traj_quad quad = {.lx = lx, .lxx = lxx};
  assert_int_equal(tj_objective_quad(&r.sim.objective, &r.sim.fd, &r.sim.world, STAGES, x, NULL, &quad), TJ_FINE);
  for (int i = 0; i < NX * NX; i++)
    assert_true(lx[i % NX] == 0 && lxx[i] == 0);
  assert_int_equal(r.sim.world.calls.cost + r.sim.world.calls.quad, 0);
}

static void test_rows(void **state) {
  (void)state;
  traj_cost cost = {.nr = 5, .nr_final = 9};
  assert_int_equal(tj_objective_rows(&cost), 0); /* sizes of nothing */
  cost.residual = plant_residual_cost.residual;
  assert_int_equal(tj_objective_rows(&cost), 5);
  cost.final_residual = plant_residual_cost.residual;
  assert_int_equal(tj_objective_rows(&cost), 9);
}

/* A hook, how it is reached, and one of its outputs. */
typedef struct output {
  const char *hook, *field;
  const traj_cost *cost;
  int k, rows, cols;
  bool lower, derivative;
} output;

static const output OUTPUTS[] = {
    {"cost.stage", "cost", &plant_scalar_cost, 1, 1, 1, false, false},
    {"cost.final", "cost", &plant_scalar_cost, STAGES, 1, 1, false, false},
    {"cost.residual", "r", &plant_residual_cost, 1, NR, 1, false, false},
    {"cost.final_residual", "r", &plant_residual_cost, STAGES, NR, 1, false, false},
    {"cost.stage_quad", "lx", &plant_scalar_cost, 1, NX, 1, false, true},
    {"cost.stage_quad", "lu", &plant_scalar_cost, 1, NU, 1, false, true},
    {"cost.stage_quad", "lxx", &plant_scalar_cost, 1, NX, NX, true, true},
    {"cost.stage_quad", "luu", &plant_scalar_cost, 1, NU, NU, true, true},
    {"cost.stage_quad", "lux", &plant_scalar_cost, 1, NU, NX, false, true},
    {"cost.final_quad", "lx", &plant_scalar_cost, STAGES, NX, 1, false, true},
    {"cost.final_quad", "lxx", &plant_scalar_cost, STAGES, NX, NX, true, true},
    {"cost.residual_jac", "fx", &plant_residual_cost, 1, NR, NX, false, true},
    {"cost.residual_jac", "fu", &plant_residual_cost, 1, NR, NU, false, true},
    {"cost.final_residual_jac", "fx", &plant_residual_cost, STAGES, NR, NX, false, true},
};

static int evaluate(const output *o, rig *r) {
  static double cost, lx[NX], lu[NU], lxx[NX * NX], luu[NU * NU], lux[NU * NX];
  static const double z[NZ] = {1, 2, 3, 4, 5};
  bool final = o->k == STAGES;
  const double *u = final ? NULL : z + NX;
  const traj_point at = tj_point(&r->sim.world, o->k, z, u);
  if (!o->derivative) return tj_objective_cost(&r->sim.objective, &r->sim.world, &at, &cost);
  traj_quad quad = {.lx = lx, .lxx = lxx};
  if (!final) quad = (traj_quad){.lx = lx, .lu = lu, .lxx = lxx, .luu = luu, .lux = lux};
  return tj_objective_quad(&r->sim.objective, &r->sim.fd, &r->sim.world, o->k, z, u, &quad);
}

static void check_hole(const output *o, int at) {
  plant p;
  int row = at % o->rows, col = at / o->rows;
  bool counts = !o->lower || row >= col;
  plant_fault f = {.field = o->field, .at = at};
  rig r = rig_for(o->cost, TRAJ_CENTRAL, &f, &p);
  assert_int_equal(evaluate(o, &r), counts ? TJ_UNDEFINED : TJ_FINE);
  if (!counts) return;
  const traj_diag *diag = &r.sim.world.diag;
  assert_int_equal(diag->status, TRAJ_E_NOT_FINITE);
  assert_string_equal(diag->hook, o->hook);
  assert_string_equal(diag->field, o->field);
  assert_true(diag->k == o->k && diag->row == row && diag->col == (o->cols == 1 ? -1 : col));
}

static void test_holes(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof OUTPUTS / sizeof *OUTPUTS; i++) {
    for (int at = 0; at < OUTPUTS[i].rows * OUTPUTS[i].cols; at++)
      check_hole(&OUTPUTS[i], at);
  }
}

static void test_codes(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof OUTPUTS / sizeof *OUTPUTS; i++) {
    if (OUTPUTS[i].derivative && OUTPUTS[i].cost == &plant_residual_cost) continue; /* the residual is called first */
    for (int code = -3; code <= 3; code += 6) {
      plant p;
      plant_fault f = {.code = code, .field = ""};
      rig r = rig_for(OUTPUTS[i].cost, TRAJ_CENTRAL, &f, &p);
      assert_int_equal(evaluate(&OUTPUTS[i], &r), code > 0 ? TJ_UNDEFINED : TRAJ_E_CALLBACK);
      assert_string_equal(r.sim.world.diag.hook, OUTPUTS[i].hook);
      assert_true(r.sim.world.diag.k == OUTPUTS[i].k && r.sim.world.diag.value == code);
    }
  }
}

/* A residual that is finite while its square is not. */
static int huge_residual(const traj_point *at, double *r, void *user) {
  (void)at;
  (void)user;
  r[0] = r[1] = r[2] = 1e200;
  return 0;
}

static void test_overflow(void **state) {
  (void)state;
  plant p;
  plant_fault fine = {.field = ""};
  double cost, z[NZ] = {0};
  const traj_cost square = {.residual = huge_residual, .nr = NR};
  rig r = rig_for(&square, TRAJ_CENTRAL, &fine, &p);
  const traj_point at = tj_point(&r.sim.world, 0, z, z);
  assert_int_equal(tj_objective_cost(&r.sim.objective, &r.sim.world, &at, &cost), TJ_UNDEFINED);
  assert_int_equal(r.sim.world.diag.status, TRAJ_E_NOT_FINITE);
  assert_string_equal(r.sim.world.diag.hook, "cost.residual");
}

static int silent_quad(const traj_point *at, traj_quad *out, void *user) {
  (void)at;
  (void)out;
  (void)user;
  return 0;
}

/* What a hook leaves unwritten in a quad laid out for it is no number, whatever was there. */
static void test_expand_forgets(void **state) {
  (void)state;
  plant p;
  plant_fault fine = {.field = ""};
  traj_cost cost = plant_scalar_cost;
  cost.stage_quad = silent_quad;
  rig r = rig_for(&cost, TRAJ_CENTRAL, &fine, &p);
  traj_quad quad = tj_quad_layout(&r.arena, r.sim.world.shape);
  const double z[NZ] = {1, 2, 3, 4, 5};
  double *const part[] = {quad.lx, quad.lu, quad.lxx, quad.luu, quad.lux};
  const int size[] = {NX, NU, NX * NX, NU * NU, NU * NX};
  for (int i = 0; i < 5; i++)
    memset(part[i], 0, (size_t)size[i] * sizeof(double));
  const traj_point at = tj_point(&r.sim.world, 0, z, z + NX);
  assert_int_equal(tj_objective_expand(&r.sim.objective, &r.sim.fd, &r.sim.world, &at, &quad), TJ_FINE);
  for (int i = 0; i < 5; i++) {
    for (int j = 0; j < size[i]; j++)
      assert_true(isnan(part[i][j]));
  }
  assert_int_equal(tj_objective_written(&r.sim.world, 0, &quad), TJ_UNDEFINED);
  assert_string_equal(r.sim.world.diag.hook, "cost.stage_quad");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_expand_forgets), cmocka_unit_test(test_forms),    cmocka_unit_test(test_maps),
      cmocka_unit_test(test_no_final),       cmocka_unit_test(test_rows),     cmocka_unit_test(test_holes),
      cmocka_unit_test(test_codes),          cmocka_unit_test(test_overflow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
