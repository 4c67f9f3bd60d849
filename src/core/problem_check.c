#include "core/problem_check.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>

#include "base/check.h"
#include "base/diag.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int tj_model_ndx(const traj_model *model) {
  if (model->ndx != 0) return model->ndx;
  return model->parts != NULL ? traj_manifold_ndx(model->parts) : model->nx;
}

/* Each check function returns the first field that is refused, with the number to show; NULL: none. */
static const char *check_sizes(const traj_problem *p, double *value) {
  const traj_model *m = &p->model;
  *value = p->N;
  if (p->N < 1 || p->N > INT_MAX / 2) return "N";
  *value = m->nx;
  if (m->nx < 1 || m->nx > TJ_MAX_SIZE) return "model.nx";
  *value = m->ndx;
  if (m->ndx < 0 || m->ndx > m->nx) return "model.ndx";
  *value = m->nu;
  if (m->nu < 1 || m->nu > TJ_MAX_SIZE - 1 - m->nx) return "model.nu";
  *value = p->u_stride;
  if (p->u_stride != 0 && p->u_stride != m->nu) return "u_stride";
  return NULL;
}

/* The space that the state lives in: given by parts, by hooks, or not at all. */
static const char *check_space(const traj_model *m, double *value) {
  bool retracts = m->retract != NULL, helps = m->retract_derivatives != NULL || m->difference_derivatives != NULL;
  *value = 0;
  if (m->parts != NULL) {
    if (retracts || m->difference != NULL || m->project != NULL || helps) return "model.parts";
    *value = traj_manifold_nx(m->parts);
    if (*value != m->nx) return "model.parts";
    *value = m->ndx;
    if (m->ndx != 0 && m->ndx != traj_manifold_ndx(m->parts)) return "model.ndx";
    return NULL;
  }
  if (m->difference == NULL && (retracts || tj_model_ndx(m) != m->nx)) return "model.difference";
  if (!retracts && m->difference != NULL) return "model.retract";
  bool carried = retracts && m->ode != NULL; /* a step says itself where it ends and what it does there */
  if (!carried && m->project != NULL) return "model.project";
  if (!carried && m->retract_derivatives != NULL) return "model.retract_derivatives";
  if (!carried && m->difference_derivatives != NULL) return "model.difference_derivatives";
  return NULL;
}

static const char *check_model(const traj_problem *p, double *value) {
  const traj_model *m = &p->model;
  *value = 0;
  if (m->step == NULL && m->ode == NULL) return "model.step";
  if (m->step != NULL && m->ode != NULL) return "model.ode";
  *value = m->integrator;
  if (m->integrator != TRAJ_RK4 && m->integrator != TRAJ_EULER && m->integrator != TRAJ_MIDPOINT) {
    return "model.integrator";
  }
  *value = m->substeps;
  if (m->substeps < 0 || m->substeps > INT_MAX / 8) return "model.substeps";
  *value = 0;
  const char *space = check_space(m, value);
  if (space != NULL) return space;
  if (!tj_reserved_zero(m->reserved, COUNT(m->reserved))) return "model.reserved";
  *value = p->dt;
  if (!isfinite(p->dt) || p->dt < 0) return "dt";
  if (m->ode != NULL && p->dt_stage == NULL && !(p->dt > 0)) return "dt";
  return NULL;
}

static int rows_refused(int nr, int columns) {
  return nr < 1 || nr > INT_MAX / columns;
}

static const char *check_cost(const traj_problem *p, double *value) {
  const traj_cost *c = &p->cost;
  int columns = tj_model_ndx(&p->model) + p->model.nu;
  *value = 0;
  if (c->stage == NULL && c->residual == NULL) return "cost.stage";
  if (c->stage != NULL && c->residual != NULL) return "cost.residual";
  if (c->final != NULL && c->final_residual != NULL) return "cost.final_residual";
  if (c->stage == NULL && c->stage_quad != NULL) return "cost.stage_quad";
  if (c->final == NULL && c->final_quad != NULL) return "cost.final_quad";
  if (c->residual == NULL && c->residual_jac != NULL) return "cost.residual_jac";
  if (c->final_residual == NULL && c->final_residual_jac != NULL) return "cost.final_residual_jac";
  if (!tj_reserved_zero(c->reserved, COUNT(c->reserved))) return "cost.reserved";
  *value = c->nr;
  if (c->residual != NULL && rows_refused(c->nr, columns)) return "cost.nr";
  *value = c->nr_final;
  if (c->final_residual != NULL && rows_refused(c->nr_final, columns)) return "cost.nr_final";
  *value = 0;
  if (!tj_reserved_zero(p->reserved, COUNT(p->reserved))) return "reserved";
  return NULL;
}

traj_status tj_problem_check(const traj_problem *problem, traj_diag *diag) {
  double value = 0;
  const char *field = NULL;
  if (problem == NULL) field = "problem";
  if (field == NULL) field = check_sizes(problem, &value);
  if (field == NULL) field = check_model(problem, &value);
  if (field == NULL) field = check_cost(problem, &value);
  if (field == NULL) return TRAJ_OK;
  return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, field, value));
}
