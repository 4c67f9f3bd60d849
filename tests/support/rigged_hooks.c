/* The hooks of the rigged problem. */
#include <math.h>
#include <string.h>

#include "support/rigged_visit.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Arrival of a hook with a point; the outputs live as long as the block they are in. */
#define ARRIVE(hook, at, ...)             \
  rigged *r = user;                       \
  const output outputs[] = {__VA_ARGS__}; \
  visit v;                                \
  int code;                               \
  visit_look(r, at);                      \
  if (visit_arrive(&v, r, hook, (at)->k, outputs, COUNT(outputs), &code)) return code

/* The state in the plane: angle and rate. */
typedef struct plane {
  double angle, rate;
} plane;

static plane read_state(const rigged *r, const double *x) {
  return r->form.tangent ? (plane){atan2(x[1], x[0]), x[2]} : (plane){x[0], x[1]};
}

static void write_state(const rigged *r, plane z, double *x) {
  x[0] = r->form.tangent ? cos(z.angle) : z.angle;
  if (r->form.tangent) x[1] = sin(z.angle);
  x[r->problem.model.nx - 1] = z.rate;
}

/* angle' = rate + u1 / 10, rate' = sin(angle) + u0 (1 + rate / 10) */
static plane slope(plane z, const double *u) {
  return (plane){z.rate + 0.1 * u[1], sin(z.angle) + u[0] * (1 + 0.1 * z.rate)};
}

static int step(const traj_point *at, double *x_next, void *user) {
  ARRIVE(HOOK_STEP, at, {"x_next", x_next, r->problem.model.nx, 1, false});
  plane z = read_state(r, at->x), s = slope(z, at->u);
  write_state(r, (plane){z.angle + RIGGED_H * s.angle, z.rate + RIGGED_H * s.rate}, x_next);
  return visit_depart(&v);
}

static int ode(const traj_point *at, double *dxdt, void *user) {
  ARRIVE(HOOK_ODE, at, {"dxdt", dxdt, RIGGED_NX, 1, false});
  plane s = slope(read_state(r, at->x), at->u);
  dxdt[0] = s.angle;
  dxdt[1] = s.rate;
  return visit_depart(&v);
}

/* Of the ode, or of one step: I + H times that. */
static int jac(const traj_point *at, traj_jac *out, void *user) {
  ARRIVE(HOOK_JAC, at, {"fx", out->fx, RIGGED_NX, RIGGED_NX, false}, {"fu", out->fu, RIGGED_NX, RIGGED_NU, false});
  plane z = read_state(r, at->x);
  double h = r->form.ode ? 1 : RIGGED_H, one = r->form.ode ? 0 : 1;
  const double fx[] = {one, h * cos(z.angle), h, one + 0.1 * h * at->u[0]};
  const double fu[] = {0, h * (1 + 0.1 * z.rate), 0.1 * h, 0};
  memcpy(out->fx, fx, sizeof(fx));
  memcpy(out->fu, fu, sizeof(fu));
  return visit_depart(&v);
}

static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  ARRIVE(HOOK_HESS, at, {"lxx", out->lxx, RIGGED_NX, RIGGED_NX, true}, {"luu", out->luu, RIGGED_NU, RIGGED_NU, true},
         {"lux", out->lux, RIGGED_NU, RIGGED_NX, false});
  double h = r->form.ode ? 1 : RIGGED_H;
  const double lxx[] = {-h * lambda[1] * sin(read_state(r, at->x).angle), 0, 0, 0};
  const double lux[] = {0, 0, 0.1 * h * lambda[1], 0};
  memcpy(out->lxx, lxx, sizeof(lxx));
  memset(out->luu, 0, RIGGED_NU * RIGGED_NU * sizeof(double));
  memcpy(out->lux, lux, sizeof(lux));
  return visit_depart(&v);
}

/* The same motion of (cos, sin, rate), defined off the circle too. */
static int curved_ode(const traj_point *at, double *dxdt, void *user) {
  ARRIVE(HOOK_ODE, at, {"dxdt", dxdt, RIGGED_MAX_NX, 1, false});
  const double *x = at->x, *u = at->u, turn = x[2] + 0.1 * u[1];
  dxdt[0] = -x[1] * turn;
  dxdt[1] = x[0] * turn;
  dxdt[2] = x[1] + u[0] * (1 + 0.1 * x[2]);
  return visit_depart(&v);
}

static int curved_jac(const traj_point *at, traj_jac *out, void *user) {
  ARRIVE(HOOK_JAC, at, {"fx", out->fx, RIGGED_MAX_NX, RIGGED_MAX_NX, false},
         {"fu", out->fu, RIGGED_MAX_NX, RIGGED_NU, false});
  const double *x = at->x, *u = at->u, turn = x[2] + 0.1 * u[1];
  const double fx[] = {0, turn, 0, -turn, 0, 1, -x[1], x[0], 0.1 * u[0]};
  const double fu[] = {0, 0, 1 + 0.1 * x[2], -0.1 * x[1], 0.1 * x[0], 0};
  memcpy(out->fx, fx, sizeof(fx));
  memcpy(out->fu, fu, sizeof(fu));
  return visit_depart(&v);
}

static int curved_hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  ARRIVE(HOOK_HESS, at, {"lxx", out->lxx, RIGGED_MAX_NX, RIGGED_MAX_NX, true},
         {"luu", out->luu, RIGGED_NU, RIGGED_NU, true}, {"lux", out->lux, RIGGED_NU, RIGGED_MAX_NX, false});
  const double lxx[] = {0, 0, lambda[1], 0, 0, -lambda[0], lambda[1], -lambda[0], 0};
  const double lux[] = {0, 0.1 * lambda[1], 0, -0.1 * lambda[0], 0.1 * lambda[2], 0};
  memcpy(out->lxx, lxx, sizeof(lxx));
  memset(out->luu, 0, RIGGED_NU * RIGGED_NU * sizeof(double));
  memcpy(out->lux, lux, sizeof(lux));
  return visit_depart(&v);
}

/* Arrival of a hook that is given no point: what ARRIVE is for the others. */
#define ARRIVE_SPACE(hook, ...)           \
  rigged *r = user;                       \
  const output outputs[] = {__VA_ARGS__}; \
  visit v;                                \
  int code;                               \
  if (visit_arrive(&v, r, hook, -1, outputs, COUNT(outputs), &code)) return code

static int project(const double *x, double *out, void *user) {
  ARRIVE_SPACE(HOOK_PROJECT, {"out", out, RIGGED_MAX_NX, 1, false});
  double length = hypot(x[0], x[1]);
  out[0] = x[0] / length;
  out[1] = x[1] / length;
  out[2] = x[2];
  return visit_depart(&v);
}

static int retract_derivatives(const double *x, const double *w, double *jac_out, double *hess_out, void *user) {
  ARRIVE_SPACE(HOOK_RETRACT_DERIVATIVES, {"jac", jac_out, RIGGED_MAX_NX, RIGGED_NX, false},
               {"hess", hess_out, RIGGED_NX, RIGGED_NX, true});
  const double first[] = {-x[1], x[0], 0, 0, 0, 1};
  memcpy(jac_out, first, sizeof(first));
  if (hess_out == NULL) return visit_depart(&v);
  memset(hess_out, 0, RIGGED_NX * RIGGED_NX * sizeof(double));
  hess_out[0] = -w[0] * x[0] - w[1] * x[1];
  return visit_depart(&v);
}

static int difference_derivatives(const double *x, const double *w, double *jac_out, double *hess_out, void *user) {
  ARRIVE_SPACE(HOOK_DIFFERENCE_DERIVATIVES, {"jac", jac_out, RIGGED_NX, RIGGED_MAX_NX, false},
               {"hess", hess_out, RIGGED_MAX_NX, RIGGED_MAX_NX, true});
  const double square = x[0] * x[0] + x[1] * x[1], c = x[0] / square, s = x[1] / square;
  const double first[] = {-s, 0, c, 0, 0, 1};
  memcpy(jac_out, first, sizeof(first));
  if (hess_out == NULL) return visit_depart(&v);
  const double twice = 2 * c * s * w[0], mixed = (s * s - c * c) * w[0];
  const double second[] = {twice, mixed, 0, mixed, -twice, 0, 0, 0, 0};
  memcpy(hess_out, second, sizeof(second));
  return visit_depart(&v);
}

static int retract(const double *x, const double *dx, double *out, void *user) {
  ARRIVE_SPACE(HOOK_RETRACT, {"out", out, RIGGED_MAX_NX, 1, false});
  double c = cos(dx[0]), s = sin(dx[0]);
  out[0] = x[0] * c - x[1] * s;
  out[1] = x[0] * s + x[1] * c;
  out[2] = x[2] + dx[1];
  return visit_depart(&v);
}

static int difference(const double *a, const double *b, double *out, void *user) {
  ARRIVE_SPACE(HOOK_DIFFERENCE, {"out", out, RIGGED_NX, 1, false});
  out[0] = atan2(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1]);
  out[1] = b[2] - a[2];
  return visit_depart(&v);
}

/* 1 - cos(angle) + rate^2 / 20 + |u|^2 / 10 */
static int stage(const traj_point *at, double *cost, void *user) {
  ARRIVE(HOOK_STAGE, at, {"cost", cost, 1, 1, false});
  plane z = read_state(r, at->x);
  *cost = 1 - cos(z.angle) + 0.05 * z.rate * z.rate + 0.1 * (at->u[0] * at->u[0] + at->u[1] * at->u[1]);
  return visit_depart(&v);
}

static int stage_quad(const traj_point *at, traj_quad *out, void *user) {
  ARRIVE(HOOK_STAGE_QUAD, at, {"lx", out->lx, RIGGED_NX, 1, false}, {"lxx", out->lxx, RIGGED_NX, RIGGED_NX, true},
         {"lu", out->lu, RIGGED_NU, 1, false}, {"luu", out->luu, RIGGED_NU, RIGGED_NU, true},
         {"lux", out->lux, RIGGED_NU, RIGGED_NX, false});
  plane z = read_state(r, at->x);
  const double lx[] = {sin(z.angle), 0.1 * z.rate}, lxx[] = {cos(z.angle), 0, 0, 0.1};
  const double lu[] = {0.2 * at->u[0], 0.2 * at->u[1]}, luu[] = {0.2, 0, 0, 0.2};
  memcpy(out->lx, lx, sizeof(lx));
  memcpy(out->lxx, lxx, sizeof(lxx));
  memcpy(out->lu, lu, sizeof(lu));
  memcpy(out->luu, luu, sizeof(luu));
  memset(out->lux, 0, RIGGED_NU * RIGGED_NX * sizeof(double));
  return visit_depart(&v);
}

/* 3 angle^2 + rate^2 */
static int final(const traj_point *at, double *cost, void *user) {
  ARRIVE(HOOK_FINAL, at, {"cost", cost, 1, 1, false});
  plane z = read_state(r, at->x);
  *cost = 3 * z.angle * z.angle + z.rate * z.rate;
  return visit_depart(&v);
}

static int final_quad(const traj_point *at, traj_quad *out, void *user) {
  ARRIVE(HOOK_FINAL_QUAD, at, {"lx", out->lx, RIGGED_NX, 1, false}, {"lxx", out->lxx, RIGGED_NX, RIGGED_NX, true});
  plane z = read_state(r, at->x);
  const double lx[] = {6 * z.angle, 2 * z.rate}, lxx[] = {6, 0, 0, 2};
  memcpy(out->lx, lx, sizeof(lx));
  memcpy(out->lxx, lxx, sizeof(lxx));
  return visit_depart(&v);
}

/* (sin(angle), rate / 3, u0 / 2, u1 / 2) */
static int residual(const traj_point *at, double *res, void *user) {
  ARRIVE(HOOK_RESIDUAL, at, {"r", res, RIGGED_NR, 1, false});
  plane z = read_state(r, at->x);
  const double value[RIGGED_NR] = {sin(z.angle), z.rate / 3, 0.5 * at->u[0], 0.5 * at->u[1]};
  memcpy(res, value, sizeof(value));
  return visit_depart(&v);
}

static int residual_jac(const traj_point *at, traj_jac *out, void *user) {
  ARRIVE(HOOK_RESIDUAL_JAC, at, {"fx", out->fx, RIGGED_NR, RIGGED_NX, false},
         {"fu", out->fu, RIGGED_NR, RIGGED_NU, false});
  memset(out->fx, 0, RIGGED_NR * RIGGED_NX * sizeof(double));
  memset(out->fu, 0, RIGGED_NR * RIGGED_NU * sizeof(double));
  out->fx[0] = cos(read_state(r, at->x).angle);
  out->fx[1 + RIGGED_NR] = 1.0 / 3;
  out->fu[2] = out->fu[3 + RIGGED_NR] = 0.5;
  return visit_depart(&v);
}

static int final_residual(const traj_point *at, double *res, void *user) {
  ARRIVE(HOOK_FINAL_RESIDUAL, at, {"r", res, RIGGED_NR_FINAL, 1, false});
  plane z = read_state(r, at->x);
  res[0] = 2 * z.angle;
  res[1] = z.rate;
  return visit_depart(&v);
}

static int final_residual_jac(const traj_point *at, traj_jac *out, void *user) {
  ARRIVE(HOOK_FINAL_RESIDUAL_JAC, at, {"fx", out->fx, RIGGED_NR_FINAL, RIGGED_NX, false});
  const double fx[] = {2, 0, 0, 1};
  memcpy(out->fx, fx, sizeof(fx));
  return visit_depart(&v);
}

traj_model rigged_model(const rigged_form *form) {
  bool carried = form->ode && form->tangent;
  return (traj_model){
      .nx = form->tangent ? RIGGED_MAX_NX : RIGGED_NX,
      .ndx = RIGGED_NX,
      .nu = RIGGED_NU,
      .step = form->ode ? NULL : step,
      .ode = !form->ode ? NULL
             : carried  ? curved_ode
                        : ode,
      .jac = !form->first ? NULL
             : carried    ? curved_jac
                          : jac,
      .hess = !form->second ? NULL
              : carried     ? curved_hess
                            : hess,
      .retract = form->tangent ? retract : NULL,
      .difference = form->tangent ? difference : NULL,
      .project = carried ? project : NULL,
      .retract_derivatives = carried && form->first ? retract_derivatives : NULL,
      .difference_derivatives = carried && form->first ? difference_derivatives : NULL,
  };
}

traj_cost rigged_cost(const rigged_form *form) {
  if (form->residual) {
    return (traj_cost){
        .nr = RIGGED_NR,
        .nr_final = RIGGED_NR_FINAL,
        .residual = residual,
        .final_residual = final_residual,
        .residual_jac = form->first ? residual_jac : NULL,
        .final_residual_jac = form->first ? final_residual_jac : NULL,
    };
  }
  return (traj_cost){
      .stage = stage,
      .final = final,
      .stage_quad = form->first ? stage_quad : NULL,
      .final_quad = form->first ? final_quad : NULL,
  };
}
