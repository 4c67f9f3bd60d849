/* Life of a solver: settings, memory, guess and horizon, and what it shows. The solve is in solve.c. */
#include "ddp/ddp.h"

#include <math.h>
#include <string.h>

#include "base/check.h"
#include "base/diag.h"
#include "core/problem_check.h"
#include "core/problem_data.h"

void traj_ddp_defaults(traj_ddp_settings *settings) {
  if (settings == NULL) return;
  *settings = (traj_ddp_settings){.run = {.max_iter = 500, .workers = 1}, .method = TRAJ_AUTO, .tolerance = 1e-9};
}

static traj_status check_settings(const traj_ddp_settings *s, traj_diag *diag) {
  const char *field = NULL;
  double value = 0;
  const size_t run_reserved = sizeof(s->run.reserved) / sizeof(s->run.reserved[0]);
  const size_t reserved = sizeof(s->reserved) / sizeof(s->reserved[0]);
  if (s->run.max_iter < 0) {
    field = "settings.run.max_iter", value = s->run.max_iter;
  } else if (!isfinite(s->run.time_limit) || s->run.time_limit < 0) {
    field = "settings.run.time_limit", value = s->run.time_limit;
  } else if (s->run.time_limit > 0 && s->run.clock == NULL) {
    field = "settings.run.clock";
  } else if (s->run.workers < 0 || s->run.workers > TJ_MAX_WORKERS) {
    field = "settings.run.workers", value = s->run.workers;
  } else if (s->run.workers > 1 && s->run.parallel == NULL) {
    field = "settings.run.parallel";
  } else if (!tj_reserved_zero(s->run.reserved, run_reserved)) {
    field = "settings.run.reserved";
  } else if (s->method != TRAJ_ILQR && s->method != TRAJ_DDP && s->method != TRAJ_AUTO) {
    field = "settings.method", value = s->method;
  } else if (s->differences != TRAJ_CENTRAL && s->differences != TRAJ_FORWARD) {
    field = "settings.differences", value = s->differences;
  } else if (!tj_linalg_available(s->linalg)) {
    field = "settings.linalg", value = s->linalg;
  } else if (!isfinite(s->tolerance) || s->tolerance < 0) {
    field = "settings.tolerance", value = s->tolerance;
  } else if (!tj_reserved_zero(s->reserved, reserved)) {
    field = "settings.reserved";
  }
  return field == NULL ? TRAJ_OK : tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, field, value));
}

/* Settings with defaults for NULL, and everything validated that create can validate. */
static traj_status check(const traj_problem *problem, const traj_ddp_settings *given, traj_ddp_settings *settings,
                         traj_diag *diag) {
  if (diag != NULL) *diag = tj_diag_none();
  traj_ddp_defaults(settings);
  if (given != NULL) *settings = *given;
  traj_status status = tj_problem_check(problem, diag);
  if (status == TRAJ_OK) status = check_settings(settings, diag);
  if (status == TRAJ_OK) status = tj_problem_check_data(problem, problem->N, diag);
  return status;
}

/* Carves a solver out of the arena, or measures one. */
static traj_ddp layout(tj_arena *arena, const traj_problem *problem, const traj_ddp_settings *settings) {
  size_t N = (size_t)problem->N, ndx = (size_t)tj_model_ndx(&problem->model), nu = (size_t)problem->model.nu;
  tj_shape shape = {.nx = (int)ndx, .nu = (int)nu};
  bool limited = problem->u_min != NULL || problem->u_max != NULL;
  traj_ddp ddp = {.settings = *settings};
  if (ddp.settings.run.workers == 0) ddp.settings.run.workers = 1;
  ddp.sim = tj_simulator_layout(arena, problem, settings->differences, settings->method != TRAJ_ILQR);
  ddp.guess = tj_arena_doubles(arena, nu, N);
  ddp.guess_x = tj_arena_doubles(arena, (size_t)problem->model.nx, N + 1);
  ddp.stages = tj_arena_doubles(arena, tj_stage_doubles(shape), N);
  ddp.V_final = tj_arena_doubles(arena, ndx, ndx);
  ddp.v_final = tj_arena_doubles(arena, ndx, 1);
  ddp.v0 = tj_arena_doubles(arena, ndx, 1);
  ddp.costate = tj_arena_doubles(arena, ndx, 1);
  ddp.g = tj_arena_doubles(arena, nu, 1);
  ddp.bent = tj_arena_doubles(arena, tj_stage_doubles(shape), 1);
  ddp.riccati = tj_riccati_layout(arena, shape, settings->linalg);
  if (limited) ddp.boxqp = tj_boxqp_layout(arena, shape);
  ddp.check = tj_derivative_check_layout(arena, &ddp.sim);
  ddp.shown = tj_trajectory_layout(arena, &ddp.sim);
  ddp.current = tj_trajectory_layout(arena, &ddp.sim);
  if (settings->method == TRAJ_AUTO) ddp.aside = tj_trajectory_layout(arena, &ddp.sim);
  tj_ddp_layout_workers(arena, &ddp);
  ddp.shown_policy = tj_policy_layout(arena, &ddp.sim.world);
  ddp.current_policy = tj_policy_layout(arena, &ddp.sim.world);
  ddp.next_policy = tj_policy_layout(arena, &ddp.sim.world);
  ddp.plan_t = tj_arena_doubles(arena, N + 1, 1);
  ddp.plan_u_min = limited ? tj_arena_doubles(arena, nu, N) : NULL;
  ddp.plan_u_max = limited ? tj_arena_doubles(arena, nu, N) : NULL;
  return ddp;
}

static traj_status no_memory(traj_diag *diag, const char *field, double value) {
  return tj_diag_report(diag, tj_diag_field(TRAJ_E_MEMORY, field, value));
}

traj_status traj_ddp_size(const traj_problem *problem, const traj_ddp_settings *settings, size_t *size,
                          traj_diag *diag) {
  traj_ddp_settings checked;
  if (size == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "size", 0));
  *size = 0;
  traj_status status = check(problem, settings, &checked, diag);
  if (status != TRAJ_OK) return status;
  tj_arena arena = tj_arena_measure();
  tj_arena_take(&arena, 1, sizeof(traj_ddp));
  layout(&arena, problem, &checked);
  *size = tj_arena_block_size(&arena);
  return *size > 0 ? TRAJ_OK : no_memory(diag, "N", problem->N);
}

traj_status traj_ddp_init(traj_ddp **solver, void *block, size_t size, const traj_problem *problem,
                          const traj_ddp_settings *settings, traj_diag *diag) {
  traj_ddp_settings checked;
  if (solver == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "solver", 0));
  *solver = NULL;
  size_t needed;
  traj_status status = traj_ddp_size(problem, settings, &needed, diag);
  if (status != TRAJ_OK) return status;
  if (block == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "block", 0));
  if (size < needed) return no_memory(diag, "size", (double)size);
  traj_ddp_defaults(&checked);
  if (settings != NULL) checked = *settings;
  /* Every byte is written once, so that no answer can depend on what the block held. */
  memset(block, 0, size);
  tj_arena arena = tj_arena_over(block, size);
  traj_ddp *ddp = tj_arena_take(&arena, 1, sizeof(traj_ddp));
  *ddp = layout(&arena, problem, &checked);
  tj_ddp_settle_in(ddp);
  ddp->shifted = -1;
  ddp->stats.diag = tj_diag_none();
  *solver = ddp;
  return TRAJ_OK;
}

traj_status traj_ddp_create(traj_ddp **solver, const traj_allocator *allocator, const traj_problem *problem,
                            const traj_ddp_settings *settings, traj_diag *diag) {
  if (solver == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "solver", 0));
  *solver = NULL;
  size_t size = 0;
  tj_lease lease = {.block = NULL};
  traj_status status = tj_lease_check(allocator, diag);
  if (status == TRAJ_OK) status = traj_ddp_size(problem, settings, &size, diag);
  if (status == TRAJ_OK) status = tj_lease_take(&lease, allocator, size, diag);
  if (status == TRAJ_OK) status = traj_ddp_init(solver, lease.block, size, problem, settings, diag);
  if (*solver != NULL) {
    (*solver)->lease = lease;
  } else {
    tj_lease_end(&lease);
  }
  return status;
}

void traj_ddp_destroy(traj_ddp *solver) {
  if (solver != NULL && !solver->busy) tj_lease_end(&solver->lease);
}
