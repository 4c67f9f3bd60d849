/** @file
 *  The benchmark, acceptance and robustness problems, with every hook analytic. To try the library's fallbacks copy the
 *  traj_problem and set hooks to NULL. Everything here is constant: problems may be shared by any number of threads. */
#ifndef BENCH_PROBLEMS_PROBLEMS_H
#define BENCH_PROBLEMS_PROBLEMS_H

#include <stdint.h>

#include "traj/problem.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a problem is for. */
typedef enum bench_purpose {
  BENCH_PEERS = 0,  /**< Timed side by side with other solvers. */
  BENCH_ACCEPTANCE, /**< Its optimum must be found. */
  BENCH_ROBUSTNESS, /**< Hard: to be solved from many guesses; of several minima, none listed. */
} bench_purpose;

/** How random guesses are drawn. */
typedef enum bench_draw {
  BENCH_UNIFORM = 0, /**< guess + spread * uniform in [-1, 1]. */
  BENCH_NORMAL,      /**< guess + spread * standard normal. */
} bench_draw;

/** A problem with its start, its guess and its known answers. */
typedef struct bench_problem {
  const char *name;      /**< Unique, for bench_problem_find. */
  bench_purpose purpose; /**< What it is for. */
  traj_problem problem;  /**< All hooks given. */
  const double *x0;      /**< Start, nx. */
  double guess;          /**< Value of every control in the fixed guess. */
  double spread;         /**< Of random guesses; 0 where none are asked for. */
  bench_draw draw;       /**< Of random guesses. */
  const double *optima;  /**< Known local minima of the cost; the first is the one reached from the fixed guess;
                              NULL for BENCH_ROBUSTNESS. */
  int n_optima;          /**< Number of them, >= 1; 0 for BENCH_ROBUSTNESS. */
} bench_problem;

/** The problem of that name, or NULL. */
const bench_problem *bench_problem_find(const char *name);

/** The i-th problem with a known optimum, i = 0, 1, ...; NULL past the last. */
const bench_problem *bench_problem_at(int i);

/** The i-th of those for BENCH_ROBUSTNESS; NULL past the last. */
const bench_problem *bench_hard_problem_at(int i);

/** Writes the fixed guess, nu x N. */
void bench_problem_guess(const bench_problem *problem, double *u);

/** Writes a random guess, nu x N, clipped to the limits; the same seed gives the same guess. */
void bench_problem_random_guess(const bench_problem *problem, uint64_t seed, double *u);

#ifdef __cplusplus
}
#endif

#endif
