/* Derivatives in blocks of stages: each stage once, the same numbers whoever makes them, the lowest failure reported.
 */
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

#include "ddp/ddp.h"
#include "problems/problems.h"
#include "support/refusal.h"
#include "support/sequence.h"
#include "support/solver.h"

enum { N = 50, MOST = 8 };

/* The hooks of CP50, which note who calls them where, and fail at certain stages. */
typedef struct fixture {
  const bench_problem *bench;
  traj_problem problem;
  int jacs[N], quads[N + 1]; /* calls per stage */
  unsigned workers;          /* who called, one bit each */
  int fail[N + 1];           /* what the quads return */
  int broken;                /* the stage whose Jacobian is not finite; -1: none */
  sequence sequence;
  traj_ddp *ddp;
} fixture;

static int jac(const traj_point *at, traj_jac *out, void *user) {
  fixture *f = user;
  f->jacs[at->k]++;
  f->workers |= 1u << at->worker;
  const int code = f->bench->problem.model.jac(at, out, f->bench->problem.model.user);
  if (at->k == f->broken) out->fu[3] = (double)NAN;
  return code;
}

static int ode(const traj_point *at, double *dxdt, void *user) {
  const traj_model *model = &((fixture *)user)->bench->problem.model;
  return model->ode(at, dxdt, model->user);
}

static int stage_cost(const traj_point *at, double *cost, void *user) {
  const traj_cost *inner = &((fixture *)user)->bench->problem.cost;
  return at->u == NULL ? inner->final(at, cost, inner->user) : inner->stage(at, cost, inner->user);
}

static int quad(const traj_point *at, traj_quad *out, void *user) {
  fixture *f = user;
  const traj_cost *inner = &f->bench->problem.cost;
  f->quads[at->k]++;
  if (f->fail[at->k] != 0) return f->fail[at->k];
  return at->u == NULL ? inner->final_quad(at, out, inner->user) : inner->stage_quad(at, out, inner->user);
}

/* A solver of CP50 that stands at its guess. */
static void prepare(fixture *f, int workers, sequence_order order) {
  *f = (fixture){.bench = bench_problem_find("CP50"), .broken = -1};
  f->problem = f->bench->problem;
  f->problem.model.ode = ode;
  f->problem.model.jac = jac;
  f->problem.cost.stage = f->problem.cost.final = stage_cost;
  f->problem.cost.stage_quad = f->problem.cost.final_quad = quad;
  f->problem.model.user = f->problem.cost.user = f;
  traj_ddp_settings settings = solver_settings(TRAJ_ILQR);
  f->sequence = sequence_of(order, workers, 11);
  sequence_install(&f->sequence, &settings.run);
  f->ddp = solver_create(&f->problem, &settings);
  assert_int_equal(tj_ddp_start(f->ddp, 0, f->bench->x0, false), TRAJ_OK);
}

static void test_same_numbers(void **state) {
  (void)state;
  fixture alone;
  prepare(&alone, 1, FORWARDS);
  assert_int_equal(tj_ddp_differentiate(alone.ddp), TJ_FINE);
  assert_int_equal(alone.sequence.runs, 0);
  for (int workers = 2; workers <= MOST; workers++) {
    for (int order = FORWARDS; order <= SHUFFLED; order++) {
      fixture f;
      prepare(&f, workers, (sequence_order)order);
      assert_int_equal(tj_ddp_differentiate(f.ddp), TJ_FINE);
      assert_int_equal(f.sequence.runs, 1);
      assert_true(f.workers > 1 && f.workers < 1u << workers);
      const size_t doubles = N * tj_stage_doubles(f.ddp->sim.world.shape);
      assert_memory_equal(f.ddp->stages, alone.ddp->stages, doubles * sizeof(double));
      assert_memory_equal(f.ddp->V_final, alone.ddp->V_final, 16 * sizeof(double));
      assert_memory_equal(f.ddp->v_final, alone.ddp->v_final, 4 * sizeof(double));
      assert_true(f.ddp->control_scale == alone.ddp->control_scale);
      assert_memory_equal(f.jacs, alone.jacs, sizeof f.jacs);
      for (int k = 0; k <= N; k++)
        assert_int_equal(f.quads[k], 1);
      traj_ddp_destroy(f.ddp);
    }
  }
  traj_ddp_destroy(alone.ddp);
}

/* Fewer stages than jobs. */
static void test_short_horizon(void **state) {
  (void)state;
  for (int n = 1; n <= 3; n++) {
    fixture f;
    prepare(&f, MOST, SHUFFLED);
    assert_int_equal(traj_ddp_horizon(f.ddp, n), TRAJ_OK);
    assert_int_equal(tj_ddp_start(f.ddp, 0, f.bench->x0, false), TRAJ_OK);
    assert_int_equal(tj_ddp_differentiate(f.ddp), TJ_FINE);
    for (int k = 0; k <= N; k++)
      assert_int_equal(f.quads[k], k <= n);
    traj_ddp_destroy(f.ddp);
  }
}

/* Two stages fail, one for good: the lower one counts, whichever was tried first. */
static void test_lowest_failure(void **state) {
  (void)state;
  const int codes[] = {-3, 7};
  fixture f;
  for (int order = FORWARDS; order <= SHUFFLED; order++) {
    prepare(&f, 3, (sequence_order)order);
    for (int low = 0; low < N; low++) {
      for (int high = low + 1; high <= N; high += 7) {
        memset(f.fail, 0, sizeof f.fail);
        f.fail[low] = codes[low % 2];
        f.fail[high] = codes[1 - low % 2];
        const int outcome = tj_ddp_differentiate(f.ddp);
        assert_int_equal(outcome, f.fail[low] < 0 ? TRAJ_E_CALLBACK : TJ_UNDEFINED);
        assert_diag(&f.ddp->sim.world.diag, (traj_diag){.status = TRAJ_E_CALLBACK,
                                                        .hook = "cost.stage_quad",
                                                        .k = low,
                                                        .row = -1,
                                                        .col = -1,
                                                        .value = f.fail[low]});
      }
    }
    traj_ddp_destroy(f.ddp);
  }
}

/* Some stages are asked about before the answers are looked at: one that is not finite counts before a hook that fails
 * at a later stage, and after one that fails at an earlier. */
static void test_lowest_of_either_kind(void **state) {
  (void)state;
  fixture f;
  for (int workers = 1; workers <= 3; workers++) {
    prepare(&f, workers, SHUFFLED);
    for (int broken = 0; broken < N; broken++) {
      for (int failed = broken - 5; failed <= broken + 5; failed++) {
        if (failed < 0 || failed > N) continue;
        memset(f.fail, 0, sizeof f.fail);
        f.broken = broken;
        f.fail[failed] = 1;
        assert_int_equal(tj_ddp_differentiate(f.ddp), TJ_UNDEFINED);
        const traj_diag *diag = &f.ddp->sim.world.diag;
        assert_string_equal(diag->hook, failed <= broken ? "cost.stage_quad" : "model.jac");
        assert_int_equal(diag->k, failed < broken ? failed : broken);
        if (failed > broken) assert_string_equal(diag->field, "fu");
      }
    }
    traj_ddp_destroy(f.ddp);
  }
}

/* The gains of a sweep with curvature, after passes that kept tapes or did not. */
static void sweep_after(int n, const bool *second, int passes, double *K) {
  const bench_problem *bench = bench_problem_find("CP50");
  traj_ddp_settings settings = solver_settings(TRAJ_AUTO);
  traj_problem problem = bench->problem;
  problem.N = n;
  traj_ddp *ddp = solver_create(&problem, &settings);
  assert_int_equal(tj_ddp_start(ddp, 0, bench->x0, false), TRAJ_OK);
  for (int i = 0; i < passes; i++) {
    ddp->order.second = second[i];
    assert_int_equal(tj_ddp_differentiate(ddp), TJ_FINE);
  }
  assert_int_equal(tj_ddp_sweep(ddp, 100), TJ_FINE);
  memcpy(K, ddp->current_policy.K, (size_t)(4 * n) * sizeof *K);
  traj_ddp_destroy(ddp);
}

/* What a pass without tapes writes does not stay in those of the next, with fewer stages than slots, as many and more.
 */
static void test_tapes_in_turn(void **state) {
  (void)state;
  static const bool once[] = {true}, in_turn[] = {true, false, true};
  for (int n = 1; n <= N; n += n < 9 ? 1 : N - 9) {
    double found[4 * N], expected[4 * N];
    sweep_after(n, once, 1, expected);
    sweep_after(n, in_turn, 3, found);
    assert_memory_equal(found, expected, (size_t)(4 * n) * sizeof *found);
  }
}

/* Jobs that have not begun when a lower one fails never do. */
static void test_failure_stops_the_rest(void **state) {
  (void)state;
  fixture f;
  prepare(&f, 4, FORWARDS);
  f.fail[0] = 1;
  assert_int_equal(tj_ddp_differentiate(f.ddp), TJ_UNDEFINED);
  for (int k = 0; k <= N; k++)
    assert_int_equal(f.quads[k], k == 0);
  traj_ddp_destroy(f.ddp);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_same_numbers),   cmocka_unit_test(test_short_horizon),
      cmocka_unit_test(test_lowest_failure), cmocka_unit_test(test_lowest_of_either_kind),
      cmocka_unit_test(test_tapes_in_turn),  cmocka_unit_test(test_failure_stops_the_rest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
