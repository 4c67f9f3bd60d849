#include "core/tangent.h"

#include <string.h>

#include "core/model.h"
#include "core/space.h"
#include "linalg/dense.h"

tj_tangent tj_tangent_layout(tj_arena *arena, const tj_world *world, bool second_order) {
  size_t nx = (size_t)world->problem.model.nx, ndx = (size_t)world->shape.nx, nu = (size_t)world->shape.nu;
  tj_tangent tangent = {.ambient = tj_world_ambient(world)};
  tangent.integrator = tj_integrator_layout(arena, &tangent.ambient, second_order);
  tangent.end = tj_arena_doubles(arena, nx, ndx + nu);
  tangent.bent = tj_arena_doubles(arena, nx, ndx + nu);
  tangent.from = tj_arena_doubles(arena, nx, 1);
  tangent.to = tj_arena_doubles(arena, nx, 1);
  tangent.jac = tj_arena_doubles(arena, nx, ndx);
  tangent.lxx = tj_arena_doubles(arena, nx, nx);
  tangent.lux = tj_arena_doubles(arena, nu, nx);
  return tangent;
}

/* The tape of a step: that of the integration, its first derivatives, those of retract at its start and of difference
 * at its end. */
typedef struct tape_parts {
  double *step;       /* nx x (nx + nu) */
  double *retract;    /* nx x ndx */
  double *difference; /* ndx x nx */
} tape_parts;

static tape_parts parts_of(const traj_model *model, double *tape) {
  size_t nx = (size_t)model->nx, ndx = (size_t)model->ndx, nu = (size_t)model->nu;
  tape_parts parts = {.step = tape + tj_integrator_tape_doubles(model)};
  parts.retract = parts.step + nx * (nx + nu);
  parts.difference = parts.retract + nx * ndx;
  return parts;
}

size_t tj_tangent_tape_doubles(const traj_model *model) {
  size_t nx = (size_t)model->nx, ndx = (size_t)model->ndx, nu = (size_t)model->nu;
  return tj_integrator_tape_doubles(model) + nx * (nx + nu) + 2 * nx * ndx;
}

size_t tj_tangent_points_doubles(const traj_model *model) {
  return ((size_t)tj_integrator_points(model) + 1) * (size_t)model->nx;
}

const double *tj_tangent_end(const traj_model *model, const double *points) {
  return points + (size_t)tj_integrator_points(model) * (size_t)model->nx;
}

int tj_tangent_report(tj_tangent *tangent, tj_world *world, int outcome) {
  traj_calls *from = &tangent->ambient.calls;
  world->calls.dynamics += from->dynamics;
  world->calls.jac += from->jac;
  world->calls.hess += from->hess;
  *from = (traj_calls){0};
  if (outcome != TJ_FINE) world->diag = tangent->ambient.diag;
  return outcome;
}

/* (T1) */
int tj_tangent_step(tj_tangent *tangent, tj_world *world, int k, const double *x, const double *u, double *points,
                    double *x_next) {
  double *end = points + (size_t)tj_integrator_points(&world->problem.model) * (size_t)world->problem.model.nx;
  int outcome = tj_integrator_step(&tangent->integrator, &tangent->ambient, k, x, u, points, end);
  outcome = tj_tangent_report(tangent, world, outcome);
  return outcome != TJ_FINE ? outcome : tj_space_project(world, k, end, x_next);
}

/* C (m x n) = A (m x k) B and, of the transposed, A' B, A k x m. */
static void multiply(int m, int n, int k, const double *A, const double *B, double *C) {
  memset(C, 0, (size_t)m * (size_t)n * sizeof(double));
  tj_add_product(m, n, k, A, B, C);
}

static void multiply_tn(int m, int n, int k, const double *A, const double *B, double *C) {
  memset(C, 0, (size_t)m * (size_t)n * sizeof(double));
  tj_add_product_tn(m, n, k, A, B, C);
}

/* Z = [Fx R, Fu]. */
static void reach_end(tj_tangent *tangent, const traj_model *model, const tape_parts *parts) {
  int nx = model->nx, ndx = model->ndx, nu = model->nu;
  multiply(nx, ndx, nx, parts->step, parts->retract, tangent->end);
  memcpy(tangent->end + nx * ndx, parts->step + nx * nx, (size_t)nx * (size_t)nu * sizeof(double));
}

static tj_space_site space_of(const traj_model *model, const tj_site *site) {
  return (tj_space_site){
      .k = site->at.k, .x = site->at.x, .y = tj_tangent_end(model, site->points), .end = site->x_next};
}

/* (T2) */
int tj_tangent_jacobian(tj_tangent *tangent, tj_differences *fd, tj_world *world, const tj_site *site, double *tape,
                        double *fz) {
  const traj_model *model = &world->problem.model;
  tape_parts parts = parts_of(model, tape);
  tj_space_site space = space_of(model, site);
  int outcome = tj_integrator_jacobian(&tangent->integrator, fd, &tangent->ambient, site, tape, parts.step);
  outcome = tj_tangent_report(tangent, world, outcome);
  if (outcome == TJ_FINE) outcome = tj_space_retract_derivatives(fd, world, &space, NULL, parts.retract, NULL);
  if (outcome == TJ_FINE) {
    outcome = tj_space_difference_derivatives(fd, world, &tangent->ambient, &space, NULL, parts.difference, NULL);
  }
  if (outcome != TJ_FINE) return outcome;
  reach_end(tangent, model, &parts);
  multiply(model->ndx, model->ndx + model->nu, model->nx, parts.difference, tangent->end, fz);
  return TJ_FINE;
}

int tj_tangent_written(tj_tangent *tangent, tj_world *world, int k, double *tape, const double *fz) {
  const traj_model *model = &world->problem.model;
  tape_parts parts = parts_of(model, tape);
  int outcome = tj_integrator_written(&tangent->integrator, &tangent->ambient, k, tape, parts.step);
  outcome = tj_tangent_report(tangent, world, outcome);
  return outcome != TJ_FINE ? outcome : tj_model_written(world, k, fz);
}

/* (T4) The second derivatives of the integration, from coordinates to displacements of the start. Those by the control
 * are out's already. */
static void start_from_displacements(tj_tangent *tangent, const traj_model *model, const double *retract,
                                     const traj_quad *out) {
  int nx = model->nx, ndx = model->ndx, nu = model->nu;
  tj_mirror(nx, tangent->lxx);
  multiply(nx, ndx, nx, tangent->lxx, retract, tangent->bent);
  multiply_tn(ndx, ndx, nx, retract, tangent->bent, out->lxx);
  multiply(nu, ndx, nx, tangent->lux, retract, out->lux);
  tj_mirror(nu, out->luu);
}

/* (T4) What the curvature of difference adds: W = sum of its weighted second derivatives by the end, in lxx. */
static void bend_end(tj_tangent *tangent, const traj_model *model, const traj_quad *out) {
  int nx = model->nx, ndx = model->ndx, nu = model->nu;
  const double *end_u = tangent->end + nx * ndx, *bent_u = tangent->bent + nx * ndx;
  multiply(nx, ndx + nu, nx, tangent->lxx, tangent->end, tangent->bent);
  tj_add_product_tn(ndx, ndx, nx, tangent->end, tangent->bent, out->lxx);
  tj_add_product_tn(nu, ndx, nx, end_u, tangent->bent, out->lux);
  tj_add_product_tn(nu, nu, nx, end_u, bent_u, out->luu);
}

int tj_tangent_hessian(tj_tangent *tangent, tj_differences *fd, tj_world *world, const tj_site *site, double *tape,
                       const double *lambda, traj_quad *out) {
  const traj_model *model = &world->problem.model;
  int nx = model->nx, ndx = model->ndx;
  tape_parts parts = parts_of(model, tape);
  tj_space_site space = space_of(model, site);
  traj_quad integration = {.lxx = tangent->lxx, .luu = out->luu, .lux = tangent->lux};
  /* (T3) */
  multiply_tn(nx, 1, ndx, parts.difference, lambda, tangent->to);
  multiply_tn(nx, 1, nx, parts.step, tangent->to, tangent->from);
  int outcome =
      tj_integrator_hessian(&tangent->integrator, fd, &tangent->ambient, site, tape, tangent->to, &integration);
  outcome = tj_tangent_report(tangent, world, outcome);
  if (outcome != TJ_FINE) return outcome;
  start_from_displacements(tangent, model, parts.retract, out);
  outcome = tj_space_difference_derivatives(fd, world, &tangent->ambient, &space, lambda, tangent->jac, tangent->lxx);
  if (outcome != TJ_FINE) return outcome;
  reach_end(tangent, model, &parts);
  bend_end(tangent, model, out);
  double *bent_start = tangent->lxx;
  outcome = tj_space_retract_derivatives(fd, world, &space, tangent->from, tangent->jac, bent_start);
  for (int i = 0; outcome == TJ_FINE && i < ndx * ndx; i++)
    out->lxx[i] += bent_start[i];
  return outcome;
}
