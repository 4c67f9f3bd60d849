#include "fuzz/trial.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/subject.h"
#include "support/same_plan.h"

enum { GUARD = 64, GUARD_BYTE = 0xa5, OPERATIONS = 4, CALLS = 3000000 };

/* A solver in a block of its own, off any alignment, with a guard behind. */
typedef struct place {
  traj_ddp *solver;
  unsigned char *block;
  size_t size;
} place;

typedef struct trial {
  subject s;
  const long *heap_calls;
  trial_census *census;
  const char *broken; /* the first thing that did not hold */
} trial;

static void require(trial *t, bool holds, const char *what) {
  if (!holds && t->broken == NULL) t->broken = what;
}

static long heap(const trial *t) {
  return t->heap_calls == NULL ? 0 : *t->heap_calls;
}

static void require_cause(trial *t, const traj_diag *diag, traj_status status) {
  char text[300];
  require(t, diag->status == status, "the diagnostic has another status than the call");
  require(t, diag->hook != NULL || diag->field != NULL || diag->k >= 0, "the diagnostic names no cause");
  require(t, traj_diag_text(diag, text, sizeof text) < sizeof text && strlen(text) > 10, "no text of the diagnostic");
}

static bool build(trial *t, place *p, const traj_ddp_settings *settings) {
  traj_diag diag;
  *p = (place){.solver = NULL};
  traj_status status = traj_ddp_size(&t->s.problem, settings, &p->size, &diag);
  if (status != TRAJ_OK) {
    require(t, status < 0 && p->size == 0, "a refusal without an error");
    require_cause(t, &diag, status);
    return false;
  }
  p->block = malloc(p->size + GUARD + 1);
  if (p->block == NULL) abort();
  memset(p->block, GUARD_BYTE, p->size + GUARD + 1);
  const long before = heap(t);
  status = traj_ddp_init(&p->solver, p->block + 1, p->size, &t->s.problem, settings, &diag);
  require(t, heap(t) == before, "init called the heap");
  require(t, status == TRAJ_OK && p->solver != NULL, "init refuses what size has taken");
  return p->solver != NULL;
}

static void wreck(trial *t, place *p) {
  for (size_t i = 0; i <= GUARD && p->block != NULL; i++) {
    const size_t at = i == 0 ? 0 : p->size + i;
    require(t, p->block[at] == GUARD_BYTE, "something was written beyond the block");
  }
  free(p->block);
}

static void require_within_limits(trial *t, const traj_plan *plan) {
  for (int i = 0; i < plan->N * plan->nu; i++) {
    require(t, plan->u_min == NULL || plan->u[i] >= plan->u_min[i], "a control is below its limit");
    require(t, plan->u_max == NULL || plan->u[i] <= plan->u_max[i], "a control is above its limit");
  }
}

static void require_sound(trial *t, const traj_ddp *solver, traj_status status) {
  const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
  const traj_plan *plan = traj_ddp_plan(solver);
  require(t, stats->status == status, "stats have another status than the solve");
  if (status < 0) {
    require_cause(t, &stats->diag, status);
    return;
  }
  require(t, plan != NULL, "no plan");
  if (plan == NULL) return;
  require(t, plan_not_finite(plan) == NULL, "the plan is not finite");
  require(t, plan->cost == stats->cost && plan->cost <= stats->initial_cost, "the plan is worse than the start");
  require_within_limits(t, plan);
}

static traj_status solve(trial *t, traj_ddp *solver, double t0, bool armed) {
  const traj_plan *old = traj_ddp_plan(solver);
  const kept_plan kept = old == NULL ? (kept_plan){.plan = NULL} : keep_plan(old);
  subject_reset(&t->s, armed);
  const long before = heap(t);
  const traj_status status = traj_ddp_solve(solver, t0, t->s.x0);
  require(t, heap(t) == before, "solve called the heap");
  long calls = 0;
  for (int i = 0; i < SUBJECT_HOOKS; i++)
    calls += t->s.calls[i];
  require(t, calls < CALLS, "the hooks were called too often");
  if (t->census != NULL) t->census->solves[TRIAL_ZERO + status]++;
  require_sound(t, solver, status);
  if (status < 0 && kept.plan != NULL)
    require(t, plan_difference(traj_ddp_plan(solver), kept.plan) == NULL, "an error has changed the plan");
  free(kept.block);
  return status;
}

static void require_known(trial *t, const traj_ddp *solver, traj_status status) {
  require(t, traj_ddp_get_stats(solver)->status == status || status == TRAJ_OK, "stats do not know of a refusal");
}

/* Anything that a user may call, in any order, with the trouble about. */
static void operate(trial *t, traj_ddp *solver, bytes *b) {
  const int horizon = t->s.problem.N;
  switch (bytes_int(b, 0, 7)) {
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
    default:
      solve(t, solver, bytes_number(b), true);
  }
}

/* What the controls of a plan lead to, by a solver that does nothing else. */
static void require_feasible(trial *t, const traj_plan *plan) {
  place p;
  traj_ddp_settings settings = t->s.settings;
  settings.run.max_iter = 0;
  settings.run.time_limit = 0;
  if (build(t, &p, &settings)) {
    require(t, traj_ddp_guess(p.solver, plan->u) == TRAJ_OK, "the controls of a plan are refused as a guess");
    if (solve(t, p.solver, 0, false) >= 0) {
      const traj_plan *other = traj_ddp_plan(p.solver);
      const size_t states = (size_t)plan->nx * ((size_t)plan->N + 1) * sizeof(double);
      require(t, memcmp(other->x, plan->x, states) == 0, "the states of a plan are not where its controls lead");
      require(t, other->cost == plan->cost, "the cost of a plan is not that of its controls");
    }
  }
  wreck(t, &p);
}

static void require_fresh(trial *t, traj_ddp *used) {
  place p;
  require(t, traj_ddp_horizon(used, t->s.problem.N) == TRAJ_OK, "the whole horizon is refused");
  const traj_status guessed = traj_ddp_guess(used, t->s.u), status = solve(t, used, 0, false);
  if (build(t, &p, &t->s.settings)) {
    require(t, traj_ddp_guess(p.solver, t->s.u) == guessed, "a fresh solver takes another guess");
    require(t, solve(t, p.solver, 0, false) == status, "a fresh solver has another status");
    const bool both = status >= 0 && traj_ddp_plan(p.solver) != NULL;
    if (both) {
      require(t, plan_difference(traj_ddp_plan(used), traj_ddp_plan(p.solver)) == NULL,
              "a fresh solver's plan differs");
      require_feasible(t, traj_ddp_plan(used));
    }
  }
  wreck(t, &p);
}

const char *trial_run(const uint8_t *data, size_t size, const long *heap_calls, trial_census *census) {
  trial t = {.heap_calls = heap_calls, .census = census};
  bytes b = {data, size};
  place p;
  subject_draw(&t.s, &b);
  if (build(&t, &p, &t.s.settings)) {
    traj_ddp_guess(p.solver, t.s.u);
    for (int i = 0; i < OPERATIONS; i++)
      operate(&t, p.solver, &b);
    require_fresh(&t, p.solver);
  } else if (census != NULL) {
    census->refused++;
  }
  wreck(&t, &p);
  return t.broken;
}
