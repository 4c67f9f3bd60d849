#include "support/env.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t env_seed(const char *test, uint64_t usual) {
  const char *given = getenv("TRAJ_SEED");
  uint64_t seed = given != NULL && *given != '\0' ? strtoull(given, NULL, 0) : usual;
  printf("%s: seed %" PRIu64 " (TRAJ_SEED repeats it)\n", test, seed);
  return seed;
}

static bool is_set(const char *name) {
  const char *given = getenv(name);
  return given != NULL && *given != '\0' && strcmp(given, "0") != 0;
}

int env_rounds(int full, int quick) {
  return is_set("TRAJ_QUICK") ? quick : full;
}

bool env_long(void) {
  return is_set("TRAJ_LONG");
}
