/* Cost Hessians that are indefinite, control Hessians that are singular: regularisation takes care of them. No such
 * solve ends with an error, none is worse than the guess, and where there is an optimum to find it is found. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>

#include "support/env.h"
#include "support/near.h"
#include "support/rng.h"
#include "support/rollout.h"
#include "support/solver.h"

enum { MAX_N = 20, MAX_NX = 3, MAX_NU = 2 };

/* A random world of waves: x+_i = x_i + .1 a_i sin(p_i'x + q_i'u), and costs that are sums of cosines with a faint
 * quadratic floor, so that a minimum exists. */
typedef struct waves {
  int nx, nu, N;
  double a[MAX_NX], p[MAX_NX * MAX_NX], q[MAX_NX * MAX_NU], bend[MAX_NX], turn[MAX_NU];
} waves;

static int wave_step(const traj_point *at, double *x_next, void *user) {
  const waves *w = user;
  for (int i = 0; i < w->nx; i++) {
    double phase = 0;
    for (int j = 0; j < w->nx; j++)
      phase += w->p[i + j * MAX_NX] * at->x[j];
    for (int j = 0; j < w->nu; j++)
      phase += w->q[i + j * MAX_NX] * at->u[j];
    x_next[i] = at->x[i] + 0.1 * w->a[i] * sin(phase);
  }
  return 0;
}

static int wave_cost(const traj_point *at, double *cost, void *user) {
  const waves *w = user;
  *cost = 0;
  for (int i = 0; i < w->nx; i++)
    *cost += cos(w->bend[i] * at->x[i]) + 1e-3 * at->x[i] * at->x[i];
  for (int i = 0; at->u != NULL && i < w->nu; i++)
    *cost += 0.1 * cos(w->turn[i] * at->u[i]) + 1e-3 * at->u[i] * at->u[i];
  return 0;
}

static traj_problem draw_waves(rng *r, waves *w) {
  *w = (waves){.nx = rng_int(r, 1, MAX_NX), .nu = rng_int(r, 1, MAX_NU), .N = rng_int(r, 1, MAX_N)};
  rng_fill(r, w->a, MAX_NX, 1);
  rng_fill(r, w->p, MAX_NX * MAX_NX, 1);
  rng_fill(r, w->q, MAX_NX * MAX_NU, 2);
  rng_fill(r, w->bend, MAX_NX, 2);
  rng_fill(r, w->turn, MAX_NU, 2);
  return (traj_problem){
      .N = w->N,
      .model = {.nx = w->nx, .nu = w->nu, .step = wave_step, .user = w},
      .cost = {.stage = wave_cost, .final = wave_cost, .user = w},
  };
}

/* The cost never rises from iterate to iterate. */
static int watch_descent(const traj_iteration *row, void *user) {
  double *last = user;
  assert_true(row->cost <= *last);
  *last = row->cost;
  return 0;
}

/* What the solves of a method came to. */
typedef struct tally {
  int converged, regularised;
} tally;

static void check_waves(const traj_problem *problem, const double *x0, const double *guess, traj_ddp_method method,
                        tally *t) {
  const int controls = problem->N * problem->model.nu;
  double last = HUGE_VAL, gradient[MAX_NU * MAX_N];
  traj_ddp_settings settings = solver_settings(method);
  settings.run.iteration = watch_descent;
  settings.run.iteration_user = &last;
  traj_ddp *solver = solver_create(problem, &settings);
  assert_int_equal(traj_ddp_guess(solver, guess), TRAJ_OK);
  traj_status status = traj_ddp_solve(solver, 0, x0);
  const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
  const traj_plan *plan = traj_ddp_plan(solver);
  if (status < 0) solver_print(solver);
  assert_true(status >= 0);
  assert_plan_finite(plan);
  assert_true(plan->cost <= stats->initial_cost);
  assert_near(plan->cost, rollout_cost(problem, x0, plan->u), 1e-12 * (1 + fabs(plan->cost)));
  t->regularised += stats->max_regularization > 0;
  t->converged += status == TRAJ_OK;
  rollout_gradient(problem, x0, plan->u, gradient);
  for (int i = 0; status == TRAJ_OK && i < controls; i++)
    assert_near(gradient[i], 0, 1e-3);
  traj_ddp_destroy(solver);
}

static void indefinite_costs(void **state) {
  (void)state;
  rng r = rng_from(env_seed("indefinite", 20240307));
  const int rounds = env_rounds(100, 8);
  tally of[2] = {0};
  for (int round = 0; round < rounds; round++) {
    waves w;
    const traj_problem problem = draw_waves(&r, &w);
    double x0[MAX_NX], guess[MAX_NU * MAX_N];
    rng_fill(&r, x0, MAX_NX, 1);
    rng_fill(&r, guess, MAX_NU * MAX_N, 1);
    check_waves(&problem, x0, guess, TRAJ_ILQR, &of[TRAJ_ILQR]);
    check_waves(&problem, x0, guess, TRAJ_DDP, &of[TRAJ_DDP]);
  }
  print_message("of %d problems iLQR converged on %d (%d regularised), DDP on %d (%d regularised)\n", rounds,
                of[TRAJ_ILQR].converged, of[TRAJ_ILQR].regularised, of[TRAJ_DDP].converged, of[TRAJ_DDP].regularised);
  assert_true(of[TRAJ_DDP].regularised > 0);
  /* iLQR, which ignores how the dynamics bend, may creep or stall where that decides what a minimum is. */
  assert_true(4 * of[TRAJ_ILQR].converged >= rounds);
  assert_true(100 * of[TRAJ_DDP].converged >= 95 * rounds);
}

/* A double integrator with any number of actuators that all do the same, and no cost of control. */
typedef struct actuators {
  int nu;
  double final; /* weight of the final state */
} actuators;

static int integrate(const traj_point *at, double *x_next, void *user) {
  const actuators *a = user;
  double force = 0;
  for (int i = 0; i < a->nu; i++)
    force += at->u[i];
  x_next[0] = at->x[0] + 0.1 * at->x[1];
  x_next[1] = at->x[1] + 0.1 * force;
  return 0;
}

static int state_cost(const traj_point *at, double *cost, void *user) {
  const actuators *a = user;
  const double *x = at->x;
  *cost = at->u == NULL ? a->final * (x[0] * x[0] + x[1] * x[1]) : 0;
  return 0;
}

static double solve_actuators(actuators a, traj_ddp_method method) {
  const traj_problem problem = {
      .N = 10,
      .model = {.nx = 2, .nu = a.nu, .step = integrate, .user = &a},
      .cost = {.stage = state_cost, .final = state_cost, .user = &a},
  };
  const double x0[] = {1, 1};
  const traj_ddp_settings settings = solver_settings(method);
  traj_ddp *solver = solver_create(&problem, &settings);
  traj_status status = traj_ddp_solve(solver, 0, x0);
  const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
  assert_int_equal(status, TRAJ_OK);
  assert_plan_finite(traj_ddp_plan(solver));
  assert_true(stats->cost <= stats->initial_cost);
  double cost = stats->cost;
  traj_ddp_destroy(solver);
  return cost;
}

/* Ten free controls bring two states to zero: the optimum is zero, whatever is singular on the way. */
static void singular_control_weights(void **state) {
  (void)state;
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    for (int nu = 1; nu <= 3; nu++)
      assert_near(solve_actuators((actuators){nu, 50}, (traj_ddp_method)method), 0, 1e-6);
    assert_true(solve_actuators((actuators){2, 0}, (traj_ddp_method)method) == 0); /* no cost at all */
  }
}

/* The control hill: a stage cost that is a maximum at the guess, where its gradient vanishes. */
static int hill(const traj_point *at, double *cost, void *user) {
  (void)user;
  const double *x = at->x, *u = at->u;
  *cost = u == NULL ? x[0] * x[0] : cos(u[0]) + 0.01 * u[0] * u[0];
  return 0;
}

static int drift(const traj_point *at, double *x_next, void *user) {
  (void)user;
  x_next[0] = 0.5 * at->x[0] + 0.01 * at->u[0];
  return 0;
}

static void concave_controls(void **state) {
  (void)state;
  const traj_problem problem = {
      .N = 5,
      .model = {.nx = 1, .nu = 1, .step = drift},
      .cost = {.stage = hill, .final = hill},
  };
  const double x0 = 1, guess[] = {0.1, 0.1, 0.1, 0.1, 0.1};
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    const traj_ddp_settings settings = solver_settings((traj_ddp_method)method);
    traj_ddp *solver = solver_create(&problem, &settings);
    assert_int_equal(traj_ddp_guess(solver, guess), TRAJ_OK);
    assert_int_equal(traj_ddp_solve(solver, 0, &x0), TRAJ_OK);
    const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
    assert_true(stats->max_regularization > 0);
    for (int k = 0; k < 5; k++) /* near the valley of the cosine, from either side */
      assert_near(fabs(traj_ddp_plan(solver)->u[k]), 3.08, 0.05);
    traj_ddp_destroy(solver);
  }
}

static int pushed(const traj_point *at, double *x_next, void *user) {
  (void)user;
  *x_next = at->x[0] + at->u[0];
  return 0;
}

/* `user` is the price of the control. */
static int priced(const traj_point *at, double *cost, void *user) {
  const double *price = user;
  *cost = at->x[0] * at->x[0] + (at->u == NULL ? 0 : *price * at->u[0] * at->u[0]);
  return 0;
}

/* A cost without a bottom outgrows any tolerance that goes by its size. Neither a solve nor one that goes on from it
 * takes that for convergence. */
static void no_bottom(void **state) {
  (void)state;
  double price = -2;
  const double x0[1] = {1};
  const traj_problem problem = {.N = 10,
                                .dt = 1,
                                .model = {.nx = 1, .nu = 1, .step = pushed},
                                .cost = {.stage = priced, .final = priced, .user = &price}};
  for (int method = TRAJ_ILQR; method <= TRAJ_AUTO; method++) {
    const traj_ddp_settings settings = solver_settings((traj_ddp_method)method);
    traj_ddp *solver = solver_create(&problem, &settings);
    for (int solve = 0; solve < 4; solve++) {
      const traj_status status = traj_ddp_solve(solver, 0, x0);
      assert_true(status == TRAJ_MAX_ITER || status == TRAJ_STALLED);
      assert_true(isfinite(traj_ddp_plan(solver)->cost) && traj_ddp_plan(solver)->cost < -1e10);
    }
    traj_ddp_destroy(solver);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(indefinite_costs),
      cmocka_unit_test(singular_control_weights),
      cmocka_unit_test(concave_controls),
      cmocka_unit_test(no_bottom),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
