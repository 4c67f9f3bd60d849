/* Project and the derivatives of retract and difference: from hooks, by differences, and when a hook fails. */
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

#include "core/space.h"
#include "support/env.h"
#include "support/flyer.h"
#include "support/near.h"
#include "support/rig.h"
#include "support/rng.h"

enum { NX = FLYER_NX, NDX = FLYER_NDX, STAGES = 4, K = 2 };

/* What a hook of the test's own does: 0 as it should; a code to return; NaN in the last entry of jac or hess. */
typedef struct mood {
  int code, bad_jac, bad_hess;
} mood;

static int project(const double *x, double *out, void *user) {
  const mood *m = user;
  flyer_project(x, out, NULL);
  if (m->bad_jac) out[NX - 1] = (double)NAN;
  return m->code;
}

static int moody(const mood *m, double *jac, double *hess, int n) {
  if (m->bad_jac) jac[NX * NDX - 1] = (double)NAN;
  if (m->bad_hess && hess != NULL) hess[n * n - 1] = (double)NAN;
  return m->code;
}

static int retract_derivatives(const double *x, const double *w, double *jac, double *hess, void *user) {
  assert_int_equal(w == NULL, hess == NULL);
  traj_manifold_retract_derivatives(x, w, jac, hess, (void *)(uintptr_t)flyer_parts);
  return moody(user, jac, hess, NDX);
}

static int difference_derivatives(const double *x, const double *w, double *jac, double *hess, void *user) {
  assert_int_equal(w == NULL, hess == NULL);
  traj_manifold_difference_derivatives(x, w, jac, hess, (void *)(uintptr_t)flyer_parts);
  return moody(user, jac, hess, NX);
}

static traj_problem problem_of(mood *m, int with_derivatives) {
  traj_problem p = flyer_problem(STAGES, 0.1);
  p.model.parts = NULL;
  p.model.ndx = NDX;
  p.model.retract = flyer_retract;
  p.model.difference = flyer_difference;
  p.model.project = project;
  if (with_derivatives) p.model.retract_derivatives = retract_derivatives;
  if (with_derivatives) p.model.difference_derivatives = difference_derivatives;
  p.model.user = m;
  return p;
}

/* A state, where an integration may have ended, and weights. */
typedef struct place {
  double x[NX], y[NX], end[NX], w[NX];
  tj_space_site site;
} place;

static void draw(rng *r, place *p) {
  double unused[FLYER_NU], length = rng_uniform(r, 0.9, 1.1);
  flyer_draw(r, p->x, unused);
  flyer_draw(r, p->y, unused);
  flyer_project(p->y, p->end, NULL);
  for (int i = 0; i < 4; i++)
    p->y[FLYER_Q + i] *= length;
  rng_fill(r, p->w, NX, 1);
  p->site = (tj_space_site){.k = K, .x = p->x, .y = p->y, .end = p->end};
}

typedef struct derivatives {
  double retract[NX * NDX], retract_hess[NDX * NDX], difference[NDX * NX], difference_hess[NX * NX];
} derivatives;

static void take(tj_simulator *sim, const place *p, derivatives *d) {
  tj_world ambient = tj_world_ambient(&sim->world);
  double scratch[NX * NDX];
  for (int second = 0; second < 2; second++) {
    double *first = second ? scratch : d->retract, *hess = second ? d->retract_hess : NULL;
    assert_int_equal(tj_space_retract_derivatives(&sim->fd, &sim->world, &p->site, p->w, first, hess), TJ_FINE);
    first = second ? scratch : d->difference;
    hess = second ? d->difference_hess : NULL;
    assert_int_equal(tj_space_difference_derivatives(&sim->fd, &sim->world, &ambient, &p->site, p->w, first, hess),
                     TJ_FINE);
  }
}

/* Differences, whatever their order is set to, are close to what the hooks say; hess is whole. */
static void test_differences(void **state) {
  (void)state;
  mood good = {0};
  rng r = rng_from(env_seed("space", 20261201));
  const traj_problem with = problem_of(&good, 1), without = problem_of(&good, 0);
  for (int round = 0; round < 20; round++) {
    derivatives exact, found;
    place p;
    draw(&r, &p);
    rig up = rig_up(&with, TRAJ_CENTRAL, 0);
    take(&up.sim, &p, &exact);
    assert_int_equal(up.sim.world.calls.tangent, 4);
    up = rig_up(&without, round % 2 ? TRAJ_FORWARD : TRAJ_CENTRAL, 0);
    take(&up.sim, &p, &found);
    assert_int_equal(up.sim.world.calls.tangent, 0);
    for (int i = 0; i < NX * NDX; i++) {
      assert_near(found.retract[i], exact.retract[i], 1e-9);
      assert_near(found.difference[i], exact.difference[i], 1e-9);
    }
    for (int i = 0; i < NDX * NDX; i++)
      assert_near(found.retract_hess[i], exact.retract_hess[i], 3e-6);
    for (int i = 0; i < NX * NX; i++) {
      assert_near(found.difference_hess[i], exact.difference_hess[i], 3e-6);
      assert_true(exact.difference_hess[i] == exact.difference_hess[i / NX + i % NX * NX]);
    }
  }
}

/* As docs/theory tells them. */
static void test_calls(void **state) {
  (void)state;
  mood good = {0};
  rng r = rng_from(7);
  place p;
  double jac[NX * NDX], hess[NX * NX];
  const traj_problem without = problem_of(&good, 0);
  draw(&r, &p);
  rig up = rig_up(&without, TRAJ_CENTRAL, 0);
  tj_world *world = &up.sim.world, ambient = tj_world_ambient(world);
  assert_int_equal(tj_space_retract_derivatives(&up.sim.fd, world, &p.site, NULL, jac, NULL), TJ_FINE);
  assert_true(world->calls.retract == 2 * NDX && world->calls.difference == 0 && world->calls.project == 0);
  assert_int_equal(tj_space_difference_derivatives(&up.sim.fd, world, &ambient, &p.site, NULL, jac, NULL), TJ_FINE);
  assert_true(world->calls.retract == 2 * NDX && world->calls.difference == 2 * NX && world->calls.project == 2 * NX);
  world->calls = (traj_calls){0};
  assert_int_equal(tj_space_retract_derivatives(&up.sim.fd, world, &p.site, p.w, jac, hess), TJ_FINE);
  assert_int_equal(tj_space_difference_derivatives(&up.sim.fd, world, &ambient, &p.site, p.w, jac, hess), TJ_FINE);
  assert_int_equal(world->calls.retract, NDX * NDX + NDX);
  assert_int_equal(world->calls.difference, NX * NX + NX + 1);
  assert_int_equal(world->calls.project, NX * NX + NX + 1);
}

static void test_project(void **state) {
  (void)state;
  mood m = {0};
  rng r = rng_from(8);
  place p;
  double out[NX];
  traj_problem problem = problem_of(&m, 0);
  draw(&r, &p);
  rig up = rig_up(&problem, TRAJ_CENTRAL, 0);
  tj_world *world = &up.sim.world;
  assert_int_equal(tj_space_project(world, K, p.y, out), TJ_FINE);
  assert_memory_equal(out, p.end, sizeof out);
  m.code = 3;
  assert_int_equal(tj_space_project(world, K, p.y, out), TJ_UNDEFINED);
  assert_string_equal(world->diag.hook, "model.project");
  assert_true(world->diag.value == 3 && world->diag.k == K);
  m = (mood){.bad_jac = 1};
  assert_int_equal(tj_space_project(world, K, p.y, out), TJ_UNDEFINED);
  assert_int_equal(world->diag.status, TRAJ_E_NOT_FINITE);
  assert_int_equal(world->diag.row, NX - 1);
  problem.model.project = NULL;
  up = rig_up(&problem, TRAJ_CENTRAL, 0);
  assert_int_equal(tj_space_project(&up.sim.world, K, p.y, out), TJ_FINE);
  assert_memory_equal(out, p.y, sizeof out);
}

static void assert_blamed(const tj_world *world, traj_status status, const char *hook, const char *field, int row,
                          int col) {
  assert_int_equal(world->diag.status, status);
  assert_string_equal(world->diag.hook, hook);
  if (field != NULL) assert_string_equal(world->diag.field, field);
  assert_true(world->diag.k == K && world->diag.row == row && world->diag.col == col);
}

static void test_bad_hooks(void **state) {
  (void)state;
  mood m = {0};
  rng r = rng_from(9);
  place p;
  derivatives d;
  const traj_problem problem = problem_of(&m, 1);
  draw(&r, &p);
  rig up = rig_up(&problem, TRAJ_CENTRAL, 0);
  tj_world *world = &up.sim.world, ambient = tj_world_ambient(world);
  const char *hooks[2] = {"model.retract_derivatives", "model.difference_derivatives"};
  for (int hook = 0; hook < 2; hook++) {
    const int rows = hook ? NDX : NX, n = hook ? NX : NDX;
    const mood moods[] = {{.code = 1}, {.code = -2}, {.bad_jac = 1}, {.bad_hess = 1}};
    const int outcomes[] = {TJ_UNDEFINED, TRAJ_E_CALLBACK, TJ_UNDEFINED, TJ_UNDEFINED};
    for (int i = 0; i < 4; i++) {
      m = moods[i];
      int outcome = hook ? tj_space_difference_derivatives(&up.sim.fd, world, &ambient, &p.site, p.w, d.difference,
                                                           d.difference_hess)
                         : tj_space_retract_derivatives(&up.sim.fd, world, &p.site, p.w, d.retract, d.retract_hess);
      assert_int_equal(outcome, outcomes[i]);
      if (i < 2) assert_blamed(world, TRAJ_E_CALLBACK, hooks[hook], NULL, -1, -1);
      if (i == 2) assert_blamed(world, TRAJ_E_NOT_FINITE, hooks[hook], "jac", rows - 1, n - 1);
      if (i == 3) assert_blamed(world, TRAJ_E_NOT_FINITE, hooks[hook], "hess", n - 1, n - 1);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_differences),
      cmocka_unit_test(test_calls),
      cmocka_unit_test(test_project),
      cmocka_unit_test(test_bad_hooks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
