#include "core/integrator.h"

#include <string.h>

#include "base/inline.h"
#include "linalg/dense.h"
#include "linalg/order.h"

/* The evaluations of a method that is known when compiling: without a loop, their numbers are constants. */
#if defined(__clang__) || defined(TJ_SMALL)
#define EACH_EVALUATION
#else
#define EACH_EVALUATION _Pragma("GCC unroll 4")
#endif

static const tj_method euler = {1, {0}, {1}}, midpoint = {2, {0, 0.5}, {0, 1}};
static const tj_method rk4 = {4, {0, 0.5, 0.5, 1}, {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6}};

static const tj_method *method_of(traj_integrator integrator) {
  return integrator == TRAJ_EULER ? &euler : (integrator == TRAJ_MIDPOINT ? &midpoint : &rk4);
}

int tj_integrator_points(const traj_model *model) {
  return method_of(model->integrator)->n * (model->substeps == 0 ? 1 : model->substeps);
}

/* The tape: [fx fu] of each evaluation, room for a vector, the derivative of each point, and that of the state after
 * all. */
static size_t slope_doubles(const traj_model *model) {
  return (size_t)model->nx * (size_t)(model->nx + model->nu);
}

static size_t point_doubles(const traj_model *model) {
  return (size_t)tj_pad(model->nx) * (size_t)(model->nx + model->nu);
}

static size_t points_at(const traj_model *model) {
  return (size_t)tj_integrator_points(model) * slope_doubles(model) + (size_t)tj_pad(1);
}

size_t tj_integrator_tape_doubles(const traj_model *model) {
  return points_at(model) + ((size_t)tj_integrator_points(model) + 1) * point_doubles(model);
}

/* Each evaluation and what the tape has besides, on a manifold too, are less than two padded matrices each. */
bool tj_integrator_fits(const traj_model *model, size_t bytes) {
  size_t matrix = ((size_t)model->nx + 8) * (size_t)(model->nx + model->nu);
  return bytes / sizeof(double) / (2 * matrix) > (size_t)tj_integrator_points(model) + 1;
}

tj_integrator tj_integrator_layout(tj_arena *arena, const tj_world *world, bool second_order) {
  const traj_model *model = &world->problem.model;
  int nx = world->shape.nx, nu = world->shape.nu, evaluations = second_order ? tj_integrator_points(model) : 0;
  size_t n = (size_t)nx, m = (size_t)nu, bends = n * n + m * m + m * n;
  return (tj_integrator){
      .method = method_of(model->integrator),
      .chain = tj_chain_for(nx, nu),
      .slope_doubles = slope_doubles(model),
      .points_at = points_at(model),
      .bend_doubles = bends,
      .slope = tj_arena_doubles(arena, n, 1),
      .kappa = tj_arena_doubles(arena, (size_t)tj_pad(nx), (size_t)evaluations),
      .W = tj_arena_doubles(arena, bends, (size_t)evaluations),
      .work = tj_arena_doubles(arena, tj_curve_work_doubles(nx, nu, evaluations), second_order),
  };
}

/* out = x + b y; false if that is not finite. out may be x. */
static inline bool displace(int n, const double *x, double b, const double *y, double *out) {
  double product = 0; /* of finite numbers, as in tj_all_finite */
  for (int i = 0; i < n; i++) {
    out[i] = x[i] + b * y[i];
    product *= out[i];
  }
  return product == 0;
}

/* What the last slope led to is not finite: because it is not itself, or because the sum has overflowed. */
static int blame_slope(const tj_integrator *in, tj_world *world, int k, const double *led_to) {
  int nx = world->shape.nx;
  int outcome = tj_world_written(world, "model.ode", "dxdt", k, in->slope, nx, 1, false);
  return outcome != TJ_FINE ? outcome : tj_world_written(world, "model.ode", "dxdt", k, led_to, nx, 1, false);
}

/* (I1) The first point of a substep is its start, so that x_next may grow in place. The ode is not asked about points
 * that are not finite: every slope is looked at in where it leads. The next point goes before the sum, which nobody
 * waits for. */
INLINE int step(const int nx, const tj_method *rk, const int substeps, tj_integrator *in, tj_world *world, int k,
                const double *x, const double *u, double *points, double *x_next) {
  const int last = rk->n - 1;
  const double h = tj_integrator_substep(world, k), t0 = world->t[k];
  double *point = points, *slope = in->slope;
  traj_point at = {.k = k, .worker = world->worker, .u = u};
  for (int s = 0; s < substeps; s++) {
    const double *start = point, *sum = point;
    double t = t0 + s * h, a = h * rk->a[0];
    memcpy(point, s == 0 ? x : x_next, (size_t)nx * sizeof(double));
    EACH_EVALUATION for (int i = 0; i < rk->n; i++, sum = x_next) {
      at.t = t + a;
      at.x = point;
      int outcome = tj_model_slope(world, nx, &at, slope);
      if (outcome != TJ_FINE) return outcome;
      point += nx;
      if (i < last) {
        a = h * rk->a[i + 1];
        if (!displace(nx, start, a, slope, point)) return blame_slope(in, world, k, point);
      }
      bool finite = displace(nx, sum, h * rk->b[i], slope, x_next);
      if (i == last && !finite) return blame_slope(in, world, k, x_next);
    }
  }
  return TJ_FINE;
}

/* For a few states loops would cost more than what is in them. */
int tj_integrator_step(tj_integrator *in, tj_world *world, int k, const double *x, const double *u, double *points,
                       double *x_next) {
  const int nx = world->shape.nx, substeps = world->problem.model.substeps;
  const bool plain = in->method == &rk4 && substeps == 1;
  if (plain && nx == 4) return step(4, &rk4, 1, in, world, k, x, u, points, x_next);
  if (plain && nx == 2) return step(2, &rk4, 1, in, world, k, x, u, points, x_next);
  return step(nx, in->method, substeps, in, world, k, x, u, points, x_next);
}

/* Where the first evaluation of a step is. */
static inline tj_site first_point(const tj_site *step) {
  return (tj_site){.at = {.k = step->at.k, .worker = step->at.worker, .x = step->points, .u = step->at.u}};
}

/* The derivatives of the ode at each point, to the tape, by differences. */
static int difference_points(const tj_integrator *in, tj_differences *fd, tj_world *world, double h,
                             const tj_site *step, double *tape) {
  const tj_method *rk = in->method;
  tj_site site = first_point(step);
  tj_forget(tape, (size_t)(rk->n * world->problem.model.substeps) * in->slope_doubles);
  for (int s = 0; s < world->problem.model.substeps; s++) {
    for (int i = 0; i < rk->n; i++, site.at.x += world->shape.nx, tape += in->slope_doubles) {
      site.at.t = step->at.t + s * h + rk->a[i] * h;
      int outcome = tj_model_difference(fd, world, &site, tape);
      if (outcome != TJ_FINE) return outcome;
    }
  }
  return TJ_FINE;
}

/* The same from the hook. */
INLINE int call_points(const int nx, const int nu, const tj_method *rk, const int substeps, tj_world *world, double h,
                       const tj_site *step, double *tape) {
  const int doubles = nx * (nx + nu);
  traj_point at = {.k = step->at.k, .worker = step->at.worker, .x = step->points, .u = step->at.u};
  for (int s = 0; s < substeps; s++) {
    double t = step->at.t + s * h;
    EACH_EVALUATION for (int i = 0; i < rk->n; i++, at.x += nx, tape += doubles) {
      at.t = t + rk->a[i] * h;
      tj_forget(tape, (size_t)doubles);
      int outcome = tj_model_call_jac(world, nx, &at, tape);
      if (outcome != TJ_FINE) return outcome;
    }
  }
  return TJ_FINE;
}

/* As with a step, loops would cost more than what is in them. */
int tj_integrator_differentiate(const tj_integrator *in, tj_differences *fd, tj_world *world, const tj_site *site,
                                double *tape) {
  const double h = tj_integrator_substep(world, site->at.k);
  const int nx = world->shape.nx, nu = world->shape.nu, substeps = world->problem.model.substeps;
  if (world->problem.model.jac == NULL) return difference_points(in, fd, world, h, site, tape);
  const bool plain = in->method == &rk4 && substeps == 1;
  if (plain && nx == 4 && nu == 1) return call_points(4, 1, &rk4, 1, world, h, site, tape);
  if (plain && nx == 2 && nu == 1) return call_points(2, 1, &rk4, 1, world, h, site, tape);
  return call_points(nx, nu, in->method, substeps, world, h, site, tape);
}

int tj_integrator_jacobian(const tj_integrator *in, tj_differences *fd, tj_world *world, const tj_site *site,
                           double *tape, double *fz) {
  int outcome = tj_integrator_differentiate(in, fd, world, site, tape);
  if (outcome == TJ_FINE) tj_integrator_chain(in, world, site->at.k, tape, fz);
  return outcome;
}

int tj_integrator_written(const tj_integrator *in, tj_world *world, int k, const double *tape, const double *fz) {
  int evaluations = in->method->n * world->problem.model.substeps;
  for (int i = 0; i < evaluations; i++) {
    int outcome = tj_model_written(world, k, tape + (size_t)i * in->slope_doubles);
    if (outcome != TJ_FINE) return outcome;
  }
  return tj_model_written(world, k, fz);
}

/* Where W has the second derivatives of an evaluation. */
static traj_quad bends_at(const tj_integrator *in, const traj_model *model, int at) {
  size_t n = (size_t)model->nx, m = (size_t)model->nu;
  double *lxx = in->W + (size_t)at * in->bend_doubles;
  return (traj_quad){.lxx = lxx, .luu = lxx + n * n, .lux = lxx + n * n + m * m};
}

/* The second derivatives of the ode at each point, contracted with the adjoints of the slopes. */
static int bend_points(tj_integrator *in, tj_differences *fd, tj_world *world, const tj_site *step) {
  const traj_model *model = &world->problem.model;
  const tj_method *rk = in->method;
  const double *kappa = in->kappa;
  double h = tj_integrator_substep(world, step->at.k);
  tj_site site = first_point(step);
  tj_forget(in->W, (size_t)(rk->n * model->substeps) * in->bend_doubles);
  for (int s = 0, at = 0; s < model->substeps; s++) {
    double t = step->at.t + s * h;
    for (int i = 0; i < rk->n; i++, at++, site.at.x += model->nx, kappa += tj_pad(model->nx)) {
      traj_quad w = bends_at(in, model, at);
      site.at.t = t + rk->a[i] * h;
      int outcome = tj_model_bend(fd, world, &site, kappa, &w);
      if (outcome != TJ_FINE) return outcome;
    }
  }
  return TJ_FINE;
}

/* The sum is not finite: because something in it is not, or because it has overflowed, which is for the caller. */
static int blame_bends(const tj_integrator *in, tj_world *world, int k) {
  int evaluations = in->method->n * world->problem.model.substeps;
  for (int at = 0; at < evaluations; at++) {
    traj_quad w = bends_at(in, &world->problem.model, at);
    int outcome = tj_model_bent(world, k, &w);
    if (outcome != TJ_FINE) return outcome;
  }
  return TJ_FINE;
}

int tj_integrator_hessian(tj_integrator *in, tj_differences *fd, tj_world *world, const tj_site *site,
                          const double *tape, const double *lambda, traj_quad *out) {
  const traj_model *model = &world->problem.model;
  int nx = model->nx, nu = model->nu, substeps = model->substeps, evaluations = in->method->n * substeps;
  tj_adjoint(in->method, tj_integrator_substep(world, site->at.k), substeps, nx, nu, tape, lambda, in->kappa, in->work);
  int outcome = bend_points(in, fd, world, site);
  if (outcome != TJ_FINE) return outcome;
  const double *X = tape + in->points_at;
  bool finite = tj_curve(nx, nu, evaluations, in->W, X, in->work, out->lxx, out->luu, out->lux);
  return finite ? TJ_FINE : blame_bends(in, world, site->at.k);
}
