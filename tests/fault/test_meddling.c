/* Hooks that write where they may only read: to the state and control they are called with, and to the numbers that the
 * problem points to. Whatever comes of that solve, the next one on a fresh guess is that of a fresh solver. */
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

#include "support/allocator.h"
#include "support/env.h"
#include "support/rigged.h"
#include "support/same_plan.h"
#include "support/watch.h"

/* A solver with a hook that meddles in one of its calls, or from that one on. */
typedef struct meddler {
  rigged rig;
  watch watched;
  ledger books;
  traj_ddp *solver;
  kept_plan good;
  watch_hook hook;
  long call; /* < 0: none */
  bool onwards, control;
  double value;
  int hits;
} meddler;

static long count_of(const watch *w, watch_hook hook) {
  const traj_calls *c = &w->calls;
  const long counts[WATCH_HOOKS] = {c->dynamics, c->jac,        c->hess,    c->cost,   c->quad,
                                    c->retract,  c->difference, c->project, c->tangent};
  return counts[hook];
}

static int meddle(const watch_call *call, void *ctx) {
  meddler *m = ctx;
  long now = count_of(&m->watched, m->hook) - 1;
  if (m->call < 0 || call->hook != m->hook || call->at == NULL) return call->code;
  if (m->onwards ? now < m->call : now != m->call) return call->code;
  m->hits++;
  double *input = (double *)(uintptr_t)(m->control && call->at->u != NULL ? call->at->u : call->at->x);
  *input = m->value;
  return call->code;
}

static traj_status solve(meddler *m, long call) {
  m->watched.calls = (traj_calls){0};
  m->call = call;
  m->hits = 0;
  assert_int_equal(traj_ddp_guess(m->solver, NULL), TRAJ_OK);
  return traj_ddp_solve(m->solver, 0, rigged_start(&m->rig));
}

static void solve_in_peace(meddler *m) {
  assert_true(solve(m, -1) >= TRAJ_OK);
  if (m->good.plan == NULL) m->good = keep_plan(traj_ddp_plan(m->solver));
  assert_same_plan(traj_ddp_plan(m->solver), m->good.plan);
}

static void meddle_at(meddler *m, long call) {
  static const double values[] = {(double)NAN, -HUGE_VAL, 1e308, -1e160, 5e-324, 0.25};
  for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
    for (int way = 0; way < 4; way++) {
      m->value = values[i];
      m->control = way & 1;
      m->onwards = way & 2;
      traj_status status = solve(m, call);
      const traj_diag *diag = &traj_ddp_get_stats(m->solver)->diag;
      assert_true(m->hits > 0);
      assert_string_not_equal(traj_status_name(status), "TRAJ_UNKNOWN");
      assert_int_equal(traj_ddp_get_stats(m->solver)->status, status);
      if (status < TRAJ_OK) {
        assert_true(diag->hook != NULL || diag->field != NULL);
        assert_same_plan(traj_ddp_plan(m->solver), m->good.plan);
      }
      solve_in_peace(m);
    }
  }
}

static void test_states_and_controls(void **state) {
  (void)state;
  for (int i = 0; i < rigged_form_count; i++) {
    meddler m = {.call = -1};
    rigged_prepare(&m.rig, &rigged_forms[i]);
    traj_problem problem = watch_problem(&m.watched, &m.rig.problem);
    m.watched.look = meddle;
    m.watched.ctx = &m;
    traj_allocator allocator = ledger_allocator(&m.books);
    assert_int_equal(traj_ddp_create(&m.solver, &allocator, &problem, &m.rig.settings, NULL), TRAJ_OK);
    solve_in_peace(&m);
    traj_calls calls = m.watched.calls;
    for (int hook = WATCH_DYNAMICS; hook <= WATCH_QUAD; hook++) {
      m.hook = (watch_hook)hook;
      const watch peaceful = {.calls = calls};
      long n = count_of(&peaceful, m.hook), stride = 1 + n / env_rounds(12, 2);
      for (long call = 0; call < n; call += stride)
        meddle_at(&m, call);
    }
    traj_ddp_destroy(m.solver);
    assert_int_equal(m.books.live, 0);
    free(m.good.block);
  }
}

/* Numbers behind the problem's pointers, spoilt by the first call of a solve. */
typedef struct borrowed {
  double u_min[RIGGED_NU], u_max[RIGGED_NU], dt_stage[RIGGED_N];
  double *target, value;
} borrowed;

static int spoil_target(const watch_call *call, void *ctx) {
  borrowed *b = ctx;
  if (b->target != NULL) *b->target = b->value;
  return call->code;
}

/* Limits and stage lengths are read when a solve starts: nothing changes until the next one, which refuses them. */
static void test_numbers_of_the_problem(void **state) {
  (void)state;
  static const rigged_form form = {.first = true};
  static const double values[] = {(double)NAN, -HUGE_VAL, -0.75};
  borrowed b = {.u_min = {-0.5, -1}, .u_max = {0.5, 1}, .dt_stage = {0.1, 0.2, 0.3, 0.2, 0.1}};
  const borrowed good = b;
  double *const targets[] = {&b.u_max[0], &b.dt_stage[0], &b.dt_stage[RIGGED_N - 1]};
  rigged r;
  watch w;
  rigged_prepare(&r, &form);
  r.problem.u_min = b.u_min;
  r.problem.u_max = b.u_max;
  r.problem.dt_stage = b.dt_stage;
  traj_problem problem = watch_problem(&w, &r.problem);
  ledger books = {.calls = 0};
  traj_allocator allocator = ledger_allocator(&books);
  traj_ddp *solver = NULL;
  assert_int_equal(traj_ddp_create(&solver, &allocator, &problem, &r.settings, NULL), TRAJ_OK);
  assert_true(traj_ddp_solve(solver, 0, rigged_start(&r)) >= TRAJ_OK);
  kept_plan undisturbed = keep_plan(traj_ddp_plan(solver));
  w.look = spoil_target;
  w.ctx = &b;
  for (int i = 0; i < 9; i++) {
    b = good;
    b.target = targets[i / 3];
    b.value = values[i % 3];
    assert_int_equal(traj_ddp_guess(solver, NULL), TRAJ_OK);
    assert_true(traj_ddp_solve(solver, 0, rigged_start(&r)) >= TRAJ_OK);
    assert_same_plan(traj_ddp_plan(solver), undisturbed.plan);
    assert_int_equal(traj_ddp_solve(solver, 0, rigged_start(&r)), TRAJ_E_ARG);
    assert_string_equal(traj_ddp_get_stats(solver)->diag.field, i < 3 ? "u_max" : "dt_stage");
    assert_same_plan(traj_ddp_plan(solver), undisturbed.plan);
  }
  traj_ddp_destroy(solver);
  assert_int_equal(books.live, 0);
  free(undisturbed.block);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_states_and_controls),
      cmocka_unit_test(test_numbers_of_the_problem),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
