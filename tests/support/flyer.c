#include "support/flyer.h"

#include <math.h>
#include <string.h>

#include "support/hyper.h"

enum { NX = FLYER_NX, NDX = FLYER_NDX, NU = FLYER_NU, NZ = FLYER_NZ, P = FLYER_P, Q = FLYER_Q, TH = FLYER_TH };
enum { V = FLYER_V, W = FLYER_W, R = FLYER_R };

const traj_part flyer_parts[] = {{TRAJ_FLAT, 3}, {TRAJ_QUATERNION, 1}, {TRAJ_ANGLE, 2}, {TRAJ_FLAT, 8}, {0}};

/* out = q F q*, as a polynomial that is defined off the unit quaternions too. */
static void to_world(const hyper *q, const hyper *F, hyper *out) {
  hyper across[3], twice[3];
  hyper_cross(q + 1, F, across);
  hyper_cross(q + 1, across, twice);
  for (int i = 0; i < 3; i++)
    out[i] = hyper_add(F[i], hyper_scale(2, hyper_add(hyper_mul(q[0], across[i]), twice[i])));
}

static void accelerate(long double t, const hyper *x, const hyper *u, hyper *dv) {
  hyper F[3] = {hyper_mul(u[0], hyper_sin(x[TH])), hyper_mul(u[1], hyper_cos(x[TH + 1])),
                hyper_add(u[2], hyper_mul(u[3], hyper_sin(hyper_add(x[TH], x[TH + 1]))))};
  to_world(x + Q, F, dv);
  for (int i = 0; i < 3; i++) {
    hyper drag = hyper_mul(x[V + i], hyper_mul(x[V + i], x[V + i]));
    hyper wind = hyper_sin(hyper_add(x[P + i], hyper_constant(t)));
    dv[i] = hyper_add(dv[i], hyper_add(hyper_scale(-0.05L, drag), hyper_scale(0.3L, wind)));
  }
  dv[2] = hyper_sub(dv[2], hyper_constant(2));
}

/* J dw = tau - w x J w */
static void spin(const hyper *x, const hyper *u, hyper *dw) {
  const long double J[3] = {0.5L, 0.8L, 1.2L};
  hyper Jw[3], gyroscopic[3], tau[3];
  for (int i = 0; i < 3; i++)
    Jw[i] = hyper_scale(J[i], x[W + i]);
  hyper_cross(x + W, Jw, gyroscopic);
  tau[0] = hyper_add(u[3], hyper_scale(0.4L, hyper_mul(x[R], x[W + 1])));
  tau[1] = hyper_mul(u[4], hyper_cos(x[TH]));
  tau[2] = hyper_sub(u[5], hyper_mul(x[R + 1], hyper_sin(x[P])));
  for (int i = 0; i < 3; i++)
    dw[i] = hyper_scale(1 / J[i], hyper_sub(tau[i], gyroscopic[i]));
}

static void ode_of(long double t, const hyper *x, const hyper *u, hyper *dxdt) {
  const hyper rates[4] = {{0}, hyper_scale(0.5L, x[W]), hyper_scale(0.5L, x[W + 1]), hyper_scale(0.5L, x[W + 2])};
  memcpy(dxdt + P, x + V, 3 * sizeof *x);
  hyper_quaternion(x + Q, rates, dxdt + Q);
  memcpy(dxdt + TH, x + R, 2 * sizeof *x);
  accelerate(t, x, u, dxdt + V);
  spin(x, u, dxdt + W);
  for (int i = 0; i < 2; i++) {
    hyper swung = hyper_mul(x[W + i], hyper_cos(x[TH + i]));
    dxdt[R + i] = hyper_add(hyper_scale(0.5L, hyper_mul(u[i], u[4 + i])), hyper_sub(swung, hyper_sin(x[TH + i])));
  }
}

static hyper square(hyper p) {
  return hyper_mul(p, p);
}

/* Near a place, upright, angles at 1, slow, with little effort; u NULL: at the end. */
static hyper cost_of(const hyper *x, const hyper *u) {
  hyper sum = hyper_constant(0), cross = hyper_constant(0);
  for (int i = 0; i < 3; i++) {
    sum = hyper_add(sum, square(hyper_sub(x[P + i], hyper_constant(0.3L * i))));
    sum = hyper_add(sum, hyper_scale(2, square(x[Q + 1 + i])));
  }
  for (int i = 0; i < 2; i++)
    sum = hyper_sub(sum, hyper_cos(hyper_sub(x[TH + i], hyper_constant(1))));
  sum = hyper_add(sum, hyper_scale(0.2L, hyper_dot(8, x + V, x + V)));
  if (u == NULL) return hyper_scale(3, sum);
  for (int i = 0; i < NU; i++)
    cross = hyper_add(cross, hyper_mul(u[i], hyper_sin(x[P + i % 3])));
  return hyper_scale(0.1L, hyper_add(sum, hyper_add(hyper_dot(NU, u, u), hyper_scale(0.3L, cross))));
}

/* x and u by a and b: directions i and j of the nx + nu numbers; -1: neither. */
static void lift(const traj_point *at, int i, int j, hyper *x, hyper *u) {
  for (int l = 0; l < NX + NU; l++) {
    hyper here = {.v = l < NX ? at->x[l] : at->u[l - NX], .a = l == i, .b = l == j};
    *(l < NX ? &x[l] : &u[l - NX]) = here;
  }
}

static int ode(const traj_point *at, double *dxdt, void *user) {
  hyper x[NX], u[NU], out[NX];
  (void)user;
  lift(at, -1, -1, x, u);
  ode_of(at->t, x, u, out);
  for (int i = 0; i < NX; i++)
    dxdt[i] = (double)out[i].v;
  return 0;
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  hyper x[NX], u[NU], f[NX];
  (void)user;
  for (int j = 0; j < NX + NU; j++) {
    lift(at, j, -1, x, u);
    ode_of(at->t, x, u, f);
    double *column = j < NX ? out->fx + j * NX : out->fu + (j - NX) * NX;
    for (int i = 0; i < NX; i++)
      column[i] = (double)f[i].a;
  }
  return 0;
}

/* Entry (i, j) of a symmetric matrix of nx + nu to the parts of a quad; i >= j. The upper triangles are not written. */
static void put(const traj_quad *out, int nx, int i, int j, double value) {
  if (i < nx) {
    out->lxx[i + j * nx] = value;
  } else if (j < nx) {
    out->lux[i - nx + j * NU] = value;
  } else {
    out->luu[i - nx + (j - nx) * NU] = value;
  }
}

static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  hyper x[NX], u[NU], f[NX];
  (void)user;
  for (int j = 0; j < NX + NU; j++) {
    for (int i = j; i < NX + NU; i++) {
      long double sum = 0;
      lift(at, i, j, x, u);
      ode_of(at->t, x, u, f);
      for (int l = 0; l < NX; l++)
        sum += lambda[l] * f[l].ab;
      put(out, NX, i, j, (double)sum);
    }
  }
  return 0;
}

/* x displaced along directions i and j of (dx, u), exact to second order: Exp(d) = (1 - |d|^2 / 8, d / 2) + ... */
static void lift_displaced(const traj_point *at, int i, int j, hyper *x, hyper *u) {
  hyper d[NDX] = {{0}}, turn[4], q[4];
  if (i < NDX) d[i].a = 1;
  if (j < NDX) d[j].b = 1;
  for (int l = 0; l < NX; l++)
    x[l] = hyper_constant(at->x[l]);
  memcpy(q, x + Q, sizeof q);
  for (int l = 0; l < NX; l++) {
    if (l < Q || l >= TH) x[l] = hyper_add(x[l], d[l < Q ? l : l - 1]);
  }
  turn[0] = hyper_sub(hyper_constant(1), hyper_scale(0.125L, hyper_dot(3, d + Q, d + Q)));
  for (int l = 0; l < 3; l++)
    turn[1 + l] = hyper_scale(0.5L, d[Q + l]);
  hyper_quaternion(q, turn, x + Q);
  for (int l = 0; at->u != NULL && l < NU; l++)
    u[l] = (hyper){.v = at->u[l], .a = l == i - NDX, .b = l == j - NDX};
}

static int cost(const traj_point *at, double *value, void *user) {
  hyper x[NX], u[NU];
  (void)user;
  lift_displaced(at, NZ, NZ, x, u);
  *value = (double)cost_of(x, at->u == NULL ? NULL : u).v;
  return 0;
}

static int quad(const traj_point *at, traj_quad *out, void *user) {
  int n = at->u == NULL ? NDX : NZ;
  hyper x[NX], u[NU];
  (void)user;
  for (int j = 0; j < n; j++) {
    for (int i = j; i < n; i++) {
      lift_displaced(at, i, j, x, u);
      hyper value = cost_of(x, at->u == NULL ? NULL : u);
      put(out, NDX, i, j, (double)value.ab);
      if (i == j) *(j < NDX ? &out->lx[j] : &out->lu[j - NDX]) = (double)value.a;
    }
  }
  return 0;
}

traj_problem flyer_problem(int N, double dt) {
  return (traj_problem){
      .N = N,
      .dt = dt,
      .model = {.nx = NX, .nu = NU, .ode = ode, .jac = jac, .hess = hess, .parts = flyer_parts},
      .cost = {.stage = cost, .final = cost, .stage_quad = quad, .final_quad = quad},
  };
}

void flyer_draw(rng *r, double *x, double *u) {
  double norm = 0;
  rng_fill(r, x, NX, 1);
  rng_fill(r, u, NU, 1);
  for (int i = 0; i < 4; i++)
    norm += x[Q + i] * x[Q + i];
  for (int i = 0; i < 4; i++)
    x[Q + i] /= sqrt(norm);
}

void flyer_exact_retract(const long double *x, const long double *dx, long double *out) {
  const long double *d = dx + Q;
  long double angle = sqrtl(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
  long double share = angle > 0 ? sinl(angle / 2) / angle : 0.5L;
  hyper q[4], turn[4] = {hyper_constant(cosl(angle / 2))}, product[4];
  for (int i = 0; i < 4; i++)
    q[i] = hyper_constant(x[Q + i]);
  for (int i = 0; i < 3; i++)
    turn[1 + i] = hyper_constant(share * d[i]);
  hyper_quaternion(q, turn, product);
  for (int i = 0; i < NX; i++)
    out[i] = i < Q ? x[i] + dx[i] : i < TH ? product[i - Q].v : x[i] + dx[i - 1];
}

void flyer_exact_difference(const long double *a, const long double *b, long double *out) {
  const long double PI = acosl(-1);
  hyper back[4], to[4], turn[4];
  for (int i = 0; i < 4; i++) {
    back[i] = hyper_constant(i == 0 ? a[Q] : -a[Q + i]);
    to[i] = hyper_constant(b[Q + i]);
  }
  hyper_quaternion(back, to, turn);
  long double sign = turn[0].v < 0 ? -1 : 1;
  long double sine = sqrtl(turn[1].v * turn[1].v + turn[2].v * turn[2].v + turn[3].v * turn[3].v);
  long double share = sine > 0 ? 2 * atan2l(sine, sign * turn[0].v) / sine : 2;
  for (int i = 0; i < NDX; i++)
    out[i] = i < Q ? b[i] - a[i] : i < Q + 3 ? sign * share * turn[1 + i - Q].v : b[i + 1] - a[i + 1];
  for (int i = 0; i < 2; i++)
    out[TH - 1 + i] -= 2 * PI * roundl(out[TH - 1 + i] / (2 * PI));
}

/* x moves on by a substep of length h. */
static void move(long double t, long double h, const hyper *u, long double *x) {
  const long double node[4] = {0, 0.5L, 0.5L, 1}, weight[4] = {1, 2, 2, 1};
  hyper point[NX], slope[NX] = {{0}};
  long double start[NX];
  memcpy(start, x, sizeof start);
  for (int s = 0; s < 4; s++) {
    for (int i = 0; i < NX; i++)
      point[i] = hyper_constant(start[i] + h * node[s] * slope[i].v);
    ode_of(t + node[s] * h, point, u, slope);
    for (int i = 0; i < NX; i++)
      x[i] += h * weight[s] / 6 * slope[i].v;
  }
}

void flyer_exact_step(long double t, long double dt, int substeps, const long double *x, const long double *u,
                      long double *out) {
  hyper control[NU];
  long double norm = 0, h = dt / substeps;
  for (int i = 0; i < NU; i++)
    control[i] = hyper_constant(u[i]);
  memcpy(out, x, NX * sizeof *out);
  for (int s = 0; s < substeps; s++)
    move(t + s * h, h, control, out);
  for (int i = 0; i < 4; i++)
    norm += out[Q + i] * out[Q + i];
  for (int i = 0; i < 4; i++)
    out[Q + i] /= sqrtl(norm);
}

long double flyer_exact_cost(const long double *x, const long double *u) {
  hyper state[NX], control[NU];
  for (int i = 0; i < NX; i++)
    state[i] = hyper_constant(x[i]);
  for (int i = 0; u != NULL && i < NU; i++)
    control[i] = hyper_constant(u[i]);
  return cost_of(state, u == NULL ? NULL : control).v;
}

static void widen(int n, const double *from, long double *to) {
  for (int i = 0; i < n; i++)
    to[i] = from[i];
}

static void narrow(int n, const long double *from, double *to) {
  for (int i = 0; i < n; i++)
    to[i] = (double)from[i];
}

int flyer_retract(const double *x, const double *dx, double *out, void *user) {
  long double state[NX], displacement[NDX], moved[NX];
  (void)user;
  widen(NX, x, state);
  widen(NDX, dx, displacement);
  flyer_exact_retract(state, displacement, moved);
  narrow(NX, moved, out);
  return 0;
}

int flyer_difference(const double *a, const double *b, double *out, void *user) {
  long double from[NX], to[NX], displacement[NDX];
  (void)user;
  widen(NX, a, from);
  widen(NX, b, to);
  flyer_exact_difference(from, to, displacement);
  narrow(NDX, displacement, out);
  return 0;
}

int flyer_project(const double *x, double *out, void *user) {
  double norm = 0;
  (void)user;
  for (int i = 0; i < 4; i++)
    norm += x[Q + i] * x[Q + i];
  for (int i = 0; i < NX; i++)
    out[i] = i >= Q && i < TH ? x[i] / sqrt(norm) : x[i];
  return 0;
}
