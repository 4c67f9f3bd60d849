/* Clocks that lie and iteration hooks that stop: a usable plan in every case, and no trace in the next solve. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "support/allocator.h"
#include "support/refusal.h"
#include "support/rigged.h"
#include "support/same_plan.h"

static const double ALL_DAY = 1e9;

/* A clock that tells the time right until one reading, and something else from then on. */
typedef struct clockwork {
  int readings;
  int right;    /* readings that are right */
  double wrong; /* what it says then ... */
  double drift; /* ... plus this for each reading */
} clockwork;

static double read_clock(void *user) {
  clockwork *c = user;
  int n = c->readings++;
  return n < c->right ? 1e-6 * n : c->wrong + c->drift * (n - c->right);
}

/* An iteration hook that returns a code at one iteration. */
typedef struct stopper {
  int at, code;
  int last; /* iteration seen last */
  bool odd; /* rows with a number that is not finite */
} stopper;

static int stop(const traj_iteration *row, void *user) {
  stopper *s = user;
  s->last = row->iteration;
  s->odd = s->odd || !isfinite(row->cost) || !isfinite(row->gradient) || !isfinite(row->regularization);
  return row->iteration == s->at ? s->code : 0;
}

typedef struct observed {
  rigged rigged;
  clockwork clock;
  stopper stopper;
  ledger books;
  traj_ddp *solver;
  kept_plan undisturbed;
} observed;

static traj_status solve(observed *o) {
  assert_int_equal(traj_ddp_guess(o->solver, NULL), TRAJ_OK);
  return traj_ddp_solve(o->solver, 0, rigged_start(&o->rigged));
}

static void begin(observed *o, const rigged_form *form) {
  *o = (observed){.clock = {.right = INT_MAX}, .stopper = {.at = -1}};
  rigged_prepare(&o->rigged, form);
  traj_run *run = &o->rigged.settings.run;
  run->max_iter = 50;
  run->time_limit = ALL_DAY;
  run->clock = read_clock;
  run->clock_user = &o->clock;
  run->iteration = stop;
  run->iteration_user = &o->stopper;
  traj_allocator allocator = ledger_allocator(&o->books);
  assert_int_equal(traj_ddp_create(&o->solver, &allocator, &o->rigged.problem, &o->rigged.settings, NULL), TRAJ_OK);
  assert_int_equal(solve(o), TRAJ_OK);
  o->undisturbed = keep_plan(traj_ddp_plan(o->solver));
}

static void end(observed *o) {
  o->clock = (clockwork){.right = INT_MAX};
  o->stopper = (stopper){.at = -1};
  assert_int_equal(solve(o), TRAJ_OK);
  assert_same_plan(traj_ddp_plan(o->solver), o->undisturbed.plan);
  traj_ddp_destroy(o->solver);
  assert_int_equal(o->books.live, 0);
  free(o->undisturbed.block);
}

/* A usable plan, no worse than the rollout of the guess, and honest counts. */
static void assert_usable(const observed *o, traj_status status) {
  const traj_ddp_stats *stats = traj_ddp_get_stats(o->solver);
  const traj_plan *plan = traj_ddp_plan(o->solver);
  assert_int_equal(stats->status, status);
  assert_no_diag(&stats->diag);
  assert_null(plan_not_finite(plan));
  assert_true(plan->cost <= stats->initial_cost);
  assert_true(stats->cost == plan->cost);
  assert_int_equal(stats->calls.clock, o->clock.readings);
  assert_false(o->stopper.odd);
}

/* Each reading in turn is the first wrong one; a time that is not a number counts as late. */
static void test_lying_clock(void **state) {
  (void)state;
  static const double wrong[] = {(double)NAN, HUGE_VAL, 2e9};
  for (int form = 0; form < rigged_form_count; form++) {
    observed o;
    begin(&o, &rigged_forms[form]);
    int readings = o.clock.readings;
    for (int i = 0; i < 3; i++) {
      for (int right = 0; right < readings; right++) {
        o.clock = (clockwork){.right = right, .wrong = wrong[i]};
        traj_status status = solve(&o);
        bool late = right > 0 || !isfinite(wrong[i]); /* a clock that starts at 2e9 and stands still is no lie */
        assert_int_equal(status, late ? TRAJ_TIME_LIMIT : TRAJ_OK);
        assert_usable(&o, status);
        if (!late) continue;
        /* Of several workers, each job of lower index finds out by itself. */
        int last = right == 0 ? 2 : right + 1, jobs = 4 * o.rigged.form.workers;
        assert_in_range(o.clock.readings, last, last + jobs);
      }
    }
    end(&o);
  }
}

/* A clock that goes backwards, or jumps to the beginning of time, never ends a solve; the iterations do. */
static void test_backward_clock(void **state) {
  (void)state;
  observed o;
  begin(&o, &rigged_forms[1]);
  int readings = o.clock.readings;
  for (int right = 1; right < readings; right++) {
    o.clock = (clockwork){.right = right, .wrong = -HUGE_VAL};
    assert_int_equal(solve(&o), TRAJ_OK);
    assert_usable(&o, TRAJ_OK);
    assert_same_plan(traj_ddp_plan(o.solver), o.undisturbed.plan);
    o.clock = (clockwork){.right = right, .wrong = -1, .drift = -1};
    assert_int_equal(solve(&o), TRAJ_OK);
    assert_usable(&o, TRAJ_OK);
    assert_same_plan(traj_ddp_plan(o.solver), o.undisturbed.plan);
  }
  end(&o);
}

static void test_stops(void **state) {
  (void)state;
  static const int codes[] = {1, -1, INT_MAX, INT_MIN};
  observed o;
  begin(&o, &rigged_forms[0]);
  int iterations = o.stopper.last;
  assert_true(iterations >= 2);
  for (int at = 0; at < iterations; at++) {
    for (int i = 0; i < 4; i++) {
      o.clock.readings = 0;
      o.stopper = (stopper){.at = at, .code = codes[i]};
      assert_int_equal(solve(&o), TRAJ_STOPPED);
      assert_usable(&o, TRAJ_STOPPED);
      assert_int_equal(o.stopper.last, at);
    }
  }
  /* At the last one there is nothing left to stop. */
  o.clock.readings = 0;
  o.stopper = (stopper){.at = iterations, .code = 1};
  assert_int_equal(solve(&o), TRAJ_OK);
  assert_usable(&o, TRAJ_OK);
  end(&o);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lying_clock),
      cmocka_unit_test(test_backward_clock),
      cmocka_unit_test(test_stops),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
