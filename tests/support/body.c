#include "support/body.h"

#include "support/rotor.h"

const double body_inertia[3] = {0.4, 0.7, 1};
const traj_part body_parts[] = {{TRAJ_QUATERNION, 1}, {TRAJ_FLAT, 3}, {0}};
const double body_goal[4] = {0.5, 0.5, 0.5, 0.5};

static const double DT = 0.05;

void body_spin(const double *w, const double *u, double *dw) {
  const double *J = body_inertia;
  for (int i = 0; i < 3; i++) {
    int j = (i + 1) % 3, k = (i + 2) % 3;
    dw[i] = (u[i] + (J[j] - J[k]) * w[j] * w[k]) / J[i];
  }
}

/* q' = q (0, w) / 2 */
static int ode(const traj_point *at, double *dxdt, void *user) {
  const double rate[4] = {0, 0.5 * at->x[4], 0.5 * at->x[5], 0.5 * at->x[6]};
  (void)user;
  rotor_multiply(at->x, rate, dxdt);
  body_spin(at->x + 4, at->u, dxdt + 4);
  return 0;
}

static int effort(const traj_point *at, double *cost, void *user) {
  (void)user;
  *cost = 0.5 * DT * (at->u[0] * at->u[0] + at->u[1] * at->u[1] + at->u[2] * at->u[2]);
  return 0;
}

void body_rotate(const double *q, const double *v, double *out) {
  double square = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3];
  const double pure[4] = {0, v[0], v[1], v[2]}, back[4] = {q[0], -q[1], -q[2], -q[3]};
  double half[4], all[4];
  rotor_multiply(q, pure, half);
  rotor_multiply(half, back, all);
  for (int i = 0; i < 3; i++)
    out[i] = all[1 + i] / square;
}

void body_miss(const double *q, const double *w, double *r) {
  const double axes[2][3] = {{1, 0, 0}, {0, 1, 0}}, wanted[2][3] = {{0, 1, 0}, {0, 0, 1}};
  for (int a = 0; a < 2; a++) {
    double pointing[3];
    body_rotate(q, axes[a], pointing);
    for (int i = 0; i < 3; i++)
      r[3 * a + i] = 5 * (pointing[i] - wanted[a][i]);
  }
  for (int i = 0; i < 3; i++)
    r[6 + i] = 3 * w[i];
}

static int miss(const traj_point *at, double *r, void *user) {
  (void)user;
  body_miss(at->x, at->x + 4, r);
  return 0;
}

traj_problem body_problem(int N, double dt) {
  return (traj_problem){
      .N = N,
      .dt = dt,
      .model = {.nx = BODY_NX, .nu = BODY_NU, .ode = ode, .parts = body_parts},
      .cost = {.stage = effort},
  };
}

traj_problem body_task(void) {
  traj_problem p = body_problem(BODY_STAGES, DT);
  p.model.substeps = 4;
  p.cost.nr_final = BODY_MISS;
  p.cost.final_residual = miss;
  return p;
}
