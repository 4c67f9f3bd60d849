#include "linalg/backend.h"

/* Above so many states and controls OpenBLAS serves: at 300 and 75 the two were equal, at 400 and 100 it was 5 to 10 %
 * ahead. */
enum { CROSSOVER = 380 };

/* The own kernels for one instruction set. */
typedef struct own_kernels {
  const tj_backend *backend;
  const tj_dense *dense;
  tj_shared (*shared)(tj_shape shape);
} own_kernels;

static own_kernels own(void) {
#if defined(TJ_WITH_AVX2)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return (own_kernels){&tj_backend_avx2, &tj_dense_avx2, tj_shared_avx2};
  }
#endif
  return (own_kernels){&tj_backend_baseline, &tj_dense_baseline, tj_shared_baseline};
}

static const tj_backend *openblas(void) {
#if defined(TJ_WITH_OPENBLAS)
  return &tj_backend_openblas;
#else
  return NULL;
#endif
}

const tj_backend *tj_backend_choose(tj_shape shape, traj_linalg linalg) {
  switch (linalg) {
    case TRAJ_LINALG_BUILTIN:
      return own().backend;
    case TRAJ_LINALG_OPENBLAS:
      return openblas();
    case TRAJ_LINALG_AUTO:
      return shape.nx + shape.nu > CROSSOVER && openblas() != NULL ? openblas() : own().backend;
  }
  return NULL;
}

const tj_dense *tj_dense_choose(void) {
  return own().dense;
}

tj_shared tj_shared_choose(tj_shape shape) {
  return own().shared(shape);
}
