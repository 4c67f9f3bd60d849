/* Finite differences of anything that can be evaluated at a state and a control, in the tangent space of the state. */
#ifndef TJ_CORE_DIFFERENCES_H
#define TJ_CORE_DIFFERENCES_H

#include "base/arena.h"
#include "core/world.h"
#include "traj/derivatives.h"

/* A function of state and control with m outputs in a vector space. */
typedef struct tj_map tj_map;
struct tj_map {
  /* Evaluates at (x, u); u is NULL at the final stage. Returns an outcome. */
  int (*eval)(tj_world *world, const tj_map *map, const double *x, const double *u, double *out);
  int m;               /* outputs */
  int k;               /* stage */
  double t;            /* time */
  const double *x, *u; /* where to differentiate */
  const double *about; /* m, nullable: the outputs are displacements of these, and carry their rounding */
  void *ctx;           /* eval's own */
};

typedef struct tj_differences {
  traj_differences order;
  double *x, *dx, *u;    /* displaced state, displacement, displaced control */
  double *f0, *f1, *f2;  /* outputs */
  double *h, *up, *down; /* second differences: steps and one-sided values, n each */
  double *next;          /* nx, for maps that go through a state */
  double *jac;           /* ndx x (ndx + nu), for maps that go through a Jacobian */
  double *H;             /* (ndx + nu) squared, for Hessians before they are split */
} tj_differences;

/* m_max: the most outputs of any map. */
tj_differences tj_differences_layout(tj_arena *arena, const tj_world *world, traj_differences order, int m_max);

/* The same by central differences: for maps that cost little, whose errors cost a lot. */
tj_differences tj_differences_central(const tj_differences *fd);

/* Size of coordinate j of (dx, u): that of the number itself, and at least 1. */
double tj_differences_scale(const tj_world *world, const tj_map *map, int j);

/* Evaluates with coordinates i and j of (dx, u) displaced by hi and hj (j < 0: only i). */
int tj_differences_displaced(tj_differences *fd, tj_world *world, const tj_map *map, int i, double hi, int j, double hj,
                             double *out);

/* Jx (m x ndx) and Ju (m x nu; not written at the final stage). A point where the map is not defined is approached. */
int tj_differences_jacobian(tj_differences *fd, tj_world *world, const tj_map *map, double *Jx, double *Ju);

/* Hessian of a map with m = 1 by second differences, into fd->H: n x n with n = ndx + nu (ndx at the final stage). */
int tj_differences_hessian(tj_differences *fd, tj_world *world, const tj_map *map);

/* Distributes the lower triangle of the symmetric part of H (n x n, n = ndx + nu; ndx when luu is NULL). */
void tj_split_hessian(tj_shape shape, const double *H, traj_quad *out);

#endif
