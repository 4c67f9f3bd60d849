/* What the environment says about a test run: TRAJ_SEED=n repeats a random test, TRAJ_QUICK=1 makes it smaller,
 * TRAJ_LONG=1 makes some tests complete that take minutes then. */
#ifndef SUPPORT_ENV_H
#define SUPPORT_ENV_H

#include <stdbool.h>
#include <stdint.h>

/* The seed of a random test: TRAJ_SEED, else usual. Printed together with the name of the test. */
uint64_t env_seed(const char *test, uint64_t usual);

/* How many rounds to do: quick when TRAJ_QUICK is set to anything but 0, else full. */
int env_rounds(int full, int quick);

/* Whether TRAJ_LONG is set to anything but 0. */
bool env_long(void);

#endif
