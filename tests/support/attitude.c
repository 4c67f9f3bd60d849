#include "support/attitude.h"

#include <math.h>
#include <string.h>

enum { NX = ATTITUDE_NX, NDX = ATTITUDE_NDX, NU = ATTITUDE_NU, NZ = NDX + NU };

static const double h = 0.05;
static const double J[3] = {0.1, 0.2, 0.25};
static const double a = 0.5, b = 0.05, c = 0.5, a_N = 100, b_N = 10;

static void cross(const double *p, const double *q, double *out) {
  out[0] = p[1] * q[2] - p[2] * q[1];
  out[1] = p[2] * q[0] - p[0] * q[2];
  out[2] = p[0] * q[1] - p[1] * q[0];
}

static double dot(const double *p, const double *q, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += p[i] * q[i];
  return sum;
}

/* Quaternions are (w, x, y, z). */
static void multiply(const double *p, const double *q, double *out) {
  double pq[3];
  cross(p + 1, q + 1, pq);
  out[0] = p[0] * q[0] - dot(p + 1, q + 1, 3);
  for (int i = 0; i < 3; i++)
    out[i + 1] = p[0] * q[i + 1] + q[0] * p[i + 1] + pq[i];
}

static void exponential(const double *v, double *q) {
  double half = 0.5 * sqrt(dot(v, v, 3)), sinc = half > 1e-8 ? 0.5 * sin(half) / half : 0.5;
  q[0] = cos(half);
  for (int i = 0; i < 3; i++)
    q[i + 1] = sinc * v[i];
}

/* Rotation vector of at most pi; the length of q plays no part. */
static void logarithm(const double *q, double *v) {
  double sign = q[0] < 0 ? -1 : 1, s = sqrt(dot(q + 1, q + 1, 3));
  double factor = s > 1e-14 ? 2 * atan2(s, sign * q[0]) / s : 2;
  for (int i = 0; i < 3; i++)
    v[i] = sign * factor * q[i + 1];
}

static int retract(const double *x, const double *dx, double *out, void *user) {
  (void)user;
  double turn[4];
  exponential(dx, turn);
  multiply(x, turn, out);
  for (int i = 0; i < 3; i++)
    out[4 + i] = x[4 + i] + dx[3 + i];
  return 0;
}

static int difference(const double *from, const double *to, double *out, void *user) {
  (void)user;
  double inverse[4] = {from[0], -from[1], -from[2], -from[3]}, turn[4];
  multiply(inverse, to, turn);
  logarithm(turn, out);
  for (int i = 0; i < 3; i++)
    out[3 + i] = to[4 + i] - from[4 + i];
  return 0;
}

static void next_rates(const double *w, const double *u, double *w_next) {
  double Jw[3] = {J[0] * w[0], J[1] * w[1], J[2] * w[2]}, gyroscopic[3];
  cross(w, Jw, gyroscopic);
  for (int i = 0; i < 3; i++)
    w_next[i] = w[i] + h / J[i] * (u[i] - gyroscopic[i]);
}

static int step(const traj_point *at, double *x_next, void *user) {
  (void)user;
  double angle[3], turn[4];
  next_rates(at->x + 4, at->u, x_next + 4);
  for (int i = 0; i < 3; i++)
    angle[i] = h * x_next[4 + i];
  exponential(angle, turn);
  multiply(at->x, turn, x_next);
  return 0;
}

/* (1 - cos t) / t^2 and (t - sin t) / t^3 as series in s = t^2, with their derivatives by s; good to the last digit for
 * t <= pi. */
typedef struct series {
  double p, p_s, q, q_s;
} series;

static series series_at(double s) {
  series out = {0};
  double power = 1, slope = 0, factorial = 2; /* (-s)^n, its derivative, (2n + 2)! */
  for (int n = 0; n < 14; n++) {
    out.p += power / factorial;
    out.p_s += slope / factorial;
    out.q += power / (factorial * (2 * n + 3));
    out.q_s += slope / (factorial * (2 * n + 3));
    factorial *= (2 * n + 3) * (2 * n + 4);
    slope = -(n + 1) * power;
    power *= -s;
  }
  return out;
}

/* out = Jr(t) d, Jr(t) = I - p [t] + q [t]^2: the right Jacobian of the exponential. */
static void right_jacobian(const double *t, const double *d, double *out) {
  series f = series_at(dot(t, t, 3));
  double td[3], ttd[3];
  cross(t, d, td);
  cross(t, td, ttd);
  for (int i = 0; i < 3; i++)
    out[i] = d[i] - f.p * td[i] + f.q * ttd[i];
}

/* out = (the derivative of Jr(t) in direction d) d. */
static void right_jacobian_slope(const double *t, const double *d, double *out) {
  series f = series_at(dot(t, t, 3));
  double s_d = 2 * dot(t, d, 3), td[3], ttd[3], dtd[3];
  cross(t, d, td);
  cross(t, td, ttd);
  cross(d, td, dtd);
  for (int i = 0; i < 3; i++)
    out[i] = -f.p_s * s_d * td[i] + f.q_s * s_d * ttd[i] + f.q * dtd[i];
}

/* What a displacement z = (turn, rates, torque) does to the next state, to first order, in the next state's tangent
 * space; and the parts of it. */
typedef struct effect {
  double out[NDX];
  double turned[3]; /* the turn seen from the next attitude */
  double angle[3];  /* change of h w+ */
} effect;

static effect effect_of(const traj_point *at, const double *t, const double *z) {
  const double *w = at->x + 4, *dw = z + 3;
  double Jw[3] = {J[0] * w[0], J[1] * w[1], J[2] * w[2]}, Jdw[3] = {J[0] * dw[0], J[1] * dw[1], J[2] * dw[2]};
  double g1[3], g2[3], back[4], there[4], pure[4] = {0, z[0], z[1], z[2]}, half[4], full[4], moved[3];
  effect e;
  cross(dw, Jw, g1);
  cross(w, Jdw, g2);
  for (int i = 0; i < 3; i++) {
    e.out[3 + i] = dw[i] + h / J[i] * (z[6 + i] - g1[i] - g2[i]);
    e.angle[i] = h * e.out[3 + i];
  }
  exponential(t, there);
  memcpy(back, (double[]){there[0], -there[1], -there[2], -there[3]}, sizeof back);
  multiply(back, pure, half);
  multiply(half, there, full);
  right_jacobian(t, e.angle, moved);
  for (int i = 0; i < 3; i++) {
    e.turned[i] = full[1 + i];
    e.out[i] = e.turned[i] + moved[i];
  }
  return e;
}

static void next_angle(const traj_point *at, double *t) {
  next_rates(at->x + 4, at->u, t);
  for (int i = 0; i < 3; i++)
    t[i] *= h;
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  (void)user;
  double t[3];
  next_angle(at, t);
  for (int j = 0; j < NZ; j++) {
    double z[NZ] = {0};
    z[j] = 1;
    effect e = effect_of(at, t, z);
    memcpy(j < NDX ? out->fx + j * NDX : out->fu + (j - NDX) * NDX, e.out, sizeof e.out);
  }
  return 0;
}

/* The second-order part of lambda' (next displacement) in direction z, twice. By the series of Baker, Campbell and
 * Hausdorff the turn is a + b + a x b / 2 with b = Log(Exp(-t) Exp(t + d)) = Jr d + (Jr' d) d / 2. */
static double curvature(const traj_point *at, const double *t, const double *lambda, const double *z) {
  effect e = effect_of(at, t, z);
  const double *dw = z + 3;
  double Jdw[3] = {J[0] * dw[0], J[1] * dw[1], J[2] * dw[2]}, bend[3], swing[3], moved[3], twist[3], slope[3];
  cross(dw, Jdw, bend);
  for (int i = 0; i < 3; i++) {
    bend[i] *= -h / J[i];
    swing[i] = h * bend[i];
  }
  double twisted[3];
  right_jacobian(t, swing, moved);
  right_jacobian(t, e.angle, twisted);
  cross(e.turned, twisted, twist);
  right_jacobian_slope(t, e.angle, slope);
  double sum = 0;
  for (int i = 0; i < 3; i++)
    sum += lambda[i] * (2 * moved[i] + twist[i] + slope[i]) + 2 * lambda[3 + i] * bend[i];
  return sum;
}

static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  (void)user;
  double t[3], own[NZ];
  next_angle(at, t);
  for (int j = 0; j < NZ; j++) {
    double z[NZ] = {0};
    z[j] = 1;
    own[j] = curvature(at, t, lambda, z);
  }
  for (int j = 0; j < NZ; j++) {
    for (int i = j; i < NZ; i++) {
      double z[NZ] = {0};
      z[i] += 1;
      z[j] += 1;
      double entry = i == j ? own[i] : 0.5 * (curvature(at, t, lambda, z) - own[i] - own[j]);
      if (i < NDX) out->lxx[i + j * NDX] = out->lxx[j + i * NDX] = entry;
      if (i >= NDX && j < NDX) out->lux[i - NDX + j * NU] = entry;
      if (j >= NDX) out->luu[i - NDX + (j - NDX) * NU] = out->luu[j - NDX + (i - NDX) * NU] = entry;
    }
  }
  return 0;
}

/* (weight |e|^2 + rate |w|^2) / 2 */
static double state_cost(const double *x, double weight, double rate) {
  double e[3];
  logarithm(x, e);
  return 0.5 * (weight * dot(e, e, 3) + rate * dot(x + 4, x + 4, 3));
}

/* Its gradient is e itself, since Jr(e)' e = e; its Hessian the symmetric part of the inverse of Jr(e),
 * I + (1 - |e| / 2 cot(|e| / 2)) / |e|^2 [e]^2. */
static void state_quad(const double *x, double weight, double rate, double *lx, double *lxx) {
  double e[3];
  logarithm(x, e);
  double s = dot(e, e, 3), half = 0.5 * sqrt(s), f = s > 1e-4 ? (1 - half / tan(half)) / s : 1.0 / 12 + s / 720;
  memset(lxx, 0, NDX * NDX * sizeof *lxx);
  for (int i = 0; i < 3; i++) {
    lx[i] = weight * e[i];
    lx[3 + i] = rate * x[4 + i];
    lxx[3 + i + (3 + i) * NDX] = rate;
    for (int j = 0; j < 3; j++)
      lxx[i + j * NDX] = weight * ((i == j) * (1 - f * s) + f * e[i] * e[j]);
  }
}

static int stage(const traj_point *at, double *cost, void *user) {
  (void)user;
  *cost = h * (state_cost(at->x, a, b) + 0.5 * c * dot(at->u, at->u, NU));
  return 0;
}

static int final(const traj_point *at, double *cost, void *user) {
  (void)user;
  *cost = state_cost(at->x, a_N, b_N);
  return 0;
}

static int stage_quad(const traj_point *at, traj_quad *out, void *user) {
  (void)user;
  state_quad(at->x, h * a, h * b, out->lx, out->lxx);
  memset(out->lux, 0, NU * NDX * sizeof *out->lux);
  memset(out->luu, 0, NU * NU * sizeof *out->luu);
  for (int i = 0; i < NU; i++) {
    out->lu[i] = h * c * at->u[i];
    out->luu[i + i * NU] = h * c;
  }
  return 0;
}

static int final_quad(const traj_point *at, traj_quad *out, void *user) {
  (void)user;
  state_quad(at->x, a_N, b_N, out->lx, out->lxx);
  return 0;
}

traj_problem attitude_problem(void) {
  return (traj_problem){
      .N = ATTITUDE_N,
      .dt = h,
      .model = {.nx = NX,
                .ndx = NDX,
                .nu = NU,
                .step = step,
                .jac = jac,
                .hess = hess,
                .retract = retract,
                .difference = difference},
      .cost = {.stage = stage, .final = final, .stage_quad = stage_quad, .final_quad = final_quad},
  };
}

traj_problem attitude_problem_ambient(void) {
  return (traj_problem){
      .N = ATTITUDE_N,
      .dt = h,
      .model = {.nx = NX, .nu = NU, .step = step},
      .cost = {.stage = stage, .final = final},
  };
}

void attitude_start(double angle, double *x0) {
  const double axis[3] = {2.0 / 7, 3.0 / 7, 6.0 / 7}, rates[3] = {0.3, -0.4, 0.2};
  double v[3] = {angle * axis[0], angle * axis[1], angle * axis[2]};
  exponential(v, x0);
  memcpy(x0 + 4, rates, sizeof rates);
}
