#include "support/toy_plan.h"

#include <math.h>

traj_plan toy_plan(void) {
  static const double t[TOY_N + 1] = {1, 1.5, 2, 2.5};
  static const double x[(TOY_N + 1) * TOY_NX] = {0, 1, 0.1, -2, 1.0 / 3, 1e-300, -1e10, 4};
  static const double u[TOY_N * TOY_NU] = {5, 0.25, -5, 6, 0, 7};
  static const double low[TOY_N * TOY_NU] = {-5, -INFINITY, -5, -INFINITY, -4, -INFINITY};
  static const double high[TOY_N * TOY_NU] = {5, INFINITY, 5, 7, 6, 8};
  return (traj_plan){.nx = TOY_NX,
                     .ndx = TOY_NX,
                     .nu = TOY_NU,
                     .N = TOY_N,
                     .cost = 42,
                     .t = t,
                     .x = x,
                     .u = u,
                     .u_min = low,
                     .u_max = high};
}
