/* A problem whose hooks are watched: each call is counted, can be looked at, and can be answered with another code. */
#ifndef SUPPORT_WATCH_H
#define SUPPORT_WATCH_H

#include "traj/problem.h"
#include "traj/run.h"

typedef enum watch_hook {
  WATCH_DYNAMICS, /* step or ode */
  WATCH_JAC,
  WATCH_HESS,
  WATCH_COST, /* stage, final and the residuals */
  WATCH_QUAD, /* stage_quad, final_quad and the residual Jacobians */
  WATCH_RETRACT,
  WATCH_DIFFERENCE,
  WATCH_PROJECT,
  WATCH_TANGENT, /* retract_derivatives and difference_derivatives */
  WATCH_HOOKS
} watch_hook;

/* What a hook was called with and what it wrote. */
typedef struct watch_call {
  watch_hook hook;
  const traj_point *at;  /* NULL for the hooks of a tangent space */
  double *out;           /* the output, or the first of several: x_next, dxdt, cost, r; fx, jac; lx (hess: lxx) */
  const traj_jac *jac;   /* all outputs of a jac hook, else NULL */
  const traj_quad *quad; /* all outputs of a quad or hess hook, else NULL */
  int code;              /* what the hook returned */
} watch_call;

/* Looks at a call after it was made; returns the code that the solver gets. */
typedef int watch_fn(const watch_call *call, void *ctx);

typedef struct watch {
  traj_problem inner;
  traj_calls calls;
  watch_fn *look; /* nullable */
  void *ctx;      /* passed to look */
} watch;

/* The problem with its hooks watched; it borrows w, which starts with zero counts and nobody looking. */
traj_problem watch_problem(watch *w, const traj_problem *inner);

#endif
