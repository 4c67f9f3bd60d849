/* What is the same for all back ends: packing, a stage's cost, the gradient under the feedback, and what limits and
 * damping change in a value function. */
#ifndef TJ_LINALG_OWN_SHARED_H
#define TJ_LINALG_OWN_SHARED_H

#include "linalg/backend.h"
#include "linalg/order.h"
#include "linalg/own_dense.h"
#include "linalg/own_forward.h"
#include "linalg/own_pack.h"
#include "linalg/own_shapes.h"

/* v vectors of two rows. */
INLINE vec dot_of(int v, const double *a, const double *b) {
  vec sum = {0};
  for (int j = 0; j < v; j++)
    sum = plus_product(sum, load(a + j * VL), load(b + j * VL));
  return sum;
}

/* The square of v, to which a gain adds zeros, or NaN. */
INLINE double unpack_policy_body(const int nx, const int nu, const double *gain, const double *value, double *K,
                                 double *k, double *V, double *v) {
  const int lp = tj_pad(nx + 1);
  const double *row = value + nx * lp;
  double square = 0;
  vec sum = dot_of(nx / VL, row, row) + nothing((size_t)(nu * lp) / VL, gain);
  unpack_gain_body(nx, nu, gain, K, k);
  unpack_value_body(nx, value, V, v);
  for (int j = nx / VL * VL; j < nx; j++)
    square += row[j] * row[j];
  UNROLL for (int p = 0; p < VL; p++) square += sum[p];
  return square;
}

/* (E1) */
INLINE double slope_body(const int nx, const int nu, const tj_kernel *kernel, const double *stage, const double *gain,
                         double *v0, double *g) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1);
  const int whole = nx / VL * VL;
  const double *H_u = stage + n1 * lp;
  double *z = kernel->w; /* [A c B]'v0; free once the value function is carried */
  term t = {{v0, 1}, {stage + tj_cost_length(nx, nu), ld}, nx, 1};
  product(1, ld, false, (update){{NULL, 0}, t, NO_TERM, z, ld}, NULL);
  double slope = z[nx];
  for (int i = 0; i < nu; i++) {
    g[i] = z[n1 + i] + H_u[i * ld + nx];
    slope += gain[i * lp + nx] * g[i];
  }
  for (int j = 0; j < whole; j += VL) {
    vec q;
    UNROLL for (int p = 0; p < VL; p++) q[p] = stage[(j + p) * lp + nx];
    vec sum = load(z + j) + q;
    for (int i = 0; i < nu; i++)
      sum += splat(g[i]) * load(gain + i * lp + j);
    store(v0 + j, sum);
  }
  for (int j = whole; j < nx; j++) {
    v0[j] = z[j] + stage[j * lp + nx];
    for (int i = 0; i < nu; i++)
      v0[j] += g[i] * gain[i * lp + j];
  }
  return slope;
}

/* (R7) What a step d adds to a value function without one: v += Qux'd + K'y and 2s += d'(qu + y) with y = qu + Quu d.
 * Column 1 of [Qux qu] and of [K d] makes the one to the other; where it begins a vector it is added by itself, since
 * it was stored so a moment ago. */
INLINE void add_step_body(const int nx, const int nu, const tj_kernel *kernel, const double *gain, double *value) {
  const int n1 = nx + 1, ld = tj_pad(n1 + nu), lp = tj_pad(n1);
  const double *Qu = kernel->q + n1 * ld;
  double *v = value + nx * lp;
  for (int i = 0; i < nu; i++) {
    double d = gain[i * lp + nx], y = Qu[i * ld + nx];
    for (int j = 0; j < nu; j++)
      y += (j < i ? Qu[j * ld + n1 + i] : Qu[i * ld + n1 + j]) * gain[j * lp + nx];
    for (int j = 0; j < nx; j += VL) {
      vec sum = plus_product(load(v + j), splat(d), load(Qu + i * ld + j));
      store(v + j, plus_product(sum, splat(y), load(gain + i * lp + j)));
    }
    if (apart(nx)) v[nx] = plus_product_of_one(plus_product_of_one(v[nx], d, Qu[i * ld + nx]), y, d);
  }
  for (int j = 0; j < nx; j++)
    value[j * lp + nx] = v[j];
}

/* (R8) P -= d [K k]'[K k] */
INLINE void undamp_body(const int nx, const int nu, const tj_kernel *kernel, double damping, const double *gain,
                        double *value) {
  const int n1 = nx + 1, lp = tj_pad(n1);
  for (int j = 0; j < nu * lp; j += VL)
    store(kernel->y + j, splat(damping) * load(gain + j));
  term cost = {{kernel->y, lp}, {gain, lp}, nu, 1};
  product(n1, n1, true, (update){{value, lp}, NO_TERM, cost, value, lp}, NULL);
  mirror(n1, value, lp);
}

/* Packed in whole vectors, a stage is looked at in whole vectors. */
INLINE bool finite_body(const int nx, const int nu, const double *stage) {
  vec sums = nothing((size_t)tj_stage_length(nx, nu) / VL, stage);
  double sum = 0;
  UNROLL for (int p = 0; p < VL; p++) sum += sums[p];
  return sum == 0;
}

static void pack(tj_shape shape, double *stage, const tj_stage_dynamics *dynamics, const tj_stage_cost *cost) {
  pack_dynamics_body(shape.nx, shape.nu, stage, dynamics);
  pack_cost_body(shape.nx, shape.nu, stage, cost);
}

static void bend(tj_shape shape, const double *stage, const tj_stage_cost *more, double damping, double *bent) {
  bend_body(shape.nx, shape.nu, stage, more, damping, bent);
}

static bool stage_finite(tj_shape shape, const double *stage) {
  return finite_body(shape.nx, shape.nu, stage);
}

static void unpack_value(tj_shape shape, const double *value, double *V, double *v) {
  unpack_value_body(shape.nx, value, V, v);
}

static void unpack_gain(tj_shape shape, const double *gain, double *K, double *k) {
  unpack_gain_body(shape.nx, shape.nu, gain, K, k);
}

static double unpack_policy(tj_shape shape, const double *gain, const double *value, double *K, double *k, double *V,
                            double *v) {
  return unpack_policy_body(shape.nx, shape.nu, gain, value, K, k, V, v);
}

static void forward(tj_shape shape, const tj_stage_dynamics *dynamics, const double *K, const double *k,
                    const double *x, double *u, double *x_next) {
  forward_body(shape.nx, shape.nu, dynamics, K, k, x, u, x_next);
}

static void gradient(tj_shape shape, const double *V, const double *v, const double *x, double *out) {
  gradient_body(shape.nx, V, v, x, out);
}

static double cost_at(tj_shape shape, const tj_stage_cost *cost, const double *x, const double *u) {
  return cost_body(shape.nx, shape.nu, cost, x, u);
}

static double slope(const tj_kernel *kernel, const double *stage, const double *gain, double *v0, double *g) {
  return slope_body(kernel->shape.nx, kernel->shape.nu, kernel, stage, gain, v0, g);
}

static void add_step(const tj_kernel *kernel, const double *gain, double *value) {
  add_step_body(kernel->shape.nx, kernel->shape.nu, kernel, gain, value);
}

static void undamp(const tj_kernel *kernel, double damping, const double *gain, double *value) {
  undamp_body(kernel->shape.nx, kernel->shape.nu, kernel, damping, gain, value);
}

/* The same for a shape known when compiling. */
#define SHAPED_SHARED(nx, nu)                                                                                          \
  static void pack_##nx##_##nu(tj_shape shape, double *stage, const tj_stage_dynamics *dynamics,                       \
                               const tj_stage_cost *cost) {                                                            \
    (void)shape;                                                                                                       \
    pack_dynamics_body(nx, nu, stage, dynamics);                                                                       \
    pack_cost_body(nx, nu, stage, cost);                                                                               \
  }                                                                                                                    \
  static void bend_##nx##_##nu(tj_shape shape, const double *stage, const tj_stage_cost *more, double damping,         \
                               double *bent) {                                                                         \
    (void)shape;                                                                                                       \
    bend_body(nx, nu, stage, more, damping, bent);                                                                     \
  }                                                                                                                    \
  static bool stage_finite_##nx##_##nu(tj_shape shape, const double *stage) {                                          \
    (void)shape;                                                                                                       \
    return finite_body(nx, nu, stage);                                                                                 \
  }                                                                                                                    \
  static void unpack_value_##nx##_##nu(tj_shape shape, const double *value, double *V, double *v) {                    \
    (void)shape;                                                                                                       \
    unpack_value_body(nx, value, V, v);                                                                                \
  }                                                                                                                    \
  static void unpack_gain_##nx##_##nu(tj_shape shape, const double *gain, double *K, double *k) {                      \
    (void)shape;                                                                                                       \
    unpack_gain_body(nx, nu, gain, K, k);                                                                              \
  }                                                                                                                    \
  static double unpack_policy_##nx##_##nu(tj_shape shape, const double *gain, const double *value, double *K,          \
                                          double *k, double *V, double *v) {                                           \
    (void)shape;                                                                                                       \
    return unpack_policy_body(nx, nu, gain, value, K, k, V, v);                                                        \
  }                                                                                                                    \
  static void forward_##nx##_##nu(tj_shape shape, const tj_stage_dynamics *dynamics, const double *K, const double *k, \
                                  const double *x, double *u, double *x_next) {                                        \
    (void)shape;                                                                                                       \
    forward_body(nx, nu, dynamics, K, k, x, u, x_next);                                                                \
  }                                                                                                                    \
  static void gradient_##nx##_##nu(tj_shape shape, const double *V, const double *v, const double *x, double *out) {   \
    (void)shape;                                                                                                       \
    gradient_body(nx, V, v, x, out);                                                                                   \
  }                                                                                                                    \
  static double cost_at_##nx##_##nu(tj_shape shape, const tj_stage_cost *cost, const double *x, const double *u) {     \
    (void)shape;                                                                                                       \
    return cost_body(nx, nu, cost, x, u);                                                                              \
  }                                                                                                                    \
  static double slope_##nx##_##nu(const tj_kernel *kernel, const double *stage, const double *gain, double *v0,        \
                                  double *g) {                                                                         \
    return slope_body(nx, nu, kernel, stage, gain, v0, g);                                                             \
  }                                                                                                                    \
  static void add_step_##nx##_##nu(const tj_kernel *kernel, const double *gain, double *value) {                       \
    add_step_body(nx, nu, kernel, gain, value);                                                                        \
  }                                                                                                                    \
  static void undamp_##nx##_##nu(const tj_kernel *kernel, double damping, const double *gain, double *value) {         \
    undamp_body(nx, nu, kernel, damping, gain, value);                                                                 \
  }
SHAPES(SHAPED_SHARED)
#undef SHAPED_SHARED

tj_shared SHARED(tj_shape shape) {
  (void)shape;
#define PICK(a, b)                                                                                                     \
  if (shape.nx == a && shape.nu == b) {                                                                                \
    return (tj_shared){pack_##a##_##b,        bend_##a##_##b,          stage_finite_##a##_##b, unpack_value_##a##_##b, \
                       unpack_gain_##a##_##b, unpack_policy_##a##_##b, forward_##a##_##b,      gradient_##a##_##b,     \
                       cost_at_##a##_##b,     slope_##a##_##b,         add_step_##a##_##b,     undamp_##a##_##b};      \
  }
  SHAPES(PICK)
#undef PICK
  return (tj_shared){pack,    bend,     stage_finite, unpack_value, unpack_gain, unpack_policy,
                     forward, gradient, cost_at,      slope,        add_step,    undamp};
}

#endif
