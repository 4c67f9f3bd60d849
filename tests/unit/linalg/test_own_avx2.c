/* The own kernels on AVX2 and FMA, where the CPU has them. */
#include "linalg/backend.h"
#include "support/heap_calls.h"
#include "support/kernel_trials.h"

int main(void) {
  const tj_backend *own = tj_backend_choose((tj_shape){1, 1}, TRAJ_LINALG_BUILTIN);
  const kernel_subject subject = {
      .backend = own == &tj_backend_avx2 ? own : NULL,
      .heap_calls = heap_calls_counted() ? &heap_calls : NULL,
  };
  return kernel_trials(&subject);
}
