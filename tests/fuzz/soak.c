/* soak [COUNT [SEED]]: random problems by the generator of the fuzz target, each from a seed of its own, SEED, SEED +
 * 1,
 * ...; without arguments thousands, from TRAJ_SEED. Prints how the solves ended; the first problem in which something
 * does not hold ends it with its seed, after which "soak 1 THAT_SEED" repeats it. A problem that takes longer than a
 * minute is killed by the alarm. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz/trial.h"
#include "support/env.h"
#include "support/heap_calls.h"
#include "support/rng.h"

enum { MOST_BYTES = 700, REPORT = 100000, PATIENCE = 60, FAMILIAR = 50 };

static const char *try_seed(uint64_t seed, trial_census *census) {
  uint8_t data[MOST_BYTES];
  rng r = rng_from(seed);
  const int size = rng_int(&r, 0, MOST_BYTES);
  for (int i = 0; i < size; i++)
    data[i] = (uint8_t)rng_bits(&r);
  alarm(PATIENCE);
  return trial_run(data, (size_t)size, heap_calls_counted() ? &heap_calls : NULL, census);
}

/* Whether every family had problems, and some of each were solved. */
static bool print_census(const trial_census *census) {
  static const char *const names[] = {"flat", "manifold", "linear-quadratic", "steady"};
  bool all = true;
  for (int f = 0; f < TRIAL_FAMILIES; f++) {
    printf("%ld %s problems, of which %ld were refused; solves:\n", census->problems[f], names[f], census->refused[f]);
    for (int i = 0; i < TRIAL_STATUSES; i++) {
      const long solves = census->solves[f][i];
      if (solves > 0) printf("%12ld %s\n", solves, traj_status_name((traj_status)(i - TRIAL_ZERO)));
    }
    all = all && census->solves[f][TRIAL_ZERO] > 0;
  }
  return all;
}

int main(int argc, char **argv) {
  const long count = argc > 1 ? strtol(argv[1], NULL, 10) : env_long() ? 100000 : env_rounds(5000, 100);
  const uint64_t start = argc > 2 ? strtoull(argv[2], NULL, 10) : env_seed("soak", 1);
  trial_census census = {0};
  for (long i = 0; i < count; i++) {
    const char *broken = try_seed(start + (uint64_t)i, &census);
    if (broken != NULL) {
      printf("seed %" PRIu64 ": %s\n", start + (uint64_t)i, broken);
      return 1;
    }
    if ((i + 1) % REPORT == 0) {
      printf("%ld done\n", i + 1);
      fflush(stdout);
    }
  }
  return print_census(&census) || count < FAMILIAR ? 0 : 1;
}
