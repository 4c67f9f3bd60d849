/* The two doors to memory. */
#include "traj/lqr.h"

#include <string.h>

#include "base/diag.h"
#include "lqr/solver.h"

static tj_lqr_path carve_path(tj_arena *arena, const traj_lqr_problem *p) {
  size_t nx = (size_t)p->nx, nu = (size_t)p->nu, N = (size_t)p->N;
  return (tj_lqr_path){
      .t = tj_arena_doubles(arena, N + 1, 1),
      .x = tj_arena_doubles(arena, nx, N + 1),
      .u = tj_arena_doubles(arena, nu, N),
      .v = tj_arena_doubles(arena, nx, N + 1),
  };
}

/* Lays the solver out; the answer is where it goes, solver what to put there. */
static traj_lqr *lay_out(tj_arena *arena, const traj_lqr_problem *problem, traj_lqr *solver) {
  size_t nx = (size_t)problem->nx, nu = (size_t)problem->nu, N = (size_t)problem->N;
  tj_shape shape = {.nx = problem->nx, .nu = problem->nu};
  traj_lqr *place = tj_arena_take(arena, 1, sizeof *place);
  *solver = (traj_lqr){.problem = *problem, .varies = tj_lqr_varies(problem) || problem->noises > 0};
  for (int name = 0; name < TJ_LQR_FIELDS; name++) {
    traj_series given = tj_lqr_series(problem, (tj_lqr_name)name);
    solver->given[name] = (traj_series){given.data, given.data == NULL ? 0 : given.stride};
  }
  solver->riccati = tj_riccati_layout(arena, shape, problem->linalg);
  solver->noise = tj_lqr_noise_layout(arena, problem);
  solver->stage = tj_arena_doubles(arena, tj_stage_doubles(shape), 1);
  solver->K = tj_arena_doubles(arena, nu * nx, N);
  solver->k = tj_arena_doubles(arena, nu, N);
  solver->V = tj_arena_doubles(arena, nx * nx, N + 1);
  solver->v = tj_arena_doubles(arena, nx, N + 1);
  solver->constant = tj_arena_doubles(arena, N + 1, 1);
  solver->shown = carve_path(arena, problem);
  solver->spare = carve_path(arena, problem);
  solver->policy = (traj_lqr_policy){
      .nx = problem->nx,
      .nu = problem->nu,
      .N = problem->N,
      .K = solver->K,
      .k = solver->k,
      .V = solver->V,
      .v = solver->v,
      .constant = solver->constant,
  };
  return place;
}

traj_status traj_lqr_size(const traj_lqr_problem *problem, size_t *size, traj_diag *diag) {
  if (size == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "size", 0));
  *size = 0;
  traj_status status = tj_lqr_check(problem, diag);
  if (status != TRAJ_OK) return status;
  traj_lqr solver;
  tj_arena arena = tj_arena_measure();
  lay_out(&arena, problem, &solver);
  size_t needed = tj_arena_block_size(&arena);
  if (needed == 0) return tj_diag_report(diag, tj_diag_field(TRAJ_E_MEMORY, "N", problem->N));
  *size = needed;
  return tj_diag_report(diag, tj_diag_none());
}

traj_status traj_lqr_init(traj_lqr **solver, void *block, size_t size, const traj_lqr_problem *problem,
                          traj_diag *diag) {
  if (solver == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "solver", 0));
  *solver = NULL;
  if (block == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "block", 0));
  traj_status status = tj_lqr_check(problem, diag);
  if (status != TRAJ_OK) return status;
  traj_lqr built;
  tj_arena arena = tj_arena_over(block, size);
  traj_lqr *place = lay_out(&arena, problem, &built);
  if (arena.overflow) return tj_diag_report(diag, tj_diag_field(TRAJ_E_MEMORY, "size", (double)size));
  /* Every byte is written once, so that no answer can depend on what the block held. */
  memset(block, 0, size);
  *place = built;
  *solver = place;
  return tj_diag_report(diag, tj_diag_none());
}

traj_status traj_lqr_create(traj_lqr **solver, const traj_allocator *allocator, const traj_lqr_problem *problem,
                            traj_diag *diag) {
  if (solver == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "solver", 0));
  *solver = NULL;
  size_t size = 0;
  tj_lease lease = {.block = NULL};
  traj_status status = tj_lease_check(allocator, diag);
  if (status == TRAJ_OK) status = traj_lqr_size(problem, &size, diag);
  if (status == TRAJ_OK) status = tj_lease_take(&lease, allocator, size, diag);
  if (status == TRAJ_OK) status = traj_lqr_init(solver, lease.block, size, problem, diag);
  if (*solver != NULL) {
    (*solver)->lease = lease;
  } else {
    tj_lease_end(&lease);
  }
  return status;
}

void traj_lqr_destroy(traj_lqr *solver) {
  if (solver != NULL) tj_lease_end(&solver->lease);
}
