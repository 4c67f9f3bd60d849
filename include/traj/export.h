/** @file
 *  Symbol visibility. The library is built with hidden visibility; what is marked TRAJ_API is its whole surface. */
#ifndef TRAJ_EXPORT_H
#define TRAJ_EXPORT_H

#if defined(__GNUC__) || defined(__clang__)
#define TRAJ_API __attribute__((visibility("default")))
#else
/** Marks a function of the public interface. */
#define TRAJ_API
#endif

#endif
