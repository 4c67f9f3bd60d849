/* The derivative check on problems of every scale and form: right hooks pass, and any one entry of any output that is
 * wrong by 1e-4 of its row, or by a usual mistake, is found and named. */
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

#include "support/attitude.h"
#include "support/bent.h"
#include "support/env.h"
#include "support/solver.h"
#include "support/spoiled.h"

enum { MOST_SPOTS = 400 };

static const double FOUND = 1e-4;  /* errors of this share of the row, and larger ones */
static const double ORACLE = 1e-5; /* the expected value is this near to the truth, relative to the row */

/* A problem, where it starts, and its guess. */
typedef struct subject {
  traj_problem problem;
  double x0[ATTITUDE_NX], u[ATTITUDE_NU * ATTITUDE_N];
} subject;

/* What a test has seen. */
typedef struct tally {
  long checks, entries;
  double worst; /* relative error: of a right entry, or of an expected value */
} tally;

static traj_status check(traj_ddp *solver, const subject *s, traj_derivative_report *report) {
  assert_int_equal(traj_ddp_guess(solver, s->u), TRAJ_OK);
  return traj_ddp_check_derivatives(solver, 0, s->x0, report);
}

static void assert_no_alarm(const subject *s, const char *what, tally *t) {
  traj_derivative_report report;
  traj_ddp *solver = solver_create(&s->problem, NULL);
  traj_status status = check(solver, s, &report);
  if (status != TRAJ_OK) {
    solver_print(solver);
    fail_msg("%s: %s(%d, %d) is %.12g, expected %.12g", what, report.worst.field, report.worst.row, report.worst.col,
             report.worst.value, report.expected);
  }
  assert_true(report.checked > 0);
  assert_int_equal(report.suspicious, 0);
  t->checks++;
  t->entries += report.checked;
  t->worst = fmax(t->worst, report.error);
  traj_ddp_destroy(solver);
}

enum { ODE = 1, RESIDUAL = 2, NO_JAC = 4, FORMS = 8 };

static const char *const form_names[FORMS] = {
    "step, cost",         "ode, cost",         "step, residual",         "ode, residual",
    "step, cost, no jac", "ode, cost, no jac", "step, residual, no jac", "ode, residual, no jac",
};

static bent bent_of(int form, double s, double S) {
  return (bent){.s = s, .S = S, .ode = form & ODE, .residual = form & RESIDUAL, .no_jac = form & NO_JAC};
}

static void right_hooks_pass(void **state) {
  (void)state;
  rng r = rng_from(env_seed("right_hooks_pass", 20240401));
  const int rounds = env_rounds(2, 1);
  for (int form = 0; form < FORMS; form++) {
    tally t = {.checks = 0};
    for (int decade = -6; decade <= 6; decade++) {
      for (int S = -6; S <= 6; S += 3) {
        for (int round = 0; round < rounds; round++) {
          bent b = bent_of(form, pow(10, decade), pow(10, S));
          subject s = {.problem = bent_problem(&b)};
          bent_draw(&b, &r, s.x0, s.u);
          assert_no_alarm(&s, form_names[form], &t);
        }
      }
    }
    print_message("%-22s %5ld checks, %6ld entries, largest error %.0e\n", form_names[form], t.checks, t.entries,
                  t.worst);
  }
}

/* An attitude of the body and what happens then, over few stages. */
static subject draw_attitude(rng *r) {
  subject s = {.problem = attitude_problem()};
  s.problem.N = 1;
  attitude_start(rng_uniform(r, -3, 3), s.x0);
  rng_fill(r, s.x0 + 4, 3, 2);
  rng_fill(r, s.u, ATTITUDE_NU, 1);
  return s;
}

static void right_hooks_pass_in_a_tangent_space(void **state) {
  (void)state;
  rng r = rng_from(env_seed("right_hooks_pass_in_a_tangent_space", 20240402));
  tally t = {.checks = 0};
  for (int round = 0, rounds = env_rounds(25, 4); round < rounds; round++) {
    subject s = draw_attitude(&r);
    assert_no_alarm(&s, "attitude", &t);
  }
  print_message("%ld checks, %ld entries, largest error %.0e\n", t.checks, t.entries, t.worst);
}

/* Whether a mistake changes enough to be an error that must be found. */
static bool matters(const spoiled *w) {
  return w->called && fabs(w->given - w->truth) >= 0.999999 * FOUND * w->scale && w->given != w->truth;
}

/* A swap makes two wrong entries. */
static bool is_named(const traj_diag *diag, const spoiled *w) {
  const spot *at = &w->where;
  bool straight = diag->row == at->row && diag->col == at->col;
  bool across = w->how == SPOILED_SWAPPED && diag->row == at->col && diag->col == at->row;
  return strcmp(diag->hook, spot_hook(&w->watched.inner, at)) == 0 && strcmp(diag->field, spot_field(at)) == 0 &&
         diag->k == at->k && (straight || across);
}

static void assert_found(traj_ddp *solver, const subject *s, const spoiled *w, tally *t) {
  traj_derivative_report report;
  traj_status status = check(solver, s, &report);
  if (!matters(w)) return;
  const traj_diag *diag = &report.worst, *said = &traj_ddp_get_stats(solver)->diag;
  const spot *at = &w->where;
  bool straight = diag->row == at->row && diag->col == at->col;
  if (status != TRAJ_E_DERIVATIVE || !is_named(diag, w)) {
    fail_msg(
        "%s of %s (%d, %d) at stage %d, mistake %d: %.12g is not %.12g in a row of %.3g. The check says %s: %s of "
        "%s (%d, %d) at stage %d: %.12g is not %.12g, error %.2g",
        spot_field(at), spot_hook(&w->watched.inner, at), at->row, at->col, at->k, w->how, w->given, w->truth, w->scale,
        traj_status_name(status), diag->field, diag->hook == NULL ? "nothing" : diag->hook, diag->row, diag->col,
        diag->k, diag->value, report.expected, report.error);
  }
  assert_int_equal(diag->status, TRAJ_E_DERIVATIVE);
  assert_int_equal(said->status, TRAJ_E_DERIVATIVE);
  assert_string_equal(said->field, diag->field);
  assert_in_range(report.suspicious, 1, w->how == SPOILED_SWAPPED ? 2 : 1);
  t->checks++;
  if (!straight) return;
  assert_true(diag->value == w->given);
  assert_true(fabs(report.expected - w->truth) <= ORACLE * w->scale);
  t->worst = fmax(t->worst, fabs(report.expected - w->truth) / w->scale);
}

/* Every mistake at one spot. */
static void spoil_spot(traj_ddp *solver, const subject *s, spoiled *w, spot at, tally *t) {
  for (int how = 0; how < SPOILINGS; how++) {
    w->where = at;
    w->how = (spoiling)how;
    w->share = FOUND;
    w->called = false;
    assert_found(solver, s, w, t);
    assert_true(w->called);
  }
  t->entries++;
}

static void every_wrong_entry_is_found(void **state) {
  (void)state;
  rng r = rng_from(env_seed("every_wrong_entry_is_found", 20240403));
  static spot spots[MOST_SPOTS];
  const int stride = env_rounds(1, 12);
  for (int form = 0; form < FORMS; form++) {
    tally t = {.checks = 0};
    bent b = bent_of(form, 1, 1);
    traj_problem whole = bent_problem(&b);
    whole.N = 1;
    int count = spoiled_spots(&whole, spots, MOST_SPOTS);
    for (int i = 0; i < count; i += stride) {
      spoiled w;
      b.s = pow(10, rng_int(&r, -6, 6));
      b.S = pow(10, rng_int(&r, -6, 6));
      subject s = {.problem = spoiled_problem(&w, &whole)};
      bent_draw(&b, &r, s.x0, s.u);
      traj_ddp *solver = solver_create(&s.problem, NULL);
      spoil_spot(solver, &s, &w, spots[i], &t);
      traj_ddp_destroy(solver);
    }
    print_message("%-22s %3ld entries, %4ld mistakes found, expected values off by %.0e\n", form_names[form], t.entries,
                  t.checks, t.worst);
  }
}

/* Only the hook of the spot stays, for time. */
static traj_problem alone(traj_problem problem, const spot *at) {
  if (at->hook != WATCH_JAC) problem.model.jac = NULL;
  if (at->hook != WATCH_HESS) problem.model.hess = NULL;
  if (at->hook != WATCH_QUAD || at->k == problem.N) problem.cost.stage_quad = NULL;
  if (at->hook != WATCH_QUAD || at->k < problem.N) problem.cost.final_quad = NULL;
  return problem;
}

static void every_wrong_entry_is_found_in_a_tangent_space(void **state) {
  (void)state;
  rng r = rng_from(env_seed("every_wrong_entry_is_found_in_a_tangent_space", 20240404));
  static spot spots[MOST_SPOTS];
  tally t = {.checks = 0};
  subject s = draw_attitude(&r);
  const traj_problem whole = s.problem;
  int count = spoiled_spots(&whole, spots, MOST_SPOTS);
  for (int i = 0; i < count; i += env_rounds(1, 20)) {
    spoiled w;
    s = draw_attitude(&r);
    const traj_problem part = alone(whole, &spots[i]);
    s.problem = spoiled_problem(&w, &part);
    traj_ddp *solver = solver_create(&s.problem, NULL);
    spoil_spot(solver, &s, &w, spots[i], &t);
    traj_ddp_destroy(solver);
  }
  print_message("%ld entries, %ld mistakes found, expected values off by %.0e\n", t.entries, t.checks, t.worst);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(right_hooks_pass),
      cmocka_unit_test(right_hooks_pass_in_a_tangent_space),
      cmocka_unit_test(every_wrong_entry_is_found),
      cmocka_unit_test(every_wrong_entry_is_found_in_a_tangent_space),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
