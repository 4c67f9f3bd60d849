#include "core/simulator.h"

#include <math.h>
#include <string.h>

#include "base/diag.h"
#include "base/inline.h"
#include "linalg/dense.h"

/* Of maps in ambient coordinates too, which are the more. */
static int most_outputs(const tj_world *world) {
  int rows = tj_objective_rows(&world->problem.cost), n = world->shape.nx + world->shape.nu;
  return rows > n ? rows : n;
}

tj_simulator tj_simulator_layout(tj_arena *arena, const traj_problem *problem, traj_differences order,
                                 bool second_order) {
  tj_simulator sim = {.world = tj_world_layout(arena, problem)};
  tj_world ambient = tj_world_ambient(&sim.world);
  sim.most_outputs = most_outputs(&ambient);
  sim.fd = tj_differences_layout(arena, &ambient, order, sim.most_outputs);
  sim.dynamics = tj_dynamics_layout(arena, &sim.world, second_order);
  sim.objective = tj_objective_layout(arena, &sim.world);
  sim.points_stride = tj_dynamics_points_doubles(&sim.world);
  sim.dx = tj_arena_doubles(arena, (size_t)sim.world.shape.nx, 1);
  sim.end = tj_arena_doubles(arena, (size_t)sim.world.problem.model.nx, 1);
  return sim;
}

tj_simulator tj_simulator_layout_worker(tj_arena *arena, const tj_simulator *first, int worker) {
  tj_simulator sim = *first;
  sim.world.worker = worker;
  tj_world ambient = tj_world_ambient(&sim.world);
  sim.fd = tj_differences_layout(arena, &ambient, first->fd.order, sim.most_outputs);
  sim.dynamics = tj_dynamics_layout_worker(arena, &sim.world, &first->dynamics);
  sim.objective = tj_objective_layout(arena, &sim.world);
  sim.dx = tj_arena_doubles(arena, (size_t)sim.world.shape.nx, 1);
  sim.end = tj_arena_doubles(arena, (size_t)sim.world.problem.model.nx, 1);
  return sim;
}

void tj_simulator_follow(tj_simulator *sim, const tj_simulator *first) {
  sim->world.N = first->world.N;
  sim->world.calls = (traj_calls){0};
  sim->world.diag = tj_diag_none();
  sim->clock = first->clock;
  sim->clock_user = first->clock_user;
  sim->deadline = first->deadline;
}

tj_trajectory tj_trajectory_layout(tj_arena *arena, const tj_simulator *sim) {
  size_t N = (size_t)sim->world.problem.N;
  return (tj_trajectory){
      .x = tj_arena_doubles(arena, (size_t)sim->world.problem.model.nx, N + 1),
      .u = tj_arena_doubles(arena, (size_t)sim->world.shape.nu, N),
      .points = tj_arena_doubles(arena, sim->points_stride, N),
      .d = tj_arena_doubles(arena, (size_t)sim->world.shape.nx, N),
  };
}

tj_policy tj_policy_layout(tj_arena *arena, const tj_world *world) {
  size_t N = (size_t)world->problem.N, ndx = (size_t)world->shape.nx, nu = (size_t)world->shape.nu;
  return (tj_policy){
      .K = tj_arena_doubles(arena, nu * ndx, N),
      .k = tj_arena_doubles(arena, nu, N),
      .V = tj_arena_doubles(arena, ndx * ndx, N + 1),
      .v = tj_arena_doubles(arena, ndx, N + 1),
  };
}

void tj_simulator_start_clock(tj_simulator *sim, double limit, traj_clock_fn *clock, void *user) {
  sim->clock = limit > 0 ? clock : NULL;
  sim->clock_user = user;
  if (sim->clock != NULL) sim->deadline = clock(user) + limit;
}

bool tj_simulator_must_stop(tj_simulator *sim) {
  if (sim->parallel != NULL && tj_parallel_settled(sim->parallel, sim->job)) return true;
  if (sim->clock == NULL) return false;
  sim->world.calls.clock++;
  /* A clock that gives NaN counts as late: a controller must get its answer. */
  return !(sim->clock(sim->clock_user) < sim->deadline);
}

static double *state_of(const tj_simulator *sim, const tj_trajectory *at, int k) {
  return at->x + (size_t)k * (size_t)sim->world.problem.model.nx;
}

static double *defect_of(const tj_simulator *sim, const tj_trajectory *at, int k) {
  return at->d + (size_t)k * (size_t)sim->world.shape.nx;
}

/* Where a rollout stands: the stage in hand, and where its control and the state after it are kept. */
typedef struct place {
  traj_point at;
  double *u, *x_next;
} place;

static place start_at(const tj_simulator *sim, const double *x0, tj_trajectory *out) {
  size_t nx = (size_t)sim->world.problem.model.nx;
  memcpy(out->x, x0, nx * sizeof(double));
  out->cost = out->gap = 0;
  return (place){.at = tj_point(&sim->world, 0, out->x, out->u), .u = out->u, .x_next = out->x + nx};
}

/* To stage k, the next one. */
static inline void move_on(const tj_world *world, int nx, int nu, int k, place *here) {
  here->at.k = k;
  here->at.t = world->t[k];
  here->at.x = here->x_next;
  here->x_next += nx;
  here->at.u = here->u += nu;
}

/* Cost of the stage, and where it ends. The caller may know nx when compiling. */
INLINE int advance_by(int nx, tj_simulator *sim, const traj_point *at, tj_trajectory *out, double *end) {
  double cost;
  int outcome = tj_objective_cost(&sim->objective, &sim->world, at, &cost);
  if (outcome != TJ_FINE) return outcome;
  out->cost += cost;
  double *points = out->points == NULL ? NULL : out->points + (size_t)at->k * sim->points_stride;
  return tj_dynamics_step(&sim->dynamics, &sim->world, nx, at, points, end);
}

static int advance(tj_simulator *sim, const traj_point *at, tj_trajectory *out, double *end) {
  return advance_by(sim->world.problem.model.nx, sim, at, out, end);
}

/* Cost of the last state. */
static int arrive(tj_simulator *sim, place *here, tj_trajectory *out) {
  double cost;
  here->at.u = NULL;
  int outcome = tj_objective_cost(&sim->objective, &sim->world, &here->at, &cost);
  if (outcome != TJ_FINE) return outcome;
  out->cost += cost;
  return tj_world_written(&sim->world, "cost", "total", here->at.k, &out->cost, 1, 1, false);
}

int tj_rollout_controls(tj_simulator *sim, const double *x0, bool timed, tj_trajectory *out) {
  const tj_world *world = &sim->world;
  int nx = world->problem.model.nx, nu = world->shape.nu;
  place here = start_at(sim, x0, out);
  timed = timed && tj_simulator_hurried(sim);
  for (int k = 0; k < world->N; move_on(world, nx, nu, ++k, &here)) {
    if (timed && tj_simulator_late(sim)) return TJ_TIMEOUT;
    int outcome = advance(sim, &here.at, out, here.x_next);
    if (outcome != TJ_FINE) return outcome;
  }
  return timed && tj_simulator_late(sim) ? TJ_TIMEOUT : arrive(sim, &here, out);
}

/* (M1) The defect of stage k, which ends at sim->end. Exactly zero where that is the state after it; where it is the
 * same one in other numbers, such as -q for q, the state takes those of the end. */
static int add_defect(tj_simulator *sim, int k, tj_trajectory *out) {
  tj_world *world = &sim->world;
  int ndx = world->shape.nx;
  size_t bytes = (size_t)world->problem.model.nx * sizeof(double);
  double *d = defect_of(sim, out, k), *x_next = state_of(sim, out, k + 1), size = 0;
  memset(d, 0, (size_t)ndx * sizeof(double));
  if (memcmp(x_next, sim->end, bytes) == 0) return TJ_FINE;
  int outcome = tj_difference(world, k, x_next, sim->end, d);
  if (outcome != TJ_FINE) return outcome;
  for (int i = 0; i < ndx; i++)
    size += fabs(d[i]);
  if (size == 0) memcpy(x_next, sim->end, bytes);
  out->gap += size;
  return tj_world_written(world, "guess", "defect", k, &out->gap, 1, 1, false);
}

int tj_take_states(tj_simulator *sim, const double *x0, tj_trajectory *out) {
  const tj_world *world = &sim->world;
  int nx = world->problem.model.nx, nu = world->shape.nu;
  place here = start_at(sim, x0, out);
  for (int k = 0; k < world->N; move_on(world, nx, nu, ++k, &here)) {
    int outcome = advance(sim, &here.at, out, sim->end);
    if (outcome == TJ_FINE) outcome = add_defect(sim, k, out);
    if (outcome != TJ_FINE) return outcome;
  }
  return arrive(sim, &here, out);
}

/* (M2) Stage k ends at x_next; the state after it becomes one that leaves a share of the defect open. It is found in
 * the tangent space of the state that the defect belongs to, so that a step of length 0 leads back to that state. */
static int leave_open(tj_simulator *sim, int k, const tj_guide *guide, tj_trajectory *out) {
  tj_world *world = &sim->world;
  int ndx = world->shape.nx;
  const double *x_hat = state_of(sim, guide->hat, k + 1), *d_hat = defect_of(sim, guide->hat, k);
  double *x_next = state_of(sim, out, k + 1), size = 0;
  memcpy(sim->end, x_next, (size_t)world->problem.model.nx * sizeof(double));
  for (int i = 0; i < ndx; i++)
    size += fabs(d_hat[i]);
  if (size > 0) {
    int outcome = tj_difference(world, k, x_hat, sim->end, sim->dx);
    if (outcome != TJ_FINE) return outcome;
    for (int i = 0; i < ndx; i++)
      sim->dx[i] -= guide->open * d_hat[i];
    outcome = tj_retract(world, k, x_hat, sim->dx, x_next);
    if (outcome != TJ_FINE) return outcome;
  }
  return add_defect(sim, k, out);
}

/* What a guide says of the stage in hand. */
typedef struct advice {
  const double *x, *u, *k, *K;
  int left; /* stages of the guide from here on; less than 1: held at its end */
} advice;

static advice first_advice(const tj_guide *guide, int nx, int ndx, int nu) {
  int N = guide->N, at = guide->moved < N ? guide->moved : N, stage = at < N ? at : N - 1;
  return (advice){
      .x = guide->hat->x + (size_t)at * (size_t)nx,
      .u = guide->u,
      .k = guide->policy->k + (size_t)stage * (size_t)nu,
      .K = guide->policy->K + (size_t)stage * (size_t)(nu * ndx),
      .left = N - at,
  };
}

static inline void next_advice(int nx, int ndx, int nu, advice *hat) {
  if (hat->left > 0) hat->x += nx;
  if (hat->left > 1) {
    hat->k += nu;
    hat->K += nu * ndx;
  }
  hat->u += nu;
  hat->left--;
}

/* u += K dx; dx is b or, if so told, b - a. Of one or two controls in place: a call would take longer. */
INLINE void add_columns(bool subtract, int nu, int ndx, const double *K, const double *a, const double *b, double *u) {
  double sum[2] = {0};
  for (int j = 0; j < ndx; j++) {
    double dx = subtract ? b[j] - a[j] : b[j];
    for (int i = 0; i < nu; i++)
      sum[i] += K[i + j * nu] * dx;
  }
  for (int i = 0; i < nu; i++)
    u[i] += sum[i];
}

static void add_feedback(int nu, int ndx, const double *K, const double *dx, double *u) {
  if (nu == 1) {
    add_columns(false, 1, ndx, K, NULL, dx, u);
  } else if (nu == 2) {
    add_columns(false, 2, ndx, K, NULL, dx, u);
  } else {
    tj_add_apply(nu, ndx, 1, K, dx, u);
  }
}

/* Control of a stage under the policy, before its limits. */
static int follow(tj_simulator *sim, const traj_point *at, const advice *hat, double alpha, double *u) {
  tj_world *world = &sim->world;
  int nx = world->problem.model.nx, ndx = world->shape.nx, nu = world->shape.nu;
  for (int i = 0; i < nu; i++)
    u[i] = hat->u[i] + alpha * hat->k[i];
  /* Line searches start where they deviate from: no hook need say so. */
  if (!world->euclidean && memcmp(hat->x, at->x, (size_t)nx * sizeof(double)) == 0) return TJ_FINE;
  int outcome = tj_difference(world, at->k, hat->x, at->x, sim->dx);
  if (outcome == TJ_FINE) add_feedback(nu, ndx, hat->K, sim->dx, u);
  return outcome;
}

/* The same in a flat space, of one or two controls. */
INLINE int follow_few(int nx, int nu, const traj_point *at, const advice *hat, double alpha, double *u) {
  double sum[2];
  for (int i = 0; i < nu; i++)
    sum[i] = hat->u[i] + alpha * hat->k[i];
  add_columns(true, nu, nx, hat->K, hat->x, at->x, sum);
  memcpy(u, sum, (size_t)nu * sizeof(double));
  return TJ_FINE;
}

/* few: a flat space, one or two controls, and the shape is known when compiling. */
INLINE int roll(bool few, tj_shape shape, tj_simulator *sim, const double *x0, const tj_guide *guide, double alpha,
                bool timed, tj_trajectory *out) {
  tj_world *world = &sim->world;
  int ndx = shape.nx, nu = shape.nu, nx = few ? ndx : world->problem.model.nx;
  place here = start_at(sim, x0, out);
  advice hat = first_advice(guide, nx, ndx, nu);
  timed = timed && tj_simulator_hurried(sim);
  for (int k = 0; k < world->N; move_on(world, nx, nu, ++k, &here), next_advice(nx, ndx, nu, &hat)) {
    const traj_point *at = &here.at;
    if (timed && tj_simulator_late(sim)) return TJ_TIMEOUT;
    int outcome = few ? follow_few(nx, nu, at, &hat, alpha, here.u) : follow(sim, at, &hat, alpha, here.u);
    if (outcome != TJ_FINE) return outcome;
    tj_clip(world, nu, k, here.u);
    outcome = tj_world_written(world, "policy", "u", k, here.u, nu, 1, false);
    if (outcome != TJ_FINE) return outcome;
    outcome = few ? advance_by(nx, sim, at, out, here.x_next) : advance(sim, at, out, here.x_next);
    if (outcome == TJ_FINE && guide->open > 0) outcome = leave_open(sim, k, guide, out);
    if (outcome != TJ_FINE) return outcome;
  }
  return timed && tj_simulator_late(sim) ? TJ_TIMEOUT : arrive(sim, &here, out);
}

/* For a few states and controls loops would cost more than what is in them: there is code with the commonest built in.
 */
#if defined(TJ_SMALL)
static const bool BUILT_IN = false;
#else
static const bool BUILT_IN = true;
#endif

int tj_rollout_policy(tj_simulator *sim, const double *x0, const tj_guide *guide, double alpha, bool timed,
                      tj_trajectory *out) {
  tj_shape shape = sim->world.shape;
  bool few = BUILT_IN && sim->world.euclidean;
  if (few && shape.nx == 2 && shape.nu == 1) return roll(true, (tj_shape){2, 1}, sim, x0, guide, alpha, timed, out);
  if (few && shape.nx == 4 && shape.nu == 1) return roll(true, (tj_shape){4, 1}, sim, x0, guide, alpha, timed, out);
  if (few && shape.nx == 4 && shape.nu == 2) return roll(true, (tj_shape){4, 2}, sim, x0, guide, alpha, timed, out);
  return roll(false, shape, sim, x0, guide, alpha, timed, out);
}
