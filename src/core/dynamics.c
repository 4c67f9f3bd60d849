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

/* What hooks store in parts and is soon loaded in whole vectors has to be waited for, and the arithmetic of a small
 * stage is one long chain: with a few stages in hand there is something else to do meanwhile. Sizes are those of
 * displacements. */
static int slots_of(tj_shape shape) {
  const int SMALL = 6, SLOTS = 4;
  return shape.nx + shape.nu <= SMALL ? SLOTS : 1;
}

tj_dynamics tj_dynamics_layout(tj_arena *arena, const tj_world *world, bool second_order) {
  const traj_model *model = &world->problem.model;
  const int slots = slots_of(world->shape);
  if (model->ode == NULL) return (tj_dynamics){.slots = slots};
  if (!tj_integrator_fits(model, SIZE_MAX)) arena->overflow = true;
  size_t tape = tape_doubles(world);
  tj_dynamics dynamics = {.tape_stride = tape, .slots = slots, .keep = second_order};
  layout_scratch(arena, world, second_order, &dynamics);
  const int N = world->problem.N, stages = second_order && N > slots ? N : slots;
  dynamics.tape = tj_arena_doubles(arena, tape, (size_t)stages);
  if (second_order) dynamics.tapes = dynamics.tape;
  return dynamics;
}

tj_dynamics tj_dynamics_layout_worker(tj_arena *arena, const tj_world *world, const tj_dynamics *first) {
  tj_dynamics dynamics = *first;
  const traj_model *model = &world->problem.model;
  if (model->ode == NULL) return dynamics;
  layout_scratch(arena, world, false, &dynamics);
  dynamics.tape = tj_arena_doubles(arena, first->tape_stride, (size_t)first->slots);
  return dynamics;
}

size_t tj_dynamics_points_doubles(const tj_world *world) {
  const traj_model *model = &world->problem.model;
  if (model->ode == NULL) return 0;
  return world->euclidean ? (size_t)tj_integrator_points(model) * (size_t)model->nx : tj_tangent_points_doubles(model);
}

int tj_dynamics_written(tj_dynamics *dynamics, tj_world *world, int k, const double *fz) {
  if (world->problem.model.ode == NULL) return tj_model_written(world, k, fz);
  double *tape = tj_dynamics_tape(dynamics, k);
  if (!world->euclidean) return tj_tangent_written(&dynamics->tangent, world, k, tape, fz);
  return tj_integrator_written(&dynamics->integrator, world, k, tape, fz);
}

int tj_dynamics_hessian(tj_dynamics *dynamics, tj_differences *fd, tj_world *world, const tj_site *site,
                        const double *lambda, traj_quad *out) {
  if (world->problem.model.ode == NULL) return tj_model_hessian(fd, world, site, lambda, out);
  double *tape = tj_dynamics_tape(dynamics, site->at.k);
  if (!world->euclidean) return tj_tangent_hessian(&dynamics->tangent, fd, world, site, tape, lambda, out);
  return tj_integrator_hessian(&dynamics->integrator, fd, world, site, tape, lambda, out);
}
