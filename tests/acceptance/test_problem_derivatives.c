/* Every derivative hook of every registered problem against fourth-order central differences of the hook it
 * differentiates, at random points; each output is filled with NAN first, so that a forgotten entry fails. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>

#include "problems/problems.h"
#include "support/env.h"
#include "support/rng.h"

enum { MAX_X = 60, MAX_U = 15, MAX_Z = MAX_X + MAX_U };

static const double STEP = 2e-5;
static const double TOLERANCE = 1e-8;

static void forget(double *value, int n) {
  for (int i = 0; i < n; ++i)
    value[i] = (double)NAN;
}

/* A problem, a place z = (x, u) in it, and what was found there. */
typedef struct probe {
  const traj_problem *p;
  int final;       /* 1: at stage N, without controls. */
  int stage;       /* of the place. */
  double z[MAX_Z]; /* x, then u. */
  double lambda[MAX_X];
  double worst; /* Largest relative error so far. */
} probe;

/* A vector function of the place: what is differenced. */
typedef void vector_fn(const probe *at, double *value);

static traj_point point(const probe *at) {
  const traj_problem *p = at->p;
  return (traj_point){.k = at->stage, .t = at->stage * p->dt, .x = at->z, .u = at->final ? NULL : at->z + p->model.nx};
}

static void dynamics(const probe *at, double *value) {
  const traj_model *m = &at->p->model;
  const traj_point here = point(at);
  assert_int_equal((m->ode ? m->ode : m->step)(&here, value, m->user), 0);
}

static void cost(const probe *at, double *value) {
  const traj_cost *c = &at->p->cost;
  const traj_point here = point(at);
  assert_int_equal((at->final ? c->final : c->stage)(&here, value, c->user), 0);
}

/* [fx fu], nx x (nx + nu): also a matrix in the place. */
static void jacobian(const probe *at, double *value) {
  const traj_model *m = &at->p->model;
  const traj_point here = point(at);
  traj_jac out = {.fx = value, .fu = value + m->nx * m->nx};
  assert_int_equal(m->jac(&here, &out, m->user), 0);
}

/* lambda' [fx fu], nx + nu. */
static void contracted(const probe *at, double *value) {
  static double full[MAX_X * MAX_Z];
  const int nx = at->p->model.nx, nz = nx + at->p->model.nu;
  jacobian(at, full);
  for (int j = 0; j < nz; ++j) {
    value[j] = 0.0;
    for (int i = 0; i < nx; ++i)
      value[j] += at->lambda[i] * full[i + nx * j];
  }
}

/* Puts lxx, luu, lux (NULL at the final stage) together into one nz x nz matrix. */
static void assemble(const probe *at, const traj_quad *q, double *full) {
  const int nx = at->p->model.nx, nu = at->final ? 0 : at->p->model.nu, nz = nx + nu;
  for (int j = 0; j < nz; ++j)
    for (int i = 0; i < nz; ++i) {
      double *entry = full + i + nz * j;
      if (i < nx && j < nx) *entry = q->lxx[i + nx * j];
      if (i >= nx && j >= nx) *entry = q->luu[(i - nx) + nu * (j - nx)];
      if (i >= nx && j < nx) *entry = q->lux[(i - nx) + nu * j];
      if (i < nx && j >= nx) *entry = q->lux[(j - nx) + nu * i];
    }
}

/* Runs a quad hook (lambda NULL) or the hess hook into gradient (nullable) and Hessian of z. */
static void second_order(const probe *at, const double *lambda, double *gradient, double *hessian) {
  static double lxx[MAX_X * MAX_X], luu[MAX_U * MAX_U], lux[MAX_X * MAX_U];
  const traj_model *m = &at->p->model;
  const traj_cost *c = &at->p->cost;
  const traj_point here = point(at);
  forget(lxx, MAX_X * MAX_X);
  forget(luu, MAX_U * MAX_U);
  forget(lux, MAX_X * MAX_U);
  traj_quad out = {.lxx = lxx, .luu = at->final ? NULL : luu, .lux = at->final ? NULL : lux};
  if (lambda) {
    assert_int_equal(m->hess(&here, lambda, &out, m->user), 0);
  } else {
    out.lx = gradient;
    out.lu = at->final ? NULL : gradient + m->nx;
    assert_int_equal((at->final ? c->final_quad : c->stage_quad)(&here, &out, c->user), 0);
  }
  assemble(at, &out, hessian);
}

static void gradient_of_cost(const probe *at, double *value) {
  static double unused[MAX_Z * MAX_Z];
  second_order(at, NULL, value, unused);
}

/* Compares given (rows x nz) with differences of f, each entry relative to 1 + the largest of its row. */
static void compare(probe *at, vector_fn *f, int rows, const double *given, const char *problem, const char *what) {
  static double difference[MAX_Z * MAX_Z];
  const int nz = at->p->model.nx + (at->final ? 0 : at->p->model.nu);
  for (int j = 0; j < nz; ++j) {
    double v[4][MAX_Z];
    const double z = at->z[j], offsets[4] = {-2.0 * STEP, -STEP, STEP, 2.0 * STEP};
    for (int i = 0; i < 4; ++i) {
      at->z[j] = z + offsets[i];
      f(at, v[i]);
    }
    at->z[j] = z;
    for (int i = 0; i < rows; ++i)
      difference[i + rows * j] = (8.0 * (v[2][i] - v[1][i]) - (v[3][i] - v[0][i])) / (12.0 * STEP);
  }
  for (int i = 0; i < rows; ++i) {
    double scale = 1.0;
    for (int j = 0; j < nz; ++j)
      scale = fmax(scale, 1.0 + fabs(difference[i + rows * j]));
    for (int j = 0; j < nz; ++j) {
      const double error = fabs(given[i + rows * j] - difference[i + rows * j]) / scale;
      if (!(error <= TOLERANCE))
        fail_msg("%s, %s (%d, %d): given %.12g, difference %.12g", problem, what, i, j, given[i + rows * j],
                 difference[i + rows * j]);
      at->worst = fmax(at->worst, error);
    }
  }
}

static void check_stage(probe *at, const char *name) {
  static double matrix[MAX_Z * MAX_Z];
  const int nx = at->p->model.nx, nz = nx + at->p->model.nu;
  double gradient[MAX_Z];
  forget(matrix, nx * nz);
  jacobian(at, matrix);
  compare(at, dynamics, nx, matrix, name, "jac");
  second_order(at, at->lambda, NULL, matrix);
  compare(at, contracted, nz, matrix, name, "hess");
  forget(gradient, nz);
  second_order(at, NULL, gradient, matrix);
  compare(at, cost, 1, gradient, name, "gradient of stage_quad");
  compare(at, gradient_of_cost, nz, matrix, name, "Hessian of stage_quad");
}

static void check_final(probe *at, const char *name) {
  static double matrix[MAX_Z * MAX_Z];
  const int nx = at->p->model.nx;
  double gradient[MAX_Z];
  at->final = 1;
  at->stage = at->p->N;
  forget(gradient, nx);
  second_order(at, NULL, gradient, matrix);
  compare(at, cost, 1, gradient, name, "gradient of final_quad");
  compare(at, gradient_of_cost, nx, matrix, name, "Hessian of final_quad");
}

static void derivatives_match_differences(void **state) {
  (void)state;
  const uint64_t seed = env_seed("problem_derivatives", 20240229);
  const int points = env_rounds(100, 10);
  const bench_problem *b;
  for (int n = 0; (b = bench_problem_at(n)) != NULL; ++n) {
    rng r = rng_from(seed + (uint64_t)n);
    const int nx = b->problem.model.nx, nz = nx + b->problem.model.nu;
    double worst = 0.0;
    assert_true(nx <= MAX_X && nz - nx <= MAX_U);
    for (int i = 0; i < points; ++i) {
      probe at = {.p = &b->problem, .stage = i % b->problem.N};
      for (int j = 0; j < nx; ++j)
        at.z[j] = b->x0[j] + rng_uniform(&r, -1.0, 1.0);
      for (int j = nx; j < nz; ++j)
        at.z[j] = b->guess + rng_uniform(&r, -1.0, 1.0);
      for (int j = 0; j < nx; ++j)
        at.lambda[j] = rng_uniform(&r, -1.0, 1.0);
      check_stage(&at, b->name);
      check_final(&at, b->name);
      worst = fmax(worst, at.worst);
    }
    print_message("%-22s worst relative error %.1e\n", b->name, worst);
  }
}

static void every_problem_is_complete(void **state) {
  (void)state;
  const bench_problem *b;
  for (int n = 0; (b = bench_problem_at(n)) != NULL; ++n) {
    const traj_problem *p = &b->problem;
    assert_ptr_equal(bench_problem_find(b->name), b);
    assert_true((p->model.step == NULL) != (p->model.ode == NULL));
    assert_true(p->model.jac && p->model.hess);
    assert_true(p->cost.stage && p->cost.final && p->cost.stage_quad && p->cost.final_quad);
    assert_true(b->x0 && b->optima && b->n_optima >= 1);
  }
  assert_null(bench_problem_find("no such problem"));
  assert_null(bench_problem_at(-1));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_problem_is_complete),
      cmocka_unit_test(derivatives_match_differences),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
