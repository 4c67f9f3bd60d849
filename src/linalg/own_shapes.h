/* Shapes that robots have: the own kernels have code with these sizes built in. To add one, add a line. A small build
 * has none. */
#ifndef TJ_LINALG_OWN_SHAPES_H
#define TJ_LINALG_OWN_SHAPES_H

/* x86-64 without AVX2 has become rare: the general code serves there. */
#if defined(TJ_SMALL) || (defined(__x86_64__) && VL == 2)
#define SHAPES(X)
#else
#define SHAPES(X) \
  X(2, 1)         \
  X(4, 1)         \
  X(4, 2)         \
  X(6, 2)         \
  X(6, 3)         \
  X(8, 4)         \
  X(12, 4)        \
  X(13, 4)        \
  X(12, 12)       \
  X(24, 8)        \
  X(36, 12)
#endif

/* Shapes so small that derivatives stay in registers, or nearly, through a step of an integrator. */
enum { FEW_STATES = 4, FEW_CONTROLS = 4 };
#if defined(TJ_SMALL)
#define FEW_SHAPES(X)
#else
#define FEW_SHAPES(X) X(2, 1) X(2, 2) X(2, 3) X(2, 4) X(3, 1) X(3, 2) X(3, 3) X(3, 4) X(4, 1) X(4, 2) X(4, 3) X(4, 4)
#endif

#endif
