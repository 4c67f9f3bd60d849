/* The step of an ode on a manifold and its derivatives in the tangent spaces, against the same in long double. */
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

#include "core/dynamics.h"
#include "support/env.h"
#include "support/flyer.h"
#include "support/near.h"
#include "support/richardson.h"
#include "support/rig.h"
#include "support/rng.h"

enum { NX = FLYER_NX, NDX = FLYER_NDX, NU = FLYER_NU, NZ = FLYER_NZ, STAGES = 3, K = 1, MOST_SUBSTEPS = 3 };

static const double DT = 0.3, T0 = 5;

/* A stage and what the library says about it. */
typedef struct stage {
  double x[NX], u[NU], lambda[NDX];
  int substeps;
  double next[NX], jacobian[NDX * NZ], hessian[NZ * NZ];
} stage;

static void draw(rng *r, stage *s) {
  flyer_draw(r, s->x, s->u);
  rng_fill(r, s->lambda, NDX, 1);
}

/* From x0 (+) z_x and u + z_u, as a displacement from the end of the stage at 0; contracted: lambda' of it. */
typedef struct oracle {
  const stage *s;
  long double end[NX];
  int contracted;
} oracle;

static void widen(int n, const double *from, long double *to) {
  for (int i = 0; i < n; i++)
    to[i] = from[i];
}

static void end_of(const stage *s, const long double *z, long double *end) {
  long double x[NX], moved[NX], u[NU];
  widen(NX, s->x, x);
  flyer_exact_retract(x, z, moved);
  for (int i = 0; i < NU; i++)
    u[i] = s->u[i] + z[NDX + i];
  flyer_exact_step(T0 + K * (long double)DT, DT, s->substeps, moved, u, end);
}

static void displacement(const long double *z, long double *out, const void *ctx) {
  const oracle *o = ctx;
  long double end[NX], d[NDX];
  end_of(o->s, z, end);
  flyer_exact_difference(o->end, end, d);
  if (!o->contracted) {
    memcpy(out, d, sizeof d);
    return;
  }
  out[0] = 0;
  for (int i = 0; i < NDX; i++)
    out[0] += o->s->lambda[i] * d[i];
}

static oracle oracle_of(const stage *s, int contracted) {
  const long double nowhere[NZ] = {0};
  oracle o = {.s = s, .contracted = contracted};
  end_of(s, nowhere, o.end);
  return o;
}

static void evaluate(tj_simulator *sim, stage *s) {
  double points[(4 * MOST_SUBSTEPS + 1) * NX], lxx[NDX * NDX], luu[NU * NU], lux[NU * NDX];
  traj_quad quad = {.lxx = lxx, .luu = luu, .lux = lux};
  tj_dynamics *d = &sim->dynamics;
  tj_world *world = &sim->world;
  assert_int_equal(tj_dynamics_points_doubles(world), (4 * s->substeps + 1) * NX);
  const tj_site site = {.at = tj_point(world, K, s->x, s->u), .points = points, .x_next = s->next};
  assert_int_equal(tj_dynamics_step(d, world, NX, &site.at, points, s->next), TJ_FINE);
  assert_int_equal(tj_dynamics_jacobian(d, &sim->fd, world, &site, s->jacobian), TJ_FINE);
  assert_int_equal(tj_dynamics_written(d, world, K, s->jacobian), TJ_FINE);
  assert_int_equal(tj_dynamics_hessian(d, &sim->fd, world, &site, s->lambda, &quad), TJ_FINE);
  rig_join(world->shape, &quad, s->hessian);
}

/* How far the library is off, relative to the largest entry of each matrix. */
typedef struct errors {
  double step, first, second;
} errors;

static errors compare(const stage *s) {
  errors e = {0};
  long double slope[NDX];
  double largest = 1, off = 0;
  oracle o = oracle_of(s, 0);
  for (int i = 0; i < NX; i++)
    e.step = fmax(e.step, fabs((double)(s->next[i] - o.end[i])));
  for (int j = 0; j < NZ; j++) {
    richardson_slope(displacement, &o, NDX, j, slope);
    for (int i = 0; i < NDX; i++) {
      largest = fmax(largest, fabs((double)slope[i]));
      off = fmax(off, fabs((double)(s->jacobian[i + j * NDX] - slope[i])));
    }
  }
  e.first = off / largest;
  o.contracted = 1;
  largest = 1;
  off = 0;
  for (int j = 0; j < NZ; j++) {
    for (int i = j; i < NZ; i++) {
      long double bend = richardson_bend(displacement, &o, i, j);
      largest = fmax(largest, fabs((double)bend));
      off = fmax(off, fabs((double)(s->hessian[i + j * NZ] - bend)));
    }
  }
  e.second = off / largest;
  return e;
}

/* Problems that must give the same: with everything, without one kind of hook or another, with hooks for parts. */
typedef struct form {
  const char *name;
  int own_space, own_derivatives, jac, hess, substeps;
  double first, second; /* errors allowed */
} form;

static int retract_derivatives(const double *x, const double *w, double *jac, double *hess, void *user) {
  (void)user;
  return traj_manifold_retract_derivatives(x, w, jac, hess, (void *)(uintptr_t)flyer_parts);
}

static int difference_derivatives(const double *x, const double *w, double *jac, double *hess, void *user) {
  (void)user;
  return traj_manifold_difference_derivatives(x, w, jac, hess, (void *)(uintptr_t)flyer_parts);
}

static traj_problem problem_of(const form *f) {
  traj_problem p = flyer_problem(STAGES, DT);
  p.model.substeps = f->substeps;
  if (!f->jac) p.model.jac = NULL;
  if (!f->hess) p.model.hess = NULL;
  if (!f->own_space) return p;
  p.model.parts = NULL;
  p.model.ndx = NDX;
  p.model.retract = flyer_retract;
  p.model.difference = flyer_difference;
  p.model.project = flyer_project;
  if (!f->own_derivatives) return p;
  p.model.retract_derivatives = retract_derivatives;
  p.model.difference_derivatives = difference_derivatives;
  return p;
}

static void test_derivatives(void **state) {
  (void)state;
  const form forms[] = {
      {"parts, jac, hess", 0, 0, 1, 1, 1, 1e-14, 1e-13},
      {"parts, jac, hess, substeps", 0, 0, 1, 1, MOST_SUBSTEPS, 1e-14, 1e-13},
      {"parts, jac", 0, 0, 1, 0, 1, 1e-14, 1e-8},
      {"parts alone", 0, 0, 0, 0, 2, 1e-9, 1e-6},
      {"own space with derivatives", 1, 1, 1, 1, 1, 1e-14, 1e-13},
      {"own space, jac, hess", 1, 0, 1, 1, 1, 1e-9, 1e-6},
      {"own space alone", 1, 0, 0, 0, 1, 1e-9, 1e-6},
  };
  rng r = rng_from(env_seed("tangent", 20261123));
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    const traj_problem problem = problem_of(&forms[i]);
    rig up = rig_up(&problem, TRAJ_CENTRAL, T0);
    errors worst = {0};
    for (int round = 0, rounds = env_rounds(4, 1); round < rounds; round++) {
      stage s = {.substeps = forms[i].substeps};
      draw(&r, &s);
      evaluate(&up.sim, &s);
      errors e = compare(&s);
      worst = (errors){fmax(worst.step, e.step), fmax(worst.first, e.first), fmax(worst.second, e.second)};
    }
    print_message("%-28s errors: step %.1e, first %.1e, second %.1e\n", forms[i].name, worst.step, worst.first,
                  worst.second);
    assert_true(worst.step <= 1e-14);
    assert_true(worst.first <= forms[i].first + richardson_error(1));
    assert_true(worst.second <= forms[i].second + richardson_error(2));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_derivatives),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
