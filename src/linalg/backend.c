#include "linalg/backend.h"

#include <stdlib.h>
const tj_backend *tj_backend_choose(tj_shape shape) {
  (void)shape;
  const char *e = getenv("TJB");
  if (e && *e == 'o') return &tj_backend_openblas;
  if (e && *e == 'b') return &tj_backend_baseline;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &tj_backend_avx2;
#endif
  return &tj_backend_baseline;
}
