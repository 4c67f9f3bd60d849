/* The steady policy: closed forms, noise, and problems without an answer. */
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

#include "support/allocator.h"
#include "support/env.h"
#include "support/near.h"
#include "support/rng.h"
#include "traj/steady.h"

static const double ONE = 1;

typedef struct subject {
  ledger books;
  traj_steady *steady;
  const traj_steady_policy *policy;
  traj_diag diag;
} subject;

static traj_status begin(subject *s, const traj_lqr_problem *problem) {
  *s = (subject){.steady = NULL};
  traj_allocator allocator = ledger_allocator(&s->books);
  assert_int_equal(traj_steady_create(&s->steady, &allocator, problem, &s->diag), TRAJ_OK);
  traj_status status = traj_steady_solve(s->steady, &s->diag);
  s->policy = traj_steady_get_policy(s->steady);
  return status;
}

static void begin_well(subject *s, const traj_lqr_problem *problem) {
  assert_int_equal(begin(s, problem), TRAJ_OK);
  assert_int_equal(s->diag.status, TRAJ_OK);
  assert_non_null(s->policy);
  assert_true(s->policy->residual <= 1e-13);
  assert_true(s->policy->radius < 1);
  assert_true(s->policy->corrections >= 1);
}

static void end(subject *s) {
  traj_steady_destroy(s->steady);
  assert_int_equal(s->books.live, 0);
}

static traj_lqr_problem scalar_of(const double *a, const double *b, const double *q, const double *r) {
  return (traj_lqr_problem){.nx = 1, .nu = 1, .A = {a, 0}, .B = {b, 0}, .Q = {q, 0}, .R = {r, 0}};
}

static traj_lqr_problem scalar(void) {
  return scalar_of(&ONE, &ONE, &ONE, &ONE);
}

/* With a noise that multiplies state and control. */
static traj_lqr_problem noisy(traj_lqr_problem problem, const double *C, const double *D) {
  problem.noises = 1;
  problem.C = (traj_series){C, 0};
  problem.D = (traj_series){D, 0};
  return problem;
}

static void test_golden_ratio(void **state) {
  (void)state;
  traj_lqr_problem problem = scalar();
  problem.Sigma = (traj_series){&ONE, 0};
  subject s;
  begin_well(&s, &problem);
  assert_near(s.policy->V[0], 1.6180339887498949, 1e-15);
  assert_near(s.policy->K[0], -0.6180339887498949, 1e-15);
  assert_near(s.policy->radius, 0.3819660112501051, 1e-12);
  assert_near(s.policy->rate, 1.6180339887498949 / 2, 1e-15);
  assert_near(s.policy->v[0], 0, 0);
  assert_near(s.policy->k[0], 0, 0);
  end(&s);
}

static void test_double_integrator(void **state) {
  (void)state;
  static const double A[] = {1, 0, 0.1, 1}, B[] = {0.005, 0.1}, Q[] = {1, 0, (double)NAN, 1}, R[] = {0.1};
  traj_lqr_problem problem = {.nx = 2, .nu = 1, .A = {A, 0}, .B = {B, 0}, .Q = {Q, 0}, .R = {R, 0}};
  subject s;
  begin_well(&s, &problem);
  assert_int_equal(s.policy->nx, 2);
  assert_int_equal(s.policy->nu, 1);
  assert_near(s.policy->K[0], -2.585701, 5e-7);
  assert_near(s.policy->K[1], -3.443436, 5e-7);
  end(&s);
}

/* The control that cancels a constant disturbance c is -c, and costs 1/2 c^2 in each stage. */
static void test_constant_disturbance(void **state) {
  (void)state;
  const double c = 0.3;
  traj_lqr_problem problem = scalar();
  problem.c = (traj_series){&c, 0};
  subject s;
  begin_well(&s, &problem);
  assert_near(s.policy->v[0], c, 1e-15);
  assert_near(s.policy->k[0], -c, 1e-15);
  assert_near(s.policy->rate, 0.5 * c * c, 1e-16);
  end(&s);
}

/* V^2 ((1 - A) B + G^2) + V ((1 - A) r - q B) = q r with A = a^2 + C^2, B = b^2 + D^2, G = a b + C D. */
static double noisy_scalar(double a, double b, double q, double r, double C, double D) {
  double A = a * a + C * C, B = b * b + D * D, G = a * b + C * D;
  double two = (1 - A) * B + G * G, one = (1 - A) * r - q * B;
  if (!(two > 0)) return (double)NAN;
  return one < 0 ? (-one + sqrt(one * one + 4 * two * q * r)) / (2 * two)
                 : 2 * q * r / (one + sqrt(one * one + 4 * two * q * r));
}

static void test_scalar_problems(void **state) {
  (void)state;
  rng r = rng_from(env_seed("scalar problems", 31));
  int solved = 0, refused = 0;
  for (int i = 0; i < env_rounds(2000, 100); i++) {
    double a = rng_uniform(&r, -3, 3), b = rng_decade(&r, -2, 2), q = rng_decade(&r, -3, 3), w = rng_decade(&r, -3, 3);
    double C = rng_chance(&r, 0.5) ? rng_uniform(&r, -1.1, 1.1) : 0, D = rng_chance(&r, 0.5) ? b * rng_unit(&r) : 0;
    traj_lqr_problem problem = noisy(scalar_of(&a, &b, &q, &w), &C, &D);
    double B = b * b + D * D, margin = ((1 - a * a - C * C) * B + pow(a * b + C * D, 2)) / B;
    double expected = noisy_scalar(a, b, q, w, C, D);
    if (fabs(margin) < 1e-3) continue;
    subject s;
    traj_status status = begin(&s, &problem);
    if (margin > 0 && (status != TRAJ_OK || fabs(s.policy->V[0] - expected) > 1e-11 * expected)) {
      print_error("a %g b %g q %g r %g C %g D %g, margin %g: status %d\n", a, b, q, w, C, D, margin, status);
    }
    assert_int_equal(status, margin > 0 ? TRAJ_OK : TRAJ_E_UNSTABILISABLE);
    if (margin > 0) {
      assert_near(s.policy->V[0], expected, 1e-11 * expected);
      solved++;
    } else {
      assert_string_equal(s.diag.field, "noises");
      refused++;
    }
    end(&s);
  }
  print_message("scalar problems: %d solved, %d without an answer\n", solved, refused);
  assert_true(solved > 0 && refused > 0);
}

/* What fails with the noise alone, b = 1: the reason is that of its kind. */
static void test_noise_refusals(void **state) {
  (void)state;
  static const struct {
    double a, Q, R, C, D;
    traj_status status;
    const char *field;
  } cases[] = {
      {0.5, 1, 1, 2, -2, TRAJ_E_UNSTABILISABLE, "noises"},  /* too much for any policy */
      {-0.2, 2, -0.9, -2, -2, TRAJ_E_INDEFINITE, "noises"}, /* for any that would be optimal */
      {0.2, -0.2, 0.5, -2, -2, TRAJ_E_SINGULAR, "Quu"},     /* it makes control a reward */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    traj_lqr_problem problem = scalar_of(&cases[i].a, &ONE, &cases[i].Q, &cases[i].R);
    problem.noises = 1;
    subject s;
    begin_well(&s, &problem);
    end(&s);
    problem = noisy(problem, &cases[i].C, &cases[i].D);
    assert_int_equal(begin(&s, &problem), cases[i].status);
    assert_string_equal(s.diag.field, cases[i].field);
    assert_null(s.policy);
    end(&s);
  }
}

/* Control alone costs: to do nothing is free, whatever the noise. */
static void test_nothing_to_pay(void **state) {
  (void)state;
  const double half = 0.5, loud = 1e7, zero = 0;
  for (int given = 0; given < 2; given++) {
    traj_lqr_problem problem = noisy(scalar_of(&half, &ONE, given ? &zero : NULL, &ONE), &loud, &loud);
    subject s;
    begin_well(&s, &problem);
    assert_true(s.policy->V[0] == 0 && s.policy->K[0] == 0 && s.policy->residual == 0);
    assert_near(s.policy->radius, half, 1e-15);
    end(&s);
  }
}

/* So close to the bound that nothing settles: no word about whether there is a policy. */
static void test_noise_unsettled(void **state) {
  (void)state;
  static const double A[] = {0.85, -0.4, 0.25, -0.85}, B[] = {1, -0.8}, Q[] = {1, 0, 0, 1}, R[] = {1};
  static const double C[] = {-0.05, 0.65, -0.7, 0.25}, D[] = {1, -0.55};
  traj_lqr_problem problem = {.nx = 2, .nu = 1, .A = {A, 0}, .B = {B, 0}, .Q = {Q, 0}, .R = {R, 0}};
  problem = noisy(problem, C, D);
  subject s;
  assert_int_equal(begin(&s, &problem), TRAJ_E_DIVERGED);
  assert_string_equal(s.diag.field, "noises");
  assert_true(s.diag.value > 0 && s.diag.value < 1);
  assert_null(s.policy);
  end(&s);
}

static void test_overflow(void **state) {
  (void)state;
  const double huge = 1e200, tiny = 1e-200;
  traj_lqr_problem problem = scalar();
  subject s;
  problem.q = (traj_series){&huge, 0};
  problem.c = (traj_series){&huge, 0};
  assert_int_equal(begin(&s, &problem), TRAJ_E_DIVERGED);
  assert_null(s.policy);
  end(&s);
  problem = scalar();
  problem.A.data = &huge;
  traj_status status = begin(&s, &problem);
  assert_true(status < 0);
  end(&s);
  problem = scalar();
  problem.Q.data = problem.R.data = &tiny;
  begin_well(&s, &problem);
  assert_near(s.policy->V[0] / tiny, 1.6180339887498949, 1e-14);
  end(&s);
}

/* Controls so strong that their weight is lost in rounding, and a cost that does not see all of the state: a policy
 * that fits the equation may be found, and does not stabilise. */
static void test_weight_lost_in_rounding(void **state) {
  (void)state;
  static const double R[] = {1, 0, 0, 1};
  rng r = rng_from(env_seed("weight lost in rounding", 71));
  int refused = 0;
  for (int round = 0; round < 2000; round++) {
    const double w[2] = {rng_normal(&r), rng_normal(&r)}, strength = pow(10, rng_int(&r, 20, 150));
    const double Q[] = {w[0] * w[0], w[0] * w[1], w[0] * w[1], w[1] * w[1]};
    double A[4], B[4];
    rng_fill(&r, A, 4, 2);
    rng_fill(&r, B, 4, strength);
    traj_lqr_problem problem = {.nx = 2, .nu = 2, .A = {A, 0}, .B = {B, 0}, .Q = {Q, 0}, .R = {R, 0}};
    subject s;
    traj_status status = begin(&s, &problem);
    assert_true(status == TRAJ_OK ? s.policy->radius < 1 : s.policy == NULL && s.diag.status == status);
    refused += status == TRAJ_E_UNDETECTABLE;
    end(&s);
  }
  assert_true(refused > 0);
}

/* Weights that are missing, or negative and outweighed: V solves its equation, or the reason is that of its kind. */
static void test_missing_weights(void **state) {
  (void)state;
  static const double none = HUGE_VAL;
  static const struct {
    double a, b, Q, S, R;
    traj_status status;
  } cases[] = {
      {0.5, 1, none, none, 1, TRAJ_OK},                /* nothing to do */
      {0.5, 0, none, none, 1, TRAJ_OK},                /* and nothing that could be done */
      {2, 1, none, none, 1, TRAJ_E_UNDETECTABLE},      /* nothing that asks for it */
      {0.5, 1, none, none, none, TRAJ_E_UNDETECTABLE}, /* no cost to see anything by */
      {0.5, 1, 1, 0.1, none, TRAJ_OK},                 /* the state alone has a weight */
      {0.5, 1, 1, 0.1, -0.1, TRAJ_OK},                 /* which may outweigh a reward */
      {0.5, 1, none, 0.1, 1, TRAJ_OK},                 /* rewards by the cross term */
      {0.5, 1, none, none, -1, TRAJ_E_SINGULAR},       /* for any control */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const double *w[] = {&cases[i].Q, &cases[i].S, &cases[i].R};
    traj_lqr_problem problem = {.nx = 1, .nu = 1, .A = {&cases[i].a, 0}, .B = {&cases[i].b, 0}};
    traj_series *const to[] = {&problem.Q, &problem.S, &problem.R};
    for (int j = 0; j < 3; j++)
      to[j]->data = *w[j] == none ? NULL : w[j];
    subject s;
    traj_status status = begin(&s, &problem);
    if (status != cases[i].status) fail_msg("case %d: %s", (int)i, traj_status_name(status));
    if (status == TRAJ_OK) {
      double a = cases[i].a, b = cases[i].b, V = s.policy->V[0], K = s.policy->K[0];
      double Q = *w[0] == none ? 0 : *w[0], S = *w[1] == none ? 0 : *w[1], R = *w[2] == none ? 0 : *w[2];
      double cross = a * V * b + S, Quu = R + b * V * b;
      assert_true(Quu > 0 && fabs(a + b * K) < 1);
      assert_near(V, Q + a * V * a - cross * cross / Quu, 1e-13);
      assert_near(K, -cross / Quu, 1e-13);
    }
    end(&s);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_golden_ratio),
      cmocka_unit_test(test_double_integrator),
      cmocka_unit_test(test_constant_disturbance),
      cmocka_unit_test(test_scalar_problems),
      cmocka_unit_test(test_overflow),
      cmocka_unit_test(test_missing_weights),
      cmocka_unit_test(test_noise_refusals),
      cmocka_unit_test(test_noise_unsettled),
      cmocka_unit_test(test_nothing_to_pay),
      cmocka_unit_test(test_weight_lost_in_rounding),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
