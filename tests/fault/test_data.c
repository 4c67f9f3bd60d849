/* Numbers behind the pointers of a problem that turn bad: refused by create, and by each solve until they are good
 * again; guess and plan stay. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <math.h>

#include "support/pair.h"
#include "support/refusal.h"
#include "support/rigged.h"
#include "traj/tracking.h"

enum { N = RIGGED_N, NX = RIGGED_NX, NU = RIGGED_NU };

/* All the numbers of a problem. */
typedef struct data {
  double u_min[N][NU], u_max[N][NU], dt_stage[N];
  double Q[NX][NX], R[NU][NU], Qf[NX][NX]; /* [column][row] */
  double x_ref[N + 1][NX], u_ref[N][NU];
} data;

typedef struct setting {
  rigged rigged;
  data data;
  traj_tracking tracking;
} setting;

static void fill(data *d) {
  *d = (data){.Q = {{1, 0.1}, {0.1, 1}}, .R = {{0.5, 0}, {0, 0.5}}, .Qf = {{4, 0}, {0, 2}}};
  for (int k = 0; k < N; k++) {
    d->dt_stage[k] = 0.1 + 0.05 * k;
    for (int i = 0; i < NU; i++) {
      d->u_min[k][i] = i == 0 ? -0.5 : -HUGE_VAL;
      d->u_max[k][i] = 0.6 + 0.1 * k;
      d->u_ref[k][i] = 0.02 * k;
    }
  }
  for (int k = 0; k <= N; k++)
    d->x_ref[k][0] = 0.1 * k;
}

static void prepare(setting *s, bool per_stage) {
  static const rigged_form form = {.first = true};
  rigged_prepare(&s->rigged, &form);
  fill(&s->data);
  data *d = &s->data;
  s->tracking = (traj_tracking){
      .nx = NX,
      .nu = NU,
      .weights = TRAJ_FULL,
      .Q = d->Q[0],
      .R = d->R[0],
      .Qf = d->Qf[0],
      .x_ref = d->x_ref[0],
      .x_stride = per_stage ? NX : 0,
      .u_ref = d->u_ref[0],
      .u_stride = per_stage ? NU : 0,
  };
  traj_problem *p = &s->rigged.problem;
  p->cost = traj_tracking_cost(&s->tracking);
  p->dt_stage = d->dt_stage;
  p->u_min = d->u_min[0];
  p->u_max = d->u_max[0];
  p->u_stride = per_stage ? NU : 0;
}

/* A number that turns bad, and what must be said of it. */
typedef struct spoilt {
  size_t where; /* in data */
  double value;
  const char *field;
  int k, row, col;
} spoilt;

#define AT(field) offsetof(data, field)
/* Of all stages alike, or of each: those of stage 0 are also the ones that hold for all. */
static const spoilt by_stage[] = {
    {AT(u_min[0][0]), (double)NAN, "u_min", 0, 0, -1},
    {AT(u_min[0][1]), HUGE_VAL, "u_min", 0, 1, -1},
    {AT(u_max[0][0]), (double)NAN, "u_max", 0, 0, -1},
    {AT(u_max[0][1]), -HUGE_VAL, "u_max", 0, 1, -1},
    {AT(u_max[0][0]), -0.75, "u_max", 0, 0, -1}, /* below u_min */
    {AT(x_ref[0][1]), (double)NAN, "tracking.x_ref", 0, 1, -1},
    {AT(u_ref[0][0]), -HUGE_VAL, "tracking.u_ref", 0, 0, -1},
    {AT(u_min[3][1]), HUGE_VAL, "u_min", 3, 1, -1},
    {AT(u_min[N - 1][0]), (double)NAN, "u_min", N - 1, 0, -1},
    {AT(u_max[2][0]), -0.75, "u_max", 2, 0, -1},
    {AT(u_max[N - 1][1]), -HUGE_VAL, "u_max", N - 1, 1, -1},
    {AT(x_ref[N][1]), HUGE_VAL, "tracking.x_ref", N, 1, -1},
    {AT(x_ref[2][0]), (double)NAN, "tracking.x_ref", 2, 0, -1},
    {AT(u_ref[N - 1][1]), (double)NAN, "tracking.u_ref", N - 1, 1, -1},
};

static const spoilt in_any_case[] = {
    {AT(Q[0][0]), (double)NAN, "tracking.Q", -1, 0, 0},    {AT(Q[0][1]), HUGE_VAL, "tracking.Q", -1, 1, 0},
    {AT(R[1][1]), -HUGE_VAL, "tracking.R", -1, 1, 1},      {AT(Qf[0][1]), (double)NAN, "tracking.Qf", -1, 1, 0},
    {AT(dt_stage[0]), 0, "dt_stage", 0, -1, -1},           {AT(dt_stage[2]), -0.1, "dt_stage", 2, -1, -1},
    {AT(dt_stage[4]), (double)NAN, "dt_stage", 4, -1, -1}, {AT(dt_stage[3]), HUGE_VAL, "dt_stage", 3, -1, -1},
};

static double *number_at(setting *s, size_t where) {
  return (double *)(void *)((char *)&s->data + where);
}

/* Spoils a number before create, and again and again between solves; k is the stage to be named. */
static void refuse_number(bool per_stage, const spoilt *what, int k) {
  setting s;
  pair p;
  prepare(&s, per_stage);
  double *number = number_at(&s, what->where), good = *number;
  traj_diag expected = {.status = TRAJ_E_ARG, .field = what->field, .k = k, .row = what->row, .col = what->col};
  expected.value = what->value;
  traj_diag diag;
  size_t size;
  *number = what->value;
  assert_int_equal(traj_ddp_size(&s.rigged.problem, &s.rigged.settings, &size, &diag), TRAJ_E_ARG);
  assert_diag(&diag, expected);
  *number = good;
  pair_begin(&p, &s.rigged.problem, &s.rigged.settings);
  for (int round = 0; round < 3; round++) {
    *number = what->value;
    pair_assert_refused(&p, traj_ddp_solve(p.victim, 0, rigged_start(&s.rigged)), expected);
    *number = good;
    pair_solve(&p, rigged_other_start(&s.rigged));
  }
  pair_end(&p);
}

static void test_bad_numbers(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(by_stage) / sizeof(by_stage[0]); i++) {
    refuse_number(true, &by_stage[i], by_stage[i].k);
    if (by_stage[i].k == 0) refuse_number(false, &by_stage[i], -1);
  }
  for (size_t i = 0; i < sizeof(in_any_case) / sizeof(in_any_case[0]); i++) {
    refuse_number(true, &in_any_case[i], in_any_case[i].k);
    refuse_number(false, &in_any_case[i], in_any_case[i].k);
  }
}

/* Numbers that nothing reads may be anything: upper triangles, stages past the horizon, stages of constant data. */
static void test_unread_numbers(void **state) {
  (void)state;
  static const size_t unread[] = {AT(Q[1][0]), AT(R[1][0]), AT(Qf[1][0])};
  static const size_t past_4[] = {AT(u_min[4][0]), AT(u_max[4][1]), AT(u_ref[4][0]), AT(x_ref[5][0]), AT(dt_stage[4])};
  setting s;
  pair p;
  prepare(&s, true);
  pair_begin(&p, &s.rigged.problem, &s.rigged.settings);
  for (size_t i = 0; i < sizeof(unread) / sizeof(unread[0]); i++)
    *number_at(&s, unread[i]) = (double)NAN;
  pair_solve(&p, rigged_start(&s.rigged));
  assert_int_equal(traj_ddp_horizon(p.spared, 4), TRAJ_OK);
  assert_int_equal(traj_ddp_horizon(p.victim, 4), TRAJ_OK);
  for (size_t i = 0; i < sizeof(past_4) / sizeof(past_4[0]); i++)
    *number_at(&s, past_4[i]) = (double)NAN;
  pair_solve(&p, rigged_start(&s.rigged));
  assert_int_equal(traj_ddp_horizon(p.victim, 5), TRAJ_OK);
  traj_diag expected = {.status = TRAJ_E_ARG, .field = "u_min", .k = 4, .row = 0, .col = -1, .value = (double)NAN};
  pair_assert_refused(&p, traj_ddp_solve(p.victim, 0, rigged_start(&s.rigged)), expected);
  pair_end(&p);
}

/* The sizes and strides of a tracking cost belong to the caller, who may spoil them at any time too. */
static void test_bad_tracking(void **state) {
  (void)state;
  setting s;
  prepare(&s, true);
  const traj_tracking good = s.tracking;
  traj_tracking bad[9] = {good, good, good, good, good, good, good, good, good};
  bad[0].nx = NX + 1;
  bad[1].nu = 0;
  bad[2].weights = (traj_weights)2;
  bad[3].x_stride = NX + 1;
  bad[4].x_stride = -NX;
  bad[5].u_stride = 1;
  bad[6].u_stride = -NU;
  bad[7].reserved[0] = &s;
  bad[8].reserved[3] = &s;
  const traj_diag expected[9] = {
      refusal_of_field(TRAJ_E_ARG, "tracking.nx", NX + 1),    refusal_of_field(TRAJ_E_ARG, "tracking.nu", 0),
      refusal_of_field(TRAJ_E_ARG, "tracking.weights", 2),    refusal_of_field(TRAJ_E_ARG, "tracking.x_stride", NX + 1),
      refusal_of_field(TRAJ_E_ARG, "tracking.x_stride", -NX), refusal_of_field(TRAJ_E_ARG, "tracking.u_stride", 1),
      refusal_of_field(TRAJ_E_ARG, "tracking.u_stride", -NU), refusal_of_field(TRAJ_E_ARG, "tracking.reserved", 0),
      refusal_of_field(TRAJ_E_ARG, "tracking.reserved", 0),
  };
  pair p;
  pair_begin(&p, &s.rigged.problem, &s.rigged.settings);
  for (int i = 0; i < 9; i++) {
    s.tracking = bad[i];
    pair_assert_refused(&p, traj_ddp_solve(p.victim, 0, rigged_start(&s.rigged)), expected[i]);
    s.tracking = good;
    pair_solve(&p, rigged_start(&s.rigged));
  }
  pair_end(&p);
}

/* A tracking cost of nothing, and one of a state that is no vector. */
static void test_tracking_misplaced(void **state) {
  (void)state;
  static const rigged_form curved = {.tangent = true};
  setting s;
  size_t size;
  traj_diag diag;
  prepare(&s, true);
  s.rigged.problem.cost = traj_tracking_cost(NULL);
  assert_int_equal(traj_ddp_size(&s.rigged.problem, NULL, &size, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "tracking", 0));
  rigged_prepare(&s.rigged, &curved);
  s.tracking.nx = RIGGED_MAX_NX;
  s.rigged.problem.cost = traj_tracking_cost(&s.tracking);
  assert_int_equal(traj_ddp_size(&s.rigged.problem, NULL, &size, &diag), TRAJ_E_ARG);
  assert_diag(&diag, refusal_of_field(TRAJ_E_ARG, "model.retract", 0));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bad_numbers),
      cmocka_unit_test(test_unread_numbers),
      cmocka_unit_test(test_bad_tracking),
      cmocka_unit_test(test_tracking_misplaced),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
