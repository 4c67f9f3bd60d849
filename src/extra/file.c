#define _POSIX_C_SOURCE 200809L
#include "extra/file.h"

#include <locale.h>
#include <stdbool.h>

static bool write_in_c_locale(FILE *file, tj_writer *write, const void *what) {
  locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
  if (c == (locale_t)0) return false;
  locale_t before = uselocale(c);
  write(file, what);
  uselocale(before);
  freelocale(c);
  return !ferror(file);
}

traj_status tj_write_file(const char *path, tj_writer *write, const void *what) {
  FILE *file = fopen(path, "w");
  if (file == NULL) return TRAJ_E_FILE;
  bool written = write_in_c_locale(file, write, what);
  bool closed = fclose(file) == 0; /* what was buffered may fail only here */
  return written && closed ? TRAJ_OK : TRAJ_E_FILE;
}
