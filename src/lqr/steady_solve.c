/* The steady policy: doubling from a definite start, corrected by Newton's method on the equation itself. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "base/diag.h"
#include "linalg/dense.h"
#include "linalg/matrix.h"
#include "lqr/steady.h"

enum { CORRECTIONS = 50, LEAPS = 400, STARTS = 4, PLAIN = 20, PATIENCE = 12, LONG_PATIENCE = 200 };
static const double RAISE = 1e3;
static const double LEAP = 8;
static const double NEGLIGIBLE = 0.01;
static const double SETTLED = 1e-6;
static const double SETTLED_IN_LEAPS = 1e-10;
static const double BETTER = 0.9;
static const double LARGE = 1e6;
static const double GROWN = 1e150;

static traj_status read_stage(traj_steady *s, traj_diag *diag) {
  for (int name = 0; name < TJ_LQR_FIELDS; name++) {
    if (s->given[name] == NULL) continue;
    tj_lqr_name field = (tj_lqr_name)name;
    traj_status status = tj_lqr_read_stage(&s->problem, field, s->problem.N - 1, s->given[name], diag);
    if (status != TRAJ_OK) return status;
  }
  return TRAJ_OK;
}

/* The stage's cost, with what the noise adds to it when V follows. */
static void pack(traj_steady *s, bool noisy) {
  tj_stage_cost cost = {
      .lxx = s->given[TJ_LQR_Q],
      .luu = s->given[TJ_LQR_R],
      .lux = s->given[TJ_LQR_S],
      .lx = s->given[TJ_LQR_q],
      .lu = s->given[TJ_LQR_r],
  };
  if (noisy) tj_lqr_noise_add(&s->noise, s->given[TJ_LQR_C], s->given[TJ_LQR_D], s->V, &cost);
  tj_stage_dynamics dynamics = {s->given[TJ_LQR_A], s->given[TJ_LQR_B], s->given[TJ_LQR_c]};
  tj_stage_pack(&s->riccati.kernel, s->stage, &dynamics, &cost);
}

/* (S1) The gain from V and v, and F = what a stage makes of V, less V. False: the control Hessian is not positive
 * definite. */
static bool evaluate(traj_steady *s, bool noisy, double *constant) {
  tj_riccati *riccati = &s->riccati;
  tj_kernel *kernel = &riccati->kernel;
  pack(s, noisy);
  tj_riccati_start(riccati, s->V, s->v);
  tj_kernel_expand(kernel, s->stage, riccati->value);
  s->pivot_row = tj_kernel_factor(kernel, &s->pivot);
  if (s->pivot_row >= 0) return false;
  tj_kernel_gain(kernel, riccati->gain);
  tj_gain_unpack(kernel, riccati->gain, s->K, s->k);
  tj_kernel_value_of(kernel, riccati->gain, riccati->value); /* errors of the gain count squared */
  tj_value_unpack(kernel, riccati->value, s->F, NULL, constant);
  for (size_t i = 0; i < tj_squared(s->problem.nx); i++)
    s->F[i] -= s->V[i];
  return true;
}

/* M = A + B K */
static void close_loop(const traj_steady *s, double *M) {
  tj_close_loop(s->problem.nx, s->problem.nu, s->given[TJ_LQR_A], s->given[TJ_LQR_B], s->K, M);
}

/* What errors are relative to: V, or the weight where it cancels; and a number whose rounding can still be told, where
 * V vanishes. */
static double scale(const traj_steady *s) {
  double V = tj_largest(s->V, tj_squared(s->problem.nx)), Q = tj_steady_largest(s, TJ_LQR_Q);
  return fmax(fmax(V, Q), DBL_MIN / DBL_EPSILON);
}

/* A size for the start: that of the weights, on the scale of V. */
static double start_size(const traj_steady *s) {
  double Q = tj_steady_largest(s, TJ_LQR_Q), R = tj_steady_largest(s, TJ_LQR_R), B = tj_steady_largest(s, TJ_LQR_B);
  if (Q > 0) return Q;
  return R > 0 && B > 0 ? R / B / B : 1;
}

/* (S3) The doubling starts with a few things settled: V = size I, one stage done. */
static void load_doubling(traj_steady *s) {
  tj_doubling *d = &s->doubling;
  int n = s->problem.nx, m = s->problem.nu;
  close_loop(s, d->A);
  tj_transpose(n, m, s->given[TJ_LQR_B], s->T);
  for (int j = 0; j < n; j++)
    tj_kernel_solve(&s->riccati.kernel, s->T + (size_t)j * (size_t)m);
  tj_set_product(n, n, m, s->given[TJ_LQR_B], s->T, d->G);
  tj_symmetrise(n, d->G);
  memcpy(d->H, s->F, tj_squared(n) * sizeof(double));
}

typedef enum outcome { FOUND, NOT_POSITIVE, NOT_STABLE, NOT_BOUNDED, NOT_SETTLED } outcome;

static outcome start(traj_steady *s) {
  int n = s->problem.nx;
  double size = start_size(s);
  bool positive = false;
  memset(s->v, 0, (size_t)n * sizeof(double));
  for (int i = 0; i < STARTS && !positive; i++, size *= RAISE) {
    tj_set_identity(n, size, s->V);
    positive = evaluate(s, false, NULL);
  }
  if (!positive) return NOT_POSITIVE;
  load_doubling(s);
  if (!tj_doubling_run(&s->doubling, s->V[0])) return NOT_SETTLED;
  for (size_t i = 0; i < tj_squared(n); i++)
    s->V[i] += s->doubling.H[i];
  return FOUND;
}

/* How corrections are made: for the stage without its noise; with it, in leaps; or with it, so that what is at hand
 * stays below the solution as long as it grows towards one. */
typedef enum pace { WITHOUT_NOISE, IN_LEAPS, WITH_CARE } pace;

/* How many there may be, and when they end: below a share of V that is enough, after so many without a better one. */
static const struct {
  int most, patience;
  double enough;
} PACES[] = {{CORRECTIONS, 1, SETTLED}, {LEAPS, PATIENCE, SETTLED_IN_LEAPS}, {2 * LEAPS, LONG_PATIENCE, SETTLED}};

/* How far ahead of V the solution lies, in units of the last step. The noise makes the corrections shrink by a factor r
 * only: the last two tell by which, and where that leads. Where they grow, it is still far. Care looks ahead at times
 * only, and where they grow not at all, unless after many the last one is the largest (peak). */
static double distance(const traj_steady *s, pace by, int i, bool peak) {
  size_t count = tj_squared(s->problem.nx);
  double over = 0, under = 0, unit = tj_largest(s->F, count); /* squares of small numbers may vanish */
  for (size_t j = 0; i > 0 && j < count; j++) {
    double difference = (s->F[j] - s->earlier[j]) / unit;
    over += s->F[j] / unit * difference;
    under += difference * difference;
  }
  bool grows = over > 0, careful = by == WITH_CARE && !(peak && i >= LEAPS);
  if (!(under > 0) || (careful && (grows || i % (PLAIN + 1) != 0))) return 0;
  return grows ? (over < under ? 0 : LEAP) : -over / under; /* r / (1 - r) */
}

/* (S7) V already holds the sum of the guess before and F, the correction. The rounding in F, about eps V, must not
 * become large beside F, which is share. */
static void extrapolate(traj_steady *s, pace by, int i, bool peak, double share) {
  double ahead = distance(s, by, i, peak), most = NEGLIGIBLE * share / DBL_EPSILON;
  if (ahead > most) ahead = most;
  for (size_t j = 0; j < tj_squared(s->problem.nx); j++) {
    double sum = s->V[j];
    s->V[j] += ahead * (sum - (i == 0 ? sum : s->guess[j]));
    s->guess[j] = sum;
    s->earlier[j] = s->F[j];
  }
}

/* F becomes what the equation linearised about the policy at hand asks for, noise apart. Where that policy is not
 * stable it asks for nothing that there is; then F stays what one stage makes of V. */
static bool sum_up(traj_steady *s) {
  tj_doubling *d = &s->doubling;
  size_t bytes = tj_squared(d->n) * sizeof(double);
  close_loop(s, d->A);
  memcpy(d->W, s->F, bytes);
  s->policy.radius = tj_stein(d->n, d->A, s->F, d->Y, d->Z);
  bool stable = s->policy.radius < 1 - sqrt(DBL_EPSILON);
  if (!stable) memcpy(s->F, d->W, bytes);
  return stable;
}

/* (S4) Newton's method. */
static outcome correct(traj_steady *s, pace by) {
  int since_best = 0;
  bool noisy = by != WITHOUT_NOISE;
  size_t count = tj_squared(s->problem.nx);
  double best = HUGE_VAL, highest = 0, largest = GROWN * scale(s);
  for (int i = 0; i < PACES[by].most; i++) {
    if (!evaluate(s, noisy, NULL)) return NOT_POSITIVE;
    bool stable = sum_up(s);
    s->policy.corrections++;
    if (!stable && by != WITH_CARE) return NOT_STABLE;
    for (size_t j = 0; j < count; j++)
      s->V[j] += s->F[j];
    double change = tj_largest(s->F, count), size = scale(s);
    if (!isfinite(size) || size > largest) return NOT_BOUNDED;
    double share = change / size;
    since_best = share < BETTER * best ? 0 : since_best + 1;
    best = share < best ? share : best;
    bool settled = share <= DBL_EPSILON || (share <= PACES[by].enough && since_best >= PACES[by].patience);
    if (settled && stable) return FOUND;
    highest = fmax(highest, change);
    if (noisy) extrapolate(s, by, i, change == highest, share);
  }
  return NOT_SETTLED;
}

/* A leap too far may end where no policy is of use, although there is a solution: then once more, with care. */
static outcome correct_with_noise(traj_steady *s) {
  if (correct(s, IN_LEAPS) == FOUND) return FOUND;
  start(s);
  correct(s, WITHOUT_NOISE); /* to where it was before */
  return correct(s, WITH_CARE);
}

/* (S8) v of the affine parts: v = q + K'r + (A + B K)'(v + V c). False: it cannot be told. */
static bool find_gradient(traj_steady *s) {
  tj_doubling *d = &s->doubling;
  int n = s->problem.nx, m = s->problem.nu;
  double *right = s->v;
  memset(right, 0, (size_t)n * sizeof(double));
  close_loop(s, d->A);
  if (s->given[TJ_LQR_c] != NULL) {
    memset(d->Y, 0, (size_t)n * sizeof(double));
    tj_add_apply(n, n, 1, s->V, s->given[TJ_LQR_c], d->Y);
    tj_add_apply_t(n, n, 1, d->A, d->Y, right);
  }
  for (int i = 0; s->given[TJ_LQR_q] != NULL && i < n; i++)
    right[i] += s->given[TJ_LQR_q][i];
  if (s->given[TJ_LQR_r] != NULL) tj_add_apply_t(m, n, 1, s->K, s->given[TJ_LQR_r], right);
  tj_transpose(n, n, d->A, d->W);
  for (size_t i = 0; i < tj_squared(n); i++)
    d->W[i] = -d->W[i];
  for (int i = 0; i < n; i++)
    d->W[i + i * n] += 1;
  if (!tj_lu_factor(n, d->W, d->pivots)) return false;
  tj_lu_solve(n, 1, d->W, d->pivots, right);
  return true;
}

/* (S9) The mean cost per stage: what a stage adds to the constant of the value function, with the noise. */
static double rate(const traj_steady *s, double constant) {
  const double *Sigma = s->given[TJ_LQR_Sigma];
  for (size_t i = 0; Sigma != NULL && i < tj_squared(s->problem.nx); i++)
    constant += 0.5 * s->V[i] * Sigma[i];
  return constant;
}

static bool finish(traj_steady *s) {
  size_t n = (size_t)s->problem.nx, m = (size_t)s->problem.nu;
  bool noisy = s->problem.noises > 0;
  double constant = 0;
  if (!evaluate(s, noisy, NULL) || !find_gradient(s) || !evaluate(s, noisy, &constant)) return false;
  double size = scale(s), error = tj_largest(s->F, n * n);
  s->policy.residual = error > 0 ? error / size : 0;
  s->policy.rate = rate(s, constant);
  close_loop(s, s->doubling.A);
  s->policy.radius = tj_radius(s->problem.nx, s->doubling.A, s->doubling.Y);
  return isfinite(s->policy.rate) && isfinite(s->policy.residual) && isfinite(s->policy.radius) &&
         tj_all_finite(s->K, m * n) && tj_all_finite(s->k, m) && tj_all_finite(s->v, n);
}

/* To a cost that does not see the state, a state that decays costs nothing: what the corrections have left of V is
 * dust, which noise might blow up. */
static void sweep_out(traj_steady *s) {
  bool seen = tj_steady_largest(s, TJ_LQR_Q) > 0 || tj_steady_largest(s, TJ_LQR_S) > 0;
  if (!seen) memset(s->V, 0, tj_squared(s->problem.nx) * sizeof(double));
}

/* Whether V is so large that it may be rounding alone that reaches some mode. */
static bool doubtful(const traj_steady *s) {
  double B = tj_steady_largest(s, TJ_LQR_B), Q = tj_steady_largest(s, TJ_LQR_Q), R = tj_steady_largest(s, TJ_LQR_R);
  double V = tj_largest(s->V, tj_squared(s->problem.nx));
  return V * B * B > LARGE * (R + B * B * Q);
}

static traj_diag no_minimum(const traj_steady *s) {
  traj_diag diag = tj_diag_field(isfinite(s->pivot) ? TRAJ_E_SINGULAR : TRAJ_E_DIVERGED, "Quu", s->pivot);
  diag.row = diag.col = s->pivot_row;
  return diag;
}

static traj_diag refusal(traj_steady *s, outcome found, double radius) {
  if (!tj_steady_stabilisable(s)) return tj_diag_field(TRAJ_E_UNSTABILISABLE, "B", radius);
  if (!tj_steady_detectable(s)) return tj_diag_field(TRAJ_E_UNDETECTABLE, "Q", radius);
  if (found == NOT_POSITIVE) return no_minimum(s);
  return tj_diag_field(tj_steady_convex(s) ? TRAJ_E_UNDETECTABLE : TRAJ_E_INDEFINITE, "Q", radius);
}

/* Where there is a policy without the noise. Of an indefinite cost it cannot be told whether the noise is too much for
 * any policy, or for the best one. A convex one has a minimum wherever corrections did not lead too far. */
static traj_diag noise_refusal(traj_steady *s, outcome found) {
  bool convex = tj_steady_convex(s);
  if (found == NOT_POSITIVE && !(convex && isfinite(s->pivot))) return no_minimum(s);
  if (found == NOT_SETTLED) return tj_diag_field(TRAJ_E_DIVERGED, "noises", s->policy.radius);
  return tj_diag_field(convex ? TRAJ_E_UNSTABILISABLE : TRAJ_E_INDEFINITE, "noises", s->policy.radius);
}

static traj_diag solve(traj_steady *s) {
  outcome found = start(s);
  if (found == FOUND) found = correct(s, WITHOUT_NOISE);
  double radius = s->policy.radius;
  if (found != FOUND || (doubtful(s) && !tj_steady_stabilisable(s))) return refusal(s, found, radius);
  if (!tj_steady_detectable(s)) return tj_diag_field(TRAJ_E_UNDETECTABLE, "Q", radius);
  sweep_out(s);
  if (s->problem.noises > 0) found = correct_with_noise(s);
  if (found != FOUND) return noise_refusal(s, found);
  if (!finish(s)) return tj_diag_field(TRAJ_E_DIVERGED, "v", s->policy.rate);
  /* Beside much stronger controls their weight may be lost in rounding, and with it what the cost sees of a mode. */
  if (!(s->policy.radius < 1)) return refusal(s, NOT_STABLE, s->policy.radius);
  return tj_diag_none();
}

traj_status traj_steady_solve(traj_steady *steady, traj_diag *diag) {
  if (steady == NULL) return tj_diag_report(diag, tj_diag_field(TRAJ_E_ARG, "steady", 0));
  steady->solved = false;
  steady->policy.corrections = 0;
  steady->policy.radius = 0;
  traj_status status = read_stage(steady, diag);
  if (status != TRAJ_OK) return status;
  traj_diag found = solve(steady);
  steady->solved = found.status == TRAJ_OK;
  return tj_diag_report(diag, found);
}
