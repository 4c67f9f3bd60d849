/* A turning body by its ode, on the unit quaternions: motions known in closed form, what is conserved, the order of the
 * integration; and one task in four sets of coordinates, which has one optimum. */
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

#include "support/body.h"
#include "support/env.h"
#include "support/near.h"
#include "support/rng.h"
#include "support/rotor.h"
#include "support/solver.h"

enum { NX = BODY_NX, NDX = BODY_NDX, NU = BODY_NU, STAGES = BODY_STAGES, MOST_STAGES = 160 };

/* The motion without torques. */
static const double *coast(traj_ddp **solver, const traj_problem *problem, const double *x0) {
  traj_ddp_settings settings = solver_settings(TRAJ_ILQR);
  settings.run.max_iter = 0;
  *solver = solver_create(problem, &settings);
  assert_true(traj_ddp_solve(*solver, 0, x0) >= 0);
  return traj_ddp_plan(*solver)->x;
}

/* About a principal axis a body turns evenly. Four stages of the time bring the error down by the order of the method,
 * as they would in flat space. */
static void even_turns_have_the_order_of_the_method(void **state) {
  (void)state;
  const traj_integrator methods[] = {TRAJ_EULER, TRAJ_MIDPOINT, TRAJ_RK4};
  const double orders[] = {2, 2, 4}; /* the length, where Euler is of the first order only, is put right by project */
  const double duration = 4, rate = 1.7;
  for (int m = 0; m < 3; m++) {
    double errors[2];
    for (int fine = 0; fine < 2; fine++) {
      const int N = fine ? MOST_STAGES : MOST_STAGES / 4;
      traj_problem problem = body_problem(N, duration / N);
      problem.model.integrator = methods[m];
      double x0[NX] = {0.5, 0.5, -0.5, 0.5, 0, rate, 0}, turn[3] = {0, rate * duration, 0}, exact[4], by[4], off[3];
      traj_ddp *solver;
      const double *x = coast(&solver, &problem, x0);
      rotor_exp(turn, by);
      rotor_multiply(x0, by, exact);
      rotor_difference(exact, x + N * NX, off, NULL);
      errors[fine] = sqrt(off[0] * off[0] + off[1] * off[1] + off[2] * off[2]);
      traj_ddp_destroy(solver);
    }
    double order = log(errors[0] / errors[1]) / log(4);
    print_message("method %d: errors %.2e, %.2e, order %.2f\n", (int)methods[m], errors[0], errors[1], order);
    assert_near(order, orders[m], 0.1);
  }
}

/* A free body keeps its angular momentum in space and its energy; quaternions keep their length to rounding. */
static void free_bodies_keep_what_they_have(void **state) {
  (void)state;
  rng r = rng_from(env_seed("free bodies", 20261202));
  for (int round = 0, rounds = env_rounds(20, 3); round < rounds; round++) {
    double drift[2] = {0};
    double x0[NX];
    rotor_draw(&r, x0);
    rng_fill(&r, x0 + 4, 3, 1);
    for (int fine = 0; fine < 2; fine++) {
      const int N = fine ? MOST_STAGES : MOST_STAGES / 4;
      const traj_problem problem = body_problem(N, 4.0 / N);
      traj_ddp *solver;
      const double *x = coast(&solver, &problem, x0);
      double first[3], energy = 0;
      for (int k = 0; k <= N; k++, x += NX) {
        const double momentum[3] = {body_inertia[0] * x[4], body_inertia[1] * x[5], body_inertia[2] * x[6]};
        double in_space[3], now = momentum[0] * x[4] + momentum[1] * x[5] + momentum[2] * x[6], length = 0;
        body_rotate(x, momentum, in_space);
        if (k == 0) memcpy(first, in_space, sizeof first);
        if (k == 0) energy = now;
        for (int i = 0; i < 3; i++)
          drift[fine] = fmax(drift[fine], fabs(in_space[i] - first[i]));
        drift[fine] = fmax(drift[fine], fabs(now - energy));
        for (int i = 0; i < 4; i++)
          length += x[i] * x[i];
        assert_near(length, 1, 1e-14);
      }
      traj_ddp_destroy(solver);
    }
    assert_true(drift[1] <= drift[0] / 100 || drift[1] <= 1e-9); /* fourth order: 256 */
  }
}

/* The same by Euler angles, x = (roll, pitch, yaw, w): q = Exp(yaw z) Exp(pitch y) Exp(roll x). */
static void quaternion_of(const double *angles, double *q) {
  const double turns[3][3] = {{0, 0, angles[2]}, {0, angles[1], 0}, {angles[0], 0, 0}};
  double by[3][4], half[4];
  for (int i = 0; i < 3; i++)
    rotor_exp(turns[i], by[i]);
  rotor_multiply(by[0], by[1], half);
  rotor_multiply(half, by[2], q);
}

static int euler_ode(const traj_point *at, double *dxdt, void *user) {
  const double *a = at->x, *w = at->x + 3, s = sin(a[0]), c = cos(a[0]);
  (void)user;
  dxdt[2] = (s * w[1] + c * w[2]) / cos(a[1]);
  dxdt[1] = c * w[1] - s * w[2];
  dxdt[0] = w[0] + sin(a[1]) * dxdt[2];
  body_spin(w, at->u, dxdt + 3);
  return 0;
}

static int euler_miss(const traj_point *at, double *r, void *user) {
  double q[4];
  (void)user;
  quaternion_of(at->x, q);
  body_miss(q, at->x + 3, r);
  return 0;
}

typedef struct answer {
  double cost, u[NU * STAGES];
} answer;

static answer solve(const traj_problem *problem, traj_ddp_method method, const double *x0, const double *guess,
                    int width) {
  answer out;
  traj_ddp_settings settings = solver_settings(method);
  settings.tolerance = 1e-11;
  traj_ddp *solver = solver_create(problem, &settings);
  assert_int_equal(traj_ddp_guess(solver, guess), TRAJ_OK);
  traj_status status = traj_ddp_solve(solver, 0, x0);
  if (status != TRAJ_OK) solver_print(solver);
  assert_int_equal(status, TRAJ_OK);
  const traj_plan *plan = traj_ddp_plan(solver);
  assert_int_equal(plan->ndx, width);
  if (problem->u_min != NULL) assert_plan_within_limits(plan);
  out.cost = plan->cost;
  memcpy(out.u, plan->u, sizeof out.u);
  traj_ddp_destroy(solver);
  return out;
}

static void assert_same(const answer *got, const answer *expected, double cost, double control, const char *what) {
  double worst = 0;
  for (int i = 0; i < NU * STAGES; i++)
    worst = fmax(worst, fabs(got->u[i] - expected->u[i]));
  print_message("  %-24s cost differs by %.1e, controls by %.1e\n", what, got->cost - expected->cost, worst);
  assert_near(got->cost, expected->cost, cost);
  assert_true(worst <= control);
}

/* By parts, by hooks without derivatives, in seven numbers as if they were flat, by angles: the same trajectories, so
 * the same optimum. The last two integrate something else, which agrees to the order of the method. */
static void check_task(const double *angles, const double *limits) {
  double x0[NX], by_angles[6] = {angles[0], angles[1], angles[2], 0.1, -0.2, 0.3};
  traj_problem by_parts = body_task();
  by_parts.u_min = limits == NULL ? NULL : limits;
  by_parts.u_max = limits == NULL ? NULL : limits + NU;
  traj_problem by_hooks = by_parts, flat = by_parts, euler = by_parts;
  by_hooks.model.parts = NULL;
  by_hooks.model.ndx = NDX;
  by_hooks.model.retract = traj_manifold_retract;
  by_hooks.model.difference = traj_manifold_difference;
  by_hooks.model.project = traj_manifold_project;
  by_hooks.model.user = (void *)(uintptr_t)body_parts;
  flat.model.parts = NULL;
  euler.model = (traj_model){.nx = 6, .nu = NU, .ode = euler_ode, .substeps = 4};
  euler.cost.final_residual = euler_miss;
  quaternion_of(angles, x0);
  memcpy(x0 + 4, by_angles + 3, 3 * sizeof *x0);
  const answer best = solve(&by_parts, TRAJ_ILQR, x0, NULL, NDX);
  double half[NU * STAGES]; /* there are other ways round: all start towards the same */
  for (int i = 0; i < NU * STAGES; i++)
    half[i] = 0.5 * best.u[i];
  print_message("from %.1f, %.1f, %.1f%s: cost %.9g\n", angles[0], angles[1], angles[2],
                limits == NULL ? "" : ", limits", best.cost);
  const answer ddp = solve(&by_parts, TRAJ_DDP, x0, half, NDX), hooks = solve(&by_hooks, TRAJ_DDP, x0, half, NDX);
  const answer seven = solve(&flat, TRAJ_DDP, x0, half, NX), six = solve(&euler, TRAJ_DDP, by_angles, half, 6);
  assert_same(&ddp, &best, 1e-9, 1e-4, "DDP");
  assert_same(&hooks, &best, 1e-9, 1e-4, "hooks by differences");
  assert_same(&seven, &best, 1e-9, 1e-4, "seven flat numbers");
  assert_same(&six, &best, 1e-8, 1e-4, "Euler angles");
}

static void coordinates_do_not_matter(void **state) {
  (void)state;
  const double starts[3][3] = {{0.2, 0.1, -0.3}, {1, 0.5, 1}, {-0.4, 0.9, 0.6}};
  const double limits[2 * NU] = {-0.5, -0.6, -0.4, 0.5, 0.5, 0.8};
  for (int i = 0; i < 3; i++) {
    check_task(starts[i], NULL);
    check_task(starts[i], limits);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(even_turns_have_the_order_of_the_method),
      cmocka_unit_test(free_bodies_keep_what_they_have),
      cmocka_unit_test(coordinates_do_not_matter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
