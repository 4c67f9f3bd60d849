/* Numbers that carry their derivatives along two directions and the mixed second one, in long double: a function
 * written once in them is its own oracle for rollouts, gradients and Hessians. */
#ifndef SUPPORT_HYPER_H
#define SUPPORT_HYPER_H

typedef struct hyper {
  long double v;    /* value */
  long double a, b; /* first derivatives along the two directions */
  long double ab;   /* second derivative along both */
} hyper;

static inline hyper hyper_constant(long double v) {
  return (hyper){.v = v};
}

static inline hyper hyper_add(hyper p, hyper q) {
  return (hyper){p.v + q.v, p.a + q.a, p.b + q.b, p.ab + q.ab};
}

static inline hyper hyper_scale(long double c, hyper p) {
  return (hyper){c * p.v, c * p.a, c * p.b, c * p.ab};
}

static inline hyper hyper_sub(hyper p, hyper q) {
  return hyper_add(p, hyper_scale(-1, q));
}

static inline hyper hyper_mul(hyper p, hyper q) {
  return (hyper){p.v * q.v, p.a * q.v + p.v * q.a, p.b * q.v + p.v * q.b,
                 p.ab * q.v + p.a * q.b + p.b * q.a + p.v * q.ab};
}

hyper hyper_sin(hyper p);
hyper hyper_cos(hyper p);

/* out = p x q; three numbers each. */
void hyper_cross(const hyper *p, const hyper *q, hyper *out);

/* p'q over n numbers. */
hyper hyper_dot(int n, const hyper *p, const hyper *q);

/* out = p q, quaternions (w, x, y, z). */
void hyper_quaternion(const hyper *p, const hyper *q, hyper *out);

#endif
