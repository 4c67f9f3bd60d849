#include "core/differences.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { ATTEMPTS = 4 };              /* how often a step that leaves the domain is shortened ... */
static const double SHORTER = 0.05; /* ... and by how much */

tj_differences tj_differences_layout(tj_arena *arena, const tj_world *world, traj_differences order, int m_max) {
  size_t ndx = (size_t)world->shape.nx, nu = (size_t)world->shape.nu, m = (size_t)m_max;
  return (tj_differences){
      .order = order,
      .x = tj_arena_doubles(arena, (size_t)world->problem.model.nx, 1),
      .dx = tj_arena_doubles(arena, ndx, 1),
      .u = tj_arena_doubles(arena, nu, 1),
      .f0 = tj_arena_doubles(arena, m, 1),
      .f1 = tj_arena_doubles(arena, m, 1),
      .f2 = tj_arena_doubles(arena, m, 1),
      .h = tj_arena_doubles(arena, ndx + nu, 1),
      .up = tj_arena_doubles(arena, ndx + nu, 1),
      .down = tj_arena_doubles(arena, ndx + nu, 1),
      .next = tj_arena_doubles(arena, (size_t)world->problem.model.nx, 1),
      .jac = tj_arena_doubles(arena, ndx, ndx + nu),
      .H = tj_arena_doubles(arena, ndx + nu, ndx + nu),
  };
}

tj_differences tj_differences_central(const tj_differences *fd) {
  tj_differences central = *fd;
  central.order = TRAJ_CENTRAL;
  return central;
}

double tj_differences_scale(const tj_world *world, const tj_map *map, int j) {
  int ndx = world->shape.nx;
  if (j >= ndx) return fmax(1, fabs(map->u[j - ndx]));
  return world->euclidean ? fmax(1, fabs(map->x[j])) : 1;
}

int tj_differences_displaced(tj_differences *fd, tj_world *world, const tj_map *map, int i, double hi, int j, double hj,
                             double *out) {
  int ndx = world->shape.nx, nu = world->shape.nu;
  memset(fd->dx, 0, (size_t)ndx * sizeof(double));
  if (map->u != NULL) memcpy(fd->u, map->u, (size_t)nu * sizeof(double));
  if (i < ndx) fd->dx[i] += hi;
  if (i >= ndx) fd->u[i - ndx] += hi;
  if (j >= 0 && j < ndx) fd->dx[j] += hj;
  if (j >= ndx) fd->u[j - ndx] += hj;
  int outcome = tj_retract(world, map->k, map->x, fd->dx, fd->x);
  if (outcome != TJ_FINE) return outcome;
  return map->eval(world, map, fd->x, map->u == NULL ? NULL : fd->u, out);
}

/* (F1) Derivatives by coordinate j at step length h. */
static int column(tj_differences *fd, tj_world *world, const tj_map *map, int j, double h, double *out) {
  bool central = fd->order == TRAJ_CENTRAL;
  const double *low = central ? fd->f2 : fd->f0;
  int outcome = tj_differences_displaced(fd, world, map, j, h, -1, 0, fd->f1);
  if (outcome == TJ_FINE && central) outcome = tj_differences_displaced(fd, world, map, j, -h, -1, 0, fd->f2);
  if (outcome != TJ_FINE) return outcome;
  double width = central ? 2 * h : h;
  for (int i = 0; i < map->m; i++)
    out[i] = (fd->f1[i] - low[i]) / width;
  return TJ_FINE;
}

int tj_differences_jacobian(tj_differences *fd, tj_world *world, const tj_map *map, double *Jx, double *Ju) {
  int ndx = world->shape.nx, n = map->u == NULL ? ndx : ndx + world->shape.nu;
  double relative = fd->order == TRAJ_CENTRAL ? cbrt(DBL_EPSILON) : sqrt(DBL_EPSILON);
  if (fd->order == TRAJ_FORWARD) {
    int outcome = map->eval(world, map, map->x, map->u, fd->f0);
    if (outcome != TJ_FINE) return outcome;
  }
  for (int j = 0; j < n; j++) {
    double *out = j < ndx ? Jx + (size_t)j * (size_t)map->m : Ju + (size_t)(j - ndx) * (size_t)map->m;
    double h = relative * tj_differences_scale(world, map, j);
    int outcome = column(fd, world, map, j, h, out);
    for (int i = 1; outcome == TJ_UNDEFINED && i < ATTEMPTS; i++) {
      h *= SHORTER;
      outcome = column(fd, world, map, j, h, out);
    }
    if (outcome != TJ_FINE) return outcome;
  }
  return TJ_FINE;
}

/* The values on both sides of every coordinate. */
static int hessian_sides(tj_differences *fd, tj_world *world, const tj_map *map, int n) {
  for (int i = 0; i < n; i++) {
    int outcome = tj_differences_displaced(fd, world, map, i, fd->h[i], -1, 0, &fd->up[i]);
    if (outcome == TJ_FINE) outcome = tj_differences_displaced(fd, world, map, i, -fd->h[i], -1, 0, &fd->down[i]);
    if (outcome != TJ_FINE) return outcome;
  }
  return TJ_FINE;
}

/* (F2) One attempt at the steps in fd->h. */
static int hessian_once(tj_differences *fd, tj_world *world, const tj_map *map, int n, double f0, double *H) {
  int outcome = hessian_sides(fd, world, map, n);
  for (int j = 0; j < n && outcome == TJ_FINE; j++) {
    double hj = fd->h[j], sides = fd->up[j] + fd->down[j] - 2 * f0;
    H[j + j * n] = sides / (hj * hj);
    for (int i = j + 1; i < n && outcome == TJ_FINE; i++) {
      double hi = fd->h[i], both, neither;
      outcome = tj_differences_displaced(fd, world, map, i, hi, j, hj, &both);
      if (outcome == TJ_FINE) outcome = tj_differences_displaced(fd, world, map, i, -hi, j, -hj, &neither);
      if (outcome != TJ_FINE) break;
      double mixed = both + neither - fd->up[i] - fd->down[i] - sides;
      H[i + j * n] = H[j + i * n] = mixed / (2 * hi * hj);
    }
  }
  return outcome;
}

int tj_differences_hessian(tj_differences *fd, tj_world *world, const tj_map *map) {
  int n = world->shape.nx + (map->u == NULL ? 0 : world->shape.nu);
  double f0;
  int outcome = map->eval(world, map, map->x, map->u, &f0);
  if (outcome != TJ_FINE) return outcome;
  double relative = sqrt(sqrt(DBL_EPSILON));
  for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
    for (int i = 0; i < n; i++)
      fd->h[i] = relative * tj_differences_scale(world, map, i);
    outcome = hessian_once(fd, world, map, n, f0, fd->H);
    if (outcome != TJ_UNDEFINED) break;
    relative *= SHORTER;
  }
  return outcome;
}

void tj_split_hessian(tj_shape shape, const double *H, traj_quad *out) {
  int nx = shape.nx, nu = out->luu == NULL ? 0 : shape.nu, n = nx + nu;
  for (int j = 0; j < n; j++) {
    for (int i = j; i < n; i++) {
      double h = 0.5 * (H[i + j * n] + H[j + i * n]);
      if (i < nx) {
        out->lxx[i + j * nx] = out->lxx[j + i * nx] = h;
      } else if (j < nx) {
        out->lux[i - nx + j * nu] = h;
      } else {
        out->luu[i - nx + (j - nx) * nu] = out->luu[j - nx + (i - nx) * nu] = h;
      }
    }
  }
}
