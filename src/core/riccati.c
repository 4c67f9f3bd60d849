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

void tj_riccati_expand(tj_riccati *riccati, const double *stage) {
  riccati->open = NULL;
  tj_kernel_expand(&riccati->kernel, stage, riccati->value);
}

bool tj_riccati_gain(tj_riccati *riccati, const double *damping) {
  riccati->pivot = tj_kernel_factor(&riccati->kernel, damping, NULL, &riccati->size);
  if (riccati->pivot >= 0) return false;
  tj_kernel_gain(&riccati->kernel, riccati->gain);
  riccati->exact = damping == NULL;
  return true;
}

bool tj_riccati_minimise(tj_riccati *riccati, const double *stage) {
  riccati->open = stage;
  riccati->exact = true;
  riccati->pivot = tj_kernel_minimise(&riccati->kernel, stage, riccati->value, riccati->gain, &riccati->size);
  return riccati->pivot < 0;
}

void tj_riccati_value(tj_riccati *riccati) {
  tj_kernel *kernel = &riccati->kernel;
  const double *open = riccati->open;
  if (open != NULL && riccati->exact) {
    tj_kernel_carry(kernel, open, riccati->value);
  } else if (open != NULL) {
    tj_kernel_carry_limited(kernel, open, riccati->gain, riccati->value);
  } else if (riccati->exact) {
    tj_kernel_value(kernel, riccati->value);
  } else {
    tj_kernel_value_of(kernel, riccati->gain, riccati->value);
  }
}

bool tj_riccati_finite(const tj_riccati *riccati) {
  return tj_finite(riccati->kernel.value_doubles, riccati->value) &&
         tj_finite(riccati->kernel.gain_doubles, riccati->gain);
}
