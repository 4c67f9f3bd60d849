/* Memory for the answer of a plain contender. */
#ifndef BENCH_CONTENDERS_STORE_H
#define BENCH_CONTENDERS_STORE_H

#include <stdlib.h>

#include "contender.h"

typedef struct store {
  double *K, *k, *V, *v, *x, *u; /* as in bench_lq_answer */
  double *memory;
} store;

/* memory is NULL when there is none. */
static inline store store_create(const bench_lq_data *d) {
  size_t n = (size_t)d->nx, m = (size_t)d->nu, N = (size_t)d->N;
  double *at = calloc(N * (n * m + 2 * m) + (N + 1) * (n * n + 2 * n), sizeof *at);
  if (at == NULL) return (store){.memory = NULL};
  store a = {.memory = at, .K = at};
  a.k = a.K + N * n * m;
  a.u = a.k + N * m;
  a.V = a.u + N * m;
  a.v = a.V + (N + 1) * n * n;
  a.x = a.v + (N + 1) * n;
  return a;
}

static inline bench_lq_answer store_show(const store *a) {
  return (bench_lq_answer){a->K, a->k, a->V, a->v, a->x, a->u};
}

#endif
