/* Text files. */
#ifndef TJ_EXTRA_FILE_H
#define TJ_EXTRA_FILE_H

#include <stdio.h>

#include "traj/status.h"

/* Writes the content; errors of the stream are noticed when it is closed. */
typedef void tj_writer(FILE *file, const void *what);

/* Creates or replaces a file. Meanwhile the calling thread has the numbers of the C locale. Returns TRAJ_OK or
 * TRAJ_E_FILE. */
traj_status tj_write_file(const char *path, tj_writer *write, const void *what);

#endif
