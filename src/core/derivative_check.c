#include "core/derivative_check.h"

#include <math.h>
#include <string.h>

#include "base/diag.h"
#include "core/model.h"
#include "core/space.h"

/* An entry is suspicious when it is off by more than this share of its row's largest entry, and by more than the
 * differences themselves may be off. */
static const double TOLERANCE = 3e-5;
static const double ORACLE_ERRORS = 4;

tj_derivative_check tj_derivative_check_layout(tj_arena *arena, const tj_simulator *sim) {
  tj_world ambient = tj_world_ambient(&sim->world); /* has the most coordinates */
  size_t nx = (size_t)ambient.shape.nx, nu = (size_t)ambient.shape.nu, m = (size_t)sim->most_outputs;
  return (tj_derivative_check){
      .oracle = tj_extrapolation_layout(arena, &ambient, sim->most_outputs),
      .given = tj_arena_doubles(arena, m, nx + nu),
      .row_scale = tj_arena_doubles(arena, m, 1),
      .lambda = tj_arena_doubles(arena, nx, 1),
      .quad = {.lx = tj_arena_doubles(arena, nx, 1),
               .lu = tj_arena_doubles(arena, nu, 1),
               .lxx = tj_arena_doubles(arena, nx, nx),
               .luu = tj_arena_doubles(arena, nu, nu),
               .lux = tj_arena_doubles(arena, nu, nx)},
  };
}

traj_derivative_report tj_derivative_report_none(void) {
  return (traj_derivative_report){.worst = tj_diag_none()};
}

/* What is being compared: the names of its parts by column (x, u) or by block. */
typedef struct subject {
  const char *hook;
  const char *name_x, *name_u; /* Jacobian: its two parts; Hessian: lxx and luu */
  const char *name_ux;         /* Hessian only */
  bool gradient;               /* of a scalar: its row lies in vectors */
  int k, m, n;                 /* m x n entries */
} subject;

/* Name and position of entry (i, j) of the stacked matrix within the hook's own outputs. */
static traj_diag name_entry(const subject *s, int ndx, int i, int j, double value) {
  traj_diag diag = {.status = TRAJ_E_DERIVATIVE, .hook = s->hook, .k = s->k, .value = value};
  bool hessian = s->name_ux != NULL;
  diag.field = j < ndx ? s->name_x : s->name_u;
  if (hessian && i >= ndx && j < ndx) diag.field = s->name_ux;
  diag.row = hessian && i >= ndx ? i - ndx : i;
  diag.col = j < ndx ? j : j - ndx;
  if (s->gradient) {
    diag.row = diag.col;
    diag.col = -1;
  }
  return diag;
}

/* (F4) Compares given with the oracle; returns whether all is well. Of Hessians the lower triangle counts. */
static bool compare(tj_derivative_check *check, const subject *s, int ndx, traj_derivative_report *report) {
  const double *given = check->given, *value = check->oracle.value, *error = check->oracle.error;
  long before = report->suspicious;
  memset(check->row_scale, 0, (size_t)s->m * sizeof(double));
  for (int j = 0; j < s->n; j++) {
    for (int i = 0; i < s->m; i++) /* what is certain of each: rounding must not pass for a scale */
      check->row_scale[i] = fmax(check->row_scale[i], fabs(value[i + j * s->m]) - error[i + j * s->m]);
  }
  for (int j = 0; j < s->n; j++) {
    for (int i = s->name_ux != NULL ? j : 0; i < s->m; i++) {
      size_t at = (size_t)i + (size_t)j * (size_t)s->m;
      double scale = fmax(check->row_scale[i], fabs(given[at])), off = fabs(given[at] - value[at]);
      double doubt = ORACLE_ERRORS * error[at], tolerance = TOLERANCE * scale;
      bool suspicious = off > tolerance + doubt;
      /* Where the differences know too little to judge, being off says nothing. */
      double relative = off > 0 && (suspicious || doubt <= tolerance) ? off / scale : 0;
      report->checked++;
      report->suspicious += suspicious;
      /* A certain error outranks a larger difference that the oracle itself may have made. */
      bool first_certain = suspicious && report->suspicious == 1;
      if ((suspicious || report->suspicious == 0) && (first_certain || relative > report->error)) {
        report->worst = name_entry(s, ndx, i, j, given[at]);
        report->expected = value[at];
        report->error = relative;
      }
    }
  }
  return report->suspicious == before;
}

/* Stacks lxx, lux, luu into the full lower triangle of given. */
static void stack_hessian(tj_derivative_check *check, tj_shape shape, const traj_quad *quad, int n) {
  int nx = shape.nx, nu = n - nx;
  for (int j = 0; j < n; j++) {
    for (int i = j; i < n; i++) {
      double *to = &check->given[i + j * n];
      if (i < nx) {
        *to = quad->lxx[i + j * nx];
      } else if (j < nx) {
        *to = quad->lux[i - nx + j * nu];
      } else {
        *to = quad->luu[i - nx + (j - nx) * nu];
      }
    }
  }
}

/* Different weights on each row, none small: an error in any one entry shows in the sum. */
static void fill_lambda(double *lambda, int n) {
  for (int i = 0; i < n; i++)
    lambda[i] = (i % 2 == 0 ? 1 : -1) * (0.75 + 0.5 * fmod(0.6180339887 * (i + 1), 1));
}

/* world: the one in which the model stands, that of the simulator or the ambient one. */
static int check_model(tj_derivative_check *check, tj_simulator *sim, tj_world *world, const tj_site *site,
                       traj_derivative_report *report) {
  const traj_model *model = &world->problem.model;
  int ndx = world->shape.nx, n = ndx + world->shape.nu;
  tj_model_ctx ctx;
  int outcome = TJ_FINE;
  bool lean_on_jac = model->jac != NULL && world->euclidean;
  if (model->jac != NULL) {
    subject jac = {.hook = "model.jac", .name_x = "fx", .name_u = "fu", .k = site->at.k, .m = ndx, .n = n};
    tj_map map = tj_model_map(world, &sim->fd, &ctx, site);
    outcome = tj_model_jacobian(&sim->fd, world, site, check->given);
    if (outcome == TJ_FINE) outcome = tj_extrapolate_jacobian(&check->oracle, &sim->fd, world, &map);
    if (outcome == TJ_FINE) lean_on_jac &= compare(check, &jac, ndx, report);
  }
  if (model->hess == NULL || outcome != TJ_FINE) return outcome;
  subject hess = {
      .hook = "model.hess", .name_x = "lxx", .name_u = "luu", .name_ux = "lux", .k = site->at.k, .m = n, .n = n};
  fill_lambda(check->lambda, ndx);
  outcome = tj_model_hessian(&sim->fd, world, site, check->lambda, &check->quad);
  if (outcome != TJ_FINE) return outcome;
  stack_hessian(check, world->shape, &check->quad, n);
  if (lean_on_jac) {
    tj_map map = tj_model_gradient_map(world, &sim->fd, &ctx, site, check->lambda);
    outcome = tj_extrapolate_jacobian(&check->oracle, &sim->fd, world, &map);
  } else {
    tj_map map = tj_model_contracted_map(world, &sim->fd, &ctx, site, check->lambda);
    outcome = tj_extrapolate_hessian(&check->oracle, &sim->fd, world, &map);
  }
  if (outcome == TJ_FINE) compare(check, &hess, ndx, report);
  return outcome;
}

/* A tangent hook of m outputs by n coordinates against its maps in the world of these. given holds jac, quad.lxx hess.
 */
static int check_tangent(tj_derivative_check *check, tj_simulator *sim, tj_world *world, const char *hook,
                         const tj_map *first, const tj_map *second, traj_derivative_report *report) {
  int n = world->shape.nx;
  subject jac = {.hook = hook, .name_x = "jac", .k = first->k, .m = first->m, .n = n};
  int outcome = tj_extrapolate_jacobian(&check->oracle, &sim->fd, world, first);
  if (outcome != TJ_FINE) return outcome;
  compare(check, &jac, n, report);
  subject hess = {.hook = hook, .name_x = "hess", .name_ux = "hess", .k = first->k, .m = n, .n = n};
  memcpy(check->given, check->quad.lxx, (size_t)n * (size_t)n * sizeof(double));
  outcome = tj_extrapolate_hessian(&check->oracle, &sim->fd, world, second);
  if (outcome == TJ_FINE) compare(check, &hess, n, report);
  return outcome;
}

/* The hooks of an ode's tangent space. */
static int check_space(tj_derivative_check *check, tj_simulator *sim, const tj_space_site *site,
                       traj_derivative_report *report) {
  tj_world *world = &sim->world, *ambient = &sim->dynamics.tangent.ambient;
  const traj_model *model = &world->problem.model;
  tj_space_ctx plain, contracted;
  int outcome = TJ_FINE;
  if (model->retract_derivatives != NULL) {
    fill_lambda(check->lambda, model->nx);
    outcome = tj_space_retract_derivatives(&sim->fd, world, site, check->lambda, check->given, check->quad.lxx);
    if (outcome != TJ_FINE) return outcome;
    tj_map first = tj_space_retract_map(world, &sim->fd, &plain, site, NULL);
    tj_map second = tj_space_retract_map(world, &sim->fd, &contracted, site, check->lambda);
    outcome = check_tangent(check, sim, world, "model.retract_derivatives", &first, &second, report);
  }
  if (outcome != TJ_FINE || model->difference_derivatives == NULL) return outcome;
  fill_lambda(check->lambda, model->ndx);
  outcome =
      tj_space_difference_derivatives(&sim->fd, world, ambient, site, check->lambda, check->given, check->quad.lxx);
  if (outcome != TJ_FINE) return outcome;
  tj_map first = tj_space_difference_map(world, &sim->fd, &plain, site, NULL);
  tj_map second = tj_space_difference_map(world, &sim->fd, &contracted, site, check->lambda);
  return check_tangent(check, sim, ambient, "model.difference_derivatives", &first, &second, report);
}

/* The hooks of the dynamics at stage k. */
static int check_dynamics(tj_derivative_check *check, tj_simulator *sim, const tj_trajectory *at, int k,
                          traj_derivative_report *report) {
  tj_world *world = &sim->world;
  const traj_model *model = &world->problem.model;
  size_t nx = (size_t)model->nx, stage = (size_t)k;
  const double *x = at->x + stage * nx;
  const double *u = at->u + stage * (size_t)world->shape.nu;
  tj_site site = {.at = {.k = k, .worker = world->worker, .t = world->t[k], .x = x, .u = u}};
  if (model->ode == NULL) site.x_next = x + nx;
  if (model->ode == NULL || world->euclidean) return check_model(check, sim, world, &site, report);
  tj_tangent *tangent = &sim->dynamics.tangent;
  int outcome = tj_tangent_report(tangent, world, check_model(check, sim, &tangent->ambient, &site, report));
  if (outcome != TJ_FINE) return outcome;
  tj_space_site space = {
      .k = k, .x = x, .y = tj_tangent_end(model, at->points + stage * sim->points_stride), .end = x + nx};
  return check_space(check, sim, &space, report);
}

static int check_quad(tj_derivative_check *check, tj_simulator *sim, int k, const double *x, const double *u,
                      traj_derivative_report *report) {
  tj_world *world = &sim->world;
  int ndx = world->shape.nx, n = ndx + (u == NULL ? 0 : world->shape.nu);
  const char *hook = u == NULL ? "cost.final_quad" : "cost.stage_quad";
  traj_quad quad = u == NULL ? (traj_quad){.lx = check->quad.lx, .lxx = check->quad.lxx} : check->quad;
  int outcome = tj_objective_quad(&sim->objective, &sim->fd, world, k, x, u, &quad);
  if (outcome != TJ_FINE) return outcome;
  subject gradient = {.hook = hook, .name_x = "lx", .name_u = "lu", .gradient = true, .k = k, .m = 1, .n = n};
  memcpy(check->given, quad.lx, (size_t)ndx * sizeof(double));
  if (u != NULL) memcpy(check->given + ndx, quad.lu, (size_t)(n - ndx) * sizeof(double));
  tj_map cost = tj_objective_cost_map(world, k, x, u);
  outcome = tj_extrapolate_jacobian(&check->oracle, &sim->fd, world, &cost);
  if (outcome != TJ_FINE) return outcome;
  bool lean_on_gradient = compare(check, &gradient, ndx, report) && world->euclidean;
  subject hessian = {.hook = hook, .name_x = "lxx", .name_u = "luu", .name_ux = "lux", .k = k, .m = n, .n = n};
  stack_hessian(check, world->shape, &quad, n);
  if (lean_on_gradient) {
    tj_map map = tj_objective_gradient_map(world, &quad, k, x, u);
    outcome = tj_extrapolate_jacobian(&check->oracle, &sim->fd, world, &map);
  } else {
    outcome = tj_extrapolate_hessian(&check->oracle, &sim->fd, world, &cost);
  }
  if (outcome == TJ_FINE) compare(check, &hessian, ndx, report);
  return outcome;
}

static int check_residual(tj_derivative_check *check, tj_simulator *sim, int k, const double *x, const double *u,
                          traj_derivative_report *report) {
  tj_world *world = &sim->world;
  int ndx = world->shape.nx, n = ndx + (u == NULL ? 0 : world->shape.nu);
  tj_map map = tj_objective_residual_map(world, k, x, u);
  subject jac = {.name_x = "fx", .name_u = "fu", .k = k, .m = map.m, .n = n};
  jac.hook = u == NULL ? "cost.final_residual_jac" : "cost.residual_jac";
  int outcome = tj_objective_residual_jacobian(&sim->objective, &sim->fd, world, k, x, u);
  if (outcome != TJ_FINE) return outcome;
  size_t m = (size_t)map.m;
  memcpy(check->given, sim->objective.rx, m * (size_t)ndx * sizeof(double));
  if (u != NULL) memcpy(check->given + m * (size_t)ndx, sim->objective.ru, m * (size_t)(n - ndx) * sizeof(double));
  outcome = tj_extrapolate_jacobian(&check->oracle, &sim->fd, world, &map);
  if (outcome == TJ_FINE) compare(check, &jac, ndx, report);
  return outcome;
}

int tj_derivative_check_stage(tj_derivative_check *check, tj_simulator *sim, const tj_trajectory *at, int k,
                              traj_derivative_report *report) {
  tj_world *world = &sim->world;
  const traj_cost *cost = &world->problem.cost;
  size_t nx = (size_t)world->problem.model.nx, stage = (size_t)k;
  bool final = k == world->N;
  const double *x = at->x + stage * nx, *u = final ? NULL : at->u + stage * (size_t)world->shape.nu;
  int outcome = TJ_FINE;
  if (!final) outcome = check_dynamics(check, sim, at, k, report);
  bool has_quad = final ? cost->final_quad != NULL : cost->stage_quad != NULL;
  bool has_jac = final ? cost->final_residual_jac != NULL : cost->residual_jac != NULL;
  if (outcome == TJ_FINE && has_quad) outcome = check_quad(check, sim, k, x, u, report);
  if (outcome == TJ_FINE && has_jac) outcome = check_residual(check, sim, k, x, u, report);
  return outcome;
}
