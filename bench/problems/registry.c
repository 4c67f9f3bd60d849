#include "problems/registry.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static const bench_problem *const problems[] = {
    &bench_pendulum,  &bench_cartpole,      &bench_car,        &bench_quadrotor,  &bench_chain24,
    &bench_chain60,   &bench_cp50,          &bench_pendulum_a, &bench_cartpole_a, &bench_double_integrator_box,
    &bench_vanderpol, &bench_vanderpol_box,
};

static const bench_problem *const hard[] = {
    &bench_acrobot,         &bench_arm7,      &bench_planar_quadrotor, &bench_flip, &bench_double_well,
    &bench_vanderpol_stiff, &bench_thrusters,
};

enum { COUNT = sizeof problems / sizeof problems[0], HARD = sizeof hard / sizeof hard[0] };

const bench_problem *bench_problem_at(int i) {
  return i >= 0 && i < COUNT ? problems[i] : NULL;
}

const bench_problem *bench_hard_problem_at(int i) {
  return i >= 0 && i < HARD ? hard[i] : NULL;
}

const bench_problem *bench_problem_find(const char *name) {
  for (int i = 0; i < COUNT; ++i)
    if (strcmp(problems[i]->name, name) == 0) return problems[i];
  for (int i = 0; i < HARD; ++i)
    if (strcmp(hard[i]->name, name) == 0) return hard[i];
  return NULL;
}

void bench_problem_guess(const bench_problem *problem, double *u) {
  const int n = problem->problem.N * problem->problem.model.nu;
  for (int i = 0; i < n; ++i)
    u[i] = problem->guess;
}

/* Uniform in (0, 1), by a 64-bit Weyl sequence whose terms are scrambled (splitmix64). */
static double uniform(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return ((double)(z >> 11) + 0.5) * 0x1p-53;
}

/* Standard normal, by Box and Muller. */
static double normal(uint64_t *state) {
  const double radius = sqrt(-2.0 * log(uniform(state)));
  return radius * cos(6.283185307179586 * uniform(state));
}

void bench_problem_random_guess(const bench_problem *problem, uint64_t seed, double *u) {
  const traj_problem *p = &problem->problem;
  const int nu = p->model.nu;
  uint64_t state = seed;
  for (int k = 0; k < p->N; ++k)
    for (int i = 0; i < nu; ++i) {
      const double draw = problem->draw == BENCH_NORMAL ? normal(&state) : 2.0 * uniform(&state) - 1.0;
      double value = problem->guess + problem->spread * draw;
      if (p->u_min) value = fmax(value, p->u_min[k * p->u_stride + i]);
      if (p->u_max) value = fmin(value, p->u_max[k * p->u_stride + i]);
      u[k * nu + i] = value;
    }
}
