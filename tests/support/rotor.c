#include "support/rotor.h"

#include <math.h>

void rotor_exp(const double *d, double *q) {
  double angle = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
  double share = angle < 1e-8 ? 0.5 : sin(0.5 * angle) / angle;
  q[0] = cos(0.5 * angle);
  for (int i = 0; i < 3; i++)
    q[i + 1] = share * d[i];
}

void rotor_log(const double *q, double *d) {
  double sine = sqrt(q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  /* The turn the short way round: q and -q are the same rotation. */
  double half = q[0] < 0 ? -atan2(sine, -q[0]) : atan2(sine, q[0]);
  double share = sine < 1e-12 ? (q[0] < 0 ? -2 : 2) : 2 * half / sine;
  for (int i = 0; i < 3; i++)
    d[i] = share * q[i + 1];
}

void rotor_multiply(const double *a, const double *b, double *product) {
  product[0] = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3];
  product[1] = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2];
  product[2] = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1];
  product[3] = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0];
}

void rotor_draw(rng *r, double *q) {
  double norm = 0;
  rng_fill(r, q, ROTOR_X, 1);
  for (int i = 0; i < ROTOR_X; i++)
    norm += q[i] * q[i];
  for (int i = 0; i < ROTOR_X; i++)
    q[i] /= sqrt(norm);
}

int rotor_retract(const double *x, const double *dx, double *out, void *user) {
  double turn[ROTOR_X];
  (void)user;
  rotor_exp(dx, turn);
  rotor_multiply(x, turn, out);
  return 0;
}

int rotor_difference(const double *a, const double *b, double *out, void *user) {
  const double back[ROTOR_X] = {a[0], -a[1], -a[2], -a[3]};
  double turn[ROTOR_X];
  (void)user;
  rotor_multiply(back, b, turn);
  rotor_log(turn, out);
  return 0;
}

static int step(const traj_point *at, double *x_next, void *user) {
  return rotor_retract(at->x, at->u, x_next, user);
}

traj_model rotor_model(void) {
  return (traj_model){.nx = ROTOR_X,
                      .ndx = ROTOR_D,
                      .nu = ROTOR_D,
                      .step = step,
                      .retract = rotor_retract,
                      .difference = rotor_difference};
}

void rotor_jacobian(const double *u, double *jacobian) {
  const double cross[3][3] = {{0, u[2], -u[1]}, {-u[2], 0, u[0]}, {u[1], -u[0], 0}}; /* columns of [u] */
  double angle = sqrt(u[0] * u[0] + u[1] * u[1] + u[2] * u[2]);
  double square = angle * angle;
  for (int j = 0; j < 3; j++) {
    for (int i = 0; i < 3; i++) {
      double twice = u[i] * u[j] - (i == j) * square; /* [u]^2 */
      jacobian[i + 3 * j] = (i == j) - sin(angle) / angle * cross[j][i] + (1 - cos(angle)) / square * twice;
      jacobian[i + 3 * j + 9] =
          (i == j) - (1 - cos(angle)) / square * cross[j][i] + (angle - sin(angle)) / (square * angle) * twice;
    }
  }
}
