#include "support/spoiled.h"

// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>

static int ndx_of(const traj_problem *p) {
  return p->model.ndx > 0 ? p->model.ndx : p->model.nx;
}

const char *spot_hook(const traj_problem *problem, const spot *s) {
  bool final = s->k == problem->N;
  if (s->hook == WATCH_JAC) return "model.jac";
  if (s->hook == WATCH_HESS) return "model.hess";
  if (s->field >= SPOILED_LX) return final ? "cost.final_quad" : "cost.stage_quad";
  return final ? "cost.final_residual_jac" : "cost.residual_jac";
}

const char *spot_field(const spot *s) {
  static const char *const names[] = {"fx", "fu", "lx", "lu", "lxx", "luu", "lux"};
  return names[s->field];
}

/* Where the outputs of a call lie; the missing ones are NULL. */
typedef struct outputs {
  double *field[SPOILED_LUX + 1];
  int ndx, nu, m; /* m: rows of a Jacobian */
} outputs;

static double *entry_of(const outputs *out, spoiled_field field, int row, int col) {
  const int rows[] = {out->m, out->m, out->ndx, out->nu, out->ndx, out->nu, out->nu};
  return &out->field[field][row + (col < 0 ? 0 : col) * rows[field]];
}

static double largest_in(const outputs *out, spoiled_field field, int row, int cols) {
  double largest = 0;
  for (int j = 0; out->field[field] != NULL && j < cols; j++)
    largest = fmax(largest, fabs(*entry_of(out, field, row, j)));
  return largest;
}

/* The largest entry of the row that the spot is in. */
static double row_scale(const outputs *out, const spot *at) {
  double largest = 0;
  switch (at->field) {
    case SPOILED_FX:
    case SPOILED_FU:
      return fmax(largest_in(out, SPOILED_FX, at->row, out->ndx), largest_in(out, SPOILED_FU, at->row, out->nu));
    case SPOILED_LX:
    case SPOILED_LU: /* the gradient is one row */
      for (int i = 0; i < out->ndx; i++)
        largest = fmax(largest, largest_in(out, SPOILED_LX, i, 1));
      for (int i = 0; out->field[SPOILED_LU] != NULL && i < out->nu; i++)
        largest = fmax(largest, largest_in(out, SPOILED_LU, i, 1));
      return largest;
    case SPOILED_LXX:
      largest = largest_in(out, SPOILED_LXX, at->row, out->ndx);
      for (int i = 0; out->field[SPOILED_LUX] != NULL && i < out->nu; i++)
        largest = fmax(largest, fabs(*entry_of(out, SPOILED_LUX, i, at->row)));
      return largest;
    case SPOILED_LUU:
    case SPOILED_LUX:
      break;
  }
  return fmax(largest_in(out, SPOILED_LUX, at->row, out->ndx), largest_in(out, SPOILED_LUU, at->row, out->nu));
}

/* The rows of the Jacobian that a hook wrote. */
static int rows_of(const traj_problem *p, const watch_call *call) {
  if (call->hook == WATCH_JAC) return ndx_of(p);
  return call->at->u == NULL ? p->cost.nr_final : p->cost.nr;
}

static outputs outputs_of(const traj_problem *p, const watch_call *call) {
  outputs out = {.ndx = ndx_of(p), .nu = p->model.nu};
  if (call->jac != NULL) {
    out.m = rows_of(p, call);
    out.field[SPOILED_FX] = call->jac->fx;
    out.field[SPOILED_FU] = call->jac->fu;
  } else {
    out.field[SPOILED_LX] = call->quad->lx;
    out.field[SPOILED_LU] = call->quad->lu;
    out.field[SPOILED_LXX] = call->quad->lxx;
    out.field[SPOILED_LUU] = call->quad->luu;
    out.field[SPOILED_LUX] = call->quad->lux;
  }
  return out;
}

static int spoil(const watch_call *call, void *ctx) {
  spoiled *s = ctx;
  const spot *at = &s->where;
  if (call->hook != at->hook || call->at->k != at->k) return call->code;
  outputs out = outputs_of(&s->watched.inner, call);
  double *entry = entry_of(&out, at->field, at->row, at->col), truth = *entry, scale = row_scale(&out, at);
  if (s->how == SPOILED_UP) *entry += s->share * scale;
  if (s->how == SPOILED_DOWN) *entry -= s->share * scale;
  if (s->how == SPOILED_SIGN) *entry = -truth;
  if (s->how == SPOILED_ZERO) *entry = 0;
  if (s->how == SPOILED_DOUBLE) *entry = 2 * truth;
  if (s->how == SPOILED_SWAPPED && at->field == SPOILED_FX && at->row < out.ndx && at->col < out.m) {
    double *other = entry_of(&out, at->field, at->col, at->row);
    *entry = *other;
    *other = truth;
  }
  if (!s->called) {
    s->truth = truth;
    s->given = *entry;
    s->scale = scale;
  }
  s->called = true;
  return call->code;
}

traj_problem spoiled_problem(spoiled *s, const traj_problem *inner) {
  *s = (spoiled){.share = 0};
  traj_problem outer = watch_problem(&s->watched, inner);
  s->watched.look = spoil;
  s->watched.ctx = s;
  return outer;
}

/* A list being filled. */
typedef struct spots {
  spot *list;
  int count, most;
} spots;

static void add(spots *to, watch_hook hook, int k, spoiled_field field, int rows, int cols) {
  bool symmetric = field == SPOILED_LXX || field == SPOILED_LUU;
  bool vector = field == SPOILED_LX || field == SPOILED_LU;
  for (int col = 0; col < cols; col++) {
    for (int row = symmetric ? col : 0; row < rows; row++) {
      assert_true(to->count < to->most);
      to->list[to->count++] = (spot){.hook = hook, .field = field, .k = k, .row = row, .col = vector ? -1 : col};
    }
  }
}

static void add_jac(spots *to, watch_hook hook, int k, int m, int ndx, int nu) {
  add(to, hook, k, SPOILED_FX, m, ndx);
  add(to, hook, k, SPOILED_FU, m, nu);
}

static void add_hessian(spots *to, watch_hook hook, int k, int ndx, int nu) {
  add(to, hook, k, SPOILED_LXX, ndx, ndx);
  add(to, hook, k, SPOILED_LUU, nu, nu);
  add(to, hook, k, SPOILED_LUX, nu, ndx);
}

static void add_quad(spots *to, int k, int ndx, int nu) {
  add(to, WATCH_QUAD, k, SPOILED_LX, ndx, 1);
  add(to, WATCH_QUAD, k, SPOILED_LU, nu, 1);
  add_hessian(to, WATCH_QUAD, k, ndx, nu);
}

int spoiled_spots(const traj_problem *problem, spot *list, int most) {
  const traj_cost *cost = &problem->cost;
  int ndx = ndx_of(problem), nu = problem->model.nu, N = problem->N;
  spots to = {.list = list, .most = most};
  for (int k = 0; k < N; k++) {
    if (problem->model.jac != NULL) add_jac(&to, WATCH_JAC, k, ndx, ndx, nu);
    if (problem->model.hess != NULL) add_hessian(&to, WATCH_HESS, k, ndx, nu);
    if (cost->stage_quad != NULL) add_quad(&to, k, ndx, nu);
    if (cost->residual_jac != NULL) add_jac(&to, WATCH_QUAD, k, cost->nr, ndx, nu);
  }
  if (cost->final_quad != NULL) add_quad(&to, N, ndx, 0);
  if (cost->final_residual_jac != NULL) add_jac(&to, WATCH_QUAD, N, cost->nr_final, ndx, 0);
  return to.count;
}
