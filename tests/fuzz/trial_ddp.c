/* Solvers of nonlinear problems. Besides what holds for every family:
 *
 *   hooks are called a bounded number of times;
 *   a refusal or an error leaves the last plan as it was;
 *   any other status comes with a plan within the limits, what its controls lead to bit for bit unless time or the
 *   iteration hook left it a gap, and no worse than the rollout of the guessed controls. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/subject.h"
#include "fuzz/trial.h"
#include "support/same_plan.h"

enum { OPERATIONS = 4, CALLS = 3000000 };

/* A solver in a block of its own. */
typedef struct place {
  traj_ddp *solver;
  guarded memory;
} place;

typedef struct trial {
  subject s;
  claims *c;
} trial;

static bool build(trial *t, place *p, const traj_ddp_settings *settings) {
  traj_diag diag;
  size_t size;
  *p = (place){.solver = NULL};
  traj_status status = traj_ddp_size(&t->s.problem, settings, &size, &diag);
  if (!claim_size(t->c, status, size, &diag, &p->memory)) return false;
  const long before = claims_heap(t->c);
  status = traj_ddp_init(&p->solver, guarded_memory(&p->memory), size, &t->s.problem, settings, &diag);
  return claim_init(t->c, status, p->solver != NULL, before);
}

static void require_within_limits(trial *t, const traj_plan *plan) {
  for (int i = 0; i < plan->N * plan->nu; i++) {
    claim(t->c, plan->u_min == NULL || plan->u[i] >= plan->u_min[i], "a control is below its limit");
    claim(t->c, plan->u_max == NULL || plan->u[i] <= plan->u_max[i], "a control is above its limit");
  }
}

static void require_sound(trial *t, const traj_ddp *solver, traj_status status) {
  const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
  const traj_plan *plan = traj_ddp_plan(solver);
  claim(t->c, stats->status == status, "stats have another status than the solve");
  if (status < 0) {
    claim_cause(t->c, &stats->diag, status);
    return;
  }
  claim(t->c, plan != NULL, "no plan");
  if (plan == NULL) return;
  claim(t->c, plan_not_finite(plan) == NULL, "the plan is not finite");
  claim(t->c, plan->cost == stats->cost && plan->gap == stats->gap, "stats have another plan");
  claim(t->c, t->s.states || plan->cost <= stats->initial_cost, "the plan is worse than the start");
  claim(t->c, t->s.states || plan->gap == 0, "a gap in a solve from controls");
  claim(t->c, status != TRAJ_OK || plan->gap == 0, "converged with a gap");
  require_within_limits(t, plan);
}

static traj_status solve(trial *t, traj_ddp *solver, double t0, bool armed) {
  const traj_plan *old = traj_ddp_plan(solver);
  const kept_plan kept = old == NULL ? (kept_plan){.plan = NULL} : keep_plan(old);
  subject_reset(&t->s, armed);
  const long before = claims_heap(t->c);
  const traj_status status = traj_ddp_solve(solver, t0, t->s.x0);
  claim(t->c, claims_heap(t->c) == before, "solve called the heap");
  long calls = 0;
  for (int i = 0; i < SUBJECT_HOOKS; i++)
    calls += t->s.calls[i];
  claim(t->c, calls < CALLS, "the hooks were called too often");
  claims_count(t->c, status);
  require_sound(t, solver, status);
  if (status < 0 && kept.plan != NULL)
    claim(t->c, plan_difference(traj_ddp_plan(solver), kept.plan) == NULL, "an error has changed the plan");
  free(kept.block);
  return status;
}

static void require_known(trial *t, const traj_ddp *solver, traj_status status) {
  claim(t->c, traj_ddp_get_stats(solver)->status == status || status == TRAJ_OK, "stats do not know of a refusal");
}

static traj_status guess(trial *t, traj_ddp *solver) {
  return traj_ddp_guess_states(solver, t->s.states ? t->s.x : NULL, t->s.u);
}

/* Anything that a user may call, in any order, with the trouble about. */
static void operate(trial *t, traj_ddp *solver, bytes *b) {
  const int horizon = t->s.problem.N;
  switch (bytes_int(b, 0, t->s.states ? 8 : 7)) {
    case 0:
      require_known(t, solver, traj_ddp_guess(solver, bytes_chance(b, 128) ? t->s.u : NULL));
      break;
    case 1:
      require_known(t, solver, traj_ddp_horizon(solver, bytes_int(b, 0, horizon + 1)));
      break;
    case 2:
      require_known(t, solver, traj_ddp_shift(solver, bytes_int(b, 0, horizon + 1) - 1));
      break;
    case 3:
      subject_reset(&t->s, true);
      traj_ddp_check_derivatives(solver, 0, t->s.x0, NULL);
      break;
    case 4:
      t->s.x0[0] += bytes_number(b);
      break;
    case 8:
      require_known(t, solver, guess(t, solver));
      break;
    default:
      solve(t, solver, bytes_number(b), true);
  }
}

/* What controls lead to, by a solver that does nothing else: a plan, or NULL where they lead nowhere. */
static const traj_plan *roll_out(trial *t, place *p, const double *u) {
  const bool states = t->s.states;
  traj_ddp_settings settings = t->s.settings;
  settings.run.max_iter = 0;
  settings.run.time_limit = 0;
  if (!build(t, p, &settings) || traj_ddp_guess(p->solver, u) != TRAJ_OK) return NULL;
  t->s.states = false;
  const traj_status status = solve(t, p->solver, 0, false);
  t->s.states = states;
  return status < 0 ? NULL : traj_ddp_plan(p->solver);
}

static void require_feasible(trial *t, const traj_plan *plan) {
  place p;
  if (plan->gap > 0) return;
  const traj_plan *other = roll_out(t, &p, plan->u);
  if (other != NULL) {
    const size_t states = (size_t)plan->nx * ((size_t)plan->N + 1) * sizeof(double);
    claim(t->c, memcmp(other->x, plan->x, states) == 0, "the states of a plan are not where its controls lead");
    claim(t->c, other->cost == plan->cost, "the cost of a plan is not that of its controls");
  }
  guarded_release(&p.memory, t->c);
}

/* Of a solve that started from states. */
static void require_no_worse_than_controls(trial *t, const traj_plan *plan) {
  place p;
  const traj_plan *alone = roll_out(t, &p, t->s.u);
  if (alone != NULL) claim(t->c, plan->cost <= alone->cost, "the plan is worse than the guessed controls alone");
  guarded_release(&p.memory, t->c);
}

static void require_fresh(trial *t, traj_ddp *used) {
  place p;
  claim(t->c, traj_ddp_horizon(used, t->s.problem.N) == TRAJ_OK, "the whole horizon is refused");
  const traj_status guessed = guess(t, used);
  if (guessed != TRAJ_OK) traj_ddp_guess(used, NULL);
  const traj_status status = solve(t, used, 0, false);
  if (build(t, &p, &t->s.settings)) {
    claim(t->c, guess(t, p.solver) == guessed, "a fresh solver takes another guess");
    claim(t->c, solve(t, p.solver, 0, false) == status, "a fresh solver has another status");
    const bool both = status >= 0 && traj_ddp_plan(p.solver) != NULL;
    if (both) {
      claim(t->c, plan_difference(traj_ddp_plan(used), traj_ddp_plan(p.solver)) == NULL,
            "a fresh solver's plan differs");
      require_feasible(t, traj_ddp_plan(used));
      if (t->s.states && guessed == TRAJ_OK && status != TRAJ_TIME_LIMIT)
        require_no_worse_than_controls(t, traj_ddp_plan(used));
    }
  }
  guarded_release(&p.memory, t->c);
}

bool trial_ddp(claims *c, bytes *b, trial_kind kind) {
  trial t = {.c = c};
  place p;
  subject_draw(&t.s, b, &kind);
  const bool taken = build(&t, &p, &t.s.settings);
  if (taken) {
    guess(&t, p.solver);
    for (int i = 0; i < OPERATIONS; i++)
      operate(&t, p.solver, b);
    require_fresh(&t, p.solver);
  }
  guarded_release(&p.memory, c);
  return taken;
}
