#include "core/extrapolation.h"

#include <float.h>
#include <math.h>

static const double RATIO = 10;                  /* between neighbouring step lengths */
static const double ROUNDING = 64 * DBL_EPSILON; /* of a function value, relative to its terms */
static const double CONSISTENT = 4;              /* estimates agree within so many of their errors */

/* One column of estimates at step length h: value and noise have m rows. Returns an outcome. */
typedef int column_fn(tj_differences *fd, tj_world *world, const tj_map *map, int j, double h, double *value,
                      double *noise);

tj_extrapolation tj_extrapolation_layout(tj_arena *arena, const tj_world *world, int m_max) {
  size_t m = (size_t)m_max, n = (size_t)(world->shape.nx + world->shape.nu);
  return (tj_extrapolation){
      .value = tj_arena_doubles(arena, m, n),
      .error = tj_arena_doubles(arena, m, n),
      .fine = tj_arena_doubles(arena, m, 1),
      .coarse = tj_arena_doubles(arena, m, 1),
      .fine_noise = tj_arena_doubles(arena, m, 1),
      .coarse_noise = tj_arena_doubles(arena, m, 1),
      .settled = tj_arena_take(arena, m, sizeof(bool)),
  };
}

static int coordinates(const tj_world *world, const tj_map *map) {
  return world->shape.nx + (map->u == NULL ? 0 : world->shape.nu);
}

/* Size of what output i is a displacement of. On a manifold displacements are made of numbers of size 1. */
static double base_of(const tj_world *world, const tj_map *map, int i) {
  return (map->about == NULL ? 0 : fabs(map->about[i])) + (world->euclidean ? 0 : 1);
}

static int first_column(tj_differences *fd, tj_world *world, const tj_map *map, int j, double h, double *value,
                        double *noise) {
  double scale = tj_differences_scale(world, map, j);
  int outcome = tj_differences_displaced(fd, world, map, j, h, -1, 0, fd->f1);
  if (outcome == TJ_FINE) outcome = tj_differences_displaced(fd, world, map, j, -h, -1, 0, fd->f2);
  for (int i = 0; outcome == TJ_FINE && i < map->m; i++) {
    value[i] = (fd->f1[i] - fd->f2[i]) / (2 * h);
    /* The terms of a value may be larger than the value: those in this coordinate are of the size slope times scale. */
    double terms = fmax(fabs(fd->f1[i]), fabs(fd->f2[i])) + fabs(value[i]) * scale + base_of(world, map, i);
    noise[i] = ROUNDING * terms / h;
  }
  return outcome;
}

/* Mixed second differences of a scalar: row i is (f(+i+j) - f(+i-j) - f(-i+j) + f(-i-j)) / 4h^2. */
static int second_column(tj_differences *fd, tj_world *world, const tj_map *map, int j, double h, double *value,
                         double *noise) {
  int n = coordinates(world, map);
  double scale = tj_differences_scale(world, map, j);
  for (int i = 0; i < n; i++) {
    double f[4], largest = 0;
    for (int corner = 0; corner < 4; corner++) {
      double hi = corner & 1 ? -h : h, hj = corner & 2 ? -h : h;
      int outcome = tj_differences_displaced(fd, world, map, i, hi, j, hj, &f[corner]);
      if (outcome != TJ_FINE) return outcome;
      largest = fmax(largest, fabs(f[corner]));
    }
    value[i] = (f[0] - f[1] - f[2] + f[3]) / (4 * h * h);
    double terms = largest + fabs(f[0] - f[3]) / (4 * h) * scale + base_of(world, map, 0);
    noise[i] = ROUNDING * terms / (h * h);
  }
  return TJ_FINE;
}

/* (F3) Takes the pair of estimates in: from the shortest steps upwards, the best estimate that is consistent with all
 * shorter ones. Going up, rounding fades until truncation shows; a plateau of too long steps cannot deceive. */
static void take_in(tj_extrapolation *ex, int m, bool first, double *value, double *error) {
  for (int i = 0; i < m; i++) {
    double better = (RATIO * RATIO * ex->fine[i] - ex->coarse[i]) / (RATIO * RATIO - 1);
    double off = fabs(better - ex->fine[i]) + ex->fine_noise[i];
    if (first) {
      ex->settled[i] = false;
    } else if (ex->settled[i] || !(fabs(better - value[i]) <= CONSISTENT * (off + error[i]))) {
      ex->settled[i] = true;
      continue;
    }
    if (first || off < error[i]) {
      value[i] = better;
      error[i] = off;
    }
  }
}

static void swap(double **a, double **b) {
  double *c = *a;
  *a = *b;
  *b = c;
}

static int extrapolate_column(tj_extrapolation *ex, tj_differences *fd, tj_world *world, const tj_map *map, int m,
                              int j, column_fn *estimate, int levels) {
  double h = 0.1 * tj_differences_scale(world, map, j) * pow(RATIO, -levels);
  double *value = ex->value + (size_t)j * (size_t)m, *error = ex->error + (size_t)j * (size_t)m;
  int outcome = estimate(fd, world, map, j, h, ex->fine, ex->fine_noise);
  if (outcome != TJ_FINE) return outcome;
  for (int level = 1; level <= levels; level++) {
    h *= RATIO;
    outcome = estimate(fd, world, map, j, h, ex->coarse, ex->coarse_noise);
    if (outcome == TJ_UNDEFINED && level > 1) return TJ_FINE; /* longer steps leave the domain */
    if (outcome != TJ_FINE) return outcome;
    take_in(ex, m, level == 1, value, error);
    swap(&ex->fine, &ex->coarse);
    swap(&ex->fine_noise, &ex->coarse_noise);
  }
  return TJ_FINE;
}

int tj_extrapolate_jacobian(tj_extrapolation *ex, tj_differences *fd, tj_world *world, const tj_map *map) {
  enum { LEVELS = 9 }; /* down to 1e-10 */
  int outcome = TJ_FINE;
  for (int j = 0; j < coordinates(world, map) && outcome == TJ_FINE; j++) {
    outcome = extrapolate_column(ex, fd, world, map, map->m, j, first_column, LEVELS);
  }
  return outcome;
}

int tj_extrapolate_hessian(tj_extrapolation *ex, tj_differences *fd, tj_world *world, const tj_map *map) {
  enum { LEVELS = 5 }; /* down to 1e-6: rounding grows with 1/h^2 */
  int n = coordinates(world, map), outcome = TJ_FINE;
  for (int j = 0; j < n && outcome == TJ_FINE; j++) {
    outcome = extrapolate_column(ex, fd, world, map, n, j, second_column, LEVELS);
  }
  return outcome;
}
