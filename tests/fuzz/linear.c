#include "fuzz/linear.h"

#include <math.h>
#include <string.h>

enum { SLACK = 3 }; /* numbers between the matrices of two stages */

/* Room for a field of so many numbers at each stage, or at one for all. */
static double *carve(linear *l, bytes *b, int count, traj_series *series) {
  const int N = l->problem.N;
  double *data = l->pool + l->used;
  series->data = data;
  series->stride = bytes_chance(b, 96) ? (size_t)(count + bytes_int(b, 0, SLACK)) : 0;
  l->used += (series->stride == 0 ? 1 : N) * (count + SLACK);
  return data;
}

/* A field that is drawn for the first stage, and at the others grows from there. */
static void spread(linear *l, bytes *b, const traj_series *series, int count, const double *first) {
  const int stages = series->stride == 0 ? 1 : l->problem.N;
  double *to = l->pool + (series->data - l->pool), factor = 1;
  for (int k = 0; k < stages; k++, to += series->stride) {
    for (int i = 0; i < count; i++)
      to[i] = factor * first[i];
    factor = 1 + 0.25 * fabs(bytes_number(b));
  }
}

static void fill(bytes *b, double *a, int count, double scale) {
  for (int i = 0; i < count; i++)
    a[i] = scale * bytes_number(b);
}

static void draw_field(linear *l, bytes *b, traj_series *series, int count, double scale) {
  double first[LINEAR_NX * LINEAR_NX * LINEAR_NOISES];
  if (!bytes_chance(b, 128)) return;
  carve(l, b, count, series);
  fill(b, first, count, scale);
  spread(l, b, series, count, first);
}

static void draw_dynamics(linear *l, bytes *b) {
  traj_lqr_problem *p = &l->problem;
  const double of_A = l->tame ? 0.5 : bytes_scale(b), of_B = l->tame ? 1 : bytes_scale(b);
  double A[LINEAR_NX * LINEAR_NX], B[LINEAR_NX * LINEAR_NU];
  fill(b, A, p->nx * p->nx, of_A);
  fill(b, B, p->nx * p->nu, of_B);
  for (int i = 0; i < p->nx; i++)
    A[i + i * p->nx] += of_A;
  carve(l, b, p->nx * p->nx, &p->A);
  spread(l, b, &p->A, p->nx * p->nx, A);
  carve(l, b, p->nx * p->nu, &p->B);
  spread(l, b, &p->B, p->nx * p->nu, B);
  draw_field(l, b, &p->c, p->nx, l->tame ? 1 : bytes_scale(b));
}

/* W = M M' of so many columns, or M + M'. */
static void draw_weight(bytes *b, int n, int rank, bool convex, double scale, double *W) {
  double M[LINEAR_NZ * LINEAR_NZ];
  fill(b, M, n * n, 1);
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < n; i++) {
      double sum = convex ? 0 : M[i + j * n] + M[j + i * n];
      for (int l = 0; convex && l < rank; l++)
        sum += M[i + l * n] * M[j + l * n];
      W[i + j * n] = scale * sum;
    }
  }
}

static void put_block(linear *l, bytes *b, traj_series *series, const double *W, int row, int rows, int col, int cols) {
  const int nz = l->problem.nx + l->problem.nu;
  double first[LINEAR_NZ * LINEAR_NZ];
  for (int j = 0; j < cols; j++)
    memcpy(first + j * rows, W + row + (col + j) * nz, (size_t)rows * sizeof *first);
  carve(l, b, rows * cols, series);
  spread(l, b, series, rows * cols, first);
}

/* [Q S'; S R] of one piece, so that it can be convex; and Q_N. */
static void draw_cost(linear *l, bytes *b) {
  traj_lqr_problem *p = &l->problem;
  const int nx = p->nx, nu = p->nu, nz = nx + nu;
  const bool convex = l->tame || !bytes_chance(b, 64);
  const double scale = l->tame ? 1 : bytes_scale(b), ridge = l->tame ? 1 : scale * bytes_number(b);
  double W[LINEAR_NZ * LINEAR_NZ];
  draw_weight(b, nz, bytes_int(b, 0, nz), convex, scale, W);
  for (int i = nx; i < nz; i++)
    W[i + i * nz] += ridge;
  const bool whole = bytes_chance(b, 128);
  if (whole) put_block(l, b, &p->S, W, nx, nu, 0, nx);
  if (!bytes_chance(b, 16) || l->tame) put_block(l, b, &p->Q, W, 0, nx, 0, nx);
  if (!bytes_chance(b, 16) || l->tame) put_block(l, b, &p->R, W, nx, nu, nx, nu);
  if (whole && convex) p->Q.stride = p->S.stride = p->R.stride = 0; /* what grows apart need not stay convex */
  draw_field(l, b, &p->q, nx, scale);
  draw_field(l, b, &p->r, nu, scale);
  if (bytes_chance(b, 128)) {
    draw_weight(b, nx, nx, convex, l->tame ? 1 : bytes_scale(b), l->pool + l->used);
    p->Q_N = l->pool + l->used;
    l->used += nx * nx;
  }
  if (bytes_chance(b, 64)) {
    fill(b, l->pool + l->used, nx, scale);
    p->q_N = l->pool + l->used;
    l->used += nx;
  }
}

static void draw_noise(linear *l, bytes *b) {
  traj_lqr_problem *p = &l->problem;
  const double scale = l->tame ? 0.2 : 0.2 * bytes_scale(b);
  if (bytes_chance(b, 96)) {
    double Sigma[LINEAR_NX * LINEAR_NX];
    draw_weight(b, p->nx, p->nx, true, scale, Sigma);
    carve(l, b, p->nx * p->nx, &p->Sigma);
    spread(l, b, &p->Sigma, p->nx * p->nx, Sigma);
  }
  if (!bytes_chance(b, 96)) return;
  p->noises = bytes_int(b, 1, LINEAR_NOISES);
  draw_field(l, b, &p->C, p->noises * p->nx * p->nx, scale);
  draw_field(l, b, &p->D, p->noises * p->nx * p->nu, scale);
}

/* A description that create must refuse, or may well take. */
static void distort(linear *l, bytes *b) {
  traj_lqr_problem *p = &l->problem;
  switch (bytes_int(b, 0, 7)) {
    case 0:
      p->nx = -bytes_take(b);
      break;
    case 1:
      p->nu = -bytes_take(b);
      break;
    case 2:
      p->N = -bytes_take(b);
      break;
    case 3:
      p->dt = bytes_wild(b);
      break;
    case 4:
      p->noises = -bytes_take(b);
      break;
    case 5:
      p->A.stride = (size_t)bytes_take(b) % (size_t)(p->nx * p->nx);
      break;
    case 6:
      p->B.data = NULL;
      break;
    default:
      p->linalg = (traj_linalg)bytes_int(b, -100, 100);
  }
}

void linear_draw(linear *l, bytes *b) {
  memset(l, 0, sizeof *l);
  traj_lqr_problem *p = &l->problem;
  p->nx = bytes_int(b, 1, LINEAR_NX);
  p->nu = bytes_int(b, 1, LINEAR_NU);
  p->N = bytes_int(b, 1, LINEAR_N);
  p->dt = 0.01 * bytes_int(b, 0, 10);
  p->linalg = bytes_chance(b, 128) ? TRAJ_LINALG_BUILTIN : TRAJ_LINALG_AUTO;
  l->tame = bytes_chance(b, 96);
  draw_dynamics(l, b);
  draw_cost(l, b);
  draw_noise(l, b);
  fill(b, l->x0, p->nx, l->tame ? 1 : bytes_scale(b));
  l->spoiled = bytes_chance(b, 128) ? (256 * bytes_take(b) + bytes_take(b)) % l->used : -1;
  l->bad = bytes_wild(b);
  if (bytes_chance(b, 16)) {
    distort(l, b);
    l->tame = false;
  }
}

void linear_spoil(linear *l, bool bad) {
  if (l->spoiled < 0) return;
  if (bad) l->good = l->pool[l->spoiled];
  l->pool[l->spoiled] = bad ? l->bad : l->good;
}
