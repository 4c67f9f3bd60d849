/* The own kernels on what every CPU of the architecture has. */
#include "linalg/backend.h"
#include "support/heap_calls.h"
#include "support/kernel_trials.h"

int main(void) {
  const kernel_subject subject = {
      .backend = &tj_backend_baseline,
      .heap_calls = heap_calls_counted() ? &heap_calls : NULL,
  };
  return kernel_trials(&subject);
}
