#include "support/solver.h"

// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdlib.h>

#include "support/same_plan.h"
#include "traj/extra.h"

traj_ddp_settings solver_settings(traj_ddp_method method) {
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.method = method;
  return settings;
}

static void fail_with(const traj_diag *diag) {
  char text[256];
  traj_diag_text(diag, text, sizeof text);
  fail_msg("%s", text);
}

traj_ddp *solver_create(const traj_problem *problem, const traj_ddp_settings *settings) {
  traj_ddp *solver = NULL;
  traj_diag diag;
  if (traj_ddp_create(&solver, traj_heap(), problem, settings, &diag) != TRAJ_OK) fail_with(&diag);
  return solver;
}

traj_status solver_run(traj_ddp *solver, const bench_problem *problem) {
  double *u = malloc((size_t)problem->problem.N * (size_t)problem->problem.model.nu * sizeof *u);
  if (u == NULL) abort();
  bench_problem_guess(problem, u);
  assert_int_equal(traj_ddp_guess(solver, u), TRAJ_OK);
  free(u);
  return traj_ddp_solve(solver, 0, problem->x0);
}

void solver_print(const traj_ddp *solver) {
  const traj_ddp_stats *s = traj_ddp_get_stats(solver);
  char text[256];
  traj_diag_text(&s->diag, text, sizeof text);
  print_message("%s after %d iterations, cost %.15g, expected %.3g, gradient %.3g, mu %.3g: %s\n",
                traj_status_name(s->status), s->iterations, s->cost, s->expected, s->gradient, s->regularization, text);
}

/* FNV-1a over the bytes. */
static uint64_t mix(uint64_t digest, const void *data, size_t size) {
  const unsigned char *bytes = data;
  for (size_t i = 0; data != NULL && i < size; i++)
    digest = (digest ^ bytes[i]) * 0x100000001b3u;
  return digest;
}

static uint64_t mix_doubles(uint64_t digest, const double *a, size_t count) {
  return mix(digest, a, count * sizeof *a);
}

uint64_t plan_digest(const traj_plan *plan) {
  const size_t N = (size_t)plan->N, nx = (size_t)plan->nx, ndx = (size_t)plan->ndx, nu = (size_t)plan->nu;
  const int sizes[] = {plan->nx, plan->ndx, plan->nu, plan->N, plan->policy_current};
  uint64_t digest = mix(0xcbf29ce484222325u, sizes, sizeof sizes);
  digest = mix_doubles(digest, &plan->cost, 1);
  digest = mix_doubles(digest, plan->t, N + 1);
  digest = mix_doubles(digest, plan->x, nx * (N + 1));
  digest = mix_doubles(digest, plan->u, nu * N);
  digest = mix_doubles(digest, plan->K, nu * ndx * N);
  digest = mix_doubles(digest, plan->V, ndx * ndx * (N + 1));
  digest = mix_doubles(digest, plan->v, ndx * (N + 1));
  digest = mix_doubles(digest, plan->u_min, nu * N);
  return mix_doubles(digest, plan->u_max, nu * N);
}

void assert_plan_finite(const traj_plan *plan) {
  assert_non_null(plan);
  const char *array = plan_not_finite(plan);
  if (array != NULL) fail_msg("%s is not finite", array);
}

void assert_plan_within_limits(const traj_plan *plan) {
  assert_non_null(plan->u_min);
  for (size_t i = 0; i < (size_t)plan->N * (size_t)plan->nu; i++)
    if (!(plan->u_min[i] <= plan->u[i] && plan->u[i] <= plan->u_max[i]))
      fail_msg("u[%zu] = %.17g is not in [%.17g, %.17g]", i, plan->u[i], plan->u_min[i], plan->u_max[i]);
}
