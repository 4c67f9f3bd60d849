/* Which problems have no steady policy, and whether the reason given is the right one: modes that no control reaches,
 * modes that the cost does not see, indefinite costs; plain and hidden by a turn of the coordinates. */
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
#include "support/rng.h"
#include "traj/steady.h"

enum { MOST = 12 };

/* A system of n states; all matrices are random but for the last mode. */
typedef struct plant {
  int n, m;
  double A[MOST * MOST], B[MOST * MOST], Q[MOST * MOST], S[MOST * MOST], R[MOST * MOST];
} plant;

static traj_lqr_problem problem_of(const plant *p) {
  return (traj_lqr_problem){
      .nx = p->n, .nu = p->m, .A = {p->A, 0}, .B = {p->B, 0}, .Q = {p->Q, 0}, .S = {p->S, 0}, .R = {p->R, 0}};
}

static traj_status answer(const plant *p, traj_diag *diag) {
  ledger books = {.calls = 0};
  traj_allocator allocator = ledger_allocator(&books);
  traj_lqr_problem problem = problem_of(p);
  traj_steady *steady = NULL;
  assert_int_equal(traj_steady_create(&steady, &allocator, &problem, NULL), TRAJ_OK);
  traj_status status = traj_steady_solve(steady, diag);
  assert_int_equal(diag->status, status);
  assert_true((traj_steady_get_policy(steady) != NULL) == (status == TRAJ_OK));
  traj_steady_destroy(steady);
  return status;
}

/* Unit weights, the last state with the eigenvalue given, reached by the controls with strength reach. */
static plant draw(rng *r, int n, int m, double eigenvalue, double reach) {
  plant p = {.n = n, .m = m};
  rng_fill(r, p.A, (size_t)(n * n), 1 / sqrt(n));
  rng_fill(r, p.B, (size_t)(n * m), 1);
  for (int i = 0; i < n; i++) {
    p.Q[i + i * n] = 1;
    p.A[n - 1 + i * n] = 0;
  }
  p.A[n * n - 1] = eigenvalue;
  for (int j = 0; j < m; j++) {
    p.R[j + j * m] = 1;
    p.B[n - 1 + j * n] *= reach;
  }
  return p;
}

/* The same for the mode: it moves no other state, and is seen with weight seen. */
static void hide(plant *p, double seen) {
  int n = p->n;
  for (int i = 0; i < n - 1; i++)
    p->A[i + (n - 1) * n] = 0;
  p->Q[n * n - 1] = seen;
}

/* a (rows x cols) = H a, or a H when columns, with H = I - 2 w w' / w'w. */
static void reflect(double *a, int rows, int cols, const double *w, int columns) {
  int length = columns ? cols : rows, count = columns ? rows : cols;
  double norm2 = 0;
  for (int i = 0; i < length; i++)
    norm2 += w[i] * w[i];
  for (int j = 0; j < count; j++) {
    double dot = 0;
    for (int i = 0; i < length; i++)
      dot += w[i] * a[columns ? j + i * rows : i + j * rows];
    for (int i = 0; i < length; i++)
      a[columns ? j + i * rows : i + j * rows] -= 2 * dot / norm2 * w[i];
  }
}

/* Other coordinates, in which nothing is zero any more but by rounding. */
static void turn(rng *r, plant *p) {
  for (int i = 0; i < 3; i++) {
    double w[MOST];
    rng_fill(r, w, (size_t)p->n, 1);
    reflect(p->A, p->n, p->n, w, 0);
    reflect(p->A, p->n, p->n, w, 1);
    reflect(p->B, p->n, p->m, w, 0);
    reflect(p->Q, p->n, p->n, w, 0);
    reflect(p->Q, p->n, p->n, w, 1);
    reflect(p->S, p->m, p->n, w, 1);
  }
}

typedef plant make_fn(rng *r, int n, int m, double eigenvalue);

static plant unreached(rng *r, int n, int m, double eigenvalue) {
  return draw(r, n, m, eigenvalue, 0);
}

static plant unseen(rng *r, int n, int m, double eigenvalue) {
  plant p = draw(r, n, m, eigenvalue, 1);
  hide(&p, 0);
  return p;
}

static plant neither(rng *r, int n, int m, double eigenvalue) {
  plant p = draw(r, n, m, eigenvalue, 0);
  hide(&p, 0);
  return p;
}

static void check_family(const char *name, make_fn *make, traj_status expected) {
  static const double growing[] = {1, -1, 1.001, -1.1, 2, 10}, decaying[] = {0, 0.5, -0.9, 0.999};
  rng r = rng_from(env_seed(name, 17));
  for (int round = 0; round < env_rounds(30, 3); round++) {
    int n = rng_int(&r, 1, MOST), m = rng_int(&r, 1, n);
    for (int turned = 0; turned < 2; turned++) {
      for (size_t i = 0; i < sizeof growing / sizeof *growing; i++) {
        plant p = make(&r, n, m, growing[i]);
        traj_diag diag;
        if (turned) turn(&r, &p);
        traj_status status = answer(&p, &diag);
        if (status != expected) print_error("%s: n %d, m %d, mode %g, turned %d\n", name, n, m, growing[i], turned);
        assert_int_equal(status, expected);
        assert_string_equal(diag.field, expected == TRAJ_E_UNSTABILISABLE ? "B" : "Q");
      }
      for (size_t i = 0; i < sizeof decaying / sizeof *decaying; i++) {
        plant p = make(&r, n, m, decaying[i]);
        traj_diag diag;
        if (turned) turn(&r, &p);
        traj_status status = answer(&p, &diag);
        if (status != TRAJ_OK) print_error("%s: n %d, m %d, mode %g, turned %d\n", name, n, m, decaying[i], turned);
        assert_int_equal(status, TRAJ_OK);
      }
    }
  }
}

static void test_mode_that_no_control_reaches(void **state) {
  (void)state;
  check_family("unreached", unreached, TRAJ_E_UNSTABILISABLE);
}

static void test_mode_that_the_cost_does_not_see(void **state) {
  (void)state;
  check_family("unseen", unseen, TRAJ_E_UNDETECTABLE);
}

/* What cannot be stabilised comes first. */
static void test_mode_neither_reached_nor_seen(void **state) {
  (void)state;
  check_family("neither", neither, TRAJ_E_UNSTABILISABLE);
}

/* A mode that is reached, or seen, but weakly, is no reason to refuse. */
static void test_weak_modes(void **state) {
  (void)state;
  rng r = rng_from(env_seed("weak modes", 19));
  for (int round = 0; round < env_rounds(30, 3); round++) {
    int n = rng_int(&r, 1, MOST), m = rng_int(&r, 1, n);
    traj_diag diag;
    plant p = draw(&r, n, m, 1.1, 1e-4);
    turn(&r, &p);
    assert_int_equal(answer(&p, &diag), TRAJ_OK);
    p = draw(&r, n, m, 1.1, 1);
    hide(&p, 1e-8);
    turn(&r, &p);
    assert_int_equal(answer(&p, &diag), TRAJ_OK);
  }
}

/* What cross terms hide or show: Q - S'R^-1 S is what is left to see a mode by, A - B R^-1 S what moves it. */
static void test_cross_terms(void **state) {
  (void)state;
  plant p = {.n = 1, .m = 1, .A = {1.5}, .B = {1}, .Q = {4}, .S = {2}, .R = {1}};
  traj_diag diag;
  assert_int_equal(answer(&p, &diag), TRAJ_OK); /* with u = -2 x it moves by -0.5 at no cost */
  p.A[0] = 3.5;                                 /* and here by 1.5 */
  assert_int_equal(answer(&p, &diag), TRAJ_E_UNDETECTABLE);
  p.Q[0] = 4.01;
  assert_int_equal(answer(&p, &diag), TRAJ_OK);
}

/* The weight of the controls may be zero where the value function stands in. */
static void test_singular_weights(void **state) {
  (void)state;
  plant p = {.n = 1, .m = 1, .A = {2}, .B = {1}, .Q = {1}};
  traj_diag diag;
  assert_int_equal(answer(&p, &diag), TRAJ_OK);
  plant q = {.n = 1, .m = 2, .A = {0.5}, .B = {1, 1}, .Q = {1}, .R = {0, 0, 0, 0}};
  assert_int_equal(answer(&q, &diag), TRAJ_E_SINGULAR); /* two controls do the same at no cost */
  assert_string_equal(diag.field, "Quu");
  assert_int_equal(diag.row, 1);
  assert_true(fabs(diag.value) <= 1e-15);
}

/* A negative weight may be outweighed, or not; a cost without a lower limit has no policy. */
static void test_indefinite_costs(void **state) {
  (void)state;
  traj_diag diag;
  plant p = {.n = 1, .m = 1, .A = {2}, .B = {1}, .Q = {-0.5}, .R = {1}};
  assert_int_equal(answer(&p, &diag), TRAJ_OK); /* V^2 - 2.5 V - 0.5 Q.. has real roots: 2.5 >= sqrt(2) */
  p.Q[0] = -5;
  assert_int_equal(answer(&p, &diag), TRAJ_E_INDEFINITE);
  assert_string_equal(diag.field, "Q");
  p = (plant){.n = 1, .m = 1, .A = {0.5}, .B = {1}, .Q = {1}, .R = {-10}};
  assert_int_equal(answer(&p, &diag), TRAJ_E_SINGULAR);
  assert_string_equal(diag.field, "Quu");
  assert_int_equal(diag.row, 0);
  assert_true(diag.value < 0);
}

/* Modes so near the unit circle that the closed loop's distance from it is rounding. */
static void test_marginal_closed_loop(void **state) {
  (void)state;
  traj_diag diag;
  plant p = {.n = 1, .m = 1, .A = {1}, .B = {1}, .Q = {1e-12}, .R = {1}};
  assert_int_equal(answer(&p, &diag), TRAJ_OK);
  p.Q[0] = 1e-17;
  assert_int_equal(answer(&p, &diag), TRAJ_E_UNDETECTABLE);
  assert_true(fabs(diag.value - 1) < 1e-7);
  p.A[0] = 1 - 1e-9; /* it decays, but not to working precision */
  p.B[0] = 0;
  p.Q[0] = 1;
  assert_true(answer(&p, &diag) < 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_mode_that_no_control_reaches),
      cmocka_unit_test(test_mode_that_the_cost_does_not_see),
      cmocka_unit_test(test_mode_neither_reached_nor_seen),
      cmocka_unit_test(test_weak_modes),
      cmocka_unit_test(test_cross_terms),
      cmocka_unit_test(test_singular_weights),
      cmocka_unit_test(test_indefinite_costs),
      cmocka_unit_test(test_marginal_closed_loop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
