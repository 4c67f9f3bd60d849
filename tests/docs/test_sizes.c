/* The formulas and the sizes of docs/memory.md, read from the document, against those that the library asks for. */
// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/formula.h"
#include "support/table.h"
#include "traj/extra.h"
#include "traj/traj.h"

enum { MAX_ROWS = 40, SHORT = 4, MORE = 640, NX_MOST = 100 }; /* MORE doubles of any kind fill whole cache lines */

/* A problem as far as sizes depend on it. */
typedef struct kind {
  int nx, ndx, nu, N, workers;
  bool step, limits;
  traj_integrator integrator;
  int substeps;
  traj_ddp_method method;
} kind;

static int dynamics(const traj_point *at, double *out, void *user) {
  (void)at, (void)user;
  memset(out, 0, NX_MOST * sizeof *out);
  return 0;
}

static int cost(const traj_point *at, double *value, void *user) {
  (void)at, (void)user;
  *value = 0;
  return 0;
}

static int retract(const double *x, const double *dx, double *out, void *user) {
  (void)x, (void)dx, (void)out, (void)user;
  return -1;
}

static int difference(const double *a, const double *b, double *out, void *user) {
  (void)a, (void)b, (void)out, (void)user;
  return -1;
}

static traj_problem problem_of(const kind *k) {
  static const double zeros[NX_MOST];
  traj_problem p = {.N = k->N, .dt = 0.1, .cost = {.stage = cost, .final = cost}};
  p.model = (traj_model){.nx = k->nx, .ndx = k->ndx, .nu = k->nu, .integrator = k->integrator, .substeps = k->substeps};
  if (k->step) p.model.step = dynamics;
  if (!k->step) p.model.ode = dynamics;
  if (k->ndx != k->nx) p.model.retract = retract, p.model.difference = difference;
  if (k->limits) p.u_min = p.u_max = zeros;
  return p;
}

static long ddp_size(const kind *k) {
  const traj_problem p = problem_of(k);
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.method = k->method;
  settings.run.workers = k->workers;
  settings.run.parallel = traj_pool_run;
  size_t size;
  assert_int_equal(traj_ddp_size(&p, &settings, &size, NULL), TRAJ_OK);
  return (long)size;
}

static traj_lqr_problem linear_problem(const kind *k) {
  static const double zeros[NX_MOST * NX_MOST];
  return (traj_lqr_problem){.nx = k->nx, .nu = k->nu, .N = k->N, .A = {.data = zeros}, .B = {.data = zeros}};
}

static long lqr_size(const kind *k) {
  const traj_lqr_problem p = linear_problem(k);
  size_t size;
  assert_int_equal(traj_lqr_size(&p, &size, NULL), TRAJ_OK);
  return (long)size;
}

static long steady_size(const kind *k) {
  const traj_lqr_problem p = linear_problem(k);
  size_t size;
  assert_int_equal(traj_steady_size(&p, &size, NULL), TRAJ_OK);
  return (long)size;
}

static long copy_size(const kind *k) {
  static const double some;
  traj_plan plan = {.nx = k->nx, .ndx = k->ndx, .nu = k->nu, .N = k->N};
  plan.t = plan.x = plan.u = plan.K = plan.V = plan.v = &some;
  if (k->limits) plan.u_min = plan.u_max = &some;
  return (long)traj_plan_size(&plan);
}

static long pitch(long n) {
  const long padded = (n + 3) / 4 * 4;
  return padded % 64 == 0 ? padded + 4 : padded;
}

static long line(long n) {
  return (n + 7) / 8 * 8;
}

static long evaluate(const char *formula, const kind *k) {
  const int per_step = k->integrator == TRAJ_RK4 ? 4 : k->integrator == TRAJ_MIDPOINT ? 2 : 1;
  const formula_name names[] = {{.name = "nx", .value = k->nx},
                                {.name = "ndx", .value = k->ndx},
                                {.name = "nu", .value = k->nu},
                                {.name = "l", .value = k->ndx + 1 + k->nu},
                                {.name = "e", .value = k->step ? 0 : per_step * k->substeps},
                                {.name = "w", .value = k->workers},
                                {.name = "p", .function = pitch},
                                {.name = "r", .function = line},
                                {.name = NULL}};
  return formula_value(formula, names);
}

static bool applies(const char *when, const kind *k) {
  if (strcmp(when, "always") == 0 || strcmp(when, "workers") == 0) return true;
  if (strcmp(when, "limits") == 0) return k->limits;
  if (strcmp(when, "auto") == 0) return k->method == TRAJ_AUTO;
  const bool second = !k->step && k->method != TRAJ_ILQR, tangent = k->ndx != k->nx;
  if (strcmp(when, "ode, second order") == 0) return second;
  if (strcmp(when, "ode, second order, tangent") == 0) return second && tangent;
  if (strcmp(when, "ode, tangent") == 0) return !k->step && tangent;
  if (strcmp(when, "auto, ode, tangent") == 0) return !k->step && tangent && k->method == TRAJ_AUTO;
  fail_msg("when is \"%s\"?", when);
  return false;
}

/* The sum of a table's formulas is what MORE stages add, to the byte. */
static void check_growth(const char *heading, long (*size)(const kind *), const kind *k) {
  static table_row rows[MAX_ROWS];
  const int n = table_read(TRAJ_MEMORY, heading, rows, MAX_ROWS);
  kind longer = *k;
  longer.N += MORE;
  long sum = 0;
  for (int i = 0; i < n; i++) {
    assert_int_equal(rows[i].columns, 3);
    if (applies(rows[i].cell[1], k)) sum += evaluate(rows[i].cell[0], k);
  }
  const long found = (size(&longer) - size(k)) / MORE / (long)sizeof(double);
  assert_int_equal((size(&longer) - size(k)) % (MORE * (long)sizeof(double)), 0);
  if (found != sum)
    fail_msg("%s: %ld, but the formulas make %ld (nx %d, ndx %d, nu %d, step %d, limits %d, method %d, workers %d)",
             heading, found, sum, k->nx, k->ndx, k->nu, k->step, k->limits, k->method, k->workers);
}

static void the_formulas_are_true(void **state) {
  static const int shapes[][3] = {{1, 1, 1}, {2, 2, 1}, {4, 4, 3}, {7, 6, 2}, {13, 12, 4}, {63, 63, 1}, {90, 90, 38}};
  (void)state;
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
    for (int variant = 0; variant < 64; variant++) {
      kind k = {.nx = shapes[s][0], .ndx = shapes[s][1], .nu = shapes[s][2], .N = SHORT, .workers = 1 + variant % 3};
      k.step = variant & 4;
      k.limits = variant & 8;
      k.method = variant >= 48 ? TRAJ_AUTO : (variant >= 16 ? TRAJ_DDP : TRAJ_ILQR);
      k.integrator = variant >= 32 && variant < 48 ? TRAJ_MIDPOINT : TRAJ_RK4;
      k.substeps = 1 + variant % 2;
      check_growth("doubles per stage of traj_ddp", ddp_size, &k);
      check_growth("doubles per stage of a copy", copy_size, &k);
      k.ndx = k.nx;
      check_growth("doubles per stage of traj_lqr", lqr_size, &k);
    }
  }
}

static long kib(long bytes) {
  return (bytes + 1023) / 1024;
}

static void the_sizes_are_true(void **state) {
  static table_row rows[MAX_ROWS];
  const int n = table_read(TRAJ_MEMORY, "nx", rows, MAX_ROWS);
  int wrong = 0;
  (void)state;
  for (int i = 0; i < n; i++) {
    char(*cell)[TABLE_CELL] = rows[i].cell;
    assert_int_equal(rows[i].columns, 12);
    kind k = {.nx = atoi(cell[0]), .nu = atoi(cell[1]), .N = atoi(cell[2]), .workers = 1, .substeps = 1};
    k.ndx = k.nx;
    k.method = TRAJ_ILQR;
    kind second = k, either = k, limited = k, two = k, longer = k;
    second.method = TRAJ_DDP;
    either.method = TRAJ_AUTO;
    limited.limits = true;
    two.workers = 2;
    longer.N += MORE;
    const long plain = ddp_size(&k), growth = (ddp_size(&longer) - plain) / MORE * k.N;
    const long is[] = {kib(plain),
                       kib(ddp_size(&second)),
                       kib(ddp_size(&either)),
                       kib(ddp_size(&limited) - plain),
                       kib(ddp_size(&two) - plain),
                       kib(plain - growth),
                       kib(lqr_size(&k)),
                       kib(steady_size(&k)),
                       kib(copy_size(&k))};
    bool right = true;
    for (int j = 0; j < 9; j++)
      right = right && atol(cell[3 + j]) == is[j];
    if (right) continue;
    wrong++;
    print_message("| %d | %d | %d |", k.nx, k.nu, k.N);
    for (int j = 0; j < 9; j++)
      print_message(" %ld |", is[j]);
    print_message("\n");
  }
  if (wrong > 0) fail_msg("%d of %d rows of sizes should be as above", wrong, n);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_formulas_are_true),
      cmocka_unit_test(the_sizes_are_true),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
