/** @file
 *  What the plant files give to the registry. */
#ifndef BENCH_PROBLEMS_REGISTRY_H
#define BENCH_PROBLEMS_REGISTRY_H

#include "problems/problems.h"

extern const bench_problem bench_pendulum;
extern const bench_problem bench_pendulum_a;
extern const bench_problem bench_cartpole;
extern const bench_problem bench_cartpole_a;
extern const bench_problem bench_cp50;

#endif
