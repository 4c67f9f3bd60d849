/* The few dense products that the derivatives need, in forms that never allocate. Column-major, tight. */
#ifndef TJ_LINALG_DENSE_H
#define TJ_LINALG_DENSE_H

#include <stdbool.h>
#include <stddef.h>

/* C (m x n) += A (m x k) B, B k x n. */
void tj_add_product(int m, int n, int k, const double *A, const double *B, double *C);

/* C (m x n) += A' B, A k x m, B k x n. */
void tj_add_product_tn(int m, int n, int k, const double *A, const double *B, double *C);

/* y (m) += alpha A x, A m x n. */
void tj_add_apply(int m, int n, double alpha, const double *A, const double *x, double *y);

/* y (n) += alpha A' x, A m x n. */
void tj_add_apply_t(int m, int n, double alpha, const double *A, const double *x, double *y);

/* Whether all n numbers are finite. */
bool tj_finite(size_t n, const double *a);

/* Fills the upper triangle of A (n x n) from the lower one. */
void tj_mirror(int n, double *A);

/* Explicit Runge-Kutta methods in which each of the n evaluations depends on the one before only (docs/theory, I1). */
typedef struct tj_method {
  int n;
  double a[4], b[4];
} tj_method;

/* (I2) The derivative by z = (x, u) of a step of so many substeps of length h, to fz (nx x (nx + nu), tight). Of the
 * evaluations, F holds the derivatives [fx fu] of the ode, tight, one matrix after the other and room for a vector
 * behind the last, and points receives those of the points; that of the first is [I 0]. Each of the points is nx x (nx
 * + nu) in columns of tj_pad(nx), whose padding never counts, and behind the last there is room for one more. */
typedef void tj_chain_fn(const tj_method *method, double h, int substeps, int nx, int nu, const double *F,
                         double *points, double *fz);

/* The fastest for so many states and controls. */
tj_chain_fn *tj_chain_for(int nx, int nu);

/* (I3) The adjoints kappa (tj_pad(nx) apart) of the slopes of a step of so many substeps, from the adjoint lambda (nx)
 * of its result. F as above, of all evaluations. */
void tj_adjoint(const tj_method *method, double h, int substeps, int nx, int nu, const double *F, const double *lambda,
                double *kappa, double *work);

/* (I4) The second derivatives of a step of n evaluations, H = sum of [X; 0 I]'W [X; 0 I]: hxx (nx x nx), huu (nu x nu),
 * lower triangles, and hux (nu x nx). False: they are not all finite. W holds those of the ode, for each evaluation
 * wxx, wuu and wux, tight, one behind the other; of wxx and wuu the lower triangles are read, the upper one of wxx may
 * be written. X holds the derivatives of the points, as tj_chain_fn leaves them. It is read as if it had
 * tj_pad(nx + nu) columns. */
bool tj_curve(int nx, int nu, int n, double *W, const double *X, double *work, double *hxx, double *huu, double *hux);

/* Doubles in the scratch of both. */
size_t tj_curve_work_doubles(int nx, int nu, int n);

#endif
