#include "support/flow.h"

#include <string.h>

int flow_ode(const traj_point *at, double *dxdt, void *user) {
  const flow *f = user;
  for (int i = 0; i < FLOW_X; i++) {
    dxdt[i] = 0;
    for (int j = 0; j < FLOW_X; j++)
      dxdt[i] += f->A[i + j * FLOW_X] * at->x[j];
    for (int j = 0; j < FLOW_U; j++)
      dxdt[i] += f->B[i + j * FLOW_X] * at->u[j];
  }
  return 0;
}

int flow_jac(const traj_point *at, traj_jac *out, void *user) {
  const flow *f = user;
  (void)at;
  memcpy(out->fx, f->A, sizeof f->A);
  memcpy(out->fu, f->B, sizeof f->B);
  return 0;
}

exact_matrix flow_once(const flow *f, double h, int power) {
  exact_matrix generator = exact_zero(FLOW_Z, FLOW_Z), sum = exact_identity(FLOW_Z), term = sum;
  exact_put(generator, 0, 0, exact_of(f->A, FLOW_X, FLOW_X));
  exact_put(generator, 0, FLOW_X, exact_of(f->B, FLOW_X, FLOW_U));
  for (int i = 1; i <= power; i++) {
    term = exact_product(generator, term);
    for (int j = 0; j < term.rows * term.cols; j++)
      term.entries[j].sum *= (long double)h / i;
    sum = exact_sum(sum, term);
  }
  return exact_block(sum, 0, 0, FLOW_X, FLOW_Z);
}

exact_matrix flow_repeated(exact_matrix once, int times) {
  exact_matrix all = exact_identity(FLOW_Z), with_control = exact_identity(FLOW_Z);
  exact_put(with_control, 0, 0, once);
  for (int i = 0; i < times; i++)
    all = exact_product(with_control, all);
  return exact_block(all, 0, 0, FLOW_X, FLOW_Z);
}
