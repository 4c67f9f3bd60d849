#include "core/simulator.h"

#include <math.h>
#include <string.h>

#include "base/diag.h"
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

bool tj_simulator_late(tj_simulator *sim) {
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

/* Cost of stage k and, unless it is the last, where it ends. */
static int advance(tj_simulator *sim, int k, tj_trajectory *out, double *end) {
  tj_world *world = &sim->world;
  size_t nu = (size_t)world->shape.nu, at = (size_t)k;
  bool final = k == world->N;
  const double *x = state_of(sim, out, k), *u = final ? NULL : out->u + at * nu;
  double cost;
  int outcome = tj_objective_cost(&sim->objective, world, k, x, u, &cost);
  if (outcome != TJ_FINE) return outcome;
  out->cost += cost;
  if (final) return tj_world_written(world, "cost", "total", k, &out->cost, 1, 1, false);
  double *points = out->points == NULL ? NULL : out->points + at * sim->points_stride;
  return tj_dynamics_step(&sim->dynamics, world, k, x, u, points, end);
}

static void start_at(const tj_simulator *sim, const double *x0, tj_trajectory *out) {
  memcpy(out->x, x0, (size_t)sim->world.problem.model.nx * sizeof(double));
  out->cost = out->gap = 0;
}

int tj_rollout_controls(tj_simulator *sim, const double *x0, bool timed, tj_trajectory *out) {
  start_at(sim, x0, out);
  int outcome = TJ_FINE;
  for (int k = 0; k <= sim->world.N && outcome == TJ_FINE; k++) {
    if (timed && tj_simulator_late(sim)) return TJ_TIMEOUT;
    outcome = advance(sim, k, out, state_of(sim, out, k + 1));
  }
  return outcome;
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
  start_at(sim, x0, out);
  int outcome = TJ_FINE;
  for (int k = 0; k <= sim->world.N && outcome == TJ_FINE; k++) {
    outcome = advance(sim, k, out, sim->end);
    if (outcome == TJ_FINE && k < sim->world.N) outcome = add_defect(sim, k, out);
  }
  return outcome;
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

static inline void add_columns(int nu, int ndx, const double *K, const double *dx, double *u) {
  double sum[2] = {0};
  for (int j = 0; j < ndx; j++) {
    for (int i = 0; i < nu; i++)
      sum[i] += K[i + j * nu] * dx[j];
  }
  for (int i = 0; i < nu; i++)
    u[i] += sum[i];
}

/* u += K dx. Of one or two controls in place: the call would take longer. */
static void add_feedback(int nu, int ndx, const double *K, const double *dx, double *u) {
  if (nu == 1) {
    add_columns(1, ndx, K, dx, u);
  } else if (nu == 2) {
    add_columns(2, ndx, K, dx, u);
  } else {
    tj_add_apply(nu, ndx, 1, K, dx, u);
  }
}

/* Control of stage k under the policy. */
static int follow(tj_simulator *sim, int k, const tj_guide *guide, double alpha, tj_trajectory *out) {
  tj_world *world = &sim->world;
  int ndx = world->shape.nx, nu = world->shape.nu, at = k + guide->moved, last = guide->N;
  size_t nx = (size_t)world->problem.model.nx, stage = (size_t)(at < last ? at : last - 1);
  const double *x_hat = guide->hat->x + (size_t)(at < last ? at : last) * nx, *x = out->x + (size_t)k * nx;
  const double *u_hat = guide->u + (size_t)k * (size_t)nu, *feedforward = guide->policy->k + stage * (size_t)nu;
  double *u = out->u + (size_t)k * (size_t)nu;
  for (int i = 0; i < nu; i++)
    u[i] = u_hat[i] + alpha * feedforward[i];
  /* Line searches start where they deviate from: no hook need say so. */
  if (world->euclidean || memcmp(x_hat, x, nx * sizeof(double)) != 0) {
    int outcome = tj_difference(world, k, x_hat, x, sim->dx);
    if (outcome != TJ_FINE) return outcome;
    add_feedback(nu, ndx, guide->policy->K + stage * (size_t)(nu * ndx), sim->dx, u);
  }
  tj_clip(world, k, u);
  return tj_world_written(world, "policy", "u", k, u, nu, 1, false);
}

int tj_rollout_policy(tj_simulator *sim, const double *x0, const tj_guide *guide, double alpha, bool timed,
                      tj_trajectory *out) {
  start_at(sim, x0, out);
  int outcome = TJ_FINE;
  for (int k = 0; k <= sim->world.N && outcome == TJ_FINE; k++) {
    if (timed && tj_simulator_late(sim)) return TJ_TIMEOUT;
    if (k < sim->world.N) outcome = follow(sim, k, guide, alpha, out);
    if (outcome == TJ_FINE) outcome = advance(sim, k, out, state_of(sim, out, k + 1));
    if (outcome == TJ_FINE && guide->open > 0 && k < sim->world.N) outcome = leave_open(sim, k, guide, out);
  }
  return outcome;
}
