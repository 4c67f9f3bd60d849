/* The own kernels on AVX2 and FMA; this file is compiled for them (see CMakeLists.txt). */
#define VL 4
#define NAME "avx2"
#define BACKEND tj_backend_avx2
#define DENSE tj_dense_avx2
#define SHARED tj_shared_avx2
#include "linalg/own.h"
