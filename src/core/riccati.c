#include "core/riccati.h"

tj_riccati tj_riccati_layout(tj_arena *arena, tj_shape shape) {
  size_t m = (size_t)shape.nu;
  return (tj_riccati){
      .kernel = tj_kernel_layout(arena, shape),
      .value = tj_arena_doubles(arena, tj_value_doubles(shape), 1),
      .gain = tj_arena_doubles(arena, m, (size_t)shape.nx + 1),
  };
}

void tj_riccati_start(tj_riccati *riccati, const double *V, const double *v) {
  tj_value_pack(riccati->kernel.shape, riccati->value, V, v, 0);
}

bool tj_riccati_gain(tj_riccati *riccati, const double *damping) {
  riccati->pivot = tj_kernel_factor(&riccati->kernel, damping, NULL, &riccati->size);
  if (riccati->pivot >= 0) return false;
  tj_kernel_gain(&riccati->kernel, riccati->gain);
  return true;
}
