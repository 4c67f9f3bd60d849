/* The recursion in few, large calls to the Fortran symbols of BLAS and LAPACK, without the layers of CBLAS and LAPACKE.
 * On z = [x; 1; u]: the dynamics are G = [A c B; 0 1 0], the cost is one matrix H, the value function is one matrix P.
 */
#include <string.h>

#include "contenders/store.h"

/* Declared here: nothing looks at the lengths of the one-letter strings, which Fortran passes behind. */
typedef const int *integer;
void dgemm_(const char *ta, const char *tb, integer m, integer n, integer k, const double *alpha, const double *a,
            integer lda, const double *b, integer ldb, const double *beta, double *c, integer ldc);
void dgemv_(const char *t, integer m, integer n, const double *alpha, const double *a, integer lda, const double *x,
            integer incx, const double *beta, double *y, integer incy);
void dsyrk_(const char *uplo, const char *t, integer n, integer k, const double *alpha, const double *a, integer lda,
            const double *beta, double *c, integer ldc);
void dtrsm_(const char *side, const char *uplo, const char *t, const char *diagonal, integer m, integer n,
            const double *alpha, const double *a, integer lda, double *b, integer ldb);
void dpotrf_(const char *uplo, integer n, double *a, integer lda, int *info);

static const double one = 1, minus_one = -1, zero = 0;
static const int step = 1;

typedef struct packed {
  const bench_lq_data *d;
  store out;
  int n1, l;     /* numbers in [x; 1] and in z */
  double *G, *H; /* of every stage: n1 x l; l x l, its lower triangle */
  double *P;     /* n1 x n1 */
  double *W, *F; /* P G; the Q-function */
} packed;

static void destroy(void *self) {
  packed *s = self;
  free(s->out.memory);
  free(s->G);
  free(s);
}

static void *create(const bench_lq_data *d) {
  size_t m = (size_t)d->nu, N = (size_t)d->N, n1 = (size_t)d->nx + 1, l = n1 + m;
  packed *s = malloc(sizeof *s);
  if (s == NULL) return NULL;
  *s = (packed){.d = d, .out = store_create(d), .n1 = (int)n1, .l = (int)l};
  s->G = calloc(N * (n1 * l + l * l) + n1 * n1 + n1 * l + l * l, sizeof(double));
  if (s->out.memory == NULL || s->G == NULL) {
    destroy(s);
    return NULL;
  }
  s->H = s->G + N * n1 * l;
  s->P = s->H + N * l * l;
  s->W = s->P + n1 * n1;
  s->F = s->W + n1 * l;
  return s;
}

/* A tight block of rows x cols into a matrix of ld. */
static void put(int rows, int cols, const double *from, double *to, int ld) {
  for (int j = 0; j < cols; j++)
    memcpy(to + j * ld, from + j * rows, (size_t)rows * sizeof *to);
}

static void pack(void *self) {
  packed *s = self;
  const bench_lq_data *d = s->d;
  int n = d->nx, m = d->nu, l = s->l, n1 = s->n1;
  size_t sn = (size_t)n, sm = (size_t)m;
  for (size_t k = 0; k < (size_t)d->N; k++) {
    double *G = s->G + k * (size_t)(n1 * l), *H = s->H + k * (size_t)(l * l);
    put(n, n, d->A + k * sn * sn, G, n1);
    put(n, 1, d->c + k * sn, G + n * n1, n1);
    put(n, m, d->B + k * sn * sm, G + n1 * n1, n1);
    G[n + n * n1] = 1;
    put(n, n, d->Q + k * sn * sn, H, l);
    put(1, n, d->q + k * sn, H + n, l);
    put(m, n, d->S + k * sn * sm, H + n1, l);
    put(m, 1, d->r + k * sm, H + n1 + n * l, l);
    put(m, m, d->R + k * sm * sm, H + n1 + n1 * l, l);
  }
}

/* The lower triangle of the Q-function's [x; 1] block becomes P, whole. */
static void put_value(packed *s) {
  for (int j = 0; j < s->n1; j++) {
    for (int i = j; i < s->n1; i++)
      s->P[i + j * s->n1] = s->P[j + i * s->n1] = s->F[i + j * s->l];
  }
}

static int backward(packed *s, int k) {
  int n = s->d->nx, m = s->d->nu, l = s->l, n1 = s->n1, info = 0;
  size_t at = (size_t)k;
  const double *G = s->G + at * (size_t)(n1 * l);
  double *F = s->F, *Fu = F + n1, *Fuu = Fu + n1 * l;
  memcpy(F, s->H + at * (size_t)(l * l), (size_t)(l * l) * sizeof(double));
  dgemm_("T", "N", &n1, &l, &n1, &one, s->P, &n1, G, &n1, &zero, s->W, &n1);
  dgemm_("T", "N", &l, &n1, &n1, &one, G, &n1, s->W, &n1, &one, F, &l);
  dgemm_("T", "N", &m, &m, &n1, &one, G + n1 * n1, &n1, s->W + n1 * n1, &n1, &one, Fuu, &l);
  dpotrf_("L", &m, Fuu, &l, &info);
  if (info != 0) return -1;
  dtrsm_("L", "L", "N", "N", &m, &n1, &one, Fuu, &l, Fu, &l);
  dsyrk_("L", "T", &n1, &m, &minus_one, Fu, &l, &one, F, &l);
  put_value(s);
  dtrsm_("L", "L", "T", "N", &m, &n1, &minus_one, Fuu, &l, Fu, &l);
  double *K = s->out.K + at * (size_t)(n * m);
  for (int j = 0; j < n; j++)
    memcpy(K + j * m, Fu + j * l, (size_t)m * sizeof(double));
  memcpy(s->out.k + at * (size_t)m, Fu + n * l, (size_t)m * sizeof(double));
  return 0;
}

static void forward(packed *s, int k) {
  int n = s->d->nx, m = s->d->nu, n1 = s->n1;
  size_t at = (size_t)k;
  const double *A = s->G + at * (size_t)(n1 * s->l), *B = A + n1 * n1;
  double *x = s->out.x + at * (size_t)n, *u = s->out.u + at * (size_t)m, *next = x + n;
  memcpy(u, s->out.k + at * (size_t)m, (size_t)m * sizeof(double));
  dgemv_("N", &m, &n, &one, s->out.K + at * (size_t)(n * m), &m, x, &step, &one, u, &step);
  memcpy(next, A + n * n1, (size_t)n * sizeof(double));
  dgemv_("N", &n, &n, &one, A, &n1, x, &step, &one, next, &step);
  dgemv_("N", &n, &m, &one, B, &n1, u, &step, &one, next, &step);
}

static int kernel(void *self) {
  packed *s = self;
  const bench_lq_data *d = s->d;
  put(d->nx, d->nx, d->QN, s->F, s->l);
  put(1, d->nx, d->qN, s->F + d->nx, s->l);
  s->F[d->nx + d->nx * s->l] = 0;
  put_value(s);
  for (int k = d->N - 1; k >= 0; k--) {
    if (backward(s, k) != 0) return -1;
  }
  memcpy(s->out.x, d->x0, (size_t)d->nx * sizeof(double));
  for (int k = 0; k < d->N; k++)
    forward(s, k);
  return 0;
}

static int fetch(void *self, bench_lq_answer *answer) {
  const packed *s = self;
  *answer = store_show(&s->out);
  answer->V = answer->v = NULL; /* only the last P is kept */
  return 0;
}

const bench_lq *bench_lq_contender(int i) {
  static const bench_lq entry = {"fortran-blas", create, destroy, pack, kernel, fetch, NULL};
  return i == 0 ? &entry : NULL;
}
