/* The own kernels on what every CPU of the architecture has: SSE2 on x86-64, NEON on AArch64. */
#define VL 2
#define NAME "baseline"
#define BACKEND tj_backend_baseline
#define DENSE tj_dense_baseline
#define SHARED tj_shared_baseline
#include "linalg/own.h"
