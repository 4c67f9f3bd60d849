/* A back end: the arithmetic of the recursion on the shared data order. */
#ifndef TJ_LINALG_BACKEND_H
#define TJ_LINALG_BACKEND_H

#include "linalg/dense.h"
#include "linalg/stage.h"
#include "traj/linalg.h"

typedef struct tj_backend {
  const char *name;
  /* What the functions of the same names in stage.h promise. */
  void (*expand)(tj_kernel *kernel, const double *stage, const double *value_next);
  int (*factor)(tj_kernel *kernel, double *pivot);
  void (*solve)(const tj_kernel *kernel, double *rhs);
  void (*gain)(const tj_kernel *kernel, double *gain);
  void (*value_of)(tj_kernel *kernel, const double *gain, double *value);
  tj_sweeps (*sweeps_for)(tj_shape shape); /* the fastest for the shape */
} tj_backend;

/* What the functions of dense.h promise. */
typedef struct tj_dense {
  void (*add_product)(int m, int n, int k, const double *A, const double *B, double *C);
  void (*add_product_tn)(int m, int n, int k, const double *A, const double *B, double *C);
  void (*add_apply)(int m, int n, double alpha, const double *A, const double *x, double *y);
  void (*add_apply_t)(int m, int n, double alpha, const double *A, const double *x, double *y);
  tj_chain_fn *(*chain_for)(int nx, int nu);
  void (*adjoint)(const tj_method *method, double h, int substeps, int nx, int nu, const double *F,
                  const double *lambda, double *kappa, double *work);
  bool (*curve)(int nx, int nu, int n, double *W, const double *X, double *work, double *hxx, double *huu, double *hux);
  bool (*finite)(size_t n, const double *a);
} tj_dense;

extern const tj_backend tj_backend_openblas; /* built unless TRAJ_LINALG=builtin */

/* The own kernels, by instruction set: what every CPU of the architecture has, and x86-64 with AVX2 and FMA. */
extern const tj_backend tj_backend_baseline, tj_backend_avx2;
extern const tj_dense tj_dense_baseline, tj_dense_avx2;
tj_shared tj_shared_baseline(tj_shape shape);
tj_shared tj_shared_avx2(tj_shape shape);

/* The back end asked for, or the best for the shape on this machine; NULL when it was not built. */
const tj_backend *tj_backend_choose(tj_shape shape, traj_linalg linalg);

/* The dense products, and what all back ends share, on this machine. */
const tj_dense *tj_dense_choose(void);
tj_shared tj_shared_choose(tj_shape shape);

#endif
