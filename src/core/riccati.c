#include "core/riccati.h"

#include "linalg/dense.h"

tj_riccati tj_riccati_layout(tj_arena *arena, tj_shape shape, traj_linalg linalg) {
  return (tj_riccati){
      .kernel = tj_kernel_layout(arena, shape, linalg),
      .value = tj_arena_doubles(arena, tj_value_doubles(shape), 1),
      .gain = tj_arena_doubles(arena, tj_gain_doubles(shape), 1),
  };
}

void tj_riccati_start(tj_riccati *riccati, const double *V, const double *v) {
  tj_value_pack(&riccati->kernel, riccati->value, V, v, 0);
}

bool tj_riccati_minimise(tj_riccati *riccati, const double *stage, double damping) {
  riccati->stage = stage;
  riccati->damping = damping;
  riccati->limited = false;
  riccati->pivot = tj_kernel_minimise(&riccati->kernel, stage, riccati->value, riccati->gain, &riccati->size);
  return riccati->pivot < 0;
}

void tj_riccati_value(tj_riccati *riccati) {
  tj_kernel *kernel = &riccati->kernel;
  if (riccati->limited) {
    tj_kernel_carry_limited(kernel, riccati->stage, riccati->gain, riccati->value);
  } else {
    tj_kernel_carry(kernel, riccati->stage, riccati->value);
  }
  if (riccati->damping > 0) tj_kernel_undamp(kernel, riccati->damping, riccati->gain, riccati->value);
}

bool tj_riccati_exact(const tj_riccati *riccati) {
  return !riccati->limited && riccati->damping == 0;
}

bool tj_riccati_finite(const tj_riccati *riccati) {
  return tj_finite(riccati->kernel.value_doubles, riccati->value) &&
         tj_finite(riccati->kernel.gain_doubles, riccati->gain);
}
