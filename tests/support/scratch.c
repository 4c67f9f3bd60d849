#define _POSIX_C_SOURCE 200809L
#include "support/scratch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
// cmocka.h wants these before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

static char directory[] = "/tmp/traj-test-XXXXXX";

int scratch_enter(void **state) {
  (void)state;
  return mkdtemp(directory) == NULL || chdir(directory) != 0;
}

int scratch_leave(void **state) {
  (void)state;
  DIR *entries = opendir(directory);
  if (entries == NULL) return 1;
  for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries))
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) unlink(entry->d_name);
  closedir(entries);
  return chdir("/") != 0 || rmdir(directory) != 0;
}

const char *scratch_directory(void) {
  return directory;
}

char *scratch_read(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail_msg("%s cannot be read", path);
  size_t size = 0, room = 4096;
  char *text = malloc(room);
  assert_non_null(text);
  for (size_t got; (got = fread(text + size, 1, room - size - 1, file)) > 0;) {
    size += got;
    if (room - size > 1) continue;
    room *= 2;
    text = realloc(text, room);
    assert_non_null(text);
  }
  fclose(file);
  text[size] = '\0';
  return text;
}

int scratch_is_png(const char *path) {
  char *content = scratch_read(path);
  int is_png = strncmp(content, "\x89PNG\r\n\x1a\n", 8) == 0;
  free(content);
  return is_png;
}

void scratch_gnuplot(const char *script) {
  /* Under another name, so that no shell sees the script's own. */
  unlink("running.gp");
  if (link(script, "running.gp") != 0) fail_msg("there is no %s", script);
  int status = system("exec gnuplot running.gp >printed 2>&1");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) skip();
  char *printed = scratch_read("printed");
  if (status != 0 || printed[0] != '\0') fail_msg("gnuplot %s: status %d\n%s", script, status, printed);
  free(printed);
}
