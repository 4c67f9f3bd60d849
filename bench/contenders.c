#define _POSIX_C_SOURCE 200809L
#include "contenders.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static int add_lq(bench_contenders *all, bench_lq_contender_fn *get) {
  for (int i = 0; get(i) != NULL; i++) {
    if (all->lq_count == BENCH_CONTENDERS) return -1;
    all->lq[all->lq_count++] = get(i);
  }
  return 0;
}

static int add_nonlinear(bench_contenders *all, bench_nonlinear_contender_fn *get) {
  for (int i = 0; get(i) != NULL; i++) {
    if (all->nonlinear_count == BENCH_CONTENDERS) return -1;
    all->nonlinear[all->nonlinear_count++] = get(i);
  }
  return 0;
}

/* A function of a shared object. POSIX lets a data pointer be copied into a function pointer, ISO C no conversion. */
static int find(void *object, const char *name, void *function, size_t size) {
  void *symbol = dlsym(object, name);
  memcpy(function, &symbol, size);
  return symbol != NULL;
}

static int load(bench_contenders *all, const char *path) {
  void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL); /* stays open: contenders are used until the program ends */
  if (object == NULL) {
    fprintf(stderr, "traj_bench: %s\n", dlerror());
    return -1;
  }
  bench_lq_contender_fn *lq;
  bench_nonlinear_contender_fn *nonlinear;
  int has_lq = find(object, "bench_lq_contender", &lq, sizeof lq);
  int has_nonlinear = find(object, "bench_nonlinear_contender", &nonlinear, sizeof nonlinear);
  if (!has_lq && !has_nonlinear) {
    fprintf(stderr, "traj_bench: %s exports neither bench_lq_contender nor bench_nonlinear_contender\n", path);
    return -1;
  }
  int full = has_lq ? add_lq(all, lq) : 0;
  if (full == 0 && has_nonlinear) full = add_nonlinear(all, nonlinear);
  if (full != 0) fprintf(stderr, "traj_bench: more than %d contenders\n", BENCH_CONTENDERS);
  return full;
}

int bench_contenders_load(bench_contenders *contenders, int count, char *const *paths) {
  *contenders = (bench_contenders){0};
  if (add_lq(contenders, bench_lq_traj) != 0 || add_nonlinear(contenders, bench_nonlinear_traj) != 0) return -1;
  for (int i = 0; i < count; i++) {
    if (load(contenders, paths[i]) != 0) return -1;
  }
  return 0;
}
