#include "support/lq.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFLECTIONS = 3, PADDING = 3 };

/* a (rows x cols) times a random orthogonal matrix; w holds cols numbers. */
static void turn_columns(rng *r, double *a, int rows, int cols, double *w) {
  for (int turn = 0; turn < REFLECTIONS; turn++) {
    double norm2 = 0;
    rng_fill(r, w, (size_t)cols, 1);
    for (int j = 0; j < cols; j++)
      norm2 += w[j] * w[j];
    for (int i = 0; i < rows; i++) {
      double dot = 0;
      for (int j = 0; j < cols; j++)
        dot += a[i + j * rows] * w[j];
      for (int j = 0; j < cols; j++)
        a[i + j * rows] -= 2 * dot / norm2 * w[j];
    }
  }
}

/* rows <= cols orthogonal rows of lengths falling from scale to scale / condition. */
static void draw_rows(rng *r, double *a, int rows, int cols, double scale, double condition, double *w) {
  memset(a, 0, (size_t)rows * (size_t)cols * sizeof *a);
  for (int i = 0; i < rows; i++)
    a[i + i * rows] = scale * pow(condition, rows > 1 ? -(double)i / (rows - 1) : 0);
  turn_columns(r, a, rows, cols, w);
}

/* out (m x n) += a' b, with a of rows x m and b of rows x n; of the lower triangle only if lower. */
static void add_product(double *out, const double *a, const double *b, int rows, int m, int n, bool lower) {
  for (int j = 0; j < n; j++)
    for (int i = lower ? j : 0; i < m; i++)
      for (int l = 0; l < rows; l++)
        out[i + j * m] += a[l + i * rows] * b[l + j * rows];
}

static void poison_upper(double *a, int n) {
  for (int j = 1; j < n; j++)
    for (int i = 0; i < j; i++)
      a[i + j * n] = (double)NAN;
}

/* The arrays are handed out in the order of need; the first pass, over NULL, only counts. */
typedef struct shelf {
  double *start;
  size_t used;
} shelf;

static double *take(shelf *s, size_t n) {
  double *a = s->start == NULL ? NULL : s->start + s->used;
  s->used += n;
  return a;
}

static traj_series take_series(shelf *s, const lq_kind *kind, int rows, int cols, bool present) {
  if (!present) return (traj_series){.data = NULL};
  size_t size = (size_t)rows * (size_t)cols, stride = size + (kind->padded ? PADDING : 0);
  size_t count = kind->varying ? (size_t)kind->N : 1;
  double *data = take(s, count * stride);
  for (size_t i = 0; data != NULL && i < count * stride; i++)
    data[i] = i % stride < size ? 0 : (double)NAN;
  return (traj_series){.data = data, .stride = kind->varying ? stride : 0};
}

static void lay_out(shelf *s, const lq_kind *kind, lq *instance) {
  int nx = kind->nx, nu = kind->nu;
  bool weighted = kind->rank > 0;
  traj_lqr_problem *p = &instance->problem;
  *p = (traj_lqr_problem){.nx = nx, .nu = nu, .N = kind->N, .dt = 0.5};
  p->A = take_series(s, kind, nx, nx, true);
  p->B = take_series(s, kind, nx, nu, true);
  p->c = take_series(s, kind, nx, 1, kind->affine);
  p->Q = take_series(s, kind, nx, nx, weighted);
  p->S = take_series(s, kind, nu, nx, weighted && kind->cross);
  p->R = take_series(s, kind, nu, nu, true);
  p->q = take_series(s, kind, nx, 1, kind->affine);
  p->r = take_series(s, kind, nu, 1, kind->affine);
  p->Q_N = kind->final > 0 ? take(s, (size_t)nx * (size_t)nx) : NULL;
  p->q_N = kind->affine ? take(s, (size_t)nx) : NULL;
  p->Sigma = take_series(s, kind, nx, nx, kind->noise);
  instance->x0 = take(s, (size_t)nx);
}

/* Room for factors of the matrices while they are drawn. */
typedef struct scratch {
  double *C, *D, *W, *w;
} scratch;

static double *room_for(size_t n) {
  double *a = calloc(n, sizeof *a);
  if (a == NULL) abort();
  return a;
}

static scratch scratch_create(const lq_kind *kind) {
  size_t most = (size_t)(kind->nx > kind->nu ? kind->nx : kind->nu), square = most * most;
  return (scratch){.C = room_for(square), .D = room_for(square), .W = room_for(square), .w = room_for(most)};
}

static void scratch_free(scratch *s) {
  free(s->C);
  free(s->D);
  free(s->W);
  free(s->w);
}

/* The series is the instance's own memory: writing to it is fine. */
static double *own(traj_series series, int k) {
  return series.data == NULL ? NULL : (double *)(uintptr_t)(series.data + (size_t)k * series.stride);
}

static void draw_cost(rng *r, const lq_kind *kind, lq *instance, int k, scratch *s) {
  int nx = kind->nx, nu = kind->nu, rank = kind->rank;
  traj_lqr_problem *p = &instance->problem;
  double *Q = own(p->Q, k), *S = own(p->S, k), *R = own(p->R, k);
  draw_rows(r, s->W, nu, nu, sqrt(kind->effort), sqrt(kind->condition), s->w);
  add_product(R, s->W, s->W, nu, nu, nu, true);
  if (Q != NULL) {
    draw_rows(r, s->C, rank, nx, 1, sqrt(kind->condition), s->w);
    add_product(Q, s->C, s->C, rank, nx, nx, true);
    poison_upper(Q, nx);
  }
  if (S != NULL) {
    rng_fill(r, s->D, (size_t)rank * (size_t)nu, sqrt(kind->effort / nu));
    add_product(R, s->D, s->D, rank, nu, nu, true);
    add_product(S, s->D, s->C, rank, nu, nx, false);
  }
  poison_upper(R, nu);
}

static void draw_stage(rng *r, const lq_kind *kind, lq *instance, int k, scratch *s) {
  size_t nx = (size_t)kind->nx, nu = (size_t)kind->nu;
  traj_lqr_problem *p = &instance->problem;
  rng_fill(r, own(p->A, k), nx * nx, kind->growth / sqrt(kind->nx));
  rng_fill(r, own(p->B, k), nx * nu, 1 / sqrt(kind->nx));
  if (kind->affine) {
    rng_fill(r, own(p->c, k), nx, 1);
    rng_fill(r, own(p->q, k), nx, 1);
    rng_fill(r, own(p->r, k), nu, 1);
  }
  draw_cost(r, kind, instance, k, s);
  if (kind->noise) {
    rng_fill(r, s->W, nx * nx, 0.1 / sqrt(kind->nx));
    add_product(own(p->Sigma, k), s->W, s->W, kind->nx, kind->nx, kind->nx, true);
    poison_upper(own(p->Sigma, k), kind->nx);
  }
}

static void draw_final(rng *r, const lq_kind *kind, lq *instance, scratch *s) {
  int nx = kind->nx;
  double *Q_N = own((traj_series){.data = instance->problem.Q_N}, 0);
  double *q_N = own((traj_series){.data = instance->problem.q_N}, 0);
  if (Q_N != NULL) {
    draw_rows(r, s->W, nx, nx, sqrt(kind->final), sqrt(kind->condition), s->w);
    add_product(Q_N, s->W, s->W, nx, nx, nx, true);
    poison_upper(Q_N, nx);
  }
  if (q_N != NULL) rng_fill(r, q_N, (size_t)nx, 1);
}

lq lq_draw(rng *r, const lq_kind *kind) {
  lq instance;
  shelf s = {.start = NULL};
  lay_out(&s, kind, &instance);
  instance.memory = room_for(s.used);
  s = (shelf){.start = instance.memory};
  lay_out(&s, kind, &instance);
  scratch local = scratch_create(kind);
  for (int k = 0; k < (kind->varying ? kind->N : 1); k++)
    draw_stage(r, kind, &instance, k, &local);
  draw_final(r, kind, &instance, &local);
  rng_fill(r, instance.x0, (size_t)kind->nx, 1);
  scratch_free(&local);
  return instance;
}

void lq_free(lq *instance) {
  free(instance->memory);
  *instance = (lq){.memory = NULL};
}

const double *lq_at(traj_series series, int k) {
  return series.data == NULL ? NULL : series.data + (size_t)k * series.stride;
}

static traj_series advanced(traj_series series, int k) {
  return (traj_series){.data = lq_at(series, k), .stride = series.stride};
}

traj_lqr_problem lq_tail(const traj_lqr_problem *problem, int k) {
  traj_lqr_problem tail = *problem;
  tail.N = problem->N - k;
  tail.A = advanced(problem->A, k);
  tail.B = advanced(problem->B, k);
  tail.c = advanced(problem->c, k);
  tail.Q = advanced(problem->Q, k);
  tail.S = advanced(problem->S, k);
  tail.R = advanced(problem->R, k);
  tail.q = advanced(problem->q, k);
  tail.r = advanced(problem->r, k);
  tail.Sigma = advanced(problem->Sigma, k);
  tail.C = advanced(problem->C, k);
  tail.D = advanced(problem->D, k);
  return tail;
}

lq_kind lq_even_kind(rng *r, int max_nx, int max_nu, int max_N) {
  lq_kind kind = {.nx = rng_int(r, 1, max_nx), .nu = rng_int(r, 1, max_nu), .N = rng_int(r, 1, max_N)};
  kind.rank = kind.nx;
  kind.condition = 1;
  kind.effort = 1;
  kind.final = 1;
  kind.growth = rng_uniform(r, 0.5, 1.2);
  kind.affine = rng_chance(r, 0.7);
  kind.cross = rng_chance(r, 0.6);
  kind.varying = rng_chance(r, 0.7);
  return kind;
}

lq_kind lq_any_kind(rng *r, int max_nx, int max_nu, int max_N) {
  lq_kind kind = {.nx = rng_int(r, 1, max_nx), .nu = rng_int(r, 1, max_nu), .N = rng_int(r, 1, max_N)};
  kind.rank = rng_chance(r, 0.6) ? kind.nx : rng_int(r, 0, kind.nx - 1);
  kind.condition = rng_chance(r, 0.4) ? 1 : rng_decade(r, 0, 10);
  kind.effort = rng_decade(r, -3, 1);
  kind.final = kind.rank > 0 && rng_chance(r, 0.3) ? 0 : rng_decade(r, -1, 3);
  /* Many unstable modes behind few controls put the condition of the whole problem beyond double precision. */
  kind.growth = rng_uniform(r, 0.3, kind.nu < kind.nx / 2 ? 1.1 : 1.6);
  kind.affine = rng_chance(r, 0.7);
  kind.cross = rng_chance(r, 0.6);
  kind.varying = rng_chance(r, 0.7);
  kind.padded = rng_chance(r, 0.3);
  kind.noise = rng_chance(r, 0.3);
  return kind;
}

void lq_print(const lq_kind *k) {
  printf("nx %d nu %d N %d rank %d growth %.3g condition %.1e effort %.1e final %.1e%s%s%s%s%s\n", k->nx, k->nu, k->N,
         k->rank, k->growth, k->condition, k->effort, k->final, k->affine ? " affine" : "", k->cross ? " cross" : "",
         k->varying ? " varying" : "", k->padded ? " padded" : "", k->noise ? " noise" : "");
}
