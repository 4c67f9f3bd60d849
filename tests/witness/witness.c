#include "witness/witness.h"

#include <IpStdCInterface.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "witness/shooting.h"

/* The variables are u_0, x_1, u_1, x_2, ..., u_{N-1}, x_N. */
typedef struct program {
  const traj_problem *p;
  const double *x0;
  int nx, nu, nz, N, iterations;
} program;

static int control_at(const program *g, int k) {
  return k * g->nz;
}

/* Of x_k, k > 0. */
static int state_at(const program *g, int k) {
  return k * g->nz - g->nx;
}

static const double *state(const program *g, const double *v, int k) {
  return k == 0 ? g->x0 : v + state_at(g, k);
}

/* The variable that is entry i of z_k = (x_k, u_k). */
static int variable(const program *g, int k, int i) {
  return i < g->nx ? state_at(g, k) + i : control_at(g, k) + i - g->nx;
}

static const double *control(const program *g, const double *v, int k) {
  return k == g->N ? NULL : v + control_at(g, k);
}

/* Entries of z_k that are variables begin here, and end. */
static int first(const program *g, int k) {
  return k == 0 ? g->nx : 0;
}

static int last(const program *g, int k) {
  return k == g->N ? g->nx : g->nz;
}

static Bool objective(Index n, Number *v, Bool fresh, Number *value, UserDataPtr user) {
  const program *g = user;
  (void)n, (void)fresh;
  *value = 0;
  for (int k = 0; k <= g->N; k++) {
    double cost;
    if (!shooting_cost(g->p, k, state(g, v, k), control(g, v, k), &cost, NULL, NULL)) return FALSE;
    *value += cost;
  }
  return isfinite(*value) ? TRUE : FALSE;
}

static Bool objective_gradient(Index n, Number *v, Bool fresh, Number *gradient, UserDataPtr user) {
  const program *g = user;
  (void)fresh;
  memset(gradient, 0, (size_t)n * sizeof *gradient);
  for (int k = 0; k <= g->N; k++) {
    double cost, of_stage[SHOOTING_NZ];
    if (!shooting_cost(g->p, k, state(g, v, k), control(g, v, k), &cost, of_stage, NULL)) return FALSE;
    for (int i = first(g, k); i < last(g, k); i++)
      gradient[variable(g, k, i)] += of_stage[i];
  }
  return TRUE;
}

/* x_{k+1} - F(x_k, u_k) = 0. */
static Bool constraints(Index n, Number *v, Bool fresh, Index m, Number *defect, UserDataPtr user) {
  const program *g = user;
  (void)n, (void)fresh, (void)m;
  for (int k = 0; k < g->N; k++) {
    double next[SHOOTING_NX];
    if (!shooting_step(g->p, k, state(g, v, k), control(g, v, k), next)) return FALSE;
    for (int i = 0; i < g->nx; i++)
      defect[k * g->nx + i] = state(g, v, k + 1)[i] - next[i];
  }
  return TRUE;
}

static int jacobian_entries(const program *g) {
  return g->N * g->nx * (g->nz + 1) - g->nx * g->nx;
}

/* Places when values is NULL, otherwise numbers, in the same order. */
static Bool constraint_jacobian(Index n, Number *v, Bool fresh, Index m, Index entries, Index *rows, Index *columns,
                                Number *values, UserDataPtr user) {
  const program *g = user;
  int at = 0;
  (void)n, (void)fresh, (void)m, (void)entries;
  for (int k = 0; k < g->N; k++) {
    double J[SHOOTING_NX * SHOOTING_NZ];
    if (values != NULL && !shooting_jacobian(g->p, k, state(g, v, k), control(g, v, k), J)) return FALSE;
    for (int row = 0; row < g->nx; row++) {
      for (int i = first(g, k); i <= g->nz; i++, at++) {
        const bool next = i == g->nz; /* by x_{k+1} */
        if (values != NULL) {
          values[at] = next ? 1 : -J[row + i * g->nx];
        } else {
          rows[at] = k * g->nx + row;
          columns[at] = next ? state_at(g, k + 1) + row : variable(g, k, i);
        }
      }
    }
  }
  return TRUE;
}

static int triangle(int n) {
  return n * (n + 1) / 2;
}

static int hessian_entries(const program *g) {
  return triangle(g->nu) + (g->N - 1) * triangle(g->nz) + triangle(g->nx);
}

/* H = weight times that of the stage's cost, less that of lambda'F. */
static bool stage_hessian(const program *g, const double *v, int k, double weight, const double *lambda, double *H) {
  const double *x = state(g, v, k), *u = control(g, v, k);
  double cost, of_step[SHOOTING_NZ * SHOOTING_NZ] = {0};
  if (!shooting_cost(g->p, k, x, u, &cost, NULL, H)) return false;
  if (u != NULL && !shooting_curvature(g->p, k, x, u, lambda + k * g->nx, of_step)) return false;
  const int size = last(g, k);
  for (int i = 0; i < size * size; i++)
    H[i] = weight * H[i] - of_step[i];
  return true;
}

static Bool hessian(Index n, Number *v, Bool fresh, Number weight, Index m, Number *lambda, Bool fresh_lambda,
                    Index entries, Index *rows, Index *columns, Number *values, UserDataPtr user) {
  const program *g = user;
  int at = 0;
  (void)n, (void)fresh, (void)m, (void)fresh_lambda, (void)entries;
  for (int k = 0; k <= g->N; k++) {
    double H[SHOOTING_NZ * SHOOTING_NZ];
    if (values != NULL && !stage_hessian(g, v, k, weight, lambda, H)) return FALSE;
    for (int j = first(g, k); j < last(g, k); j++) {
      for (int i = j; i < last(g, k); i++, at++) {
        if (values != NULL) {
          values[at] = H[i + j * last(g, k)];
        } else {
          rows[at] = variable(g, k, i);
          columns[at] = variable(g, k, j);
        }
      }
    }
  }
  return TRUE;
}

static Bool count(Index mode, Index iteration, Number value, Number infeasible, Number dual, Number mu, Number step,
                  Number regularization, Number alpha_dual, Number alpha, Index trials, UserDataPtr user) {
  program *g = user;
  (void)mode, (void)value, (void)infeasible, (void)dual, (void)mu, (void)step, (void)regularization, (void)alpha_dual;
  (void)alpha, (void)trials;
  g->iterations = iteration;
  return TRUE;
}

/* Limits as they are: Ipopt would widen them a little. From near to a solution it must be kept from leaving: it would
 * first move away from the limits, by what its barrier is worth. */
static void set_options(IpoptProblem ipopt, bool near) {
  if (near) {
    AddIpoptNumOption(ipopt, "mu_init", 1e-8);
    AddIpoptNumOption(ipopt, "bound_push", 1e-9);
    AddIpoptNumOption(ipopt, "bound_frac", 1e-9);
  }
  AddIpoptNumOption(ipopt, "tol", 1e-11);
  AddIpoptNumOption(ipopt, "constr_viol_tol", 1e-11);
  AddIpoptNumOption(ipopt, "compl_inf_tol", 1e-13);
  AddIpoptNumOption(ipopt, "mu_min", 1e-14);
  AddIpoptNumOption(ipopt, "bound_relax_factor", 0);
  AddIpoptIntOption(ipopt, "acceptable_iter", 0);
  AddIpoptIntOption(ipopt, "max_iter", 1000);
  AddIpoptStrOption(ipopt, "nlp_scaling_method", "none");
  AddIpoptIntOption(ipopt, "print_level", 0);
  AddIpoptStrOption(ipopt, "sb", "yes");
}

static void set_bounds(const program *g, double *low, double *high) {
  const traj_problem *p = g->p;
  for (int i = 0; i < g->N * g->nz; i++) {
    low[i] = -HUGE_VAL;
    high[i] = HUGE_VAL;
  }
  for (int k = 0; k < g->N; k++) {
    for (int i = 0; i < g->nu; i++) {
      const int to = control_at(g, k) + i, from = k * p->u_stride + i;
      if (p->u_min != NULL) low[to] = p->u_min[from];
      if (p->u_max != NULL) high[to] = p->u_max[from];
    }
  }
}

/* States where the controls lead, as far as they lead anywhere. */
static void set_start(const program *g, const double *u, double *v) {
  for (int k = 0; k < g->N; k++) {
    memcpy(v + control_at(g, k), u + k * g->nu, (size_t)g->nu * sizeof *v);
    if (!shooting_step(g->p, k, state(g, v, k), control(g, v, k), v + state_at(g, k + 1)))
      memcpy(v + state_at(g, k + 1), g->x0, (size_t)g->nx * sizeof *v);
  }
}

testimony witness_solve(const traj_problem *problem, const double *x0, bool near, double *u) {
  const traj_model *model = &problem->model;
  program g = {.p = problem, .x0 = x0, .nx = model->nx, .nu = model->nu, .nz = model->nx + model->nu, .N = problem->N};
  const int n = g.N * g.nz, m = g.N * g.nx;
  double *low = malloc((size_t)n * sizeof *low), *high = malloc((size_t)n * sizeof *high);
  double *v = malloc((size_t)n * sizeof *v), *zero = calloc((size_t)m, sizeof *zero);
  if (low == NULL || high == NULL || v == NULL || zero == NULL) abort();
  set_bounds(&g, low, high);
  set_start(&g, u, v);
  IpoptProblem ipopt = CreateIpoptProblem(n, low, high, m, zero, zero, jacobian_entries(&g), hessian_entries(&g), 0,
                                          objective, constraints, objective_gradient, constraint_jacobian, hessian);
  if (ipopt == NULL) abort();
  set_options(ipopt, near);
  SetIntermediateCallback(ipopt, count);
  testimony t;
  t.status = IpoptSolve(ipopt, v, NULL, &t.cost, NULL, NULL, NULL, &g);
  t.converged = t.status == Solve_Succeeded;
  t.iterations = g.iterations;
  for (int k = 0; k < g.N; k++)
    memcpy(u + k * g.nu, v + control_at(&g, k), (size_t)g.nu * sizeof *u);
  FreeIpoptProblem(ipopt);
  free(low);
  free(high);
  free(v);
  free(zero);
  return t;
}
