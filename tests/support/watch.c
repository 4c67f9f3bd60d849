#include "support/watch.h"

#include <stddef.h>

static int seen(watch *w, watch_hook hook, const traj_point *at, double *out, int code) {
  const watch_call call = {.hook = hook, .at = at, .out = out, .code = code};
  return w->look == NULL ? code : w->look(&call, w->ctx);
}

static int seen_jac(watch *w, watch_hook hook, const traj_point *at, const traj_jac *jac, int code) {
  const watch_call call = {.hook = hook, .at = at, .out = jac->fx, .jac = jac, .code = code};
  return w->look == NULL ? code : w->look(&call, w->ctx);
}

static int seen_quad(watch *w, watch_hook hook, const traj_point *at, const traj_quad *quad, int code) {
  double *first = quad->lx != NULL ? quad->lx : quad->lxx;
  const watch_call call = {.hook = hook, .at = at, .out = first, .quad = quad, .code = code};
  return w->look == NULL ? code : w->look(&call, w->ctx);
}

static int step(const traj_point *at, double *x_next, void *user) {
  watch *w = user;
  w->calls.dynamics++;
  return seen(w, WATCH_DYNAMICS, at, x_next, w->inner.model.step(at, x_next, w->inner.model.user));
}

static int ode(const traj_point *at, double *dxdt, void *user) {
  watch *w = user;
  w->calls.dynamics++;
  return seen(w, WATCH_DYNAMICS, at, dxdt, w->inner.model.ode(at, dxdt, w->inner.model.user));
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  watch *w = user;
  w->calls.jac++;
  return seen_jac(w, WATCH_JAC, at, out, w->inner.model.jac(at, out, w->inner.model.user));
}

static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  watch *w = user;
  w->calls.hess++;
  return seen_quad(w, WATCH_HESS, at, out, w->inner.model.hess(at, lambda, out, w->inner.model.user));
}

static int retract(const double *x, const double *dx, double *out, void *user) {
  watch *w = user;
  w->calls.retract++;
  return seen(w, WATCH_RETRACT, NULL, out, w->inner.model.retract(x, dx, out, w->inner.model.user));
}

static int difference(const double *a, const double *b, double *out, void *user) {
  watch *w = user;
  w->calls.difference++;
  return seen(w, WATCH_DIFFERENCE, NULL, out, w->inner.model.difference(a, b, out, w->inner.model.user));
}

static int project(const double *x, double *out, void *user) {
  watch *w = user;
  w->calls.project++;
  return seen(w, WATCH_PROJECT, NULL, out, w->inner.model.project(x, out, w->inner.model.user));
}

static int retract_derivatives(const double *x, const double *weights, double *first, double *second, void *user) {
  watch *w = user;
  const traj_model *m = &w->inner.model;
  w->calls.tangent++;
  return seen(w, WATCH_TANGENT, NULL, first, m->retract_derivatives(x, weights, first, second, m->user));
}

static int difference_derivatives(const double *x, const double *weights, double *first, double *second, void *user) {
  watch *w = user;
  const traj_model *m = &w->inner.model;
  w->calls.tangent++;
  return seen(w, WATCH_TANGENT, NULL, first, m->difference_derivatives(x, weights, first, second, m->user));
}

static int stage(const traj_point *at, double *cost, void *user) {
  watch *w = user;
  w->calls.cost++;
  return seen(w, WATCH_COST, at, cost, w->inner.cost.stage(at, cost, w->inner.cost.user));
}

static int final(const traj_point *at, double *cost, void *user) {
  watch *w = user;
  w->calls.cost++;
  return seen(w, WATCH_COST, at, cost, w->inner.cost.final(at, cost, w->inner.cost.user));
}

static int residual(const traj_point *at, double *r, void *user) {
  watch *w = user;
  w->calls.cost++;
  return seen(w, WATCH_COST, at, r, w->inner.cost.residual(at, r, w->inner.cost.user));
}

static int final_residual(const traj_point *at, double *r, void *user) {
  watch *w = user;
  w->calls.cost++;
  return seen(w, WATCH_COST, at, r, w->inner.cost.final_residual(at, r, w->inner.cost.user));
}

static int stage_quad(const traj_point *at, traj_quad *out, void *user) {
  watch *w = user;
  w->calls.quad++;
  return seen_quad(w, WATCH_QUAD, at, out, w->inner.cost.stage_quad(at, out, w->inner.cost.user));
}

static int final_quad(const traj_point *at, traj_quad *out, void *user) {
  watch *w = user;
  w->calls.quad++;
  return seen_quad(w, WATCH_QUAD, at, out, w->inner.cost.final_quad(at, out, w->inner.cost.user));
}

static int residual_jac(const traj_point *at, traj_jac *out, void *user) {
  watch *w = user;
  w->calls.quad++;
  return seen_jac(w, WATCH_QUAD, at, out, w->inner.cost.residual_jac(at, out, w->inner.cost.user));
}

static int final_residual_jac(const traj_point *at, traj_jac *out, void *user) {
  watch *w = user;
  w->calls.quad++;
  return seen_jac(w, WATCH_QUAD, at, out, w->inner.cost.final_residual_jac(at, out, w->inner.cost.user));
}

/* Hooks that the inner problem does not have stay NULL. */
#define WATCHED(part, hook) (inner->part.hook == NULL ? NULL : hook)

traj_problem watch_problem(watch *w, const traj_problem *inner) {
  *w = (watch){.inner = *inner};
  traj_problem outer = *inner;
  outer.model.step = WATCHED(model, step);
  outer.model.ode = WATCHED(model, ode);
  outer.model.jac = WATCHED(model, jac);
  outer.model.hess = WATCHED(model, hess);
  outer.model.retract = WATCHED(model, retract);
  outer.model.difference = WATCHED(model, difference);
  outer.model.project = WATCHED(model, project);
  outer.model.retract_derivatives = WATCHED(model, retract_derivatives);
  outer.model.difference_derivatives = WATCHED(model, difference_derivatives);
  outer.cost.stage = WATCHED(cost, stage);
  outer.cost.final = WATCHED(cost, final);
  outer.cost.residual = WATCHED(cost, residual);
  outer.cost.final_residual = WATCHED(cost, final_residual);
  outer.cost.stage_quad = WATCHED(cost, stage_quad);
  outer.cost.final_quad = WATCHED(cost, final_quad);
  outer.cost.residual_jac = WATCHED(cost, residual_jac);
  outer.cost.final_residual_jac = WATCHED(cost, final_residual_jac);
  outer.cost.check = NULL; /* it would be given w */
  outer.model.user = outer.cost.user = w;
  return outer;
}
