#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docs/symptoms/symptoms.h"
#include "support/table.h"

enum { MAX_LINES = 1000, MAX_LINE = 1000, COLUMNS = 7 };

static char lines[MAX_LINES][MAX_LINE];
static int n_lines;
static bool seen[MAX_LINES];

int read_page(void **state) {
  (void)state;
  FILE *file = fopen(TRAJ_TROUBLESHOOTING, "r");
  if (file == NULL) return -1;
  while (n_lines < MAX_LINES && fgets(lines[n_lines], MAX_LINE, file) != NULL)
    n_lines++;
  fclose(file);
  return n_lines > 0 && n_lines < MAX_LINES ? 0 : -1;
}

static bool is(const char *line, const char *text) {
  return strcspn(line, "\n") == strlen(text) && strncmp(line, text, strlen(text)) == 0;
}

static bool is_entry(const char *line) {
  return strncmp(line, "### ", 4) == 0;
}

/* The line after the heading, and the one after the entry's last. */
static void find(const char *entry, int *from, int *to) {
  *from = 0;
  while (*from < n_lines && !(is_entry(lines[*from]) && is(lines[*from] + 4, entry)))
    (*from)++;
  if (*from == n_lines) fail_msg("the page has no entry \"%s\"", entry);
  *to = ++*from;
  while (*to < n_lines && lines[*to][0] != '#')
    (*to)++;
}

/* Rows of results, without heading and rule. */
static bool is_row(const char *line) {
  return line[0] == '|' && strncmp(line, "| solve |", 9) != 0 && strncmp(line, "| ---", 5) != 0;
}

int all_rows_were_seen(void **state) {
  int from, to, rows = 0, unseen = 0;
  find(*state, &from, &to);
  for (int i = from; i < to; i++) {
    rows += is_row(lines[i]);
    if (is_row(lines[i]) && !seen[i]) {
      print_error("nobody tests %s", lines[i]);
      unseen++;
    }
  }
  return rows > 0 && unseen == 0 ? 0 : -1;
}

void assert_headings(const struct CMUnitTest *tests, size_t n) {
  size_t entry = 0;
  for (int i = 0; i < n_lines; i++) {
    if (!is_entry(lines[i])) continue;
    if (entry == n || !is(lines[i] + 4, tests[entry].name)) fail_msg("no test, or another one: %s", lines[i]);
    entry++;
  }
  assert_int_equal(entry, n);
}

void assert_told(const char *entry, const traj_diag *diag) {
  int from, to;
  char text[MAX_LINE];
  traj_diag_text(diag, text, sizeof text);
  find(entry, &from, &to);
  while (from < to && !is(lines[from], text))
    from++;
  if (from == to) fail_msg("%s: the page does not say\n%s", entry, text);
}

/* `slack` is the ratio that is allowed, and what is below `nothing` is as good as zero. */
static bool near(const char *cell, double found, double slack, double nothing) {
  if (strcmp(cell, "-") == 0) return isnan(found);
  const double said = strtod(cell, NULL), ratio = found / said;
  return (fabs(said) <= nothing && fabs(found) <= nothing) || (ratio >= 1 / slack && ratio <= slack);
}

/* Numbers differ from one set of kernels to another: little at a minimum, and much where a solve got stuck on its way,
 * or fell without end. How large mu is at the iteration limit says nothing. */
static bool same(const table_row *row, const char *label, const traj_ddp_stats *s) {
  if (strcmp(row->cell[0], label) != 0 || strcmp(row->cell[1], traj_status_name(s->status)) != 0) return false;
  const bool minimum = s->status == TRAJ_OK && s->gradient < 1;
  const bool steps = minimum ? near(row->cell[2], s->iterations, 1.3, 3) && near(row->cell[6], s->step, 8, 0)
                             : near(row->cell[2], s->iterations, 4, 0);
  const bool mu = s->status == TRAJ_MAX_ITER || near(row->cell[5], s->max_regularization, minimum ? 1e3 : 1e8, 0);
  return steps && mu && near(row->cell[3], s->cost, minimum ? 1.01 : 5, 1e-12) &&
         near(row->cell[4], s->gradient, minimum ? 20 : 100, 1e-5);
}

void assert_row(const char *entry, const char *label, const traj_ddp_stats *s) {
  int from, to;
  find(entry, &from, &to);
  for (int i = from; i < to; i++) {
    table_row row;
    if (!is_row(lines[i]) || !table_read_row(lines[i], &row) || row.columns != COLUMNS || !same(&row, label, s))
      continue;
    seen[i] = true;
    return;
  }
  char gradient[32] = "-";
  if (!isnan(s->gradient)) snprintf(gradient, sizeof gradient, "%.0e", s->gradient);
  fail_msg("%s: the page has no row\n| %s | `%s` | %d | %.4g | %s | %.0e | %.3g |", entry, label,
           traj_status_name(s->status), s->iterations, s->cost, gradient, s->max_regularization, s->step);
}
