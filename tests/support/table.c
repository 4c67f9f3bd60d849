#include "support/table.h"

// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdio.h>
#include <string.h>

static bool copy_cell(const char *from, size_t length, char *to) {
  size_t n = 0;
  for (size_t i = 0; i < length; i++) {
    if (from[i] == '`' || (n == 0 && from[i] == ' ')) continue;
    if (n + 1 == TABLE_CELL) return false;
    to[n++] = from[i];
  }
  while (n > 0 && to[n - 1] == ' ')
    n--;
  to[n] = '\0';
  return true;
}

bool table_read_row(const char *line, table_row *row) {
  row->columns = 0;
  while (*line == '|' && line[1] != '\n') {
    const char *end = strchr(line + 1, '|');
    if (end == NULL || row->columns == TABLE_COLUMNS) return false;
    if (!copy_cell(line + 1, (size_t)(end - line) - 1, row->cell[row->columns])) return false;
    row->columns++;
    line = end;
  }
  return row->columns > 0;
}

int table_read(const char *path, const char *heading, table_row *rows, int most) {
  char line[1000];
  table_row row;
  int count = -2; /* heading and rule come first */
  bool inside = false, begins = true;
  FILE *document = fopen(path, "r");
  assert_non_null(document);
  while (fgets(line, sizeof line, document) != NULL && !(inside && line[0] != '|')) {
    if (!inside) inside = begins && table_read_row(line, &row) && strcmp(row.cell[0], heading) == 0;
    begins = line[0] != '|';
    if (!inside) continue;
    assert_true(table_read_row(line, &row));
    assert_true(count < most);
    if (count >= 0) rows[count] = row;
    count++;
  }
  fclose(document);
  if (count < 1) fail_msg("%s has no table that begins with \"%s\"", path, heading);
  return count;
}
