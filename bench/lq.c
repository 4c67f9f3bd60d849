/* The LQ sweep, size by size: every contender's kernel, and its way from the data to the answer. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "lq_problem.h"
#include "measure.h"
#include "text.h"

static const double TOLERANCE = 1e-10; /* of the gains and the cost */

static const char ALL_SIZES[] = "2,1 4,1 4,2 6,3 8,4 13,4 12,12 24,8 36,12 60,20 100,30 200,50";
static const char QUICK_SIZES[] = "2,1 4,2 13,4 24,8";

typedef enum measure { KERNEL, API, MEASURES } measure;

static const char *const measure_names[MEASURES] = {"kernel", "api"};

/* A contender at one size. */
typedef struct entrant {
  const bench_lq *who;
  void *self;
  double error[MEASURES];
  double least[MEASURES], median[MEASURES]; /* seconds per stage; NAN: does not take part */
} entrant;

typedef struct tables {
  bench_table *all, *time[MEASURES], *share[MEASURES], *ratio[MEASURES];
} tables;

static int run_api(const entrant *e, bench_lq_answer *answer) {
  if (e->who->solve != NULL) return e->who->solve(e->self, answer);
  e->who->pack(e->self);
  int bad = e->who->kernel(e->self);
  return bad != 0 ? bad : e->who->fetch(e->self, answer);
}

/* A sweep that gives up early would look fast. */
static void must_succeed(int bad) {
  if (bad == 0) return;
  fprintf(stderr, "traj_bench: a sweep that was right at first has failed\n");
  abort();
}

static void kernel_job(void *arg) {
  const entrant *e = arg;
  must_succeed(e->who->kernel(e->self));
}

static void api_job(void *arg) {
  bench_lq_answer answer;
  must_succeed(run_api(arg, &answer));
}

static bool takes_part(const entrant *e, measure m) {
  return e->self != NULL && (m == API || e->who->kernel != NULL);
}

static int check(const bench_lq_problem *problem, entrant *e, measure m) {
  bench_lq_answer answer;
  int bad = 0;
  if (m == API) {
    bad = run_api(e, &answer);
  } else {
    e->who->pack(e->self);
    bad = e->who->kernel(e->self);
    if (bad == 0) bad = e->who->fetch(e->self, &answer);
  }
  e->error[m] = bad == 0 ? bench_lq_problem_error(problem, &answer) : HUGE_VAL;
  if (e->error[m] <= TOLERANCE) return 0;
  fprintf(stderr, "traj_bench: %s is wrong at %d,%d (%s): error %.1e\n", e->who->name, problem->data.nx,
          problem->data.nu, measure_names[m], e->error[m]);
  return -1;
}

static void time_all(entrant *entrants, int count, int N, measure m, double seconds) {
  bench_job jobs[BENCH_CONTENDERS];
  entrant *of[BENCH_CONTENDERS];
  int n = 0;
  for (int i = 0; i < count; i++) {
    entrants[i].least[m] = entrants[i].median[m] = (double)NAN;
    if (!takes_part(&entrants[i], m)) continue;
    if (m == KERNEL) entrants[i].who->pack(entrants[i].self); /* what the other way has left is not a packed problem */
    of[n] = &entrants[i];
    jobs[n++] = (bench_job){.run = m == KERNEL ? kernel_job : api_job, .arg = &entrants[i]};
  }
  bench_measure(jobs, n, seconds);
  for (int j = 0; j < n; j++) {
    of[j]->least[m] = jobs[j].least / N;
    of[j]->median[m] = jobs[j].median / N;
  }
}

static void add_rows(const tables *t, const bench_run *run, const bench_lq_data *d, const entrant *entrants,
                     measure m) {
  char size[32];
  double flops = bench_lq_flops(d->nx, d->nu);
  snprintf(size, sizeof size, "%d,%d", d->nx, d->nu);
  bench_text(t->time[m], size);
  bench_text(t->share[m], size);
  bench_text(t->ratio[m], size);
  for (int i = 0; i < run->contenders.lq_count; i++) {
    const entrant *e = &entrants[i];
    bench_number(t->time[m], 0, 1e9 * e->least[m]);
    bench_number(t->share[m], 3, flops / e->least[m] / run->peak);
    if (i > 0) bench_number(t->ratio[m], 2, entrants[0].least[m] / e->least[m]);
    if (!takes_part(e, m)) continue;
    bench_text(t->all, measure_names[m]);
    bench_number(t->all, 0, d->nx);
    bench_number(t->all, 0, d->nu);
    bench_number(t->all, 0, d->N);
    bench_text(t->all, e->who->name);
    bench_number(t->all, 2, 1e9 * e->least[m]);
    bench_number(t->all, 2, 1e9 * e->median[m]);
    bench_number(t->all, 2, 1e-9 * flops / e->least[m]);
    bench_number(t->all, 3, flops / e->least[m] / run->peak);
    bench_number(t->all, BENCH_POWER, e->error[m]);
  }
}

static int measure_size(const bench_run *run, const tables *t, int nx, int nu) {
  int count = run->contenders.lq_count, N = nx >= 200 || run->quick ? 20 : 100, bad = 0;
  double seconds = run->quick ? 0.1 : 0.25 * count;
  entrant entrants[BENCH_CONTENDERS] = {0};
  bench_lq_problem *problem = bench_lq_problem_create(nx, nu, N);
  bench_lq_problem_solve(problem);
  for (int i = 0; i < count; i++) {
    entrants[i].who = run->contenders.lq[i];
    entrants[i].self = entrants[i].who->create(&problem->data);
    for (int m = 0; m < MEASURES; m++) {
      if (takes_part(&entrants[i], m)) bad |= check(problem, &entrants[i], m);
    }
  }
  for (int m = 0; m < MEASURES && bad == 0; m++) {
    time_all(entrants, count, N, m, seconds);
    add_rows(t, run, &problem->data, entrants, m);
  }
  for (int i = 0; i < count; i++) {
    if (entrants[i].self != NULL) entrants[i].who->destroy(entrants[i].self);
  }
  bench_lq_problem_destroy(problem);
  return bad;
}

static tables begin_tables(const bench_run *run) {
  static const char *const columns[] = {"measure", "nx",        "nu",   "N",       "contender",
                                        "min ns",  "median ns", "GF/s", "of peak", "error"};
  tables t = {.all = bench_table_begin(run->report, "lq", "The LQ sweep in full")};
  for (size_t j = 0; j < sizeof columns / sizeof *columns; j++)
    bench_heading(t.all, columns[j]);
  t.time[KERNEL] = bench_table_begin(run->report, "lq_kernel", "Kernel to kernel: least ns per stage");
  t.share[KERNEL] = bench_table_begin(run->report, "lq_kernel_share", "Kernel to kernel: share of the peak");
  t.ratio[KERNEL] = bench_table_begin(run->report, "lq_kernel_ratio", "Kernel to kernel: traj / contender");
  t.time[API] = bench_table_begin(run->report, "lq_api", "API to API: least ns per stage");
  t.share[API] = bench_table_begin(run->report, "lq_api_share", "API to API: share of the peak");
  t.ratio[API] = bench_table_begin(run->report, "lq_api_ratio", "API to API: traj / contender");
  for (int m = 0; m < MEASURES; m++) {
    bench_heading(t.time[m], "nx,nu");
    bench_heading(t.share[m], "nx,nu");
    bench_heading(t.ratio[m], "nx,nu");
    for (int i = 0; i < run->contenders.lq_count; i++) {
      bench_heading(t.time[m], run->contenders.lq[i]->name);
      bench_heading(t.share[m], run->contenders.lq[i]->name);
      if (i > 0) bench_heading(t.ratio[m], run->contenders.lq[i]->name);
    }
  }
  return t;
}

int bench_section_lq(const bench_run *run) {
  tables t = begin_tables(run);
  const char *at = run->sizes != NULL ? run->sizes : (run->quick ? QUICK_SIZES : ALL_SIZES);
  int nx = 0, nu = 0;
  while (bench_read_pair(&at, &nx, &nu)) {
    if (measure_size(run, &t, nx, nu) != 0) return -1;
  }
  if (*at != '\0') {
    fprintf(stderr, "traj_bench: not a size: %s\n", at);
    return -1;
  }
  for (int m = 0; m < MEASURES; m++) {
    bench_table_print(t.time[m]);
    bench_table_print(t.share[m]);
    bench_table_print(t.ratio[m]);
  }
  return 0;
}
