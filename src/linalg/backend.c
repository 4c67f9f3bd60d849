#include "linalg/backend.h"

/* Above this many numbers in z, OpenBLAS is ahead of the own kernels (docs/performance.md). */
enum { CROSSOVER = 1 << 20 };

static bool has_avx2(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

static const tj_backend *own(void) {
#if defined(__x86_64__)
  if (has_avx2()) return &tj_backend_avx2;
#endif
  return &tj_backend_baseline;
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
      return own();
    case TRAJ_LINALG_OPENBLAS:
      return openblas();
    case TRAJ_LINALG_AUTO:
      return shape.nx + shape.nu > CROSSOVER && openblas() != NULL ? openblas() : own();
  }
  return NULL;
}

const tj_dense *tj_dense_choose(void) {
#if defined(__x86_64__)
  if (has_avx2()) return &tj_dense_avx2;
#endif
  return &tj_dense_baseline;
}
