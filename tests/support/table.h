/* Tables of Markdown documents. */
#ifndef SUPPORT_TABLE_H
#define SUPPORT_TABLE_H

#include <stdbool.h>

enum { TABLE_CELL = 120, TABLE_COLUMNS = 12 };

/* A row without backquotes and the blanks around cells. */
typedef struct table_row {
  int columns;
  char cell[TABLE_COLUMNS][TABLE_CELL];
} table_row;

/* Takes a line "| a | b |" apart; false when it is none, or has more or longer cells than a row holds. */
bool table_read_row(const char *line, table_row *row);

/* The rows of the table whose first heading is that one, at most most of them; fails the test when there is none. */
int table_read(const char *path, const char *heading, table_row *rows, int most);

#endif
