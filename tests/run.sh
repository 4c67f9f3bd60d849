#!/bin/sh
# run.sh [--all]: installs what is missing, builds, and runs every test. With --all also what takes long or needs another
# architecture: kernels of every shape, faults at every call, 100000 deadlines, Valgrind, coverage, and the
# test programs for 64-bit ARM under QEMU. Ends with one line: N passed, N failed.
set -eu
all=no
case ${1-} in
'') ;;
--all) all=yes ;;
*)
  echo "usage: run.sh [--all]" >&2
  exit 2
  ;;
esac
cd -- "$(dirname -- "$0")/.."
. cmake/deps.sh
. cmake/packages.sh
deps_require $packages_tests
if [ "$all" = yes ]; then
  deps_require $packages_aarch64
  deps_architecture arm64
  deps_require $packages_aarch64_libraries
fi

passed=0
failed=0
jobs=$(nproc)
mkdir -p build

# count PASSED FAILED: adds the tests of the group that has ended. A group without a test has failed.
count() {
  if [ $(($1 + $2)) -eq 0 ]; then
    echo "$group: not one test was run"
    set -- 0 1
  fi
  passed=$((passed + $1))
  failed=$((failed + $2))
  printf '== %s: %d passed, %d failed, %d s\n\n' "$group" "$1" "$2" $(($(date +%s) - began))
}

# begin NAME WHAT
begin() {
  group=$1
  began=$(date +%s)
  log=build/$1.log
  : >"$log"
  printf '== %s: %s\n' "$1" "$2"
}

# logged COMMAND...: sends the output to the group's log, and shows its end when the command fails.
logged() {
  "$@" >>"$log" 2>&1 || {
    tail -n 60 "$log"
    echo "The whole of it: $log"
    return 1
  }
}

# build PRESET: goes on after an error, so that one run shows all of them.
build() {
  cmake --preset "$1" && cmake --build --preset "$1" -j "$jobs" -- -k 0
}

# test_group PRESET LABELS [TESTS]: builds the preset and runs its tests whose label matches, by the test preset TESTS if
# it has another name.
test_group() {
  tests=${3-$1}
  begin "$tests" "tests labelled $2"
  results=$PWD/build/$tests.xml
  rm -f "$results"
  if logged build "$1"; then
    ctest --preset "$tests" -L "$2" -j "$jobs" --output-junit "$results" || true
    ran=$(grep -c '<testcase ' "$results" || true)
    good=$(grep -c '<testcase .*status="run"' "$results" || true)
    count "${good:-0}" $((${ran:-0} - ${good:-0}))
  else
    count 0 1
  fi
}

# check_group NAME WHAT COMMAND...: a single check that passes or fails.
check_group() {
  begin "$1" "$2"
  shift 2
  if logged "$@"; then count 1 0; else count 0 1; fi
}

check_format() {
  find include src tests examples bench -name '*.[ch]' -exec clang-format --dry-run -Werror {} +
}

# Every public name is documented and every reference leads somewhere.
check_docs() {
  mkdir -p build/docs &&
    cp docs/Doxyfile build/Doxyfile &&
    printf 'WARN_AS_ERROR = FAIL_ON_WARNINGS\nHAVE_DOT = NO\nOUTPUT_DIRECTORY = build/docs\n' >>build/Doxyfile &&
    doxygen build/Doxyfile
}

test_group release .
test_group clang unit
test_group builtin 'unit|fault|architecture|install'
test_group asan-ubsan 'unit|fault'
test_group tsan threads
test_group fuzz fuzz
test_group msan 'unit|acceptance|fault'
if [ "$all" = yes ]; then
  test_group valgrind 'unit|fault' # every day the address and memory sanitizers do these
  test_group release 'unit|acceptance|fault' long
  test_group aarch64 'unit|acceptance|fault'
  check_group coverage 'the share of branches that tests take' sh tests/coverage.sh
fi
check_group analyze clang-tidy build analyze
check_group analyze-gcc 'gcc -fanalyzer' build analyze-gcc
check_group format clang-format check_format
check_group docs 'Doxygen, warnings are errors' check_docs

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
