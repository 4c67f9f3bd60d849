#!/bin/sh
# snippets.sh DOCUMENT SOURCE PREFIX: builds and runs the code blocks of a Markdown document the way a reader would,
# against the traj installed in PREFIX; extract.awk says how blocks are marked. Compiler: $CC.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$here/assemble.sh"
document=$1
source=$2
prefix=$3
flags="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir blocks programs

libdir=$(dirname "$(find "$prefix" -name libtraj.so)")
PKG_CONFIG_PATH=$libdir/pkgconfig
LD_LIBRARY_PATH=$libdir
CMAKE_PREFIX_PATH=$prefix
HOME=$work/home
# Builds of traj itself are there to be linked; without optimization they take a third of the time.
CMAKE_BUILD_TYPE=Debug
export PKG_CONFIG_PATH LD_LIBRARY_PATH CMAKE_PREFIX_PATH HOME CMAKE_BUILD_TYPE

fail() {
  echo "$document: $*" >&2
  exit 1
}

# each PLACE: the names of the programs that have a block there.
each() {
  find blocks -name "*.$1" -exec basename {} ".$1" \; | sort
}

# standard PROGRAM: C99, but for programs that need atomics.
standard() {
  if grep -q '<stdatomic.h>' "programs/$1.c"; then echo c11; else echo c99; fi
}

# run_program PROGRAM
run_program() {
  assemble blocks "$1" >"programs/$1.c"
  "$CC" -std=$(standard "$1") $flags -o "programs/$1" "programs/$1.c" $(pkg-config --cflags --libs traj) -lm || fail "$1 does not compile"
  "programs/$1" >"programs/$1.printed" || fail "$1 ends with an error: $(cat "programs/$1.printed")"
  [ ! -f "blocks/$1.output" ] || diff "blocks/$1.output" "programs/$1.printed" || fail "$1 prints something else"
  ran=$((ran + 1))
}

# workplace BLOCK: a fresh directory with the program the block is about and the tree as traj/.
workplace() {
  program=$(basename "$1")
  place=$work/$program
  mkdir -p "$place"
  cp "programs/${program%%.*}.c" "$place"
  ln -s "$source" "$place/traj"
}

run_commands() {
  workplace "$1"
  (cd "$place" && sh -eu "$work/$1") >log 2>&1 || { cat log; fail "these commands fail: $(cat "$1")"; }
  ran=$((ran + 1))
}

build_project() {
  workplace "$1"
  cp "$1" "$place/CMakeLists.txt"
  { cmake -S "$place" -B "$place/out" && cmake --build "$place/out"; } >log 2>&1 || { cat log; fail "does not build"; }
  "$place/out/${program%%.*}" >/dev/null || fail "the program built with CMake ends with an error"
  ran=$((ran + 1))
}

# check_tree_commands BLOCK: every line is "sh SCRIPT", and there is such a script.
check_tree_commands() {
  while read -r shell script rest; do
    [ "$shell" = sh ] || fail "a command of the tree is not 'sh SCRIPT': $shell $script"
    sh -n "$source/$script" || fail "$script is no script"
  done <"$1"
  ran=$((ran + 1))
}

ran=0
awk -v out=blocks -f "$here/extract.awk" "$document"
for program in $({ each file && each main; } | sort -u); do run_program "$program"; done
for program in $(each output); do
  [ -f "programs/$program.printed" ] || fail "there is output of $program, but no such program"
done
for block in $(find blocks -name '*.run.*' | sort); do run_commands "$block"; done
for block in $(find blocks -name '*.build.*' | sort); do build_project "$block"; done
for block in $(find blocks -name '*.tree.*' | sort); do check_tree_commands "$block"; done
echo "$ran programs, projects and commands run"
