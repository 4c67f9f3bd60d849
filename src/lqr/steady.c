/* The infinite horizon: the two doors to memory. */
#include "lqr/steady.h"

#include <string.h>

#include "base/diag.h"

static void carve_given(tj_arena *arena, traj_steady *s) {
  for (int name = 0; name < TJ_LQR_FIELDS; name++) {
    tj_lqr_name field = (tj_lqr_name)name;
    bool there = tj_lqr_series(&s->problem, field).data != NULL && field != TJ_LQR_Q_N && field != TJ_LQR_q_N;
    s->given[name] = tj_arena_doubles(arena, tj_lqr_count(&s->problem, field), there ? 1 : 0);
  }
}

/* Lays the solver out; the answer is where it goes, s what to put there. */
static traj_steady *lay_out(tj_arena *arena, const traj_lqr_problem *problem, traj_steady *s) {
  size_t nx = (size_t)problem->nx, nu = (size_t)problem->nu;
  tj_shape shape = {.nx = problem->nx, .nu = problem->nu};
  traj_steady *place = tj_arena_take(arena, 1, sizeof *place);
  *s = (traj_steady){.problem = *problem};
  carve_given(arena, s);
  s->riccati = tj_riccati_layout(arena, shape, problem->linalg);
  s->stage = tj_arena_doubles(arena, tj_stage_doubles(shape), 1);
  s->noise = tj_lqr_noise_layout(arena, problem);
  s->doubling = tj_doubling_layout(arena, problem->nx);
  s->V = tj_arena_doubles(arena, nx, nx);
  s->v = tj_arena_doubles(arena, nx, 1);
  s->K = tj_arena_doubles(arena, nu, nx);
  s->k = tj_arena_doubles(arena, nu, 1);
  s->F = tj_arena_doubles(arena, nx, nx);
  s->T = tj_arena_doubles(arena, nu, nx);
  s->R = tj_arena_doubles(arena, nu, nu);
  s->earlier = tj_arena_doubles(arena, nx, problem->noises > 0 ? nx : 0);
  s->guess = tj_arena_doubles(arena, nx, problem->noises > 0 ? nx : 0);
  s->pivots = tj_arena_take(arena, nu, sizeof(int));
  s->policy = (traj_steady_policy){.nx = problem->nx, .nu = problem->nu, .K = s->K, .k = s->k, .V = s->V, .v = s->v};
  return place;
}

/* The problem as it is kept: with a last stage. */
static traj_status check(const traj_lqr_problem *problem, traj_lqr_problem *kept, traj_diag *diag) {
  *kept = (traj_lqr_problem){.N = 0};
  if (problem == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "problem", 0));
  *kept = *problem;
  if (kept->N == 0) kept->N = 1;
  return tj_lqr_check(kept, diag);
}

traj_status traj_steady_size(const traj_lqr_problem *problem, size_t *size, traj_diag *diag) {
  traj_lqr_problem kept;
  if (size == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "size", 0));
  *size = 0;
  traj_status status = check(problem, &kept, diag);
  if (status != TRAJ_OK) return status;
  traj_steady steady;
  tj_arena arena = tj_arena_measure();
  lay_out(&arena, &kept, &steady);
  size_t needed = tj_arena_block_size(&arena);
  if (needed == 0) return tj_diag_report(diag, tj_diag_field(TRAJ_E_MEMORY, "nx", kept.nx));
  *size = needed;
  return tj_diag_report(diag, tj_diag_none());
}

traj_status traj_steady_init(traj_steady **steady, void *block, size_t size, const traj_lqr_problem *problem,
                             traj_diag *diag) {
  traj_lqr_problem kept;
  if (steady == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "steady", 0));
  *steady = NULL;
  if (block == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "block", 0));
  traj_status status = check(problem, &kept, diag);
  if (status != TRAJ_OK) return status;
  traj_steady built;
  tj_arena arena = tj_arena_over(block, size);
  traj_steady *place = lay_out(&arena, &kept, &built);
  if (arena.overflow) return tj_diag_report(diag, tj_diag_field(TRAJ_E_MEMORY, "size", (double)size));
  memset(block, 0, size); /* so that no answer can depend on what the block held */
  *place = built;
  *steady = place;
  return tj_diag_report(diag, tj_diag_none());
}

traj_status traj_steady_create(traj_steady **steady, const traj_allocator *allocator, const traj_lqr_problem *problem,
                               traj_diag *diag) {
  if (steady == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "steady", 0));
  *steady = NULL;
  size_t size = 0;
  tj_lease lease = {.block = NULL};
  traj_status status = tj_lease_check(allocator, diag);
  if (status == TRAJ_OK) status = traj_steady_size(problem, &size, diag);
  if (status == TRAJ_OK) status = tj_lease_take(&lease, allocator, size, diag);
  if (status == TRAJ_OK) status = traj_steady_init(steady, lease.block, size, problem, diag);
  if (*steady != NULL) {
    (*steady)->lease = lease;
  } else {
    tj_lease_end(&lease);
  }
  return status;
}

void traj_steady_destroy(traj_steady *steady) {
  if (steady != NULL) tj_lease_end(&steady->lease);
}

const traj_steady_policy *traj_steady_get_policy(const traj_steady *steady) {
  return steady != NULL && steady->solved ? &steady->policy : NULL;
}

traj_status traj_steady_finish(traj_steady *steady, traj_lqr_problem *problem, traj_diag *diag) {
  if (steady == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "steady", 0));
  if (problem == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "problem", 0));
  if (problem->nx != steady->problem.nx) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "nx", problem->nx));
  traj_status status = traj_steady_solve(steady, diag);
  if (status != TRAJ_OK) return status;
  problem->Q_N = steady->V;
  problem->q_N = steady->v;
  return status;
}
