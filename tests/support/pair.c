#include "support/pair.h"

// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "support/refusal.h"
#include "support/same_plan.h"

void pair_begin(pair *p, const traj_problem *problem, const traj_ddp_settings *settings) {
  *p = (pair){.solves = 0};
  traj_allocator allocator = ledger_allocator(&p->books);
  assert_int_equal(traj_ddp_create(&p->spared, &allocator, problem, settings, NULL), TRAJ_OK);
  assert_int_equal(traj_ddp_create(&p->victim, &allocator, problem, settings, NULL), TRAJ_OK);
}

void pair_end(pair *p) {
  traj_ddp_destroy(p->spared);
  traj_ddp_destroy(p->victim);
  assert_int_equal(p->books.live, 0);
  assert_int_equal(p->books.mistakes, 0);
}

void pair_solve(pair *p, const double *x0) {
  double t0 = p->solves++;
  traj_status status = traj_ddp_solve(p->spared, t0, x0);
  assert_true(status >= TRAJ_OK);
  assert_int_equal(traj_ddp_solve(p->victim, t0, x0), status);
  assert_null(plan_not_finite(traj_ddp_plan(p->spared)));
  assert_same_plan(traj_ddp_plan(p->victim), traj_ddp_plan(p->spared));
}

void pair_assert_refused(const pair *p, traj_status status, traj_diag expected) {
  assert_int_equal(status, expected.status);
  const traj_ddp_stats *stats = traj_ddp_get_stats(p->victim);
  assert_int_equal(stats->status, status);
  assert_diag(&stats->diag, expected);
  const traj_plan *shown = traj_ddp_plan(p->spared);
  if (shown == NULL) {
    assert_null(traj_ddp_plan(p->victim));
  } else {
    assert_same_plan(traj_ddp_plan(p->victim), shown);
  }
}
