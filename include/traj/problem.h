/** @file
 *  The optimal control problem: how the world moves (model), what is wanted (cost), horizon and control limits.
 *
 *  minimise  sum_{k=0}^{N-1} l_k(x_k, u_k) + l_N(x_N)   subject to  x_{k+1} = f_k(x_k, u_k),  u_min <= u_k <= u_max.
 *
 *  All arrays are double, column-major and tight. A state is nx numbers; a displacement of it is ndx numbers (equal to
 *  nx unless the model has a tangent space). All derivatives are taken in the tangent space of the stage's state,
 *  except those of an ode, which are by its nx coordinates: the library takes them to the tangent spaces.
 *
 *  Hooks return 0 when fine, > 0 when the point lies outside their domain (the step is shortened; from a hook that
 *  gives derivatives it ends the solve, but TRAJ_AUTO goes on without second derivatives), < 0 to give up (the
 *  code comes back in the diagnostic). One that leaves by longjmp instead leaves the solver busy for good. Each call
 *  writes every entry of its outputs, matrices whole; of symmetric matrices the lower triangle is read. At the final
 *  stage (k = N) u, fu, lu, luu and lux are NULL. Hooks may be called at points slightly outside the limits when
 *  derivatives are made by finite differences. jac, hess and the quad hooks are called at points that step or ode and
 *  the cost have seen bit for bit, but not always at the last one they saw for that stage (candidates that were refused
 *  come in between; differences of jac displace it): a cache by stage compares x and u first. */
#ifndef TRAJ_PROBLEM_H
#define TRAJ_PROBLEM_H

#include "traj/export.h"
#include "traj/manifold.h"
#include "traj/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where a hook is evaluated. */
typedef struct traj_point {
  int k;           /**< Stage, 0..N. */
  int worker;      /**< Index of the worker that calls, from 0; lets a hook own scratch per worker. */
  double t;        /**< Time in seconds. For an ode: the time inside the integration step. */
  const double *x; /**< State, nx. */
  const double *u; /**< Control, nu; NULL at the final stage. */
} traj_point;

/** First derivatives of a vector function with m rows (step: m = ndx; ode: m = nx; residual: m = nr). In a tangent
 *  space those of step are derivatives of difference(x_{k+1}, f(retract(x_k, dx), u)) by dx at 0 and by u, where
 *  x_{k+1} is f(x_k, u). Those of an ode are always by x and u. */
typedef struct traj_jac {
  double *fx; /**< m x ndx; ode: nx x nx. */
  double *fu; /**< m x nu; NULL at the final stage. */
} traj_jac;

/** First and second derivatives of a scalar function, by displacements of the state (the hess of an ode: by the state
 *  itself, nx for ndx) and by the control. Rows of lux are controls. */
typedef struct traj_quad {
  double *lx;  /**< ndx; NULL in traj_hess_fn. */
  double *lu;  /**< nu; NULL at the final stage and in traj_hess_fn. */
  double *lxx; /**< ndx x ndx, symmetric. */
  double *luu; /**< nu x nu, symmetric; NULL at the final stage. */
  double *lux; /**< nu x ndx; NULL at the final stage. */
} traj_quad;

/** Discrete step: x_next (nx) = f(x, u). */
typedef int traj_step_fn(const traj_point *at, double *x_next, void *user);
/** Ordinary differential equation: dxdt (nx) = f(t, x, u). */
typedef int traj_ode_fn(const traj_point *at, double *dxdt, void *user);
/** Jacobians of step, ode or residual. */
typedef int traj_jac_fn(const traj_point *at, traj_jac *out, void *user);
/** Second derivatives of step or ode contracted with lambda (step: ndx; ode: nx): sum_i lambda_i d2 f_i, into lxx, luu,
 *  lux. */
typedef int traj_hess_fn(const traj_point *at, const double *lambda, traj_quad *out, void *user);
/** Scalar cost of a stage, or of the final state. */
typedef int traj_cost_fn(const traj_point *at, double *cost, void *user);
/** Gradient and Hessian of a cost. */
typedef int traj_quad_fn(const traj_point *at, traj_quad *out, void *user);
/** Residual r (nr) of a least-squares cost 1/2 |r|^2. */
typedef int traj_residual_fn(const traj_point *at, double *r, void *user);
/** out (nx) = x (+) dx: the state displaced by dx (ndx). out never aliases x. */
typedef int traj_retract_fn(const double *x, const double *dx, double *out, void *user);
/** out (ndx) = the dx with retract(a, dx) = b. */
typedef int traj_difference_fn(const double *a, const double *b, double *out, void *user);
/** out (nx) = x put back into the state space, from where the integration of an ode in nx coordinates has left it. out
 *  never aliases x. */
typedef int traj_project_fn(const double *x, double *out, void *user);
/** First derivatives at x of a map into or out of a tangent space, to jac, and unless hess is NULL the second ones
 *  contracted with w, sum_i w_i d2 map_i, to hess (symmetric; the lower triangle is read). w is NULL when hess is.
 *  - of retract: retract(x, dx) by dx at 0; jac is nx x ndx, w has nx numbers, hess is ndx x ndx
 *  - of difference: difference(project(x), project(b)) by b at x; jac is ndx x nx, w has ndx numbers, hess is nx x nx.
 *    Without project read x and b for project(x) and project(b). */
typedef int traj_tangent_fn(const double *x, const double *w, double *jac, double *hess, void *user);

/** How an ode is turned into a step; the control is held over the step. */
typedef enum traj_integrator {
  TRAJ_RK4 = 0,  /**< The classical fourth-order Runge-Kutta method. */
  TRAJ_EULER,    /**< Explicit Euler, first order. */
  TRAJ_MIDPOINT, /**< Explicit midpoint, second order. */
} traj_integrator;

/** How the world moves. Exactly one of step and ode is given. */
typedef struct traj_model {
  int nx;                         /**< Numbers in a state, >= 1. */
  int ndx;                        /**< Numbers in a displacement, 1..nx; 0 means nx, or what parts say. */
  int nu;                         /**< Controls, >= 1; nx + nu < 16383. */
  traj_step_fn *step;             /**< Discrete dynamics; NULL when ode is given. */
  traj_ode_fn *ode;               /**< Continuous dynamics; NULL when step is given. */
  traj_integrator integrator;     /**< For ode; default RK4. */
  int substeps;                   /**< Integration steps per stage, for ode; 0 means 1. */
  traj_jac_fn *jac;               /**< Jacobians of step or ode; NULL: finite differences. */
  traj_hess_fn *hess;             /**< Second derivatives of step or ode; NULL: finite differences where needed. */
  traj_retract_fn *retract;       /**< Tangent space, given together with difference; NULL: x + dx. */
  traj_difference_fn *difference; /**< NULL: b - a. */
  traj_project_fn *project;       /**< For ode with retract: where a stage's integration ends; NULL: as it is. */
  traj_tangent_fn *retract_derivatives;    /**< For ode with retract; NULL: finite differences. */
  traj_tangent_fn *difference_derivatives; /**< For ode with retract; NULL: finite differences. */
  const traj_part *parts; /**< A ready-made space (traj/manifold.h) in place of these five hooks, borrowed; nullable. */
  void *user;             /**< Passed to every hook of the model; nullable. */
  void *reserved[2];      /**< Must be zero. */
} traj_model;

/** The problem, defined below. */
typedef struct traj_problem traj_problem;

/** Validates the data behind a ready-made cost; called by create and at the start of each solve.
 *  @param problem  the problem it belongs to, its own sizes already validated
 *  @param N        the horizon in use
 *  @param diag     filled with field, k, row, col and value on refusal; never NULL
 *  @param user     the cost's
 *  @return TRAJ_OK or TRAJ_E_ARG */
typedef traj_status traj_cost_check_fn(const traj_problem *problem, int N, traj_diag *diag, void *user);

/** What is wanted: a stage cost, given as stage or as residual, and a final cost, given as final, as final_residual or
 *  not at all (zero). Costs are summed as they are, without a factor dt. */
typedef struct traj_cost {
  traj_cost_fn *stage;              /**< l_k(x, u). */
  traj_cost_fn *final;              /**< l_N(x). */
  traj_quad_fn *stage_quad;         /**< Derivatives of stage; NULL: finite differences. */
  traj_quad_fn *final_quad;         /**< Derivatives of final; NULL: finite differences. */
  int nr;                           /**< Rows of residual, >= 1 when it is given. */
  int nr_final;                     /**< Rows of final_residual, >= 1 when it is given. */
  traj_residual_fn *residual;       /**< l_k = 1/2 |r|^2, with the Gauss-Newton Hessian r_x' r_x. */
  traj_residual_fn *final_residual; /**< l_N = 1/2 |r|^2. */
  traj_jac_fn *residual_jac;        /**< fx (nr x ndx), fu (nr x nu) of residual; NULL: finite differences. */
  traj_jac_fn *final_residual_jac;  /**< fx (nr_final x ndx) of final_residual; NULL: finite differences. */
  traj_cost_check_fn *check;        /**< Nullable. */
  void *user;                       /**< Passed to every hook of the cost; nullable. */
  void *reserved[6];                /**< Must be zero. */
} traj_cost;

/** The whole problem. Structs are copied by create; what they point to is borrowed. Numeric data behind pointers is
 *  read and validated anew at each solve and may change in between. */
struct traj_problem {
  int N;                  /**< Capacity in stages, >= 1; the horizon until one is set. */
  double dt;              /**< Seconds per stage: > 0 for an ode; for a step it only serves the time t and may be 0. */
  const double *dt_stage; /**< N values that replace dt, each > 0; NULL: uniform. */
  traj_model model;       /**< How the world moves. */
  traj_cost cost;         /**< What is wanted. */
  const double *u_min;    /**< Lower control limits, -INFINITY allowed; NULL: none. */
  const double *u_max;    /**< Upper control limits, +INFINITY allowed, equal to u_min allowed; NULL: none. */
  int u_stride;           /**< Limits of stage k start at k * u_stride: 0 (the same for all stages) or nu. */
  void *reserved[6];      /**< Must be zero. */
};

#ifdef __cplusplus
}
#endif

#endif
