/* A back end: the arithmetic of the recursion on the shared data order. */
#ifndef TJ_LINALG_BACKEND_H
#define TJ_LINALG_BACKEND_H

#include "linalg/stage.h"

typedef struct tj_backend {
  const char *name;
  /* What the functions of the same names in stage.h promise; factor finds its rows damped and masked in kernel->factor.
   */
  void (*expand)(tj_kernel *kernel, const double *stage, const double *value_next);
  int (*factor)(tj_kernel *kernel, double *pivot);
  void (*solve)(const tj_kernel *kernel, double *rhs);
  void (*gain)(tj_kernel *kernel, double *gain);
  void (*value)(tj_kernel *kernel, double *value);
  void (*value_of)(tj_kernel *kernel, const double *gain, double *value);
  tj_backward_fn *(*backward_for)(tj_shape shape); /* the fastest for the shape */
} tj_backend;

extern const tj_backend tj_backend_openblas;
extern const tj_backend tj_backend_baseline; /* any CPU that the library was compiled for */
extern const tj_backend tj_backend_avx2;     /* x86-64 with AVX2 and FMA */

/* The back end for a shape on this machine. */
const tj_backend *tj_backend_choose(tj_shape shape);

#endif
