#include "core/extrapolation.h"

#include <float.h>
#include <math.h>

/* Step lengths in units of a coordinate's scale: SHORTEST times powers of the square root of STEP2. */
static const double SHORTEST = 1e-12;
static const double STEP2 = 10;
enum {
  NEAR = 23,     /* up to 0.1: where hooks are used to being called ... */
  FAR = 35,      /* ... up to 1e5: only for what could not be known otherwise */
  WITNESSES = 4, /* shorter steps that show how rough the function is before a first derivative is believed */
};
static const double ROUNDING = 8 * DBL_EPSILON; /* at least, of a function value relative to its visible terms */
static const double CONSISTENT = 4;             /* estimates agree within so many of their errors */
static const double KNOWN = 1e-6;               /* error relative to the row at which no longer steps are needed */

/* What is being differenced: all m outputs by coordinate i (order 1), or the only one by i and j (order 2). */
typedef struct direction {
  int order, m;
  int i, j;
  double unit_i, unit_j; /* of the step length in each coordinate */
} direction;

tj_extrapolation tj_extrapolation_layout(tj_arena *arena, const tj_world *world, int m_max) {
  size_t m = (size_t)m_max, n = (size_t)world->shape.nx + (size_t)world->shape.nu;
  return (tj_extrapolation){
      .value = tj_arena_doubles(arena, m, n),
      .error = tj_arena_doubles(arena, m, n),
      .estimate = tj_arena_doubles(arena, m, FAR),
      .noise = tj_arena_doubles(arena, m, FAR),
      .scale = tj_arena_doubles(arena, m, 1),
  };
}

static int coordinates(const tj_world *world, const tj_map *map) {
  return world->shape.nx + (map->u == NULL ? 0 : world->shape.nu);
}

/* Size of the number that coordinate j displaces. On a manifold displacements are made of numbers of size 1. */
static double size_of(const tj_world *world, const tj_map *map, int j) {
  int ndx = world->shape.nx;
  if (j >= ndx) return fabs(map->u[j - ndx]);
  return world->euclidean ? fabs(map->x[j]) : 1;
}

/* Size of what output i is a displacement of. */
static double base_of(const tj_world *world, const tj_map *map, int i) {
  return (map->about == NULL ? 0 : fabs(map->about[i])) + (world->euclidean ? 0 : 1);
}

static int first_difference(tj_differences *fd, tj_world *world, const tj_map *map, const direction *by, double length,
                            double *value, double *noise) {
  double h = length * by->unit_i, size = size_of(world, map, by->i);
  int outcome = tj_differences_displaced(fd, world, map, by->i, h, -1, 0, fd->f1);
  if (outcome == TJ_FINE) outcome = tj_differences_displaced(fd, world, map, by->i, -h, -1, 0, fd->f2);
  for (int i = 0; outcome == TJ_FINE && i < by->m; i++) {
    value[i] = (fd->f1[i] - fd->f2[i]) / (2 * h);
    double terms = fmax(fabs(fd->f1[i]), fabs(fd->f2[i])) + fabs(value[i]) * size + base_of(world, map, i);
    noise[i] = ROUNDING * terms / h;
  }
  return outcome;
}

/* (f(+i+j) - f(+i-j) - f(-i+j) + f(-i-j)) / 4 hi hj */
static int second_difference(tj_differences *fd, tj_world *world, const tj_map *map, const direction *by, double length,
                             double *value, double *noise) {
  double hi = length * by->unit_i, hj = length * by->unit_j, f[4], largest = 0;
  for (int corner = 0; corner < 4; corner++) {
    double to_i = corner & 2 ? -hi : hi, to_j = corner & 1 ? -hj : hj;
    int outcome = tj_differences_displaced(fd, world, map, by->i, to_i, by->j, to_j, &f[corner]);
    if (outcome != TJ_FINE) return outcome;
    largest = fmax(largest, fabs(f[corner]));
  }
  *value = (f[0] - f[1] - f[2] + f[3]) / (4 * hi * hj);
  double by_i = fabs(f[0] - f[2]) / (2 * hi) * size_of(world, map, by->i);
  double by_j = fabs(f[0] - f[1]) / (2 * hj) * size_of(world, map, by->j);
  *noise = ROUNDING * (largest + by_i + by_j + base_of(world, map, 0)) / (hi * hj);
  return TJ_FINE;
}

/* Fills estimate and noise for up to levels step lengths; count receives how many lie in the domain. */
static int gather(tj_extrapolation *ex, tj_differences *fd, tj_world *world, const tj_map *map, const direction *by,
                  int levels, int *count) {
  double length = SHORTEST;
  for (*count = 0; *count < levels; ++*count, length *= sqrt(STEP2)) {
    double *value = ex->estimate + *count * by->m, *noise = ex->noise + *count * by->m;
    int outcome = by->order == 1 ? first_difference(fd, world, map, by, length, value, noise)
                                 : second_difference(fd, world, map, by, length, value, noise);
    if (outcome == TJ_UNDEFINED && *count >= 3) return TJ_FINE; /* longer steps leave the domain */
    if (outcome != TJ_FINE) return outcome;
  }
  return TJ_FINE;
}

/* If better is the truth: the rounding at step length l that explains what was found at the shorter ones. */
static double roughness(const double *estimate, int m, int l, int order, double better) {
  double rough = 0, fade = 1;
  for (int shorter = l - 1; shorter >= 0; shorter--) {
    fade /= order == 1 ? sqrt(STEP2) : STEP2;
    rough = fmax(rough, fade * fabs(estimate[shorter * m] - better));
  }
  return rough;
}

/* Estimates at steps l and l + 1 freed of the error that grows with the square of the step. */
static double freed(const double *estimate, int m, int l) {
  return (STEP2 * estimate[l * m] - estimate[(l + 1) * m]) / (STEP2 - 1);
}

/* The first step whose estimate may be believed: some after the first that shows more than rounding. */
static int first_believed(const double *estimate, const double *noise, int m, int count, int order) {
  int reacts = 0;
  while (reacts < count && fabs(estimate[reacts * m]) <= noise[reacts * m])
    reacts++;
  if (reacts == count) return 0; /* does not depend on the coordinate */
  int first = reacts + WITNESSES / order;
  return first < count - 3 ? first : count - 3;
}

/* (F3) From the shortest steps upwards, the best extrapolated estimate that is consistent with the best of the shorter
 * ones. Going up, rounding fades until truncation shows; a plateau of too long steps cannot deceive. estimate and noise
 * have stride m. */
static void choose(const double *estimate, const double *noise, int m, int count, int order, double *value,
                   double *error) {
  int first = first_believed(estimate, noise, m, count, order);
  for (int l = first; l < count - 2; l++) {
    double fine = freed(estimate, m, l), coarse = freed(estimate, m, l + 1);
    double better = (STEP2 * STEP2 * fine - coarse) / (STEP2 * STEP2 - 1);
    double off = fabs(coarse - fine) + fmax(noise[l * m], roughness(estimate, m, l, order, better));
    if (l == first || (off < *error && fabs(better - *value) <= CONSISTENT * (off + *error))) {
      *value = better;
      *error = off;
    }
  }
}

static int extrapolate(tj_extrapolation *ex, tj_differences *fd, tj_world *world, const tj_map *map,
                       const direction *by, int levels, double *value, double *error) {
  int count;
  int outcome = gather(ex, fd, world, map, by, levels, &count);
  for (int i = 0; outcome == TJ_FINE && i < by->m; i++)
    choose(ex->estimate + i, ex->noise + i, by->m, count, by->order, &value[i], &error[i]);
  return outcome;
}

/* The largest derivative in each row that is certain; any error is small enough for a row without derivatives. */
static void scale_rows(tj_extrapolation *ex, int m, int n) {
  for (int i = 0; i < m; i++) {
    bool reacts = false;
    double scale = 0;
    for (int j = 0; j < n; j++) {
      double value = fabs(ex->value[i + j * m]);
      reacts = reacts || value > 0;
      scale = fmax(scale, value - ex->error[i + j * m]);
    }
    ex->scale[i] = reacts ? scale : HUGE_VAL;
  }
}

static bool known(const tj_extrapolation *ex, int m, int i, int j) {
  return ex->error[i + j * m] <= KNOWN * ex->scale[i];
}

static bool column_known(const tj_extrapolation *ex, int m, int j) {
  for (int i = 0; i < m; i++)
    if (!known(ex, m, i, j)) return false;
  return true;
}

int tj_extrapolate_jacobian(tj_extrapolation *ex, tj_differences *fd, tj_world *world, const tj_map *map) {
  int m = map->m, n = coordinates(world, map), outcome = TJ_FINE;
  for (int far = 0; far < 2 && outcome == TJ_FINE; far++) {
    for (int j = 0; j < n && outcome == TJ_FINE; j++) {
      if (far && column_known(ex, m, j)) continue;
      direction by = {.order = 1, .m = m, .i = j, .unit_i = tj_differences_scale(world, map, j)};
      outcome = extrapolate(ex, fd, world, map, &by, far ? FAR : NEAR, ex->value + j * m, ex->error + j * m);
    }
    scale_rows(ex, m, n);
  }
  return outcome;
}

/* Entry (i, j) of a Hessian with n rows, and its mirror image; kept when it is better than what is there. */
static int second_derivative(tj_extrapolation *ex, tj_differences *fd, tj_world *world, const tj_map *map, int n, int i,
                             int j, bool far) {
  double value = 0, error = 0, unit_i = tj_differences_scale(world, map, i),
         unit_j = tj_differences_scale(world, map, j);
  direction by = {.order = 2, .m = 1, .i = i, .j = j, .unit_i = unit_i, .unit_j = unit_j};
  /* The sizes of the numbers need not be the scales of the function: once more, with what they leave out. */
  if (far) by.unit_i = by.unit_j = fmax(unit_i, unit_j);
  int outcome = extrapolate(ex, fd, world, map, &by, far ? FAR : NEAR, &value, &error);
  if (outcome != TJ_FINE || (far && !(error < ex->error[i + j * n]))) return outcome;
  ex->value[i + j * n] = ex->value[j + i * n] = value;
  ex->error[i + j * n] = ex->error[j + i * n] = error;
  return TJ_FINE;
}

int tj_extrapolate_hessian(tj_extrapolation *ex, tj_differences *fd, tj_world *world, const tj_map *map) {
  int n = coordinates(world, map), outcome = TJ_FINE;
  for (int far = 0; far < 2 && outcome == TJ_FINE; far++) {
    for (int j = 0; j < n; j++) {
      for (int i = j; i < n && outcome == TJ_FINE; i++) {
        if (far && known(ex, n, i, j) && known(ex, n, j, i)) continue;
        outcome = second_derivative(ex, fd, world, map, n, i, j, far);
      }
    }
    scale_rows(ex, n, n);
  }
  return outcome;
}
