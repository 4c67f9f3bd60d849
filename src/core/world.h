/* The world of a solve: the checked problem, the numbers read from it for this solve, and the counted, guarded way to
 * call each of the user's hooks. Everything that evaluates the problem takes one. */
#ifndef TJ_CORE_WORLD_H
#define TJ_CORE_WORLD_H

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "linalg/stage.h"
#include "traj/problem.h"
#include "traj/run.h"

/* What an evaluation returns: fine; not defined or not finite at this point; the deadline has passed; or a negative
 * traj_status. Unless fine or late, world->diag says what happened and where. */
enum { TJ_FINE = 0, TJ_UNDEFINED = 1, TJ_TIMEOUT = 2 };

typedef struct tj_world {
  traj_problem problem; /* defaults filled in */
  tj_shape shape;       /* ndx, nu */
  int N;                /* horizon in use, at most problem.N */
  int worker;           /* who calls, as the hooks are told */
  bool euclidean;       /* displacements are differences */
  void *space_user;     /* passed to retract, difference, project and their derivatives */
  double *t;            /* N + 1 */
  double *dt;           /* N */
  double *u_min;        /* nu x N; NULL: the problem has no limits */
  double *u_max;
  traj_calls calls;
  traj_diag diag;
} tj_world;

/* Carves the arrays; problem has passed tj_problem_check(). */
tj_world tj_world_layout(tj_arena *arena, const traj_problem *problem);

/* Reads and validates the numeric data for a solve from time t0; resets the counts and the diagnostic. */
traj_status tj_world_prepare(tj_world *world, double t0);

/* Refuses an initial state that is NULL or not finite. */
traj_status tj_world_check_state(tj_world *world, const double *x0);

/* A point of stage k, as the hooks are told of it. */
static inline traj_point tj_point(const tj_world *world, int k, const double *x, const double *u) {
  return (traj_point){.k = k, .worker = world->worker, .t = world->t[k], .x = x, .u = u};
}

/* The outcome of a hook that returned a code other than 0. */
int tj_world_refused(tj_world *world, int code, const char *hook, int k);

/* Turns the code a hook returned into an outcome. */
static inline int tj_world_called(tj_world *world, int code, const char *hook, int k) {
  return code == 0 ? TJ_FINE : tj_world_refused(world, code, hook, k);
}

/* Fills n doubles with NaN, so that an output left unwritten is noticed. As many as a small stage has without a call,
 * which takes longer, and by two, since of a plain loop compilers make a branch for every number. */
static inline void tj_forget(double *a, size_t n) {
  typedef double two __attribute__((vector_size(16), aligned(8), may_alias));
  const two nothing = {(double)NAN, (double)NAN};
  const size_t MANY = 128;
  if (n > MANY) {
    memset(a, 0xff, n * sizeof(double)); /* all bits set are a NaN */
    return;
  }
  for (; n >= 4; n -= 4, a += 4) {
    *(two *)a = nothing;
    *(two *)(a + 2) = nothing;
  }
  if (n >= 2) *(two *)a = nothing;
  if (n % 2 == 1) a[n - 1] = (double)NAN;
}

/* Names the first entry of an output that is not finite (lower: of its lower triangle). */
int tj_world_blame(tj_world *world, const char *hook, const char *field, int k, const double *a, int rows, int cols,
                   bool lower);

/* Whether an output is finite (lower: its lower triangle); if not, the diagnostic names the first entry that is not. */
static inline int tj_world_written(tj_world *world, const char *hook, const char *field, int k, const double *a,
                                   int rows, int cols, bool lower) {
  if (tj_all_finite(a, (size_t)rows * (size_t)cols)) return TJ_FINE;
  return tj_world_blame(world, hook, field, k, a, rows, cols, lower);
}

/* The same for the derivatives [fx fu] of something with so many rows. */
int tj_world_jacobian_written(tj_world *world, const char *hook, int k, const double *fz, int rows);

/* out (nx) = x (+) dx, and out (ndx) with a (+) out = b; the latter by its hook. */
int tj_retract(tj_world *world, int k, const double *x, const double *dx, double *out);
int tj_call_difference(tj_world *world, int k, const double *a, const double *b, double *out);

static inline int tj_difference(tj_world *world, int k, const double *a, const double *b, double *out) {
  if (!world->euclidean) return tj_call_difference(world, k, a, b, out);
  for (int i = 0; i < world->shape.nx; i++)
    out[i] = b[i] - a[i];
  return TJ_FINE;
}

/* The ode of a problem with a tangent space is integrated in the nx coordinates of its state: the problem seen so,
 * where a state is displaced by adding to it. Of any other problem, the problem itself. */
tj_world tj_world_ambient(const tj_world *world);

/* Moves u (nu) into the limits of stage k; NaN stays. The caller may know nu when compiling. */
static inline void tj_clip(const tj_world *world, int nu, int k, double *u) {
  if (world->u_min == NULL) return;
  const double *least = world->u_min + (size_t)k * (size_t)nu, *most = world->u_max + (size_t)k * (size_t)nu;
  for (int i = 0; i < nu; i++) {
    double raised = u[i] < least[i] ? least[i] : u[i];
    u[i] = raised > most[i] ? most[i] : raised;
  }
}

#endif
