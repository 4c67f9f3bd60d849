/** @file
 *  Version of the headers and of the library that was linked. */
#ifndef TRAJ_VERSION_H
#define TRAJ_VERSION_H

#include "traj/export.h"

#define TRAJ_VERSION_MAJOR 0 /**< Major version of these headers. */
#define TRAJ_VERSION_MINOR 1 /**< Minor version; while major is 0, each minor version has an ABI of its own. */
#define TRAJ_VERSION_PATCH 0 /**< Patch version of these headers. */

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the library at run time as "major.minor.patch"; compare with the macros to detect a mismatch.
 *  @return a string with static lifetime, never NULL */
TRAJ_API const char *traj_version(void);

#ifdef __cplusplus
}
#endif

#endif
