#!/bin/sh
# selftest.sh CC CXX: each checker of this folder accepts a small sound tree and refuses it after each single breach.
set -eu
rules=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cc=$1
cxx=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0

# expect_pass COMMAND...
expect_pass() {
  if ! "$@" >output 2>&1; then
    echo "refused a sound input: $*"
    cat output
    failures=$((failures + 1))
  fi
}

# expect_breach TEXT COMMAND...: the command fails and its output holds TEXT.
expect_breach() {
  text=$1
  shift
  if "$@" >output 2>&1; then
    echo "accepted a breach ($text): $*"
  elif ! grep -qF -- "$text" output; then
    echo "failed for another reason than '$text': $*"
    cat output
  else
    return 0
  fi
  failures=$((failures + 1))
}

# fresh_tree: tree/ holds a sound project, small in every respect.
fresh_tree() {
  rm -rf tree
  for room in base linalg core lqr ddp extra; do
    mkdir -p "tree/src/$room" "tree/tests/unit/$room"
    echo "double tj_$room(double x);" >"tree/src/$room/$room.h"
    printf '#include "%s/%s.h"\n#include <math.h>\ndouble tj_%s(double x) { return sqrt(x); }\n' \
      "$room" "$room" "$room" >"tree/src/$room/$room.c"
    : >"tree/tests/unit/$room/test_$room.c"
  done
  mkdir -p tree/include/traj
  printf '#ifndef TRAJ_ONE_H\n#define TRAJ_ONE_H\n#include <stddef.h>\nint traj_one(size_t n);\n#endif\n' \
    >tree/include/traj/one.h
}

# include_breach TEXT FILE LINE: LINE, added to FILE of a fresh tree, breaks the layering.
include_breach() {
  fresh_tree
  echo "$3" >>"tree/$2"
  expect_breach "$1" sh "$rules/includes.sh" tree
}

fresh_tree
printf '#include <cblas.h>\n#include <lapacke.h>\n' >tree/src/linalg/backend_openblas.c
: >tree/tests/unit/linalg/test_backend_openblas.c
expect_pass sh "$rules/includes.sh" tree
expect_pass sh "$rules/mirror.sh" tree
include_breach 'core may not include ddp/ddp.h' src/core/core.c '#include "ddp/ddp.h"'
include_breach 'ddp may not include lqr/lqr.h' src/ddp/ddp.h '#include "lqr/lqr.h"'
include_breach 'lqr may not include ddp/ddp.h' src/lqr/lqr.c '  #  include "ddp/ddp.h"'
include_breach 'ddp may not include ddp.h' src/ddp/ddp.c '#include "ddp.h"'
include_breach 'core may not include cblas.h' src/core/core.c '#include <cblas.h>'
include_breach 'linalg may not include lapacke.h' src/linalg/linalg.c '#include <lapacke.h>'
include_breach 'linalg may not include immintrin.h' src/linalg/linalg.c '#include <immintrin.h>'
include_breach 'ddp may not include stdio.h' src/ddp/ddp.c '#include <stdio.h>'
include_breach 'core may not include pthread.h' src/core/core.c '#include <pthread.h>'
include_breach 'core may not include threads.h' src/core/core.c '#include <threads.h>'
include_breach 'base may not include time.h' src/base/base.h '#include <time.h>'
include_breach 'core may not include traj/extra.h' src/core/core.c '#include "traj/extra.h"'
include_breach 'include/traj may not include base/base.h' include/traj/one.h '#include "base/base.h"'
include_breach 'include/traj may not include stdio.h' include/traj/one.h '#include <stdio.h>'
include_breach 'depends on TRAJ_FLOAT' include/traj/one.h '#if defined(TRAJ_FLOAT)'
include_breach 'shows linear algebra' include/traj/one.h 'void traj_two(lapack_int n);'
fresh_tree
mkdir tree/src/attic
echo 'int tj_attic;' >tree/src/attic/attic.c
expect_breach 'attic is not in rooms.txt' sh "$rules/includes.sh" tree
rm -rf tree/src tree/include/traj/*
mkdir tree/src
expect_breach '0 files' sh "$rules/includes.sh" tree

fresh_tree
: >tree/src/ddp/alone.c
expect_breach 'there is no tests/unit/ddp/test_alone.c' sh "$rules/mirror.sh" tree
fresh_tree
rm tree/src/ddp/ddp.c
expect_breach 'there is no src/ddp/ddp.c' sh "$rules/mirror.sh" tree
rm -rf tree/src tree/tests
expect_breach '0 pairs' sh "$rules/mirror.sh" tree

compile_tree() {
  rm -rf objects
  for source in tree/src/*/*.c; do
    mkdir -p "objects/$(basename "$(dirname "$source")")"
    "$cc" -O2 -fPIC -Itree/src -c "$source" -o "objects/$(basename "$(dirname "$source")")/$(basename "$source").o"
  done
}

# symbol_breach TEXT ROOM CODE: CODE in ROOM of a fresh tree shows in the symbols.
symbol_breach() {
  fresh_tree
  printf '%s\n' "$3" >"tree/src/$2/$2_more.c"
  compile_tree
  expect_breach "$1" sh "$rules/symbols.sh" objects/*/*.o
}

fresh_tree
echo 'static const char *const names[] = {"a", "b"}; const char *tj_name(int i) { return names[i]; }' \
  >tree/src/core/names.c
echo '#include <stdlib.h>
void *tj_heap(void) { return malloc(8); }' >tree/src/extra/heap.c
echo 'double cblas_ddot(int, const double *); double tj_dot(const double *x) { return cblas_ddot(1, x); }' \
  >tree/src/linalg/backend_openblas.c
compile_tree
expect_pass sh "$rules/symbols.sh" objects/*/*.o
symbol_breach 'needs an operating system: malloc' core '#include <stdlib.h>
void *tj_take(void) { return malloc(8); }'
symbol_breach 'needs an operating system: printf' ddp '#include <stdio.h>
void tj_say(int n) { printf("%d", n); }'
symbol_breach 'needs an operating system: clock_gettime' base '#include <time.h>
int tj_now(struct timespec *t) { return clock_gettime(CLOCK_MONOTONIC, t); }'
symbol_breach 'needs an operating system: pthread_create' core '#include <pthread.h>
int tj_start(pthread_t *t, void *(*run)(void *)) { return pthread_create(t, 0, run, 0); }'
symbol_breach 'does not end its process: exit' extra '#include <stdlib.h>
void tj_leave(void) { exit(1); }'
symbol_breach 'does not end its process: abort' extra '#include <stdlib.h>
void tj_leave(void) { abort(); }'
symbol_breach 'linear algebra outside its back end: cblas_ddot' core \
  'double cblas_ddot(int, const double *); double tj_dot(const double *x) { return cblas_ddot(1, x); }'
symbol_breach 'linear algebra outside its back end: LAPACKE_dpotrf_work' linalg \
  'int LAPACKE_dpotrf_work(double *); int tj_factor(double *a) { return LAPACKE_dpotrf_work(a); }'
symbol_breach 'ddp may not use tj_lqr of lqr' ddp 'double tj_lqr(double); double tj_via(double x) { return tj_lqr(x); }'
symbol_breach 'nothing defines tj_nowhere' ddp 'int tj_nowhere(void); int tj_via(void) { return tj_nowhere(); }'
symbol_breach 'global that can change: tj_count' core 'int tj_count;'
symbol_breach 'global that can change: tj_count' extra 'int tj_count = 3;'
symbol_breach 'global that can change: ' core 'int tj_calls(void) { static int calls; return ++calls; }'
symbol_breach 'global that can change: tj_local' core '_Thread_local int tj_local;'

printf 'int traj_one(void) { return 1; }\nint traj_two(void) { return 2; }\n' >library.c
"$cc" -shared -fPIC -o library.so library.c
printf 'traj_one\ntraj_two\n' >list
expect_pass sh "$rules/exports.sh" library.so list
printf 'traj_one\n' >list
expect_breach '+traj_two' sh "$rules/exports.sh" library.so list
printf 'traj_one\ntraj_three\ntraj_two\n' >list
expect_breach '-traj_three' sh "$rules/exports.sh" library.so list
expect_pass sh "$rules/exports.sh" library.so list update
expect_pass sh "$rules/exports.sh" library.so list

fresh_tree
expect_pass sh "$rules/headers.sh" tree/include "$cc" "$cxx"
echo 'int traj_two(uint8_t n);' >>tree/include/traj/one.h
expect_breach 'traj/one.h does not compile as c99' sh "$rules/headers.sh" tree/include "$cc" "$cxx"
fresh_tree
echo 'int traj_two(int new);' >>tree/include/traj/one.h
expect_breach 'traj/one.h does not compile as c++11' sh "$rules/headers.sh" tree/include "$cc" "$cxx"
rm tree/include/traj/*
expect_breach '0 compilations' sh "$rules/headers.sh" tree/include "$cc" "$cxx"

echo 'int traj_one(void) { return 0; } int main(void) { return traj_one(); }' >program.c
"$cc" -o program program.c
expect_pass sh "$rules/linked.sh" program
printf '#include <stdlib.h>\nint traj_one(void) { return malloc(9) != 0; } int main(void) { return traj_one(); }\n' \
  >program.c
"$cc" -o program program.c
expect_breach 'needs an operating system: malloc' sh "$rules/linked.sh" program
printf '#include <pthread.h>\nint traj_one(void) { return pthread_join(pthread_self(), 0); } int main(void) { return traj_one(); }\n' \
  >program.c
"$cc" -pthread -o program program.c
expect_breach 'needs an operating system: pthread_join' sh "$rules/linked.sh" program

[ "$failures" -eq 0 ] && echo "every checker can fail"
