#include "support/same_plan.h"

// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>
#include <stdlib.h>
#include <string.h>

kept_plan keep_plan(const traj_plan *plan) {
  kept_plan kept = {.plan = NULL};
  assert_non_null(plan);
  size_t size = traj_plan_size(plan);
  kept.block = malloc(size);
  assert_non_null(kept.block);
  assert_int_equal(traj_plan_copy(&kept.plan, plan, kept.block, size), TRAJ_OK);
  return kept;
}

/* The arrays that a plan consists of. */
typedef struct part {
  const char *name;
  const double *data;
  size_t n;
} part;

enum { PARTS = 7 };

static void list_parts(const traj_plan *p, part *parts) {
  size_t nx = (size_t)p->nx, ndx = (size_t)p->ndx, nu = (size_t)p->nu, N = (size_t)p->N;
  const part list[PARTS] = {
      {"t", p->t, N + 1},        {"x", p->x, nx * (N + 1)},        {"u", p->u, nu * N},
      {"K", p->K, nu * ndx * N}, {"V", p->V, ndx * ndx * (N + 1)}, {"v", p->v, ndx * (N + 1)},
      {"cost", &p->cost, 1},
  };
  memcpy(parts, list, sizeof(list));
}

const char *plan_difference(const traj_plan *a, const traj_plan *b) {
  part of_a[PARTS], of_b[PARTS];
  if (a->nx != b->nx || a->ndx != b->ndx || a->nu != b->nu || a->N != b->N) return "sizes";
  if (a->policy_current != b->policy_current) return "policy_current";
  list_parts(a, of_a);
  list_parts(b, of_b);
  for (int i = 0; i < PARTS; i++) {
    if (memcmp(of_a[i].data, of_b[i].data, of_a[i].n * sizeof(double)) != 0) return of_a[i].name;
  }
  return NULL;
}

const char *plan_not_finite(const traj_plan *plan) {
  part parts[PARTS];
  list_parts(plan, parts);
  for (int i = 0; i < PARTS; i++) {
    for (size_t j = 0; j < parts[i].n; j++) {
      if (!isfinite(parts[i].data[j])) return parts[i].name;
    }
  }
  return NULL;
}

void assert_same_plan(const traj_plan *actual, const traj_plan *expected) {
  assert_non_null(actual);
  const char *differs = plan_difference(actual, expected);
  if (differs != NULL) fail_msg("the plans differ in %s", differs);
}
