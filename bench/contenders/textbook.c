/* The recursion as a textbook has it, one CBLAS or LAPACKE call per product, on the data as it is. */
#include <cblas.h>
#include <lapacke.h>
#include <string.h>

#include "contenders/store.h"

typedef struct textbook {
  const bench_lq_data *d;
  store out;
  double *VA, *VB, *w, *Quu; /* scratch */
} textbook;

static void destroy(void *self) {
  textbook *t = self;
  free(t->out.memory);
  free(t->VA);
  free(t);
}

static void *create(const bench_lq_data *d) {
  size_t n = (size_t)d->nx, m = (size_t)d->nu;
  textbook *t = malloc(sizeof *t);
  if (t == NULL) return NULL;
  *t = (textbook){.d = d, .out = store_create(d), .VA = malloc((n * n + n * m + n + m * m) * sizeof(double))};
  if (t->out.memory == NULL || t->VA == NULL) {
    destroy(t);
    return NULL;
  }
  t->VB = t->VA + n * n;
  t->w = t->VB + n * m;
  t->Quu = t->w + n;
  return t;
}

static void pack(void *self) {
  (void)self;
}

/* C = C0 + A'B, A k x m, B k x n. */
static void add_tn(int m, int n, int k, const double *A, const double *B, const double *C0, double *C) {
  memcpy(C, C0, (size_t)m * (size_t)n * sizeof *C);
  cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, m, n, k, 1, A, k, B, k, 1, C, m);
}

static int backward(textbook *t, int stage) {
  const bench_lq_data *d = t->d;
  int n = d->nx, m = d->nu;
  size_t s = (size_t)stage, sn = (size_t)n, sm = (size_t)m, nn = sn * sn, nm = sn * sm;
  const double *A = d->A + s * nn, *B = d->B + s * nm, *c = d->c + s * sn;
  double *K = t->out.K + s * nm, *k = t->out.k + s * sm, *V = t->out.V + s * nn, *v = t->out.v + s * sn;
  const double *V1 = V + nn, *v1 = v + n;
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, V1, n, A, n, 0, t->VA, n);
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, m, n, 1, V1, n, B, n, 0, t->VB, n);
  memcpy(t->w, v1, sn * sizeof(double));
  cblas_dgemv(CblasColMajor, CblasNoTrans, n, n, 1, V1, n, c, 1, 1, t->w, 1);
  add_tn(n, n, n, A, t->VA, d->Q + s * nn, V);
  add_tn(m, n, n, B, t->VA, d->S + s * nm, K);
  add_tn(m, m, n, B, t->VB, d->R + s * sm * sm, t->Quu);
  add_tn(n, 1, n, A, t->w, d->q + s * sn, v);
  add_tn(m, 1, n, B, t->w, d->r + s * sm, k);
  double *Qux = t->VA, *qu = t->VB; /* both are free by now */
  memcpy(Qux, K, nm * sizeof(double));
  memcpy(qu, k, sm * sizeof(double));
  if (LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'L', m, t->Quu, m) != 0) return -1;
  LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'L', m, n, t->Quu, m, K, m);
  LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'L', m, 1, t->Quu, m, k, m);
  cblas_dscal(n * m, -1, K, 1);
  cblas_dscal(m, -1, k, 1);
  cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, n, n, m, 1, Qux, m, K, m, 1, V, n);
  cblas_dgemv(CblasColMajor, CblasTrans, m, n, 1, Qux, m, k, 1, 1, v, 1);
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < j; i++)
      V[i + j * n] = V[j + i * n] = 0.5 * (V[i + j * n] + V[j + i * n]);
  }
  return 0;
}

static void forward(textbook *t, int stage) {
  const bench_lq_data *d = t->d;
  int n = d->nx, m = d->nu;
  size_t s = (size_t)stage, sn = (size_t)n, sm = (size_t)m, nn = sn * sn, nm = sn * sm;
  double *x = t->out.x + s * sn, *u = t->out.u + s * sm, *next = x + n;
  memcpy(u, t->out.k + s * sm, sm * sizeof(double));
  cblas_dgemv(CblasColMajor, CblasNoTrans, m, n, 1, t->out.K + s * nm, m, x, 1, 1, u, 1);
  memcpy(next, d->c + s * sn, sn * sizeof(double));
  cblas_dgemv(CblasColMajor, CblasNoTrans, n, n, 1, d->A + s * nn, n, x, 1, 1, next, 1);
  cblas_dgemv(CblasColMajor, CblasNoTrans, n, m, 1, d->B + s * nm, n, u, 1, 1, next, 1);
}

static int kernel(void *self) {
  textbook *t = self;
  const bench_lq_data *d = t->d;
  size_t n = (size_t)d->nx, N = (size_t)d->N;
  memcpy(t->out.V + N * n * n, d->QN, n * n * sizeof(double));
  memcpy(t->out.v + N * n, d->qN, n * sizeof(double));
  memcpy(t->out.x, d->x0, n * sizeof(double));
  for (int k = d->N - 1; k >= 0; k--) {
    if (backward(t, k) != 0) return -1;
  }
  for (int k = 0; k < d->N; k++)
    forward(t, k);
  return 0;
}

static int fetch(void *self, bench_lq_answer *answer) {
  const textbook *t = self;
  *answer = store_show(&t->out);
  return 0;
}

const bench_lq *bench_lq_contender(int i) {
  static const bench_lq entry = {"textbook", create, destroy, pack, kernel, fetch, NULL};
  return i == 0 ? &entry : NULL;
}
