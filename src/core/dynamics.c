#include "core/dynamics.h"

#include <stdint.h>

#include "core/model.h"

static size_t tape_doubles(const tj_world *world) {
  const traj_model *model = &world->problem.model;
  return world->euclidean ? tj_integrator_tape_doubles(model) : tj_tangent_tape_doubles(model);
}

static void layout_scratch(tj_arena *arena, const tj_world *world, bool second_order, tj_dynamics *dynamics) {
  if (world->euclidean) {
    dynamics->integrator = tj_integrator_layout(arena, world, second_order);
  } else {
    dynamics->tangent = tj_tangent_layout(arena, world, second_order);
  }
}

tj_dynamics tj_dynamics_layout(tj_arena *arena, const tj_world *world, bool second_order) {
  const traj_model *model = &world->problem.model;
  if (model->ode == NULL) return (tj_dynamics){.tapes = NULL};
  if (!tj_integrator_fits(model, SIZE_MAX)) arena->overflow = true;
  size_t tape = tape_doubles(world);
  tj_dynamics dynamics = {.tape_stride = tape, .keep = second_order};
  layout_scratch(arena, world, second_order, &dynamics);
  dynamics.tape = tj_arena_doubles(arena, tape, 1);
  if (second_order) dynamics.tapes = tj_arena_doubles(arena, tape, (size_t)world->problem.N);
  return dynamics;
}

tj_dynamics tj_dynamics_layout_worker(tj_arena *arena, const tj_world *world, const tj_dynamics *first) {
  tj_dynamics dynamics = *first;
  const traj_model *model = &world->problem.model;
  if (model->ode == NULL) return dynamics;
  layout_scratch(arena, world, false, &dynamics);
  dynamics.tape = tj_arena_doubles(arena, first->tape_stride, 1);
  return dynamics;
}

size_t tj_dynamics_points_doubles(const tj_world *world) {
  const traj_model *model = &world->problem.model;
  if (model->ode == NULL) return 0;
  return world->euclidean ? (size_t)tj_integrator_points(model) * (size_t)model->nx : tj_tangent_points_doubles(model);
}

static double *tape_of(const tj_dynamics *dynamics, int k) {
  return dynamics->keep ? dynamics->tapes + (size_t)k * dynamics->tape_stride : dynamics->tape;
}

int tj_dynamics_jacobian(tj_dynamics *dynamics, tj_differences *fd, tj_world *world, const tj_site *site, double *fz) {
  if (world->problem.model.ode == NULL) {
    tj_forget(fz, (size_t)world->shape.nx * (size_t)(world->shape.nx + world->shape.nu));
    return tj_model_differentiate(fd, world, site, fz);
  }
  double *tape = tape_of(dynamics, site->at.k);
  if (!world->euclidean) return tj_tangent_jacobian(&dynamics->tangent, fd, world, site, tape, fz);
  return tj_integrator_jacobian(&dynamics->integrator, fd, world, site, tape, fz);
}

int tj_dynamics_written(tj_dynamics *dynamics, tj_world *world, int k, const double *fz) {
  if (world->problem.model.ode == NULL) return tj_model_written(world, k, fz);
  double *tape = tape_of(dynamics, k);
  if (!world->euclidean) return tj_tangent_written(&dynamics->tangent, world, k, tape, fz);
  return tj_integrator_written(&dynamics->integrator, world, k, tape, fz);
}

int tj_dynamics_hessian(tj_dynamics *dynamics, tj_differences *fd, tj_world *world, const tj_site *site,
                        const double *lambda, traj_quad *out) {
  if (world->problem.model.ode == NULL) return tj_model_hessian(fd, world, site, lambda, out);
  double *tape = tape_of(dynamics, site->at.k);
  if (!world->euclidean) return tj_tangent_hessian(&dynamics->tangent, fd, world, site, tape, lambda, out);
  return tj_integrator_hessian(&dynamics->integrator, fd, world, site, tape, lambda, out);
}
