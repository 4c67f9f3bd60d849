#include "traj/version.h"

#define STRING(a) #a
#define VERSION(major, minor, patch) STRING(major) "." STRING(minor) "." STRING(patch)

const char *traj_version(void) {
  return VERSION(TRAJ_VERSION_MAJOR, TRAJ_VERSION_MINOR, TRAJ_VERSION_PATCH);
}
