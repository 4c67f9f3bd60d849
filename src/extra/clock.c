#define _POSIX_C_SOURCE 199309L
#include <time.h>

#include "traj/extra.h"

double traj_clock(void *user) {
  (void)user;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail with this clock and this pointer */
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
