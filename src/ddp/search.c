/* The line search on the true dynamics. Candidates are tried by as many at a time as there are workers; the first in
 * order that is acceptable wins, as if they had been tried one by one. */
#include <float.h>
#include <math.h>

#include "ddp/ddp.h"

/* Documented in docs/theory, "Constants". */
static const double ACCEPT = 1e-4;     /* c1: share of the predicted decrease that must be found */
static const double SHORTEN = 0.5;     /* factor between candidates */
static const double LEAST_STEP = 1e-3; /* alpha below which a line search gives up */
static const double ROUNDING =
    64 * DBL_EPSILON; /* relative to 1 + |J|: a predicted decrease this small means nothing */

bool tj_ddp_negligible(const traj_ddp *ddp, double predicted) {
  return predicted <= ROUNDING * (1 + fabs(ddp->current.cost));
}

void tj_ddp_exchange(traj_ddp *ddp, tj_candidate *candidate) {
  tj_trajectory old = ddp->current;
  ddp->current = candidate->at;
  candidate->at = old;
}

static double decrease(const traj_ddp *ddp, const tj_candidate *candidate) {
  return tj_ddp_merit(ddp, &ddp->current) - tj_ddp_merit(ddp, &candidate->at);
}

/* Whether a candidate is good enough. At the rounding level the prediction means nothing, and any decrease is. */
static bool acceptable(const traj_ddp *ddp, const tj_candidate *candidate) {
  double actual = decrease(ddp, candidate);
  if (tj_ddp_negligible(ddp, candidate->predicted)) return actual > 0;
  return actual >= ACCEPT * candidate->predicted;
}

static void accept(traj_ddp *ddp, tj_candidate *candidate) {
  ddp->stats.predicted = candidate->predicted;
  ddp->stats.actual = decrease(ddp, candidate);
  ddp->stats.step = candidate->alpha;
  tj_ddp_exchange(ddp, candidate);
  ddp->policy_current = false;
}

/* The next candidates that promise something, from step length *alpha on; returns how many. */
static int propose(traj_ddp *ddp, double *alpha) {
  int n = 0;
  for (; n < ddp->parallel.workers && *alpha >= LEAST_STEP; *alpha *= SHORTEN) {
    double predicted = tj_ddp_promise(ddp, *alpha);
    if (!(predicted > 0)) continue;
    ddp->candidates[n].alpha = *alpha;
    ddp->candidates[n].predicted = predicted;
    n++;
  }
  return n;
}

static bool ends_search(int outcome) {
  return outcome == TJ_TIMEOUT || outcome < 0;
}

static void try_candidate(int i, int index, void *arg) {
  traj_ddp *ddp = arg;
  tj_worker *worker = tj_ddp_begin(ddp, i, index);
  tj_candidate *candidate = &ddp->candidates[i];
  tj_guide guide = {.hat = &ddp->current, .policy = &ddp->current_policy, .u = ddp->current.u};
  guide.N = ddp->sim.world.N;
  guide.open = ddp->current.gap > 0 ? 1 - candidate->alpha : 0;
  int outcome = tj_rollout_policy(worker->sim, ddp->current.x, &guide, candidate->alpha, true, &candidate->at);
  tj_ddp_end(ddp, i, index, outcome, ends_search(outcome) || (outcome == TJ_FINE && acceptable(ddp, candidate)));
}

int tj_ddp_search(traj_ddp *ddp, bool *accepted) {
  double alpha = 1;
  *accepted = false;
  for (int n; (n = propose(ddp, &alpha)) > 0;) {
    int outcome = tj_ddp_share(ddp, try_candidate, n);
    if (outcome != TJ_FINE) return outcome;
    for (int i = 0; i < n; i++) {
      ddp->stats.candidates++;
      outcome = tj_ddp_result(ddp, i);
      if (ends_search(outcome)) return outcome;
      if (outcome == TJ_FINE && acceptable(ddp, &ddp->candidates[i])) {
        accept(ddp, &ddp->candidates[i]);
        *accepted = true;
        return TJ_FINE;
      }
    }
  }
  return TJ_FINE;
}
