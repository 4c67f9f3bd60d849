#include "support/rigged.h"

#include <math.h>
#include <string.h>

#include "support/rng.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

enum { NR = 4, NR_FINAL = 2 };

static const double H = 0.2;

const char *hook_name(hook_id hook) {
  static const char *const names[HOOKS] = {
      [HOOK_STEP] = "model.step",
      [HOOK_ODE] = "model.ode",
      [HOOK_JAC] = "model.jac",
      [HOOK_HESS] = "model.hess",
      [HOOK_RETRACT] = "model.retract",
      [HOOK_DIFFERENCE] = "model.difference",
      [HOOK_STAGE] = "cost.stage",
      [HOOK_FINAL] = "cost.final",
      [HOOK_STAGE_QUAD] = "cost.stage_quad",
      [HOOK_FINAL_QUAD] = "cost.final_quad",
      [HOOK_RESIDUAL] = "cost.residual",
      [HOOK_FINAL_RESIDUAL] = "cost.final_residual",
      [HOOK_RESIDUAL_JAC] = "cost.residual_jac",
      [HOOK_FINAL_RESIDUAL_JAC] = "cost.final_residual_jac",
  };
  return names[hook];
}

const rigged_form rigged_forms[] = {
    {.name = "step", .first = true},
    {.name = "step, limits", .first = true, .limits = true},
    {.name = "step, DDP", .first = true, .second = true, .method = TRAJ_DDP},
    {.name = "step, DDP, limits", .first = true, .second = true, .method = TRAJ_DDP, .limits = true},
    {.name = "step, DDP by differences of jac", .first = true, .method = TRAJ_DDP},
    {.name = "step by differences", .limits = true},
    {.name = "step, DDP by differences", .method = TRAJ_DDP, .limits = true},
    {.name = "step by forward differences", .differences = TRAJ_FORWARD},
    {.name = "ode", .ode = true, .first = true, .limits = true},
    {.name = "ode, DDP", .ode = true, .first = true, .second = true, .method = TRAJ_DDP},
    {.name = "ode by differences", .ode = true, .limits = true},
    {.name = "ode, DDP by differences", .ode = true, .method = TRAJ_DDP},
    {.name = "tangent", .tangent = true, .first = true, .limits = true},
    {.name = "tangent, DDP", .tangent = true, .first = true, .second = true, .method = TRAJ_DDP},
    {.name = "tangent by differences", .tangent = true, .limits = true, .method = TRAJ_DDP},
    {.name = "step, auto", .first = true, .second = true, .limits = true, .method = TRAJ_AUTO},
    {.name = "ode, auto", .ode = true, .first = true, .second = true, .method = TRAJ_AUTO},
    {.name = "tangent, auto", .tangent = true, .first = true, .second = true, .limits = true, .method = TRAJ_AUTO},
    {.name = "residual", .residual = true, .first = true, .limits = true},
    {.name = "residual by differences", .residual = true},
    {.name = "step, workers", .first = true, .limits = true, .workers = 3},
    {.name = "step, DDP, workers", .method = TRAJ_DDP, .first = true, .workers = 2, .order = BACKWARDS},
    {.name = "ode, workers", .ode = true, .limits = true, .workers = 3, .order = BACKWARDS},
    {.name = "ode, DDP, workers", .ode = true, .first = true, .second = true, .method = TRAJ_DDP, .workers = 3},
    {.name = "ode, auto, workers", .ode = true, .first = true, .second = true, .method = TRAJ_AUTO, .workers = 2},
    {.name = "tangent, workers", .tangent = true, .limits = true, .workers = 3, .order = BACKWARDS},
    {.name = "residual, workers", .residual = true, .first = true, .limits = true, .workers = 3, .order = BACKWARDS},
};
const int rigged_form_count = COUNT(rigged_forms);

/* One output of a hook. */
typedef struct output {
  const char *field;
  double *data;
  int rows, cols; /* cols is 1 for vectors */
  bool symmetric;
} output;

/* A call of a hook, from its arrival to its return. */
typedef struct visit {
  rigged *r;
  const output *outputs;
  int n;
  bool hit;
  double *target; /* the entry under attack; NULL: none */
  double before;  /* what stood there */
} visit;

static bool all_finite(const double *a, int n) {
  for (int i = 0; i < n; i++) {
    if (!isfinite(a[i])) return false;
  }
  return true;
}

static void look_for_wildness(rigged *r, const traj_point *at) {
  bool known = at->k >= 0 && at->k <= r->problem.N && isfinite(at->t) && all_finite(at->x, r->problem.model.nx);
  bool controls = at->u == NULL ? at->k == r->problem.N : all_finite(at->u, RIGGED_NU);
  if (!known || !controls) r->wild++;
}

static int entries_of(const output *outputs, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += outputs[i].rows * outputs[i].cols;
  return sum;
}

/* Finds the entry under attack and notes where it is. */
static void aim(visit *v) {
  int entry = v->r->attack.entry;
  const output *o = v->outputs;
  while (entry >= o->rows * o->cols)
    entry -= o->rows * o->cols, o++;
  strike *s = &v->r->strike;
  s->field = o->field;
  s->row = entry % o->rows;
  s->col = o->cols == 1 ? -1 : entry / o->rows;
  s->read = !o->symmetric || s->row >= entry / o->rows;
  v->target = o->data + entry;
  v->before = *v->target;
}

/* Counts a call. True: the hook returns *code at once. */
static bool arrive(visit *v, rigged *r, hook_id hook, int k, const output *outputs, int n, int *code) {
  *v = (visit){.r = r, .outputs = outputs, .n = n};
  const attack *a = &r->attack;
  int call = r->calls[hook]++;
  r->entries[hook] = entries_of(outputs, n);
  *code = 0;
  if (a->kind == HARMLESS || (a->hook != hook && a->hook != HOOKS)) return false;
  if (a->onwards ? call < a->call : call != a->call) return false;
  v->hit = true;
  r->strike = (strike){.hits = r->strike.hits + 1, .k = k, .row = -1, .col = -1, .read = true};
  if (a->kind == CALL) a->act(a->arg);
  if (a->kind == CALL || a->kind == SCRAMBLE) return false;
  if (a->kind != RETURN_CODE) aim(v);
  *code = a->kind == RETURN_CODE ? a->code : 0;
  return a->kind == RETURN_CODE || a->kind == FORGET_ALL;
}

/* A number of any size, at times none at all, at times one that is only somewhat wrong. */
static double wrong_number(rng *dice, double right) {
  static const double none[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
  double sign = rng_chance(dice, 0.5) ? 1 : -1;
  if (rng_chance(dice, 0.02)) return none[rng_int(dice, 0, 2)];
  if (rng_chance(dice, 0.5)) return right * sign * rng_decade(dice, -2, 2);
  return sign * rng_decade(dice, -320, 308);
}

static void scramble(const visit *v) {
  rng *dice = v->r->attack.arg;
  for (int i = 0; i < v->n; i++) {
    for (int j = 0; j < v->outputs[i].rows * v->outputs[i].cols; j++) {
      double *entry = &v->outputs[i].data[j];
      if (rng_chance(dice, v->r->attack.value)) *entry = wrong_number(dice, *entry);
    }
  }
}

static int depart(const visit *v) {
  if (v->hit && v->r->attack.kind == SCRAMBLE) scramble(v);
  if (v->target == NULL) return 0;
  *v->target = v->r->attack.kind == FORGET_ENTRY ? v->before : v->r->attack.value;
  return 0;
}

/* Arrival of a hook with a point; the outputs live as long as the block they are in. */
#define ARRIVE(hook, at, ...)                                                                     \
  rigged *r = user;                                                                               \
  const output outputs[] = {__VA_ARGS__};                                                         \
  visit v;                                                                                        \
  int code, count = (at)->u == NULL ? outputs_of_final(outputs, COUNT(outputs)) : COUNT(outputs); \
  look_for_wildness(r, at);                                                                       \
  if (arrive(&v, r, hook, (at)->k, outputs, count, &code)) return code

/* At the final stage the outputs that belong to u are NULL and come last. */
static int outputs_of_final(const output *outputs, int n) {
  while (n > 0 && outputs[n - 1].data == NULL)
    n--;
  return n;
}

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
  write_state(r, (plane){z.angle + H * s.angle, z.rate + H * s.rate}, x_next);
  return depart(&v);
}

static int ode(const traj_point *at, double *dxdt, void *user) {
  ARRIVE(HOOK_ODE, at, {"dxdt", dxdt, RIGGED_NX, 1, false});
  plane s = slope(read_state(r, at->x), at->u);
  dxdt[0] = s.angle;
  dxdt[1] = s.rate;
  return depart(&v);
}

/* Of the ode, or of one step: I + H times that. */
static int jac(const traj_point *at, traj_jac *out, void *user) {
  ARRIVE(HOOK_JAC, at, {"fx", out->fx, RIGGED_NX, RIGGED_NX, false}, {"fu", out->fu, RIGGED_NX, RIGGED_NU, false});
  plane z = read_state(r, at->x);
  double h = r->form.ode ? 1 : H, one = r->form.ode ? 0 : 1;
  const double fx[] = {one, h * cos(z.angle), h, one + 0.1 * h * at->u[0]};
  const double fu[] = {0, h * (1 + 0.1 * z.rate), 0.1 * h, 0};
  memcpy(out->fx, fx, sizeof(fx));
  memcpy(out->fu, fu, sizeof(fu));
  return depart(&v);
}

static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  ARRIVE(HOOK_HESS, at, {"lxx", out->lxx, RIGGED_NX, RIGGED_NX, true}, {"luu", out->luu, RIGGED_NU, RIGGED_NU, true},
         {"lux", out->lux, RIGGED_NU, RIGGED_NX, false});
  double h = r->form.ode ? 1 : H;
  const double lxx[] = {-h * lambda[1] * sin(read_state(r, at->x).angle), 0, 0, 0};
  const double lux[] = {0, 0, 0.1 * h * lambda[1], 0};
  memcpy(out->lxx, lxx, sizeof(lxx));
  memset(out->luu, 0, RIGGED_NU * RIGGED_NU * sizeof(double));
  memcpy(out->lux, lux, sizeof(lux));
  return depart(&v);
}

static int retract(const double *x, const double *dx, double *out, void *user) {
  rigged *r = user;
  const output outputs[] = {{"out", out, RIGGED_MAX_NX, 1, false}};
  visit v;
  int code;
  if (arrive(&v, r, HOOK_RETRACT, -1, outputs, COUNT(outputs), &code)) return code;
  double c = cos(dx[0]), s = sin(dx[0]);
  out[0] = x[0] * c - x[1] * s;
  out[1] = x[0] * s + x[1] * c;
  out[2] = x[2] + dx[1];
  return depart(&v);
}

static int difference(const double *a, const double *b, double *out, void *user) {
  rigged *r = user;
  const output outputs[] = {{"out", out, RIGGED_NX, 1, false}};
  visit v;
  int code;
  if (arrive(&v, r, HOOK_DIFFERENCE, -1, outputs, COUNT(outputs), &code)) return code;
  out[0] = atan2(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1]);
  out[1] = b[2] - a[2];
  return depart(&v);
}

/* 1 - cos(angle) + rate^2 / 20 + |u|^2 / 10 */
static int stage(const traj_point *at, double *cost, void *user) {
  ARRIVE(HOOK_STAGE, at, {"cost", cost, 1, 1, false});
  plane z = read_state(r, at->x);
  *cost = 1 - cos(z.angle) + 0.05 * z.rate * z.rate + 0.1 * (at->u[0] * at->u[0] + at->u[1] * at->u[1]);
  return depart(&v);
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
  return depart(&v);
}

/* 3 angle^2 + rate^2 */
static int final(const traj_point *at, double *cost, void *user) {
  ARRIVE(HOOK_FINAL, at, {"cost", cost, 1, 1, false});
  plane z = read_state(r, at->x);
  *cost = 3 * z.angle * z.angle + z.rate * z.rate;
  return depart(&v);
}

static int final_quad(const traj_point *at, traj_quad *out, void *user) {
  ARRIVE(HOOK_FINAL_QUAD, at, {"lx", out->lx, RIGGED_NX, 1, false}, {"lxx", out->lxx, RIGGED_NX, RIGGED_NX, true});
  plane z = read_state(r, at->x);
  const double lx[] = {6 * z.angle, 2 * z.rate}, lxx[] = {6, 0, 0, 2};
  memcpy(out->lx, lx, sizeof(lx));
  memcpy(out->lxx, lxx, sizeof(lxx));
  return depart(&v);
}

/* (sin(angle), rate / 3, u0 / 2, u1 / 2) */
static int residual(const traj_point *at, double *res, void *user) {
  ARRIVE(HOOK_RESIDUAL, at, {"r", res, NR, 1, false});
  plane z = read_state(r, at->x);
  const double value[NR] = {sin(z.angle), z.rate / 3, 0.5 * at->u[0], 0.5 * at->u[1]};
  memcpy(res, value, sizeof(value));
  return depart(&v);
}

static int residual_jac(const traj_point *at, traj_jac *out, void *user) {
  ARRIVE(HOOK_RESIDUAL_JAC, at, {"fx", out->fx, NR, RIGGED_NX, false}, {"fu", out->fu, NR, RIGGED_NU, false});
  memset(out->fx, 0, NR * RIGGED_NX * sizeof(double));
  memset(out->fu, 0, NR * RIGGED_NU * sizeof(double));
  out->fx[0] = cos(read_state(r, at->x).angle);
  out->fx[1 + NR] = 1.0 / 3;
  out->fu[2] = out->fu[3 + NR] = 0.5;
  return depart(&v);
}

static int final_residual(const traj_point *at, double *res, void *user) {
  ARRIVE(HOOK_FINAL_RESIDUAL, at, {"r", res, NR_FINAL, 1, false});
  plane z = read_state(r, at->x);
  res[0] = 2 * z.angle;
  res[1] = z.rate;
  return depart(&v);
}

static int final_residual_jac(const traj_point *at, traj_jac *out, void *user) {
  ARRIVE(HOOK_FINAL_RESIDUAL_JAC, at, {"fx", out->fx, NR_FINAL, RIGGED_NX, false});
  const double fx[] = {2, 0, 0, 1};
  memcpy(out->fx, fx, sizeof(fx));
  return depart(&v);
}

static traj_model model_of(const rigged_form *form) {
  return (traj_model){
      .nx = form->tangent ? RIGGED_MAX_NX : RIGGED_NX,
      .ndx = RIGGED_NX,
      .nu = RIGGED_NU,
      .step = form->ode ? NULL : step,
      .ode = form->ode ? ode : NULL,
      .jac = form->first ? jac : NULL,
      .hess = form->second ? hess : NULL,
      .retract = form->tangent ? retract : NULL,
      .difference = form->tangent ? difference : NULL,
  };
}

static traj_cost cost_of(const rigged_form *form) {
  if (form->residual) {
    return (traj_cost){
        .nr = NR,
        .nr_final = NR_FINAL,
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

void rigged_prepare(rigged *r, const rigged_form *form) {
  static const double u_min[] = {-0.4, -HUGE_VAL}, u_max[] = {HUGE_VAL, 0.3};
  *r = (rigged){.form = *form};
  r->problem = (traj_problem){.N = RIGGED_N, .dt = H, .model = model_of(form), .cost = cost_of(form)};
  r->problem.model.user = r;
  r->problem.cost.user = r;
  if (form->limits) {
    r->problem.u_min = u_min;
    r->problem.u_max = u_max;
  }
  traj_ddp_defaults(&r->settings);
  r->settings.method = form->method;
  r->settings.differences = form->differences;
  r->settings.run.max_iter = 3;
  r->sequence = sequence_of(form->order, form->workers, 1);
  if (form->workers > 1) sequence_install(&r->sequence, &r->settings.run);
  r->calls_of_rollout[HOOK_STEP] = r->calls_of_rollout[HOOK_STAGE] = r->calls_of_rollout[HOOK_RESIDUAL] = RIGGED_N;
  r->calls_of_rollout[HOOK_ODE] = 4 * RIGGED_N;
  r->calls_of_rollout[HOOK_FINAL] = r->calls_of_rollout[HOOK_FINAL_RESIDUAL] = 1;
}

void rigged_attack(rigged *r, attack what) {
  r->attack = what;
  r->strike = (strike){.hits = 0};
  memset(r->calls, 0, sizeof(r->calls));
  r->wild = 0;
}

const double *rigged_start(const rigged *r) {
  static const double flat[] = {1.2, -0.3}, curved[] = {0.6, 0.8, -0.3};
  return r->form.tangent ? curved : flat;
}

const double *rigged_other_start(const rigged *r) {
  static const double flat[] = {-0.9, 0.8}, curved[] = {0.8, -0.6, 0.8};
  return r->form.tangent ? curved : flat;
}
