#include <math.h>
#include <string.h>

#include "base/check.h"
#include "ddp/ddp.h"

/* Inlined, as fmax is not. */
static double larger(double a, double b) {
  return b > a ? b : a;
}

static const double *stage_of(const traj_ddp *ddp, int k) {
  return ddp->stages + (size_t)k * ddp->riccati.kernel.stage_doubles;
}

/* What the length of a value gradient has to be, if second derivatives are to be contracted with it. */
static bool bounded(double square) {
  const double MOST = 1e150;
  return square <= MOST * MOST;
}

static double square_of(int n, const double *v) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += v[i] * v[i];
  return sum;
}

static bool value_finite(const traj_ddp *ddp, int k) {
  size_t ndx = (size_t)ddp->sim.world.shape.nx, square = ndx * ndx;
  return tj_all_finite(ddp->next_policy.V + (size_t)k * square, square);
}

/* A value function has blown up: that after stage k, or else the one at it. */
static int blame_value(traj_ddp *ddp, int k) {
  int at = value_finite(ddp, k + 1) ? k : k + 1;
  ddp->sim.world.diag = (traj_diag){.status = TRAJ_E_SINGULAR, .field = "V", .k = at, .row = -1, .col = -1};
  return TJ_UNDEFINED;
}

/* Why stage k has no gain: its control Hessian, unless the value function after it has blown up. */
static int blame_stage(traj_ddp *ddp, int k) {
  if (!value_finite(ddp, k + 1)) return blame_value(ddp, k);
  const tj_riccati *riccati = &ddp->riccati;
  traj_diag *diag = &ddp->sim.world.diag;
  *diag = (traj_diag){.status = TRAJ_E_SINGULAR, .field = "Quu", .k = k, .row = riccati->pivot, .col = riccati->pivot};
  diag->value = riccati->size;
  return TJ_UNDEFINED;
}

/* (D1) Second derivatives of the dynamics, contracted with the value gradient of the stage after. */
static int find_curvature(traj_ddp *ddp, int k, tj_stage_cost *curvature) {
  tj_simulator *sim = &ddp->sim;
  tj_worker *worker = &ddp->workers[0];
  tj_site site = tj_ddp_site(ddp, worker, k);
  traj_quad *quad = &worker->slots[0].quad;
  const double *lambda;
  int outcome = tj_ddp_arrive(ddp, worker, &site);
  if (outcome == TJ_FINE) outcome = tj_ddp_costate(ddp, &site, &lambda);
  if (outcome != TJ_FINE) return outcome;
  /* Across a gap V counts, which may not be. */
  if (!bounded(square_of(sim->world.shape.nx, lambda))) return blame_value(ddp, k);
  outcome = tj_dynamics_hessian(&sim->dynamics, &sim->fd, &sim->world, &site, lambda, quad);
  *curvature = (tj_stage_cost){.lxx = quad->lxx, .luu = quad->luu, .lux = quad->lux};
  return outcome;
}

/* Stage k with curvature and damping in its cost. */
static int bend_stage(traj_ddp *ddp, int k, double damping) {
  tj_stage_cost curvature = {.lxx = NULL};
  int outcome = ddp->order.second ? find_curvature(ddp, k, &curvature) : TJ_FINE;
  if (outcome == TJ_FINE) tj_stage_bend(&ddp->riccati.kernel, stage_of(ddp, k), &curvature, damping, ddp->bent);
  return outcome;
}

/* Stage k as the sweep sees it. */
static int see_stage(traj_ddp *ddp, int k, double damping, const double **stage) {
  bool bent = ddp->order.second || damping != 0;
  *stage = bent ? ddp->bent : stage_of(ddp, k);
  return bent ? bend_stage(ddp, k, damping) : TJ_FINE;
}

/* The gain of the stage is kept within the limits. */
static bool limit_gain(traj_ddp *ddp, int k) {
  const tj_world *world = &ddp->sim.world;
  size_t nu = (size_t)world->shape.nu, at = (size_t)k * nu;
  for (size_t i = 0; i < nu; i++) {
    ddp->boxqp.lower[i] = world->u_min[at + i] - ddp->current.u[at + i];
    ddp->boxqp.upper[i] = world->u_max[at + i] - ddp->current.u[at + i];
  }
  return tj_boxqp_gain(&ddp->boxqp, &ddp->riccati);
}

/* Largest entry of the projected gradient of the stage: how far the step -g goes before a limit stops it. */
static double projected_gradient(const traj_ddp *ddp) {
  const tj_world *world = &ddp->sim.world;
  double largest = 0;
  for (int i = 0; i < world->shape.nu; i++) {
    double step = world->u_min == NULL ? ddp->g[i] : tj_boxqp_clip(&ddp->boxqp, i, -ddp->g[i]);
    largest = larger(largest, fabs(step));
  }
  return largest;
}

/* Returns what tj_policy_unpack does. */
static double store_stage(traj_ddp *ddp, int k) {
  tj_shape shape = ddp->sim.world.shape;
  size_t ndx = (size_t)shape.nx, nu = (size_t)shape.nu, at = (size_t)k;
  tj_policy *to = &ddp->next_policy;
  const tj_riccati *riccati = &ddp->riccati;
  return tj_policy_unpack(&riccati->kernel, riccati->gain, riccati->value, to->K + at * nu * ndx, to->k + at * nu,
                          to->V + at * ndx * ndx, to->v + at * ndx);
}

/* Stage k is read next. */
static void expect(traj_ddp *ddp, int k) {
  tj_run stage = {stage_of(ddp, k), ddp->riccati.kernel.stage_doubles};
  tj_kernel_expect(&ddp->riccati.kernel, 1, &stage);
}

/* The Q-function of stage k, its gain and the value function under it. */
static int recur(traj_ddp *ddp, int k, double mu) {
  tj_world *world = &ddp->sim.world;
  tj_riccati *riccati = &ddp->riccati;
  double damping = mu * ddp->control_scale;
  const double *stage;
  int outcome = see_stage(ddp, k, damping, &stage);
  if (outcome != TJ_FINE) return outcome;
  if (riccati->kernel.fetches && k > 0) expect(ddp, k - 1);
  bool definite = tj_riccati_minimise(riccati, stage, damping);
  if (world->u_min != NULL) definite = limit_gain(ddp, k);
  if (!definite) return blame_stage(ddp, k);
  tj_riccati_value(riccati);
  return TJ_FINE;
}

/* (E1) The slope and the gradient by u of stage k. */
static void add_slope(traj_ddp *ddp, int k, tj_sweep *sweep) {
  const tj_riccati *riccati = &ddp->riccati;
  size_t ndx = (size_t)ddp->sim.world.shape.nx;
  if (sweep->exact && tj_riccati_exact(riccati)) {
    sweep->slope += tj_kernel_exact_slope(&riccati->kernel, riccati->gain, ddp->g);
  } else {
    if (sweep->exact) memcpy(ddp->v0, ddp->next_policy.v + (size_t)(k + 1) * ndx, ndx * sizeof(double));
    sweep->exact = false;
    sweep->slope += tj_kernel_slope(&ddp->riccati.kernel, stage_of(ddp, k), riccati->gain, ddp->v0, ddp->g);
  }
  sweep->gradient = larger(sweep->gradient, projected_gradient(ddp));
}

/* A recursion that blows up wants more regularisation, as one that loses definiteness does. What is not finite in a
 * value function spreads to all of those before it: beside v it is enough to look at the first. */
static int sweep_stage(traj_ddp *ddp, int k, double mu, tj_sweep *sweep) {
  int outcome = recur(ddp, k, mu);
  if (outcome != TJ_FINE) return outcome;
  double square = store_stage(ddp, k);
  add_slope(ddp, k, sweep);
  bool sound = bounded(square) && isfinite(sweep->slope) && (k > 0 || tj_riccati_finite(&ddp->riccati));
  return sound ? TJ_FINE : blame_value(ddp, k);
}

/* A sweep stage costs little: the clock is read every so many of them, before each hook, and never in between. */
static bool time_to_look(const traj_ddp *ddp, int k) {
  int size = ddp->sim.world.shape.nx + ddp->sim.world.shape.nu;
  int stages = size < 8 ? 16 : (size < 24 ? 4 : 1); /* powers of two */
  return ddp->order.second || (k & (stages - 1)) == 0;
}

int tj_ddp_sweep(traj_ddp *ddp, double mu) {
  tj_world *world = &ddp->sim.world;
  size_t ndx = (size_t)world->shape.nx, N = (size_t)world->N;
  tj_sweep sweep = {.mu = mu, .exact = ddp->current.gap == 0};
  tj_policy *next = &ddp->next_policy;
  ddp->stats.backward_passes++;
  if (!sweep.exact) memcpy(ddp->v0, ddp->v_final, ndx * sizeof(double));
  tj_riccati_start(&ddp->riccati, ddp->V_final, ddp->v_final);
  tj_value_unpack(&ddp->riccati.kernel, ddp->riccati.value, next->V + N * ndx * ndx, next->v + N * ndx, NULL);
  for (int k = world->N - 1; k >= 0; k--) {
    if (time_to_look(ddp, k) && tj_simulator_late(&ddp->sim)) return TJ_TIMEOUT;
    int outcome = sweep_stage(ddp, k, mu, &sweep);
    if (outcome != TJ_FINE) return outcome;
  }
  tj_value_unpack(&ddp->riccati.kernel, ddp->riccati.value, NULL, NULL, &sweep.full);
  tj_policy done = ddp->next_policy;
  ddp->next_policy = ddp->current_policy;
  ddp->current_policy = done;
  ddp->policy_current = ddp->policy_known = true;
  ddp->sweep = sweep;
  return TJ_FINE;
}

double tj_sweep_change(const tj_sweep *sweep, double alpha) {
  return alpha * sweep->slope + alpha * alpha * (sweep->full - sweep->slope);
}
