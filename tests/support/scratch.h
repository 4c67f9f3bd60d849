/* A directory for the files of a test program, and looks into them. */
#ifndef SUPPORT_SCRATCH_H
#define SUPPORT_SCRATCH_H

/* CMocka group setup: makes an empty directory and changes to it, so that plain file names lie there. */
int scratch_enter(void **state);

/* CMocka group teardown: removes the directory with its files. */
int scratch_leave(void **state);

/* Its absolute path. */
const char *scratch_directory(void);

/* The content of a file as a string, to be freed by the caller. Fails the test when it cannot be read. */
char *scratch_read(const char *path);

/* Whether the file begins with the signature of a PNG picture. */
int scratch_is_png(const char *path);

/* Lets gnuplot run a script; skips the rest of the test where there is no gnuplot. Fails the test when gnuplot refuses,
 * warns or prints. */
void scratch_gnuplot(const char *script);

#endif
