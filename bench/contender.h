/** @file
 *  What a contender offers to traj_bench. A contender is a shared object named on the command line; it exports
 *  bench_lq_contender, bench_nonlinear_contender, or both, and needs nothing but this header and the problems:
 *
 *      cc -shared -fPIC -O2 -I bench -I include mine.c -o mine.so && traj_bench ./mine.so
 *
 *  Matrices are column-major and tight; those of stage k follow those of stage k - 1. Functions that return int return
 *  0 when they succeeded. What traj itself brings to the comparison goes through the same interface. */
#ifndef BENCH_CONTENDER_H
#define BENCH_CONTENDER_H

#include "problems/problems.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define BENCH_EXPORT __attribute__((visibility("default")))
#else
/** Marks what a contender exports. */
#define BENCH_EXPORT
#endif

/** A linear-quadratic problem, as in traj/lqr.h: time-varying, affine, with cross terms. Convex: R and Q - S'R^-1 S are
 *  positive definite. */
typedef struct bench_lq_data {
  int nx;           /**< States. */
  int nu;           /**< Controls. */
  int N;            /**< Stages. */
  const double *A;  /**< N times nx x nx. */
  const double *B;  /**< N times nx x nu. */
  const double *c;  /**< nx x N. */
  const double *Q;  /**< N times nx x nx, both triangles. */
  const double *S;  /**< N times nu x nx. */
  const double *R;  /**< N times nu x nu, both triangles. */
  const double *q;  /**< nx x N. */
  const double *r;  /**< nu x N. */
  const double *QN; /**< nx x nx. */
  const double *qN; /**< nx. */
  const double *x0; /**< nx. */
} bench_lq_data;

/** A solution, in memory of the contender: u = K x + k, cost to go 1/2 x'V x + v'x + constant, trajectory from x0. */
typedef struct bench_lq_answer {
  const double *K; /**< N times nu x nx. */
  const double *k; /**< nu x N. */
  const double *V; /**< N + 1 times nx x nx; NULL: not offered. */
  const double *v; /**< nx x (N + 1); NULL: not offered. */
  const double *x; /**< nx x (N + 1). */
  const double *u; /**< nu x N. */
} bench_lq_answer;

/** A solver of linear-quadratic problems. Two things are timed: kernel(), on data that pack() has put into the
 *  contender's own order; and solve(), all the way from the data to the answer. */
typedef struct bench_lq {
  const char *name;                                  /**< Unique. */
  void *(*create)(const bench_lq_data *data);        /**< Borrows data; NULL: this size is not for this contender. */
  void (*destroy)(void *self);                       /**< Releases what create returned. */
  void (*pack)(void *self);                          /**< Reads the data. NULL with kernel: only solve is offered. */
  int (*kernel)(void *self);                         /**< Backward and forward sweep on packed data. */
  int (*fetch)(void *self, bench_lq_answer *answer); /**< The answer of the last kernel. */
  int (*solve)(void *self, bench_lq_answer *answer); /**< NULL: pack, kernel and fetch. */
} bench_lq;

/** The i-th linear-quadratic contender of a shared object; NULL past the last. */
typedef const bench_lq *bench_lq_contender_fn(int i);

/** A solve to be done, and where it reports. */
typedef struct bench_nonlinear_task {
  const double *guess; /**< Controls, nu x N. */
  /** To be called with the cost of the trajectory in hand, once for that of the guess and once for each iteration, as
   *  soon as its step is accepted. Not 0: stop. */
  int (*record)(double cost, void *user);
  void *user; /**< Passed to record. */
} bench_nonlinear_task;

/** A solver of the problems in problems/problems.h, to be given their hooks as they are. */
typedef struct bench_nonlinear {
  const char *name; /**< Unique. */
  /** tolerance: as in traj_ddp_settings, or the nearest equivalent; NULL: this problem is not for this contender. */
  void *(*create)(const bench_problem *problem, double tolerance, int max_iter);
  void (*destroy)(void *self);                                /**< Releases what create returned. */
  int (*solve)(void *self, const bench_nonlinear_task *task); /**< A cold start from the guess. */
} bench_nonlinear;

/** The i-th nonlinear contender of a shared object; NULL past the last. */
typedef const bench_nonlinear *bench_nonlinear_contender_fn(int i);

/** What a shared object exports under these names. */
BENCH_EXPORT bench_lq_contender_fn bench_lq_contender;
BENCH_EXPORT bench_nonlinear_contender_fn bench_nonlinear_contender;

#ifdef __cplusplus
}
#endif

#endif
