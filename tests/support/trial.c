#include "support/trial.h"

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

#include "support/refusal.h"

static traj_status solve_other(trial *t, attack what) {
  static const double t0 = 3;
  rigged_attack(&t->rig, what);
  assert_int_equal(traj_ddp_guess_states(t->solver, t->states, NULL), TRAJ_OK);
  return traj_ddp_solve(t->solver, t0, rigged_other_start(&t->rig));
}

static void solve_in_peace(trial *t) {
  rigged_attack(&t->rig, (attack){.kind = HARMLESS});
  assert_int_equal(traj_ddp_guess(t->solver, NULL), TRAJ_OK);
  assert_true(traj_ddp_solve(t->solver, 0, rigged_start(&t->rig)) >= TRAJ_OK);
  assert_int_equal(t->rig.wild, 0);
}

static void begin(trial *t) {
  traj_allocator allocator = ledger_allocator(&t->books);
  assert_int_equal(traj_ddp_create(&t->solver, &allocator, &t->rig.problem, &t->rig.settings, NULL), TRAJ_OK);
  solve_in_peace(t);
  t->good = keep_plan(traj_ddp_plan(t->solver));
  assert_null(plan_not_finite(t->good.plan));
  assert_true(solve_other(t, (attack){.kind = HARMLESS}) >= TRAJ_OK);
  assert_true(traj_ddp_get_stats(t->solver)->iterations >= 2);
  t->other = keep_plan(traj_ddp_plan(t->solver));
  memcpy(t->calls, t->rig.calls, sizeof(t->calls));
  memcpy(t->entries, t->rig.entries, sizeof(t->entries));
  solve_in_peace(t);
  assert_same_plan(traj_ddp_plan(t->solver), t->good.plan);
}

void trial_begin(trial *t, const rigged_form *form) {
  *t = (trial){.solver = NULL};
  rigged_prepare(&t->rig, form);
  begin(t);
}

void trial_begin_at_states(trial *t, const rigged_form *form) {
  *t = (trial){.solver = NULL};
  rigged_prepare(&t->rig, form);
  const size_t nx = (size_t)t->rig.problem.model.nx;
  t->states = malloc(nx * (RIGGED_N + 1) * sizeof *t->states);
  assert_non_null(t->states);
  for (size_t k = 0; k <= RIGGED_N; k++)
    memcpy(t->states + k * nx, rigged_other_start(&t->rig), nx * sizeof *t->states);
  begin(t);
}

void trial_end(trial *t) {
  traj_ddp_destroy(t->solver);
  assert_int_equal(t->books.live, 0);
  assert_int_equal(t->books.mistakes, 0);
  free(t->good.block);
  free(t->other.block);
  free(t->states);
}

/* What is wrong after an attacked solve; NULL: nothing. */
static const char *flaw_of_solve(const trial *t, traj_status status) {
  const traj_plan *plan = traj_ddp_plan(t->solver);
  const traj_diag *diag = &t->said.diag;
  if (t->rig.strike.hits == 0) return "the attack missed";
  if (t->rig.wild > 0) return "a hook was called with a number that is not finite or at a wrong stage";
  if (t->said.status != status) return "stats have another status";
  if (plan == NULL) return "the plan is lost";
  bool harmless = t->rig.attack.kind == CALL || !t->rig.strike.read;
  if (harmless && !t->unmoved) return "the plan is another";
  if (status < TRAJ_OK) {
    if (plan_difference(plan, t->good.plan) != NULL) return "the last good plan was changed";
    if (diag->status != status) return "the diagnostic has another status";
  } else {
    if (plan_not_finite(plan) != NULL) return "the plan is not finite";
    if (status == TRAJ_OK && !isfinite(t->said.gradient)) return "convergence without a gradient";
    if (status != TRAJ_STALLED && diag->status != TRAJ_OK) return "a diagnostic without an error";
    if (diag->status == TRAJ_OK) return NULL;
  }
  if (diag->hook == NULL && diag->field == NULL) return "the diagnostic names nothing";
  return NULL;
}

traj_status trial_attack(trial *t, attack what) {
  traj_status status = solve_other(t, what);
  strike hit = t->rig.strike;
  t->said = *traj_ddp_get_stats(t->solver);
  t->unmoved = plan_difference(traj_ddp_plan(t->solver), t->other.plan) == NULL;
  const char *flaw = flaw_of_solve(t, status);
  solve_in_peace(t);
  t->rig.strike = hit;
  if (flaw == NULL && plan_difference(traj_ddp_plan(t->solver), t->good.plan) != NULL) {
    flaw = "the next solve differs from a fresh solver's";
  }
  if (flaw != NULL) {
    fail_msg("%s: %s, kind %d, call %d%s, code %d, entry %d, value %g, %s: %s", t->rig.form.name, hook_name(what.hook),
             (int)what.kind, what.call, what.onwards ? " and later" : "", what.code, what.entry, what.value,
             traj_status_name(status), flaw);
  }
  return status;
}

bool trial_in_rollout(const trial *t, hook_id hook, int call) {
  return call < t->rig.calls_of_rollout[hook];
}

bool trial_in_spare_candidate(const trial *t, traj_status status) {
  return t->rig.form.workers > 1 && status >= TRAJ_OK && t->unmoved;
}

bool trial_is_derivative(const trial *t, hook_id hook) {
  switch (hook) {
    case HOOK_JAC: /* DDP without hess takes differences of it */
      return t->rig.form.second || t->rig.form.method == TRAJ_ILQR;
    case HOOK_HESS: /* TRAJ_AUTO can do without */
      return t->rig.form.method != TRAJ_AUTO;
    case HOOK_STAGE_QUAD:
    case HOOK_FINAL_QUAD:
    case HOOK_RESIDUAL_JAC:
    case HOOK_FINAL_RESIDUAL_JAC:
      return true;
    default:
      return false;
  }
}
