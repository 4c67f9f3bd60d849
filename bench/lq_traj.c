/* traj's entries in the LQ sweep: the kernels behind both back ends, and the public solver. */
#include <stdlib.h>
#include <string.h>

#include "contenders.h"
#include "linalg/stage.h"
#include "traj/extra.h"
#include "traj/lqr.h"

typedef struct sweep {
  const bench_lq_data *data;
  tj_shape shape;
  tj_kernel kernel;
  double *stages; /* packed, for the kernel alone */
  double *stage, *value, *gain;
  double *K, *k, *V, *v, *x, *u;
  void *block;
} sweep;

static void lay_out(sweep *s, tj_arena *arena, traj_linalg linalg) {
  size_t nx = (size_t)s->data->nx, nu = (size_t)s->data->nu, N = (size_t)s->data->N;
  s->kernel = tj_kernel_layout(arena, s->shape, linalg);
  s->stages = tj_arena_doubles(arena, tj_stage_doubles(s->shape), N);
  s->stage = tj_arena_doubles(arena, tj_stage_doubles(s->shape), 1);
  s->value = tj_arena_doubles(arena, tj_value_doubles(s->shape), 1);
  s->gain = tj_arena_doubles(arena, tj_gain_doubles(s->shape), 1);
  s->K = tj_arena_doubles(arena, nu * nx, N);
  s->k = tj_arena_doubles(arena, nu, N);
  s->V = tj_arena_doubles(arena, nx * nx, N + 1);
  s->v = tj_arena_doubles(arena, nx, N + 1);
  s->x = tj_arena_doubles(arena, nx, N + 1);
  s->u = tj_arena_doubles(arena, nu, N);
}

static void *create(const bench_lq_data *data, traj_linalg linalg) {
  if (!tj_linalg_available(linalg)) return NULL;
  sweep *s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  s->data = data;
  s->shape = (tj_shape){data->nx, data->nu};
  tj_arena arena = tj_arena_measure();
  lay_out(s, &arena, linalg);
  size_t size = tj_arena_block_size(&arena);
  s->block = malloc(size);
  if (s->block == NULL) {
    free(s);
    return NULL;
  }
  arena = tj_arena_over(s->block, size);
  lay_out(s, &arena, linalg);
  memcpy(s->x, data->x0, (size_t)data->nx * sizeof(double));
  return s;
}

static void *create_builtin(const bench_lq_data *data) {
  return create(data, TRAJ_LINALG_BUILTIN);
}

static void *create_openblas(const bench_lq_data *data) {
  return create(data, TRAJ_LINALG_OPENBLAS);
}

static void destroy(void *self) {
  sweep *s = self;
  free(s->block);
  free(s);
}

static double *stage_of(const sweep *s, int k) {
  return s->stages + (size_t)k * s->kernel.stage_doubles;
}

static tj_stage_dynamics dynamics_of(const sweep *s, int i) {
  const bench_lq_data *d = s->data;
  size_t n = (size_t)d->nx, m = (size_t)d->nu, k = (size_t)i;
  return (tj_stage_dynamics){d->A + k * n * n, d->B + k * n * m, d->c + k * n};
}

static tj_stage_cost cost_of(const sweep *s, int i) {
  const bench_lq_data *d = s->data;
  size_t n = (size_t)d->nx, m = (size_t)d->nu, k = (size_t)i;
  return (tj_stage_cost){
      .lxx = d->Q + k * n * n,
      .luu = d->R + k * m * m,
      .lux = d->S + k * n * m,
      .lx = d->q + k * n,
      .lu = d->r + k * m,
  };
}

static void pack_stage(const sweep *s, int i, double *stage) {
  tj_stage_dynamics dynamics = dynamics_of(s, i);
  tj_stage_cost cost = cost_of(s, i);
  tj_stage_pack(&s->kernel, stage, &dynamics, &cost);
}

static void pack(void *self) {
  sweep *s = self;
  for (int i = 0; i < s->data->N; i++)
    pack_stage(s, i, stage_of(s, i));
}

static void split_gain(const sweep *s, int i) {
  size_t n = (size_t)s->shape.nx, m = (size_t)s->shape.nu, k = (size_t)i;
  tj_gain_unpack(&s->kernel, s->gain, s->K + k * n * m, s->k + k * m);
}

static void forward(const sweep *s) {
  size_t n = (size_t)s->shape.nx, m = (size_t)s->shape.nu;
  for (int i = 0; i < s->data->N; i++) {
    size_t k = (size_t)i;
    double *x = s->x + k * n;
    tj_stage_dynamics dynamics = dynamics_of(s, i);
    tj_kernel_forward(&s->kernel, &dynamics, s->K + k * n * m, s->k + k * m, x, s->u + k * m, x + n);
  }
}

static int kernel(void *self) {
  sweep *s = self;
  double pivot = 0;
  tj_value_pack(&s->kernel, s->value, s->data->QN, s->data->qN, 0);
  for (int k = s->data->N - 1; k >= 0; k--) {
    if (k > 0 && s->kernel.fetches) {
      tj_kernel_expect(&s->kernel, 1, &(tj_run){stage_of(s, k - 1), s->kernel.stage_doubles});
    }
    if (tj_kernel_backward(&s->kernel, stage_of(s, k), s->value, s->gain, &pivot) >= 0) return -1;
    split_gain(s, k);
  }
  forward(s);
  return 0;
}

static int fetch(void *self, bench_lq_answer *answer) {
  sweep *s = self;
  *answer = (bench_lq_answer){.K = s->K, .k = s->k, .x = s->x, .u = s->u};
  return 0;
}

static void expect(sweep *s, int i) {
  size_t n = (size_t)s->shape.nx, m = (size_t)s->shape.nu, k = (size_t)i;
  int before = i > 0 ? i - 1 : 0;
  tj_stage_dynamics dynamics = dynamics_of(s, before);
  tj_stage_cost cost = cost_of(s, before);
  tj_kernel_expect_given(&s->kernel, s->K + k * n * m, s->V + k * n * n, &dynamics, &cost);
}

/* What a solver does with the blocks that it is given: each is packed when its turn comes; K, k, V and v of every stage
 * are kept. */
static int solve(void *self, bench_lq_answer *answer) {
  sweep *s = self;
  size_t n = (size_t)s->shape.nx;
  int N = s->data->N;
  double pivot = 0;
  tj_value_pack(&s->kernel, s->value, s->data->QN, s->data->qN, 0);
  tj_value_unpack(&s->kernel, s->value, s->V + (size_t)N * n * n, s->v + (size_t)N * n, NULL);
  for (int k = N - 1; k >= 0; k--) {
    pack_stage(s, k, s->stage);
    if (s->kernel.fetches) expect(s, k);
    if (tj_kernel_backward(&s->kernel, s->stage, s->value, s->gain, &pivot) >= 0) return -1;
    split_gain(s, k);
    tj_value_unpack(&s->kernel, s->value, s->V + (size_t)k * n * n, s->v + (size_t)k * n, NULL);
  }
  forward(s);
  *answer = (bench_lq_answer){.K = s->K, .k = s->k, .V = s->V, .v = s->v, .x = s->x, .u = s->u};
  return 0;
}

typedef struct public_solver {
  traj_lqr *lqr;
  const double *x0;
} public_solver;

static void *public_create(const bench_lq_data *d) {
  size_t n = (size_t)d->nx, m = (size_t)d->nu;
  traj_lqr_problem problem = {
      .nx = d->nx,
      .nu = d->nu,
      .N = d->N,
      .A = {d->A, n * n},
      .B = {d->B, n * m},
      .c = {d->c, n},
      .Q = {d->Q, n * n},
      .S = {d->S, n * m},
      .R = {d->R, m * m},
      .q = {d->q, n},
      .r = {d->r, m},
      .Q_N = d->QN,
      .q_N = d->qN,
  };
  public_solver *s = malloc(sizeof *s);
  if (s == NULL) return NULL;
  s->x0 = d->x0;
  if (traj_lqr_create(&s->lqr, traj_heap(), &problem, NULL) == TRAJ_OK) return s;
  free(s);
  return NULL;
}

static void public_destroy(void *self) {
  public_solver *s = self;
  traj_lqr_destroy(s->lqr);
  free(s);
}

static int public_solve(void *self, bench_lq_answer *answer) {
  public_solver *s = self;
  if (traj_lqr_factor(s->lqr, NULL) != TRAJ_OK || traj_lqr_solve(s->lqr, 0, s->x0) != TRAJ_OK) return -1;
  const traj_lqr_policy *policy = traj_lqr_get_policy(s->lqr);
  const traj_plan *plan = traj_lqr_plan(s->lqr);
  *answer = (bench_lq_answer){policy->K, policy->k, policy->V, policy->v, plan->x, plan->u};
  return 0;
}

const bench_lq *bench_lq_traj(int i) {
  static const bench_lq entries[] = {
      {"traj", create_builtin, destroy, pack, kernel, fetch, solve},
      {"traj-openblas", create_openblas, destroy, pack, kernel, fetch, solve},
      {"traj_lqr", public_create, public_destroy, NULL, NULL, NULL, public_solve},
  };
  return i >= 0 && i < (int)(sizeof entries / sizeof *entries) ? &entries[i] : NULL;
}
