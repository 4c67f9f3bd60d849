#include "support/rig.h"

// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

rig rig_up(const traj_problem *problem, traj_differences order, double t0) {
  static double memory[1 << 18];
  rig r = {.arena = tj_arena_over(memory, sizeof memory)};
  r.sim = tj_simulator_layout(&r.arena, problem, order, true);
  assert_false(r.arena.overflow);
  assert_int_equal(tj_world_prepare(&r.sim.world, t0), TRAJ_OK);
  return r;
}

void rig_join(tj_shape shape, const traj_quad *quad, double *joined) {
  int nx = shape.nx, nu = quad->luu == NULL ? 0 : shape.nu, n = nx + nu;
  for (int j = 0; j < n; j++) {
    for (int i = j; i < n; i++) {
      double *entry = joined + i + j * n;
      if (i < nx) *entry = quad->lxx[i + j * nx];
      if (i >= nx && j < nx) *entry = quad->lux[(i - nx) + j * nu];
      if (j >= nx) *entry = quad->luu[(i - nx) + (j - nx) * nu];
      joined[j + i * n] = *entry;
    }
  }
}
