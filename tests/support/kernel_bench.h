/* A kernel of the recursion on a given back end, with packed operands. All memory is filled with garbage first, scratch
 * and padding included: who reads what was never written is found out. */
#ifndef SUPPORT_KERNEL_BENCH_H
#define SUPPORT_KERNEL_BENCH_H

#include "linalg/backend.h"
#include "support/sample.h"

enum { KERNEL_CONTROLS = 80 }; /* with one state; else shapes go up to those of sample.h */

typedef struct kernel_bench {
  tj_shape shape;
  tj_kernel kernel;
  double *stage, *value, *gain;
  double garbage;
} kernel_bench;

/* What the memory held before, and how many bytes (below 64) its start is off alignment. */
typedef struct kernel_ground {
  double garbage;
  int offset;
} kernel_ground;

/* One bench at a time: the next one takes the memory. */
kernel_bench kernel_bench_on(kernel_ground ground, const tj_backend *backend, tj_shape shape);

/* On NaN. */
kernel_bench kernel_bench_for(const tj_backend *backend, tj_shape shape);

/* Packs the stage and the value function of a sample; what pads the value function is garbage. */
void kernel_bench_pack(kernel_bench *bench, const sample *p);

/* Of the Q-function: Quu (nu x nu, both triangles) and qu (nu). */
void kernel_bench_control(const kernel_bench *bench, double *Quu, double *qu);

/* The gain as columns [K k], nu x (nx + 1), until the next call; and what sets it, padded with garbage. */
const double *kernel_bench_gain(const kernel_bench *bench);
void kernel_bench_set_gain(kernel_bench *bench, const double *columns);

#endif
