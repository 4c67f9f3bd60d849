/* Ready-made manifolds: what each kind of part does, put side by side. */
#include "traj/manifold.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/problem_check.h"

/* An element of a state: a number, an angle or a quaternion, and where its numbers and its displacements begin. */
typedef struct element {
  const traj_part *part;
  int index; /* within the part */
  int x, dx;
} element;

static element first(const traj_part *parts) {
  return (element){.part = parts};
}

static bool exists(const element *e) {
  return e->part != NULL && e->part->count > 0;
}

static bool is_quaternion(const element *e) {
  return e->part->kind == TRAJ_QUATERNION;
}

static void advance(element *e) {
  e->x += is_quaternion(e) ? 4 : 1;
  e->dx += is_quaternion(e) ? 3 : 1;
  if (++e->index < e->part->count) return;
  e->part++;
  e->index = 0;
}

/* What lies behind the last element; at 0 when there is no such list. Lists without an end are left soon enough. */
static element end_of(const traj_part *parts) {
  const element none = {0};
  if (parts == NULL) return none;
  int nx = 0, ndx = 0;
  for (; parts->count != 0; parts++) {
    bool known = parts->kind == TRAJ_FLAT || parts->kind == TRAJ_ANGLE || parts->kind == TRAJ_QUATERNION;
    if (!known || parts->count < 0 || parts->count > TJ_MAX_SIZE) return none;
    nx += (parts->kind == TRAJ_QUATERNION ? 4 : 1) * parts->count;
    ndx += (parts->kind == TRAJ_QUATERNION ? 3 : 1) * parts->count;
    if (nx > TJ_MAX_SIZE) return none;
  }
  return (element){.part = parts, .x = nx, .dx = ndx};
}

int traj_manifold_nx(const traj_part *parts) {
  return end_of(parts).x;
}

int traj_manifold_ndx(const traj_part *parts) {
  return end_of(parts).dx;
}

/* out = a b, and out = a* b. */
static void multiply(const double *a, const double *b, double *out) {
  out[0] = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3];
  out[1] = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2];
  out[2] = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1];
  out[3] = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0];
}

static void multiply_back(const double *a, const double *b, double *out) {
  const double conjugate[4] = {a[0], -a[1], -a[2], -a[3]};
  multiply(conjugate, b, out);
}

/* (T5) q Exp(d). The square of a tiny angle is 0, its sine the angle itself. */
static void turn(const double *q, const double *d, double *out) {
  double angle = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
  double share = angle > 0 ? sin(0.5 * angle) / angle : 0.5;
  const double by[4] = {cos(0.5 * angle), share * d[0], share * d[1], share * d[2]};
  multiply(q, by, out);
}

/* (T5) Log(a* b), the short way round: c and -c are the same rotation. */
static void turn_between(const double *a, const double *b, double *out) {
  const double TINY = 1e-9; /* of the tangent of half the angle, which equals it */
  double c[4];
  multiply_back(a, b, c);
  double sine = sqrt(c[1] * c[1] + c[2] * c[2] + c[3] * c[3]), cosine = fabs(c[0]);
  double share = sine > TINY * cosine ? 2 * atan2(sine, cosine) / sine : 2 / cosine;
  for (int i = 0; i < 3; i++)
    out[i] = (c[0] < 0 ? -share : share) * c[1 + i];
}

static double length_of(const double *q) {
  return sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
}

int traj_manifold_retract(const double *x, const double *dx, double *out, void *parts) {
  for (element e = first(parts); exists(&e); advance(&e)) {
    if (is_quaternion(&e)) {
      turn(x + e.x, dx + e.dx, out + e.x);
    } else {
      out[e.x] = x[e.x] + dx[e.dx];
    }
  }
  return 0;
}

int traj_manifold_difference(const double *a, const double *b, double *out, void *parts) {
  const double FULL_TURN = 6.283185307179586;
  for (element e = first(parts); exists(&e); advance(&e)) {
    if (is_quaternion(&e)) {
      turn_between(a + e.x, b + e.x, out + e.dx);
    } else {
      double d = b[e.x] - a[e.x];
      out[e.dx] = e.part->kind == TRAJ_ANGLE ? remainder(d, FULL_TURN) : d;
    }
  }
  return 0;
}

int traj_manifold_project(const double *x, double *out, void *parts) {
  for (element e = first(parts); exists(&e); advance(&e)) {
    if (!is_quaternion(&e)) {
      out[e.x] = x[e.x];
      continue;
    }
    double length = length_of(x + e.x);
    if (!(length > 0 && isfinite(length))) return 1;
    for (int i = 0; i < 4; i++)
      out[e.x + i] = x[e.x + i] / length;
  }
  return 0;
}

/* Clears the derivatives of a map of so many numbers by n others. */
static void clear(int rows, int n, double *jac, double *hess) {
  memset(jac, 0, (size_t)rows * (size_t)n * sizeof(double));
  if (hess != NULL) memset(hess, 0, (size_t)n * (size_t)n * sizeof(double));
}

/* (T6) Of q Exp(d): q (0, d) / 2 to first order, -|d|^2 q / 8 to second. */
int traj_manifold_retract_derivatives(const double *x, const double *w, double *jac, double *hess, void *parts) {
  const element end = end_of(parts);
  clear(end.x, end.dx, jac, hess);
  for (element e = first(parts); exists(&e); advance(&e)) {
    if (!is_quaternion(&e)) {
      jac[e.x + e.dx * end.x] = 1;
      continue;
    }
    const double *q = x + e.x;
    for (int j = 0; j < 3; j++) {
      double half[4] = {0};
      half[1 + j] = 0.5;
      multiply(q, half, jac + e.x + (e.dx + j) * end.x);
    }
    for (int j = e.dx; hess != NULL && j < e.dx + 3; j++) {
      for (int i = 0; i < 4; i++)
        hess[j + j * end.dx] -= 0.25 * w[e.x + i] * q[i];
    }
  }
  return 0;
}

/* (T7) Of Log(x* b) by b at x. With c = x* b / |x|^2, which is (1, 0) there, Log is 2 c_v / c_w but for the third
 * order; the derivatives of c by b are the rows of r. */
int traj_manifold_difference_derivatives(const double *x, const double *w, double *jac, double *hess, void *parts) {
  const element end = end_of(parts);
  clear(end.dx, end.x, jac, hess);
  for (element e = first(parts); exists(&e); advance(&e)) {
    if (!is_quaternion(&e)) {
      jac[e.dx + e.x * end.dx] = 1;
      continue;
    }
    double square = length_of(x + e.x), r[16];
    square *= square;
    if (!(square > 0 && isfinite(square))) return 1;
    for (int j = 0; j < 4; j++) {
      double unit[4] = {0};
      unit[j] = 1 / square;
      multiply_back(x + e.x, unit, r + 4 * j);
      for (int i = 0; i < 3; i++)
        jac[e.dx + i + (e.x + j) * end.dx] = 2 * r[4 * j + 1 + i];
    }
    if (hess == NULL) continue;
    double weighted[4] = {0};
    for (int j = 0; j < 4; j++) {
      for (int i = 0; i < 3; i++)
        weighted[j] += 2 * w[e.dx + i] * r[4 * j + 1 + i];
    }
    for (int j = 0; j < 4; j++) {
      for (int i = 0; i < 4; i++)
        hess[e.x + i + (e.x + j) * end.x] = -(r[4 * i] * weighted[j] + weighted[i] * r[4 * j]);
    }
  }
  return 0;
}
