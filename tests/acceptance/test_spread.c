/* How noise spreads about a plan, and what it costs: predictions against Monte-Carlo. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problems/problems.h"
#include "support/env.h"
#include "support/lq.h"
#include "support/rk4.h"
#include "support/solver.h"
#include "traj/covariance.h"
#include "traj/extra.h"
#include "traj/steady.h"

enum { NX = 3, NU = 2, N = 25, NOISES = 2 };

/* A random linear-quadratic problem with every kind of noise; root holds a root of Sigma. */
typedef struct world {
  lq instance;
  traj_lqr_problem problem;
  double C[NOISES * NX * NX], D[NOISES * NX * NU], root[NX * NX], Sigma[NX * NX];
  double start[NX * NX]; /* a root of the covariance at the start */
} world;

static void square_of(const double *root, double *covariance) {
  for (int i = 0; i < NX; i++) {
    for (int j = 0; j < NX; j++) {
      covariance[i + j * NX] = 0;
      for (int l = 0; l < NX; l++)
        covariance[i + j * NX] += root[i + l * NX] * root[j + l * NX];
    }
  }
}

static void make(world *w, uint64_t seed) {
  rng r = rng_from(seed);
  lq_kind kind = {.nx = NX, .nu = NU, .N = N, .rank = NX, .condition = 3, .effort = 1, .final = 2, .growth = 0.9};
  kind.affine = kind.cross = true;
  w->instance = lq_draw(&r, &kind);
  rng_fill(&r, w->C, NOISES * NX * NX, 0.06);
  rng_fill(&r, w->D, NOISES * NX * NU, 0.1);
  rng_fill(&r, w->root, NX * NX, 0.2);
  rng_fill(&r, w->start, NX * NX, 0.3);
  square_of(w->root, w->Sigma);
  w->problem = w->instance.problem;
  w->problem.Sigma = (traj_series){w->Sigma, 0};
  w->problem.noises = NOISES;
  w->problem.C = (traj_series){w->C, 0};
  w->problem.D = (traj_series){w->D, 0};
}

static double symmetric(const double *a, int n, int i, int j) {
  return a == NULL ? 0 : i >= j ? a[i + j * n] : a[j + i * n];
}

static double stage_cost(const traj_lqr_problem *p, int k, const double *x, const double *u) {
  const double *Q = lq_at(p->Q, k), *S = lq_at(p->S, k), *R = lq_at(p->R, k), *q = lq_at(p->q, k), *l = lq_at(p->r, k);
  double cost = 0;
  for (int i = 0; i < NX; i++) {
    cost += q[i] * x[i];
    for (int j = 0; j < NX; j++)
      cost += 0.5 * x[i] * symmetric(Q, NX, i, j) * x[j];
  }
  for (int i = 0; i < NU; i++) {
    cost += l[i] * u[i];
    for (int j = 0; j < NU; j++)
      cost += 0.5 * u[i] * symmetric(R, NU, i, j) * u[j];
    for (int j = 0; j < NX; j++)
      cost += u[i] * S[i + j * NU] * x[j];
  }
  return cost;
}

static double final_cost(const traj_lqr_problem *p, const double *x) {
  double cost = 0;
  for (int i = 0; i < NX; i++) {
    cost += p->q_N[i] * x[i];
    for (int j = 0; j < NX; j++)
      cost += 0.5 * x[i] * symmetric(p->Q_N, NX, i, j) * x[j];
  }
  return cost;
}

static void add_noise(rng *r, const double *root, double *x) {
  for (int l = 0; l < NX; l++) {
    double xi = rng_normal(r);
    for (int i = 0; i < NX; i++)
      x[i] += root[i + l * NX] * xi;
  }
}

static void advance(const world *w, rng *r, int k, const double *x, const double *u, double *next) {
  const traj_lqr_problem *p = &w->problem;
  double scale[NOISES];
  for (int n = 0; n < NOISES; n++)
    scale[n] = rng_normal(r);
  for (int i = 0; i < NX; i++) {
    next[i] = lq_at(p->c, k)[i];
    for (int j = 0; j < NX; j++) {
      next[i] += lq_at(p->A, k)[i + j * NX] * x[j];
      for (int n = 0; n < NOISES; n++)
        next[i] += scale[n] * w->C[n * NX * NX + i + j * NX] * x[j];
    }
    for (int j = 0; j < NU; j++) {
      next[i] += lq_at(p->B, k)[i + j * NX] * u[j];
      for (int n = 0; n < NOISES; n++)
        next[i] += scale[n] * w->D[n * NX * NU + i + j * NX] * u[j];
    }
  }
  add_noise(r, w->root, next);
}

/* Means of what was seen, with their standard errors. */
typedef struct statistics {
  double sum[NX * NX + 1], square[NX * NX + 1];
  int count;
} statistics;

static void note(statistics *s, int i, double value) {
  s->sum[i] += value;
  s->square[i] += value * value;
}

static double mean_of(const statistics *s, int i) {
  return s->sum[i] / s->count;
}

static double error_of(const statistics *s, int i) {
  double mean = mean_of(s, i);
  return sqrt((s->square[i] / s->count - mean * mean) / s->count);
}

/* The cost, and the products of displacements at stage at. */
static statistics simulate(const world *w, const traj_plan *plan, uint64_t seed, int rollouts, int at) {
  statistics seen = {.count = rollouts};
  rng r = rng_from(seed);
  for (int i = 0; i < rollouts; i++) {
    double x[NX], next[NX], u[NU], cost = 0;
    memcpy(x, plan->x, sizeof x);
    add_noise(&r, w->start, x);
    for (int k = 0; k <= N; k++) {
      for (int a = 0; k == at && a < NX * NX; a++)
        note(&seen, a, (x[a % NX] - plan->x[k * NX + a % NX]) * (x[a / NX] - plan->x[k * NX + a / NX]));
      if (k == N) break;
      assert_int_equal(traj_plan_action(plan, plan->t[k], x, u, NULL), TRAJ_OK);
      cost += stage_cost(&w->problem, k, x, u);
      advance(w, &r, k, x, u, next);
      memcpy(x, next, sizeof x);
    }
    note(&seen, NX * NX, cost + final_cost(&w->problem, x));
  }
  return seen;
}

static traj_lqr *plan_for(const traj_lqr_problem *problem, const double *x0) {
  traj_lqr *lqr = NULL;
  assert_int_equal(traj_lqr_create(&lqr, traj_heap(), problem, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_factor(lqr, NULL), TRAJ_OK);
  assert_int_equal(traj_lqr_solve(lqr, 0, x0), TRAJ_OK);
  return lqr;
}

static double predict(const world *w, const traj_plan *plan, double *P) {
  double start[NX * NX], work[NX * (3 * NX + NU + 1)], cost = 0;
  square_of(w->start, start);
  assert_int_equal(traj_plan_covariance(plan, &w->problem, start, P, &cost, work, NULL), TRAJ_OK);
  return cost;
}

/* Within 4.5 standard errors: one in 150 000 by chance. */
static const double SURE = 4.5;

static void linear_worlds(void **state) {
  (void)state;
  static double P[(N + 1) * NX * NX];
  const uint64_t seed = env_seed("linear worlds", 20240812);
  const int rollouts = env_rounds(20000, 1000);
  for (uint64_t i = 0; i < 3; i++) {
    world w;
    make(&w, seed + i);
    traj_lqr *lqr = plan_for(&w.problem, w.instance.x0);
    const traj_plan *plan = traj_lqr_plan(lqr);
    double cost = predict(&w, plan, P), worst = 0;
    const int at = i == 0 ? N : 5 * (int)i;
    statistics seen = simulate(&w, plan, seed + 100 + i, rollouts, at);
    for (int a = 0; a < NX * NX; a++)
      worst = fmax(worst, fabs(mean_of(&seen, a) - P[at * NX * NX + a]) / error_of(&seen, a));
    double off = (mean_of(&seen, NX * NX) - cost) / error_of(&seen, NX * NX);
    print_message(
        "plan %.4f, expected %.4f, mean of %d rollouts %.4f +- %.4f; covariances at stage %d within %.1f errors\n",
        plan->cost, cost, rollouts, mean_of(&seen, NX * NX), error_of(&seen, NX * NX), at, worst);
    assert_true(fabs(off) <= SURE);
    assert_true(worst <= SURE);
    assert_true(cost > plan->cost + 5 * error_of(&seen, NX * NX)); /* or the test would see nothing */
    traj_lqr_destroy(lqr);
    lq_free(&w.instance);
  }
}

/* A policy that knows of the noise that goes with state and control is cheaper than one that does not; both costs are
 * as predicted. */
static void knowing_the_noise_pays(void **state) {
  (void)state;
  static double P[(N + 1) * NX * NX];
  const uint64_t seed = env_seed("knowing the noise", 3);
  const int rollouts = env_rounds(20000, 1000);
  world w;
  make(&w, seed);
  for (int i = 0; i < NOISES * NX * NU; i++)
    w.D[i] *= 3;
  traj_lqr_problem ignorant = w.problem;
  ignorant.noises = 0;
  ignorant.C.data = ignorant.D.data = NULL;
  traj_lqr *aware = plan_for(&w.problem, w.instance.x0), *blind = plan_for(&ignorant, w.instance.x0);
  double cheap = predict(&w, traj_lqr_plan(aware), P), dear = predict(&w, traj_lqr_plan(blind), P);
  statistics a = simulate(&w, traj_lqr_plan(aware), seed + 1, rollouts, 1);
  statistics b = simulate(&w, traj_lqr_plan(blind), seed + 2, rollouts, 1);
  print_message("knowing %.4f (seen %.4f +- %.4f), not knowing %.4f (seen %.4f +- %.4f)\n", cheap, mean_of(&a, NX * NX),
                error_of(&a, NX * NX), dear, mean_of(&b, NX * NX), error_of(&b, NX * NX));
  assert_true(fabs(mean_of(&a, NX * NX) - cheap) <= SURE * error_of(&a, NX * NX));
  assert_true(fabs(mean_of(&b, NX * NX) - dear) <= SURE * error_of(&b, NX * NX));
  assert_true(dear > cheap);
  traj_lqr_destroy(aware);
  traj_lqr_destroy(blind);
  lq_free(&w.instance);
}

/* In the long run each stage of the steady policy costs the rate. */
static void steady_rate(void **state) {
  (void)state;
  const uint64_t seed = env_seed("steady rate", 5);
  world w;
  make(&w, seed);
  traj_steady *steady = NULL;
  assert_int_equal(traj_steady_create(&steady, traj_heap(), &w.problem, NULL), TRAJ_OK);
  assert_int_equal(traj_steady_solve(steady, NULL), TRAJ_OK);
  const traj_steady_policy *p = traj_steady_get_policy(steady);
  statistics seen = {.count = 0};
  rng r = rng_from(seed + 1);
  double x[NX] = {0}, next[NX], u[NU];
  const int batches = env_rounds(400, 100), length = 500;
  for (int batch = -1; batch < batches; batch++) { /* the first one settles */
    double cost = 0;
    for (int k = 0; k < length; k++) {
      for (int i = 0; i < NU; i++) {
        u[i] = p->k[i];
        for (int j = 0; j < NX; j++)
          u[i] += p->K[i + j * NU] * x[j];
      }
      cost += stage_cost(&w.problem, 0, x, u) / length;
      advance(&w, &r, 0, x, u, next);
      memcpy(x, next, sizeof x);
    }
    if (batch >= 0) note(&seen, 0, cost);
  }
  seen.count = batches;
  print_message("rate %.5f, mean of %d stages %.5f +- %.5f\n", p->rate, batches * length, mean_of(&seen, 0),
                error_of(&seen, 0));
  assert_true(fabs(mean_of(&seen, 0) - p->rate) <= SURE * error_of(&seen, 0));
  traj_steady_destroy(steady);
  lq_free(&w.instance);
}

/* The cart-pole of CP50: dynamics and cost about the plan of DDP. Noise of .02 on both velocities lifts the mean cost
 * from 2.8785 to 3.15 +- .002 (20 000 rollouts); first order may miss a tenth of what the noise adds. */
static void cart_pole(void **state) {
  (void)state;
  enum { STAGES = 50, SIZE = RK4_NX * RK4_NX };
  static double A[STAGES * SIZE], B[STAGES * RK4_NX], P[(STAGES + 1) * SIZE];
  double work[RK4_NX * (3 * RK4_NX + RK4_NU + 1)], Sigma[SIZE] = {0}, Q_N[SIZE] = {0}, cost = 0;
  const double R = 0.04 * 0.1;
  const bench_problem *b = bench_problem_find("CP50");
  rk4 ode = {.ode = b->problem.model, .dt = b->problem.dt};
  traj_model model = rk4_model(&ode);
  const traj_ddp_settings settings = solver_settings(TRAJ_DDP);
  traj_ddp *solver = solver_create(&b->problem, &settings);
  assert_int_equal(solver_run(solver, b), TRAJ_OK);
  const traj_plan *plan = traj_ddp_plan(solver);
  assert_int_equal(plan->N, STAGES);
  for (int k = 0; k < STAGES; k++) {
    traj_point at = {.k = k, .t = plan->t[k], .x = plan->x + k * RK4_NX, .u = plan->u + k};
    traj_jac out = {.fx = A + k * SIZE, .fu = B + k * RK4_NX};
    assert_int_equal(model.jac(&at, &out, model.user), 0);
  }
  for (int i = 0; i < RK4_NX; i++)
    Q_N[i * (RK4_NX + 1)] = 100;
  Sigma[10] = Sigma[15] = 0.02 * 0.02;
  traj_lqr_problem about = {.nx = RK4_NX, .nu = RK4_NU, .N = STAGES, .Q_N = Q_N, .R = {&R, 0}, .Sigma = {Sigma, 0}};
  about.A = (traj_series){A, SIZE};
  about.B = (traj_series){B, RK4_NX};
  assert_int_equal(traj_plan_covariance(plan, &about, NULL, P, &cost, work, NULL), TRAJ_OK);
  print_message("cart-pole: plan %.4f, expected under noise %.4f, seen 3.15\n", plan->cost, cost);
  assert_true(fabs(cost - 3.15) <= 0.1 * (3.15 - plan->cost));
  traj_ddp_destroy(solver);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(linear_worlds),
      cmocka_unit_test(knowing_the_noise_pays),
      cmocka_unit_test(steady_rate),
      cmocka_unit_test(cart_pole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
