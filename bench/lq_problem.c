#include "lq_problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

static void *must(void *memory) {
  if (memory == NULL) abort();
  return memory;
}

/* n numbers, uniform in [-scale, scale]. */
static void draw(uint64_t *seed, double *a, size_t n, double scale) {
  for (size_t i = 0; i < n; i++)
    a[i] = scale * bench_random(seed);
}

/* The cost matrix of [x; u], I + M M' / (nx + nu), as Q, S and R. */
static void draw_cost(uint64_t *seed, int nx, int nu, double *Q, double *S, double *R) {
  int n = nx + nu;
  size_t entries = (size_t)n * (size_t)n;
  double *M = must(calloc(entries, sizeof *M));
  draw(seed, M, entries, 1);
  for (int i = 0; i < n; i++) {
    for (int j = 0; j <= i; j++) {
      double sum = 0;
      for (int p = 0; p < n; p++)
        sum += M[p + i * n] * M[p + j * n];
      double h = sum / n + (i == j);
      if (i < nx) {
        Q[i + j * nx] = Q[j + i * nx] = h;
      } else if (j < nx) {
        S[i - nx + j * nu] = h;
      } else {
        R[i - nx + (j - nx) * nu] = R[j - nx + (i - nx) * nu] = h;
      }
    }
  }
  free(M);
}

bench_lq_problem *bench_lq_problem_create(int nx, int nu, int N) {
  size_t n = (size_t)nx, m = (size_t)nu, stages = (size_t)N;
  size_t per_stage = 2 * n * n + 2 * n * m + m * m + 2 * n + m, last = n * n + 2 * n;
  bench_lq_problem *p = must(calloc(1, sizeof *p));
  p->memory = must(malloc((stages * per_stage + last) * sizeof(double)));
  double *A = p->memory, *B = A + stages * n * n, *c = B + stages * n * m, *Q = c + stages * n;
  double *S = Q + stages * n * n, *R = S + stages * n * m, *q = R + stages * m * m, *r = q + stages * n;
  double *QN = r + stages * m, *qN = QN + n * n, *x0 = qN + n;
  uint64_t state = (uint64_t)nx << 32 | (uint64_t)nu, *seed = &state;
  draw(seed, A, stages * n * n, 0.8 / sqrt(nx)); /* decays by itself, so that nothing overflows however long N is */
  draw(seed, B, stages * n * m, 1 / sqrt(nu));
  draw(seed, c, stages * n, 0.1);
  draw(seed, q, stages * n, 0.1);
  draw(seed, r, stages * m, 0.1);
  for (size_t k = 0; k < stages; k++)
    draw_cost(seed, nx, nu, Q + k * n * n, S + k * n * m, R + k * m * m);
  memset(QN, 0, n * n * sizeof *QN);
  for (size_t i = 0; i < n; i++)
    QN[i + i * n] = 2;
  draw(seed, qN, n, 0.1);
  draw(seed, x0, n, 1);
  p->data = (bench_lq_data){nx, nu, N, A, B, c, Q, S, R, q, r, QN, qN, x0};
  return p;
}

void bench_lq_problem_destroy(bench_lq_problem *p) {
  free(p->memory);
  free(p->K);
  free(p->x);
  free(p->u);
  free(p);
}

typedef long double real;

/* Symmetric rows of z = [x; u; 1] under elimination. */
typedef struct tableau {
  int n, m, l; /* l = n + m + 1 */
  real *P;     /* value function in [x; 1], (n + 1) x (n + 1) */
  real *W;     /* P [A B c; 0 0 1] */
  real *H;     /* l x l */
} tableau;

/* Column j of [A B c]. */
static const double *column(const bench_lq_data *d, int k, int j) {
  int n = d->nx, m = d->nu;
  if (j < n) return d->A + ((size_t)k * n + j) * n;
  if (j < n + m) return d->B + ((size_t)k * m + (j - n)) * n;
  return d->c + (size_t)k * n;
}

/* Entry (i, j), i >= j, of the cost of [x; u; 1]. */
static double cost_entry(const bench_lq_data *d, int k, int i, int j) {
  int n = d->nx, m = d->nu;
  if (i < n) return d->Q[((size_t)k * n + j) * n + i];
  if (i == n + m) return j < n ? d->q[(size_t)k * n + j] : (j < n + m ? d->r[(size_t)k * m + j - n] : 0);
  return j < n ? d->S[((size_t)k * n + j) * m + i - n] : d->R[((size_t)k * m + j - n) * m + i - n];
}

static void fill(const bench_lq_data *d, int k, tableau *t) {
  int n = t->n, n1 = n + 1, l = t->l;
  for (int j = 0; j < l; j++) {
    const double *G = column(d, k, j);
    for (int i = 0; i < n1; i++) {
      real sum = j == l - 1 ? t->P[i * n1 + n] : 0;
      for (int p = 0; p < n; p++)
        sum += t->P[i * n1 + p] * G[p];
      t->W[j * n1 + i] = sum;
    }
  }
  for (int i = 0; i < l; i++) {
    const double *G = column(d, k, i);
    for (int j = 0; j <= i; j++) {
      real sum = cost_entry(d, k, i, j) + (i == l - 1 ? t->W[j * n1 + n] : 0);
      for (int p = 0; p < n; p++)
        sum += G[p] * t->W[j * n1 + p];
      t->H[i * l + j] = t->H[j * l + i] = sum;
    }
  }
}

/* Eliminates the rows of u by Gauss and Jordan: what remains is P, and -[K k] in the rows of u. */
static void eliminate(tableau *t, real *K) {
  int n = t->n, m = t->m, l = t->l, n1 = n + 1;
  for (int r = n; r < n + m; r++) {
    real pivot = t->H[r * l + r];
    for (int j = 0; j < l; j++)
      t->H[r * l + j] /= pivot;
    for (int i = 0; i < l; i++) {
      real factor = t->H[i * l + r];
      for (int j = 0; i != r && j < l; j++)
        t->H[i * l + j] -= factor * t->H[r * l + j];
    }
  }
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < n1; j++)
      K[i + j * m] = -t->H[(n + i) * l + (j < n ? j : l - 1)];
  }
  for (int i = 0; i < n1; i++) {
    for (int j = 0; j < n1; j++)
      t->P[i * n1 + j] = t->H[(i < n ? i : l - 1) * l + (j < n ? j : l - 1)];
  }
}

/* Follows [K k] from x0. */
static void roll_out(bench_lq_problem *p, const real *k_all) {
  const bench_lq_data *d = &p->data;
  int n = d->nx, m = d->nu;
  for (int i = 0; i < n; i++)
    p->x[i] = d->x0[i];
  for (int k = 0; k < d->N; k++) {
    const real *x = p->x + (size_t)k * n, *K = p->K + (size_t)k * n * m;
    real *u = p->u + (size_t)k * m, *next = p->x + (size_t)(k + 1) * n;
    for (int i = 0; i < m; i++) {
      u[i] = k_all[(size_t)k * m + i];
      for (int j = 0; j < n; j++)
        u[i] += K[i + j * m] * x[j];
    }
    for (int i = 0; i < n; i++) {
      next[i] = d->c[(size_t)k * n + i];
      for (int j = 0; j < n + m; j++)
        next[i] += column(d, k, j)[i] * (j < n ? x[j] : u[j - n]);
    }
  }
}

void bench_lq_problem_solve(bench_lq_problem *p) {
  const bench_lq_data *d = &p->data;
  size_t n = (size_t)d->nx, m = (size_t)d->nu, N = (size_t)d->N, n1 = n + 1, l = n + m + 1;
  tableau t = {.n = d->nx, .m = d->nu, .l = (int)l};
  t.P = must(calloc(n1 * n1 + n1 * l + l * l + m * n1 + m * N, sizeof(real)));
  t.W = t.P + n1 * n1;
  t.H = t.W + n1 * l;
  real *K_and_k = t.H + l * l, *k_all = K_and_k + m * n1;
  p->K = must(malloc(N * n * m * sizeof(real)));
  p->x = must(malloc((N + 1) * n * sizeof(real)));
  p->u = must(malloc(N * m * sizeof(real)));
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++)
      t.P[i * n1 + j] = d->QN[i + j * n];
    t.P[i * n1 + n] = t.P[n * n1 + i] = d->qN[i];
  }
  for (int k = d->N - 1; k >= 0; k--) {
    fill(d, k, &t);
    eliminate(&t, K_and_k);
    memcpy(p->K + (size_t)k * n * m, K_and_k, n * m * sizeof(real));
    memcpy(k_all + (size_t)k * m, K_and_k + n * m, m * sizeof(real));
  }
  p->cost = t.P[n * n1 + n] / 2;
  for (size_t i = 0; i < n; i++) {
    p->cost += t.P[n * n1 + i] * d->x0[i];
    for (size_t j = 0; j < n; j++)
      p->cost += d->x0[i] * t.P[i * n1 + j] * d->x0[j] / 2;
  }
  roll_out(p, k_all);
  free(t.P);
}

/* Cost of the trajectory in an answer. */
static real cost_of(const bench_lq_data *d, const double *x, const double *u) {
  int n = d->nx, m = d->nu, l = n + m + 1;
  real cost = 0;
  for (int k = 0; k < d->N; k++, x += n, u += m) {
    for (int i = 0; i < l; i++) {
      real z_i = i < n ? x[i] : (i < n + m ? u[i - n] : 1);
      for (int j = 0; j <= i; j++) {
        real z_j = j < n ? x[j] : (j < n + m ? u[j - n] : 1);
        cost += z_i * z_j * cost_entry(d, k, i, j) / (i == j ? 2 : 1);
      }
    }
  }
  for (int i = 0; i < n; i++) {
    cost += (real)d->qN[i] * x[i];
    for (int j = 0; j < n; j++)
      cost += (real)x[i] * d->QN[i + j * n] * x[j] / 2;
  }
  return cost;
}

/* Largest of |a - b| / max |b|. */
static double distance(const double *a, const real *b, size_t n) {
  real most = 0, error = 0;
  for (size_t i = 0; i < n; i++) {
    most = fmaxl(most, fabsl(b[i]));
    if (!(fabsl(a[i] - b[i]) <= error)) error = fabsl(a[i] - b[i]); /* NaN stays */
  }
  return (double)(error / most);
}

double bench_lq_problem_error(const bench_lq_problem *p, const bench_lq_answer *answer) {
  const bench_lq_data *d = &p->data;
  size_t n = (size_t)d->nx, m = (size_t)d->nu, N = (size_t)d->N;
  double worst = (double)(fabsl(cost_of(d, answer->x, answer->u) - p->cost) / (1 + fabsl(p->cost)));
  for (size_t k = 0; k < N; k++) {
    double error = distance(answer->K + k * n * m, p->K + k * n * m, n * m);
    if (!(error <= worst)) worst = error;
  }
  double path = distance(answer->x, p->x, n * (N + 1));
  return path > worst || isnan(path) ? path : worst;
}

double bench_lq_flops(int nx, int nu) {
  double n = nx, m = nu, l = n + m + 1;
  double expand = 2 * n * n * l + n * l * l;                             /* P [A B c], then its product with [A B c]' */
  double gain = m * m * m / 3 + 2 * m * m * (n + 1);                     /* factor, and both triangular solves */
  double value = m * (n + 1) * (n + 1), forward = 2 * n * l + 2 * m * n; /* half of a product, and two with vectors */
  return expand + gain + value + forward;
}
