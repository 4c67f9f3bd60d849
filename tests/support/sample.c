#include "support/sample.h"

#include <math.h>

static void spoil_upper(double *a, int n) {
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < j; i++)
      a[i + j * n] = (double)NAN;
  }
}

/* W W' + I, with its upper triangle spoilt. */
static void draw_definite(rng *r, double *a, int n) {
  double w[SAMPLE_X * SAMPLE_X];
  rng_fill(r, w, (size_t)n * (size_t)n, 1);
  for (int j = 0; j < n; j++) {
    for (int i = j; i < n; i++) {
      a[i + j * n] = i == j;
      for (int k = 0; k < n; k++)
        a[i + j * n] += w[i + k * n] * w[j + k * n];
    }
  }
  spoil_upper(a, n);
}

static const double *perhaps(rng *r, const double *a) {
  return rng_chance(r, 0.8) ? a : NULL;
}

void sample_draw(rng *r, tj_shape shape, bool definite, sample *p) {
  size_t n = (size_t)shape.nx, m = (size_t)shape.nu;
  rng_fill(r, p->A, n * n, 1 / sqrt((double)n));
  rng_fill(r, p->B, n * m, 1);
  rng_fill(r, p->c, n, 1);
  rng_fill(r, p->lxx, n * n, 1);
  rng_fill(r, p->luu, m * m, 1);
  rng_fill(r, p->lux, m * n, 1);
  rng_fill(r, p->lx, n, 1);
  rng_fill(r, p->lu, m, 1);
  rng_fill(r, p->V, n * n, 1);
  rng_fill(r, p->v, n, 1);
  p->s = rng_normal(r);
  spoil_upper(p->lxx, shape.nx);
  spoil_upper(p->luu, shape.nu);
  spoil_upper(p->V, shape.nx);
  p->affine = rng_chance(r, 0.8);
  p->cost = (tj_stage_cost){.lxx = perhaps(r, p->lxx), .luu = perhaps(r, p->luu), .lux = perhaps(r, p->lux)};
  p->cost.lx = perhaps(r, p->lx);
  p->cost.lu = perhaps(r, p->lu);
  if (!definite) return;
  draw_definite(r, p->luu, shape.nu);
  draw_definite(r, p->V, shape.nx);
  p->cost.luu = p->luu;
}

void sample_draw_convex(rng *r, tj_shape shape, sample *p) {
  sample_draw(r, shape, true, p);
  p->cost.lxx = p->V;
  p->cost.lux = NULL;
}

void sample_pack(const tj_kernel *kernel, const sample *p, double *stage) {
  tj_stage_pack(kernel, stage, &(tj_stage_dynamics){p->A, p->B, p->affine ? p->c : NULL}, &p->cost);
}

exact_matrix sample_dynamics(tj_shape s, const sample *p) {
  int n = s.nx;
  exact_matrix g = exact_zero(n + 1, n + 1 + s.nu);
  exact_put(g, 0, 0, exact_of(p->A, n, n));
  exact_put(g, 0, n, exact_of(p->affine ? p->c : NULL, n, 1));
  exact_put(g, 0, n + 1, exact_of(p->B, n, s.nu));
  exact_put(g, n, n, exact_identity(1));
  return g;
}

exact_matrix sample_cost(tj_shape s, tj_stage_cost cost) {
  int n = s.nx, m = s.nu;
  exact_matrix h = exact_zero(n + 1 + m, n + 1 + m);
  exact_matrix lx = exact_of(cost.lx, n, 1), lu = exact_of(cost.lu, m, 1), lux = exact_of(cost.lux, m, n);
  exact_put(h, 0, 0, exact_symmetric(cost.lxx, n));
  exact_put(h, n + 1, n + 1, exact_symmetric(cost.luu, m));
  exact_put(h, 0, n, lx);
  exact_put(h, n, 0, exact_transpose(lx));
  exact_put(h, n + 1, n, lu);
  exact_put(h, n, n + 1, exact_transpose(lu));
  exact_put(h, n + 1, 0, lux);
  exact_put(h, 0, n + 1, exact_transpose(lux));
  return h;
}

exact_matrix sample_value(tj_shape s, const sample *p) {
  exact_matrix value = exact_zero(s.nx + 1, s.nx + 1), v = exact_of(p->v, s.nx, 1);
  exact_put(value, 0, 0, exact_symmetric(p->V, s.nx));
  exact_put(value, 0, s.nx, v);
  exact_put(value, s.nx, 0, exact_transpose(v));
  exact_put(value, s.nx, s.nx, exact_scaled(2, exact_of(&p->s, 1, 1)));
  return value;
}

exact_matrix exact_congruence(exact_matrix middle, exact_matrix outer) {
  return exact_product(exact_transpose(outer), exact_product(middle, outer));
}

exact_matrix sample_q(tj_shape s, const sample *p) {
  return exact_sum(sample_cost(s, p->cost), exact_congruence(sample_value(s, p), sample_dynamics(s, p)));
}
