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

bool tj_riccati_finite(const tj_riccati *riccati) {
  return tj_finite(riccati->kernel.value_doubles, riccati->value) &&
         tj_finite(riccati->kernel.gain_doubles, riccati->gain);
}
