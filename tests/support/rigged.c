#include "support/rigged.h"

#include <math.h>
#include <string.h>

#include "support/rigged_visit.h"

const char *hook_name(hook_id hook) {
  static const char *const names[HOOKS] = {
      [HOOK_STEP] = "model.step",
      [HOOK_ODE] = "model.ode",
      [HOOK_JAC] = "model.jac",
      [HOOK_HESS] = "model.hess",
      [HOOK_RETRACT] = "model.retract",
      [HOOK_DIFFERENCE] = "model.difference",
      [HOOK_PROJECT] = "model.project",
      [HOOK_RETRACT_DERIVATIVES] = "model.retract_derivatives",
      [HOOK_DIFFERENCE_DERIVATIVES] = "model.difference_derivatives",
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
    {.name = "ode, tangent", .ode = true, .tangent = true, .first = true, .limits = true},
    {.name = "ode, tangent, DDP", .ode = true, .tangent = true, .first = true, .second = true, .method = TRAJ_DDP},
    {.name = "ode, tangent by differences", .ode = true, .tangent = true, .limits = true},
    {.name = "ode, tangent, workers",
     .ode = true,
     .tangent = true,
     .first = true,
     .limits = true,
     .workers = 3,
     .order = BACKWARDS},
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
const int rigged_form_count = sizeof(rigged_forms) / sizeof(rigged_forms[0]);

void rigged_prepare(rigged *r, const rigged_form *form) {
  static const double u_min[] = {-0.4, -HUGE_VAL}, u_max[] = {HUGE_VAL, 0.3};
  *r = (rigged){.form = *form};
  r->problem = (traj_problem){.N = RIGGED_N, .dt = RIGGED_H, .model = rigged_model(form), .cost = rigged_cost(form)};
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
  r->calls_of_rollout[HOOK_PROJECT] = RIGGED_N;
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
