/** @file
 *  Who does the arithmetic of the recursion. */
#ifndef TRAJ_LINALG_H
#define TRAJ_LINALG_H

#ifdef __cplusplus
extern "C" {
#endif

/** Back ends; results agree to rounding, not bit by bit. */
typedef enum traj_linalg {
  TRAJ_LINALG_AUTO = 0, /**< The fastest for the size of the problem on this machine. */
  TRAJ_LINALG_BUILTIN,  /**< The library's own kernels. */
  TRAJ_LINALG_OPENBLAS, /**< OpenBLAS; refused with TRAJ_E_ARG by a library that was built without it. */
} traj_linalg;

#ifdef __cplusplus
}
#endif

#endif
