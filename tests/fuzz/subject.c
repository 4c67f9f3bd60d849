#include "fuzz/subject.h"

#include <math.h>
#include <string.h>

#include "fuzz/subject_hooks.h"

enum { ITERATIONS = 12 };

int subject_ndx(const subject *s) {
  return s->parts == NULL ? s->problem.model.nx : traj_manifold_ndx(s->parts);
}

/* The hooks of the manifold: all of them, or those that there must be and some of the others. */
static void draw_space(subject *s, bytes *b) {
  traj_model *m = &s->problem.model;
  if (bytes_chance(b, 128)) {
    m->parts = s->parts;
    return;
  }
  m->ndx = subject_ndx(s);
  m->retract = subject_retract;
  m->difference = subject_difference;
  if (m->ode == NULL) return;
  if (!bytes_chance(b, 32)) m->project = subject_project;
  if (bytes_chance(b, 128)) m->retract_derivatives = subject_retract_derivatives;
  if (bytes_chance(b, 128)) m->difference_derivatives = subject_difference_derivatives;
}

static void draw_manifold(subject *s, bytes *b) {
  static const traj_part spaces[][4] = {
      {{TRAJ_QUATERNION, 1}, {TRAJ_FLAT, 2}},
      {{TRAJ_QUATERNION, 1}},
      {{TRAJ_ANGLE, 2}, {TRAJ_FLAT, 2}},
      {{TRAJ_FLAT, 1}, {TRAJ_QUATERNION, 1}, {TRAJ_ANGLE, 1}},
  };
  traj_model *m = &s->problem.model;
  s->parts = spaces[bytes_int(b, 0, 3)];
  m->nx = traj_manifold_nx(s->parts);
  if (bytes_chance(b, 64)) {
    m->step = subject_motion;
  } else {
    m->ode = subject_motion;
    m->integrator = (traj_integrator)bytes_int(b, TRAJ_RK4, TRAJ_MIDPOINT);
    m->substeps = bytes_int(b, 0, 2);
    if (bytes_chance(b, 128)) m->jac = subject_jac;
    if (bytes_chance(b, 128)) m->hess = subject_hess;
  }
  draw_space(s, b);
}

static void draw_flat_motion(subject *s, bytes *b) {
  traj_model *m = &s->problem.model;
  switch (bytes_int(b, 0, 2)) {
    case 0:
      m->step = subject_motion;
      break;
    case 1:
      m->ode = subject_motion;
      m->integrator = (traj_integrator)bytes_int(b, TRAJ_RK4, TRAJ_MIDPOINT);
      m->substeps = bytes_int(b, 0, 2);
      break;
    default:
      m->step = subject_motion;
      m->retract = subject_retract;
      m->difference = subject_difference;
  }
  if (bytes_chance(b, 128)) m->jac = subject_jac;
  if (bytes_chance(b, 128)) m->hess = subject_hess;
}

static void draw_motion(subject *s, bytes *b, bool on_manifold) {
  traj_model *m = &s->problem.model;
  const double scale = bytes_scale(b);
  m->nx = bytes_int(b, 1, SUBJECT_NX);
  m->nu = bytes_int(b, 1, SUBJECT_NU);
  m->user = s;
  if (on_manifold) draw_manifold(s, b);
  for (int i = 0; i < m->nx; i++)
    s->motion[i] = curve_draw(b, m->nx + m->nu, scale);
  if (!on_manifold) draw_flat_motion(s, b);
}

static void draw_cost(subject *s, bytes *b) {
  traj_cost *c = &s->problem.cost;
  const int nx = s->problem.model.nx, nz = nx + s->problem.model.nu;
  const double scale = bytes_scale(b);
  c->user = s;
  for (int i = 0; i < nz; i++)
    s->stage.weight[i] = scale * (1 + bytes_number(b)); /* indefinite at times */
  for (int i = 0; i < nx; i++)
    s->final.weight[i] = scale * (1 + bytes_number(b));
  if (bytes_chance(b, 64)) {
    c->nr = bytes_int(b, 1, SUBJECT_NR);
    c->nr_final = bytes_int(b, 1, SUBJECT_NR);
    c->residual = c->final_residual = subject_residual;
    if (bytes_chance(b, 128)) c->residual_jac = c->final_residual_jac = subject_residual_jac;
    for (int i = 0; i < SUBJECT_NR; i++) {
      s->stage.rows[i] = curve_draw(b, nz, scale);
      s->final.rows[i] = curve_draw(b, nz, scale);
    }
  } else {
    c->stage = c->final = subject_cost_of;
    if (bytes_chance(b, 128)) c->stage_quad = c->final_quad = subject_quad;
    s->stage.bent = curve_draw(b, nz, scale);
    s->final.bent = curve_draw(b, nz, scale);
  }
}

static void draw_limits(subject *s, bytes *b) {
  traj_problem *p = &s->problem;
  if (!bytes_chance(b, 96)) return;
  const double scale = bytes_scale(b);
  for (int i = 0; i < SUBJECT_NU * SUBJECT_N; i++) {
    const double low = scale * bytes_number(b);
    s->u_min[i] = bytes_chance(b, 32) ? -HUGE_VAL : low;
    s->u_max[i] = bytes_chance(b, 32) ? HUGE_VAL : low + scale * fabs(bytes_number(b));
  }
  p->u_min = s->u_min;
  if (!bytes_chance(b, 32)) p->u_max = s->u_max;
  p->u_stride = bytes_chance(b, 128) ? p->model.nu : 0;
}

static void draw_start(subject *s, bytes *b) {
  const double of_x = bytes_scale(b), of_u = bytes_scale(b);
  for (int i = 0; i < SUBJECT_NX; i++)
    s->x0[i] = of_x * ((s->parts != NULL) + bytes_number(b));
  for (int i = 0; i < SUBJECT_NU * SUBJECT_N; i++)
    s->u[i] = of_u * bytes_number(b);
}

/* States that have nothing to do with the controls; quaternions among them of any length, but seldom of none. */
static void draw_states(subject *s, bytes *b) {
  const double scale = bytes_scale(b);
  const int nx = s->problem.model.nx;
  s->states = true;
  for (int k = 0; k <= SUBJECT_N; k++) {
    for (int i = 0; i < nx; i++)
      s->x[i + k * nx] = s->x0[i] + scale * bytes_number(b);
  }
  if (bytes_chance(b, 16)) s->x[bytes_int(b, 0, nx * (SUBJECT_N + 1) - 1)] = bytes_wild(b);
}

static void draw_settings(subject *s, bytes *b) {
  traj_ddp_settings *settings = &s->settings;
  traj_run *run = &settings->run;
  traj_ddp_defaults(settings);
  settings->method = (traj_ddp_method)bytes_int(b, TRAJ_ILQR, TRAJ_DDP);
  settings->differences = (traj_differences)bytes_int(b, TRAJ_CENTRAL, TRAJ_FORWARD);
  run->max_iter = ITERATIONS - bytes_int(b, 0, ITERATIONS);
  run->workers = bytes_chance(b, 64) ? bytes_int(b, 2, 4) : 1;
  run->parallel = subject_parallel;
  run->iteration = subject_iteration;
  run->clock = subject_clock;
  run->parallel_user = run->iteration_user = run->clock_user = s;
  if (bytes_chance(b, 32)) run->time_limit = 1e-6 * bytes_int(b, 1, 200);
  if (bytes_chance(b, 16)) settings->tolerance = 0;
}

static void draw_trouble(subject *s, bytes *b) {
  subject_trouble *t = &s->trouble;
  t->hook = (subject_hook)bytes_int(b, 0, s->parts == NULL ? SUBJECT_CLOCK : SUBJECT_HOOKS - 1);
  t->call = bytes_chance(b, 64) ? 16 * bytes_take(b) : bytes_take(b) / 4;
  t->onwards = bytes_chance(b, 64);
  t->kind = bytes_int(b, 0, TROUBLES - 1);
  t->code = bytes_chance(b, 128) ? -bytes_take(b) : 1 + bytes_take(b);
  t->entry = bytes_take(b);
  t->value = bytes_wild(b);
}

/* A description that create must refuse, or may well take. */
static void distort(subject *s, bytes *b) {
  traj_problem *p = &s->problem;
  switch (bytes_int(b, 0, 11)) {
    case 0:
      p->N = -bytes_take(b);
      break;
    case 1:
      p->model.nx = -bytes_take(b);
      break;
    case 2:
      p->model.ndx = p->model.nx + 1 + bytes_take(b);
      break;
    case 3:
      p->model.nu = -bytes_take(b);
      break;
    case 4:
      p->dt = bytes_wild(b);
      break;
    case 5:
      s->dt_stage[bytes_int(b, 0, SUBJECT_N - 1)] = bytes_wild(b);
      p->dt_stage = s->dt_stage;
      break;
    case 6:
      p->model.step = p->model.step == NULL ? subject_motion : NULL;
      break;
    case 7:
      p->cost.stage = NULL;
      break;
    case 8:
      s->u_min[bytes_int(b, 0, SUBJECT_N - 1)] = bytes_wild(b);
      break;
    case 9:
      s->x0[0] = bytes_wild(b);
      break;
    case 10:
      s->settings.tolerance = bytes_wild(b);
      break;
    default:
      s->settings.run.workers = bytes_int(b, -100, 100);
  }
}

void subject_draw(subject *s, bytes *b, const trial_kind *kind) {
  memset(s, 0, sizeof *s);
  s->problem.N = bytes_int(b, 1, SUBJECT_N);
  s->problem.dt = 0.01 * bytes_int(b, 1, 100);
  for (int k = 0; k < SUBJECT_N; k++)
    s->dt_stage[k] = s->problem.dt * (1 + k % 3);
  if (bytes_chance(b, 32)) s->problem.dt_stage = s->dt_stage;
  draw_motion(s, b, kind->family == TRIAL_MANIFOLD);
  draw_cost(s, b);
  draw_limits(s, b);
  draw_start(s, b);
  draw_settings(s, b);
  draw_trouble(s, b);
  s->lie = bytes_chance(b, 32) ? bytes_number(b) : 1;
  s->undefined_by_code = bytes_chance(b, 128);
  if (kind->automatic) s->settings.method = TRAJ_AUTO;
  if (kind->states) draw_states(s, b);
  if (bytes_chance(b, 16)) distort(s, b);
}

void subject_reset(subject *s, bool armed) {
  s->armed = armed;
  memset(s->calls, 0, sizeof s->calls);
}
