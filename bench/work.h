/* Pieces of work of a fixed size, whose instructions are counted. */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

/* The name of the i-th; NULL past the last. */
const char *bench_work_name(int i);

/* Does the piece of that name. Returns 0, or -1 when there is none. */
int bench_work(const char *name);

/* Calls run(arg). What happens in here is what Valgrind counts. */
void bench_counted(void (*run)(void *), void *arg);

#endif
