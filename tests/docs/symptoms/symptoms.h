/* What the tests of docs/troubleshooting.md share. Each entry of that page has a test of its name, which solves the
 * problem that is ill and the one that is cured; each solve is a row of the entry's table. */
#ifndef TESTS_DOCS_SYMPTOMS_H
#define TESTS_DOCS_SYMPTOMS_H

// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "traj/extra.h"
#include "traj/traj.h"

/* A solve, and how it is to start. */
typedef struct attempt {
  traj_problem problem;
  traj_ddp_settings settings;
  const double *start;  /* the state at stage 0 */
  const double *u;      /* guess of the controls; NULL: zero */
  const double *states; /* guess of the states; NULL: none */
} attempt;

/* How it went. */
typedef struct outcome {
  traj_ddp_stats stats;
  double end[8];   /* the state at the end, as many numbers of it as fit */
  double largest;  /* size of the largest control */
  int at_limit;    /* stages whose first control is at a limit */
  int short_steps; /* iterations whose step was refused, or less than 1 */
  double worst;    /* of all accepted steps, the least share of what was predicted that was found */
} outcome;

/* An attempt with the default settings, from zero controls. */
attempt attempt_at(traj_problem problem, const double *start);

/* Solves, and compares with the row `label` in the table of an entry. */
outcome try_out(const char *entry, const char *label, const attempt *a);

/* The same for a solver that goes on from what it has. */
outcome go_on(const char *entry, const char *label, traj_ddp *solver, const double *start);

/* The stats are what the row `label` of the entry's table says. */
void assert_row(const char *entry, const char *label, const traj_ddp_stats *stats);

/* The text of the diagnostic stands in the entry, in a line of its own. */
void assert_told(const char *entry, const traj_diag *diag);

/* The motion of a mass (position, velocity; force), and of a pendulum (angle from hanging, its rate; torque). */
traj_ode_fn mass, pendulum;
traj_jac_fn pendulum_jac;

/* The pendulum is to stand after five seconds; nothing but its ode is given. The cost borrows wishes. */
attempt swing_up(traj_tracking *wishes);

/* A solver of an attempt's problem and settings, without a guess. */
traj_ddp *solver_of(const attempt *a);

/* Checks the derivatives of an attempt with one control along a rollout of many states; report is nullable. */
traj_status check(const attempt *a, traj_derivative_report *report);

/* Reads the page; the group's setup. */
int read_page(void **state);

/* The headings of the entries are the names of the tests, in that order. */
void assert_headings(const struct CMUnitTest *tests, size_t n);

/* Every row of the entry's table was compared; its teardown. */
int all_rows_were_seen(void **state);

/* The test of an entry; its state is the heading. */
#define ENTRY(heading, test) \
  { heading, test, NULL, all_rows_were_seen, heading }

/* A part of the page, in the order of its entries. */
typedef struct part {
  const struct CMUnitTest *tests;
  size_t n;
} part;
extern const part errors, cut_short, stalls, wrong_costs, wrong_places;

#endif
