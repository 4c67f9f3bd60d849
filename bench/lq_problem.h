/* A linear-quadratic problem to measure on, and its solution by the textbook in long double. */
#ifndef BENCH_LQ_PROBLEM_H
#define BENCH_LQ_PROBLEM_H

#include "contender.h"

typedef struct bench_lq_problem {
  bench_lq_data data;
  double *memory;         /* of data */
  long double *K, *x, *u; /* the solution, laid out as in bench_lq_answer */
  long double cost;
} bench_lq_problem;

/* A random convex problem of moderate scale, always the same for a size. */
bench_lq_problem *bench_lq_problem_create(int nx, int nu, int N);
void bench_lq_problem_destroy(bench_lq_problem *problem);

/* Computes the solution. */
void bench_lq_problem_solve(bench_lq_problem *problem);

/* The largest error of an answer: of K, relative to the largest entry of its stage, and of the cost of its trajectory,
 * relative to 1 + the cost. */
double bench_lq_problem_error(const bench_lq_problem *problem, const bench_lq_answer *answer);

/* Floating-point operations that a stage needs by the classical recursion, backward and forward: the same number for
 * every contender, however it goes about it. */
double bench_lq_flops(int nx, int nu);

#endif
