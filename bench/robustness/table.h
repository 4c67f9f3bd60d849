/* Rows of the tables in docs/robustness.md. */
#ifndef BENCH_ROBUSTNESS_TABLE_H
#define BENCH_ROBUSTNESS_TABLE_H

#include "robustness/attempt.h"

/* Prints the head of the table of problems, and the row of one. */
void table_problems(void);
void table_problem(const bench_problem *problem);

/* Prints the head of the table of results. */
void table_head(void);

/* Prints the row of n solves of a problem by one method; best is the least cost that any solve of the problem has
 * found.
 */
void table_row(const char *problem, const char *method, const outcome *outcomes, int n, double best);

/* Prints one solve. */
void table_solve(const char *problem, const char *method, uint64_t seed, const outcome *o);

#endif
