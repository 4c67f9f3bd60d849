/* A quadrotor to a place three metres away and a quarter turn: state (p, eta, v, w) of twelve, eta = (phi, theta, psi)
 * = roll, pitch, yaw, v in the world's axes, w = (p, q, r) in the body's. With s, c, t = sin, cos, tan and y = q s(phi)
 * + r c(phi), z = q c(phi) - r s(phi) (so y_phi = z, z_phi = -y): dp     = v dphi   = p + y t(theta),   dtheta = z,
 * dpsi = y / c(theta) dv     = (u1 + u2 + u3 + u4) / m R e3 - g e3,   R = Rz(psi) Ry(theta) Rx(phi) J dw   = (L (u2 -
 * u4), L (u3 - u1), km (u1 - u2 + u3 - u4)) - w x J w */
#include <math.h>
#include <string.h>

#include "problems/quadratic.h"
#include "problems/registry.h"

enum { PX, PY, PZ, PHI, THETA, PSI, VX, VY, VZ, WX, WY, WZ, NX, NU = 4 };

static const double m = 0.5, g = 9.81, L = 0.175, km = 0.0245;
static const double Jx = 0.0023, Jy = 0.0023, Jz = 0.004;

/* Sines and cosines of the attitude. */
typedef struct attitude {
  double sf, cf, st, ct, sp, cp;
} attitude;

static inline attitude attitude_of(const double *x) {
  return (attitude){.sf = sin(x[PHI]),
                    .cf = cos(x[PHI]),
                    .st = sin(x[THETA]),
                    .ct = cos(x[THETA]),
                    .sp = sin(x[PSI]),
                    .cp = cos(x[PSI])};
}

/* Acceleration by the rotors along the body's z axis. */
static inline double lift(const double *u) {
  return (u[0] + u[1] + u[2] + u[3]) / m;
}

static int ode(const traj_point *at, double *dxdt, void *user) {
  (void)user;
  const double *x = at->x, *u = at->u, *w = x + WX;
  const attitude o = attitude_of(x);
  const double y = w[1] * o.sf + w[2] * o.cf, z = w[1] * o.cf - w[2] * o.sf, F = lift(u);
  dxdt[PX] = x[VX];
  dxdt[PY] = x[VY];
  dxdt[PZ] = x[VZ];
  dxdt[PHI] = w[0] + y * o.st / o.ct;
  dxdt[THETA] = z;
  dxdt[PSI] = y / o.ct;
  dxdt[VX] = F * (o.cp * o.st * o.cf + o.sp * o.sf);
  dxdt[VY] = F * (o.sp * o.st * o.cf - o.cp * o.sf);
  dxdt[VZ] = F * o.ct * o.cf - g;
  dxdt[WX] = (L * (u[1] - u[3]) + (Jy - Jz) * w[1] * w[2]) / Jx;
  dxdt[WY] = (L * (u[2] - u[0]) + (Jz - Jx) * w[2] * w[0]) / Jy;
  dxdt[WZ] = (km * (u[0] - u[1] + u[2] - u[3]) + (Jx - Jy) * w[0] * w[1]) / Jz;
  return 0;
}

/* Derivatives of the Euler-angle rates. */
static inline void jac_rates(const attitude *o, const double *w, double *fx) {
  const double y = w[1] * o->sf + w[2] * o->cf, z = w[1] * o->cf - w[2] * o->sf;
  const double sec = 1.0 / o->ct, t = o->st * sec;
  fx[PHI + NX * PHI] = z * t;
  fx[THETA + NX * PHI] = -y;
  fx[PSI + NX * PHI] = z * sec;
  fx[PHI + NX * THETA] = y * sec * sec;
  fx[PSI + NX * THETA] = y * sec * t;
  fx[PHI + NX * WX] = 1.0;
  fx[PHI + NX * WY] = o->sf * t;
  fx[THETA + NX * WY] = o->cf;
  fx[PSI + NX * WY] = o->sf * sec;
  fx[PHI + NX * WZ] = o->cf * t;
  fx[THETA + NX * WZ] = -o->sf;
  fx[PSI + NX * WZ] = o->cf * sec;
}

/* Derivatives of dv = F R e3 - g e3. */
static inline void jac_lift(const attitude *o, double F, double *fx, double *fu) {
  const double axis[3] = {o->cp * o->st * o->cf + o->sp * o->sf, o->sp * o->st * o->cf - o->cp * o->sf, o->ct * o->cf};
  fx[VX + NX * PHI] = F * (o->sp * o->cf - o->cp * o->st * o->sf);
  fx[VY + NX * PHI] = -F * (o->sp * o->st * o->sf + o->cp * o->cf);
  fx[VZ + NX * PHI] = -F * o->ct * o->sf;
  fx[VX + NX * THETA] = F * o->cp * axis[2];
  fx[VY + NX * THETA] = F * o->sp * axis[2];
  fx[VZ + NX * THETA] = -F * o->st * o->cf;
  fx[VX + NX * PSI] = -F * axis[1];
  fx[VY + NX * PSI] = F * axis[0];
  for (int j = 0; j < NU; ++j)
    for (int i = 0; i < 3; ++i)
      fu[VX + i + NX * j] = axis[i] / m;
}

static int jac(const traj_point *at, traj_jac *out, void *user) {
  (void)user;
  const double *w = at->x + WX;
  const attitude o = attitude_of(at->x);
  double *fx = out->fx, *fu = out->fu;
  memset(fx, 0, sizeof(double[NX * NX]));
  memset(fu, 0, sizeof(double[NX * NU]));
  fx[PX + NX * VX] = fx[PY + NX * VY] = fx[PZ + NX * VZ] = 1.0;
  jac_rates(&o, w, fx);
  jac_lift(&o, lift(at->u), fx, fu);
  fx[WX + NX * WY] = (Jy - Jz) / Jx * w[2];
  fx[WX + NX * WZ] = (Jy - Jz) / Jx * w[1];
  fx[WY + NX * WX] = (Jz - Jx) / Jy * w[2];
  fx[WY + NX * WZ] = (Jz - Jx) / Jy * w[0];
  fx[WZ + NX * WX] = (Jx - Jy) / Jz * w[1];
  fx[WZ + NX * WY] = (Jx - Jy) / Jz * w[0];
  fu[WX + NX * 1] = L / Jx;
  fu[WX + NX * 3] = -L / Jx;
  fu[WY + NX * 0] = -L / Jy;
  fu[WY + NX * 2] = L / Jy;
  fu[WZ + NX * 0] = fu[WZ + NX * 2] = km / Jz;
  fu[WZ + NX * 1] = fu[WZ + NX * 3] = -km / Jz;
  return 0;
}

/* Writes an entry of the lower triangle (i >= j) and its mirror image. */
static inline void set(double *lxx, int i, int j, double value) {
  lxx[i + NX * j] = lxx[j + NX * i] = value;
}

/* The rates contracted with lambda are lambda_phi p + G(theta) y + lambda_theta z with
 *     G = lambda_phi t + lambda_psi / c,   G' = (lambda_phi / c + lambda_psi t) / c,
 *     G'' = (2 lambda_phi t / c + lambda_psi (t^2 + 1 / c^2)) / c,
 * and the thrust adds F n, n = A s(theta) c(phi) + lambda_vz c(theta) c(phi) + B s(phi), where
 *     A = lambda_vx c(psi) + lambda_vy s(psi),   B = lambda_vx s(psi) - lambda_vy c(psi)   (A_psi = -B, B_psi = A). */
static int hess(const traj_point *at, const double *lambda, traj_quad *out, void *user) {
  (void)user;
  const double *w = at->x + WX, *lr = lambda + PHI, *lv = lambda + VX, *lw = lambda + WX;
  const attitude o = attitude_of(at->x);
  const double y = w[1] * o.sf + w[2] * o.cf, z = w[1] * o.cf - w[2] * o.sf, F = lift(at->u);
  const double sec = 1.0 / o.ct, t = o.st * sec;
  const double G = lr[0] * t + lr[2] * sec, G_t = (lr[0] * sec + lr[2] * t) * sec;
  const double G_tt = (2.0 * lr[0] * t * sec + lr[2] * (t * t + sec * sec)) * sec;
  const double A = lv[0] * o.cp + lv[1] * o.sp, B = lv[0] * o.sp - lv[1] * o.cp;
  const double C = A * o.st + lv[2] * o.ct, C_t = A * o.ct - lv[2] * o.st; /* n = C c(phi) + B s(phi), C'' = -C */
  double *lxx = out->lxx;
  memset(lxx, 0, sizeof(double[NX * NX]));
  set(lxx, PHI, PHI, -(G * y + lr[1] * z) - F * (C * o.cf + B * o.sf));
  set(lxx, THETA, PHI, G_t * z - F * C_t * o.sf);
  set(lxx, PSI, PHI, F * (B * o.st * o.sf + A * o.cf));
  set(lxx, THETA, THETA, G_tt * y - F * C * o.cf);
  set(lxx, PSI, THETA, -F * B * o.ct * o.cf);
  set(lxx, PSI, PSI, -F * (A * o.st * o.cf + B * o.sf));
  set(lxx, WY, PHI, G * o.cf - lr[1] * o.sf);
  set(lxx, WZ, PHI, -G * o.sf - lr[1] * o.cf);
  set(lxx, WY, THETA, G_t * o.sf);
  set(lxx, WZ, THETA, G_t * o.cf);
  set(lxx, WZ, WY, lw[0] * ((Jy - Jz) / Jx));
  set(lxx, WZ, WX, lw[1] * ((Jz - Jx) / Jy));
  set(lxx, WY, WX, lw[2] * ((Jx - Jy) / Jz));
  memset(out->luu, 0, sizeof(double[NU * NU]));
  memset(out->lux, 0, sizeof(double[NU * NX]));
  for (int i = 0; i < NU; ++i) {
    out->lux[i + NU * PHI] = (B * o.cf - C * o.sf) / m;
    out->lux[i + NU * THETA] = C_t * o.cf / m;
    out->lux[i + NU * PSI] = (A * o.sf - B * o.st * o.cf) / m;
  }
  return 0;
}

QUADRATIC_HOOKS(cost, NX, NU)

#define SAME4(v) v, v, v, v
#define HOVER (0.5 * 9.81 / 4.0)

static const double start[NX] = {0.0};

static const quadratic weights = {
    .q = (const double[NX]){SAME4(0.01), SAME4(0.01), SAME4(0.01)},
    .r = (const double[NU]){SAME4(0.1)},
    .qf = (const double[NX]){SAME4(100.0), SAME4(100.0), SAME4(100.0)},
    .xg = (const double[NX]){[PX] = 3.0, [PY] = -2.0, [PZ] = 1.5, [PSI] = 1.5707963267948966},
    .ug = (const double[NU]){SAME4(HOVER)},
};

const bench_problem bench_quadrotor = {
    .name = "quadrotor",
    .purpose = BENCH_PEERS,
    .problem = {.N = 100,
                .dt = 0.05,
                .model = {.nx = NX, .nu = NU, .ode = ode, .integrator = TRAJ_RK4, .jac = jac, .hess = hess},
                .cost = QUADRATIC_COST(cost, &weights)},
    .x0 = start,
    .guess = HOVER,
    .spread = 0.02,
    .optima = (const double[]){2.645971688204},
    .n_optima = 1,
};
