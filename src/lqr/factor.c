/* Policy and value function. */
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "base/diag.h"
#include "linalg/matrix.h"
#include "lqr/solver.h"

/* Packs stage k as the recursion sees it: with what noise that depends on state and control adds to the cost. */
static void pack(traj_lqr *s, int k) {
  tj_stage_cost cost = tj_lqr_cost(s, k);
  if (s->problem.noises > 0) {
    size_t nx = (size_t)s->problem.nx;
    const double *V = s->V + (size_t)(k + 1) * nx * nx;
    tj_lqr_noise_add(&s->noise, tj_lqr_at(s, TJ_LQR_C, k), tj_lqr_at(s, TJ_LQR_D, k), V, &cost);
  }
  tj_stage_dynamics dynamics = tj_lqr_dynamics(s, k);
  tj_stage_pack(&s->riccati.kernel, s->stage, &dynamics, &cost);
}

/* After the products of stage k its K and V are written and, where any of them varies, the matrices of the stage before
 * are read. */
static void expect(traj_lqr *s, int k) {
  size_t nx = (size_t)s->problem.nx, nu = (size_t)s->problem.nu, at = (size_t)k;
  tj_stage_dynamics dynamics = {NULL, NULL, NULL};
  tj_stage_cost cost = {NULL, NULL, NULL, NULL, NULL};
  if (k > 0 && s->varies) {
    dynamics = tj_lqr_dynamics(s, k - 1);
    cost = tj_lqr_cost(s, k - 1);
  }
  tj_kernel_expect_given(&s->riccati.kernel, s->K + at * nu * nx, s->V + at * nx * nx, &dynamics, &cost);
}

/* 1/2 tr(V_{k+1} Sigma_k): what the noise of stage k costs, whatever the policy. */
static double noise_cost(const traj_lqr *s, int k) {
  return 0.5 *
         tj_trace(s->problem.nx, tj_lqr_at(s, TJ_LQR_Sigma, k), s->V + (size_t)(k + 1) * tj_squared(s->problem.nx));
}

/* Finite numbers may still be too large for the products that are made of them. */
static traj_status blame_stage(const traj_lqr *s, int k, traj_diag *diag) {
  int nx = s->problem.nx, nu = s->problem.nu;
  size_t n = (size_t)nx, m = (size_t)nu, at = (size_t)k;
  const struct {
    const char *name;
    const double *a;
    int rows, cols;
  } results[] = {
      {"K", s->K + at * m * n, nu, nx}, {"k", s->k + at * m, nu, 1},         {"V", s->V + at * n * n, nx, nx},
      {"v", s->v + at * n, nx, 1},      {"constant", s->constant + k, 1, 1},
  };
  for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
    traj_diag found = tj_diag_field(TRAJ_E_DIVERGED, results[i].name, 0);
    if (tj_matrix_not_finite(results[i].a, results[i].rows, results[i].cols, false, &found.row, &found.col)) {
      found.k = k;
      found.value = results[i].a[(size_t)found.row + (size_t)found.col * (size_t)results[i].rows];
      return tj_diag_report(diag, found);
    }
  }
  return TRAJ_OK;
}

static traj_status refuse_pivot(const tj_riccati *riccati, int k, traj_diag *diag) {
  traj_status status = isfinite(riccati->size) ? TRAJ_E_SINGULAR : TRAJ_E_DIVERGED;
  traj_diag found = tj_diag_field(status, "Quu", riccati->size);
  found.k = k;
  found.row = riccati->pivot;
  found.col = riccati->pivot;
  return tj_diag_report(diag, found);
}

static void start(traj_lqr *s) {
  const double *Q_N = tj_lqr_at(s, TJ_LQR_Q_N, 0), *q_N = tj_lqr_at(s, TJ_LQR_q_N, 0);
  size_t nx = (size_t)s->problem.nx, N = (size_t)s->problem.N;
  tj_riccati_start(&s->riccati, Q_N, q_N);
  tj_value_unpack(&s->riccati.kernel, s->riccati.value, s->V + N * nx * nx, s->v + N * nx, &s->constant[N]);
}

/* Shows what stage k came to. False: some of it is not finite. A value function is looked at as a whole with the first
 * stage only: what is not finite in it spreads to all gains before. */
static bool store(traj_lqr *s, int k, double noise) {
  tj_riccati *riccati = &s->riccati;
  size_t nx = (size_t)s->problem.nx, nu = (size_t)s->problem.nu, at = (size_t)k;
  double square = tj_policy_unpack(&riccati->kernel, riccati->gain, riccati->value, s->K + at * nu * nx, s->k + at * nu,
                                   s->V + at * nx * nx, s->v + at * nx);
  s->constant[k] = tj_value_constant(&riccati->kernel, riccati->value) + noise;
  bool sound = k > 0 && isfinite(square);
  return (sound || tj_riccati_finite(riccati)) && isfinite(s->constant[k]);
}

/* Why there is no policy: the first number, from the end on, that is not finite, in the problem before its results; or
 * else the control Hessian of stage k. The problem's numbers are looked at only now: to look at all of them takes
 * longer than a small stage. What is not a number among them spreads to the results: every entry is a factor or a term
 * of some of them, and nothing makes it vanish. */
static traj_status blame(const traj_lqr *s, int k, bool definite, traj_diag *diag) {
  for (int j = s->problem.N - 1; j >= k; j--) {
    traj_status status = tj_lqr_check_stage(s, j, diag);
    if (status == TRAJ_OK && (j > k || definite)) status = blame_stage(s, j, diag);
    if (status != TRAJ_OK) return status;
  }
  return definite ? TRAJ_OK : refuse_pivot(&s->riccati, k, diag);
}

/* A stage back; noise is that of all stages after it. */
static traj_status step_back(traj_lqr *s, int k, double *noise, traj_diag *diag) {
  tj_riccati *riccati = &s->riccati;
  if (!tj_riccati_minimise(riccati, s->stage, 0)) return blame(s, k, false, diag);
  tj_riccati_value(riccati);
  if (tj_lqr_has_noise(&s->problem)) *noise += noise_cost(s, k);
  return store(s, k, *noise) ? TRAJ_OK : blame(s, k, true, diag);
}

static traj_status backward(traj_lqr *s, traj_diag *diag) {
  int N = s->problem.N;
  bool noisy = tj_lqr_has_noise(&s->problem);
  double noise = 0;
  for (int k = N - 1; k >= 0; k--) {
    bool fresh = s->varies || k == N - 1;
    traj_status status = noisy && fresh ? tj_lqr_check_noise(s, k, diag) : TRAJ_OK;
    if (status != TRAJ_OK) return status;
    if (k == N - 1) start(s);
    if (fresh) pack(s, k);
    if (s->riccati.kernel.fetches) expect(s, k);
    status = step_back(s, k, &noise, diag);
    if (status != TRAJ_OK) return status;
  }
  return TRAJ_OK;
}

traj_status traj_lqr_factor(traj_lqr *solver, traj_diag *diag) {
  if (solver == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "solver", 0));
  solver->factored = false;
  solver->planned = false;
  traj_status status = backward(solver, diag);
  if (status != TRAJ_OK) return status;
  solver->factored = true;
  return tj_diag_report(diag, tj_diag_none());
}

const traj_lqr_policy *traj_lqr_get_policy(const traj_lqr *solver) {
  return solver != NULL && solver->factored ? &solver->policy : NULL;
}
