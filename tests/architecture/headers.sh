#!/bin/sh
# headers.sh INCLUDE CC CXX: each header of INCLUDE/traj compiles alone, twice included, as C and as C++.
set -eu
include=$1
cc=$2
cxx=$3
strict="-pedantic-errors -Wall -Wextra -Wshadow -Wundef -Wconversion -Werror -fsyntax-only"
compiled=0
broken=0

# compile_header COMPILER LANGUAGE STANDARD HEADER [OPTION...]
compile_header() {
  compiler=$1 language=$2 standard=$3 header=$4
  shift 4
  compiled=$((compiled + 1))
  printf '#include "%s"\n#include "%s"\nextern int translation_unit_is_not_empty;\n' "$header" "$header" |
    "$compiler" -x "$language" "-std=$standard" $strict "$@" "-I$include" - || {
    echo "$header does not compile as $standard"
    broken=$((broken + 1))
  }
}

for path in "$include"/traj/*.h; do
  [ -f "$path" ] || continue
  header=traj/$(basename "$path")
  for standard in c99 c11 c17; do
    compile_header "$cc" c "$standard" "$header" -Wstrict-prototypes
  done
  for standard in c++11 c++20; do
    compile_header "$cxx" c++ "$standard" "$header" -Wold-style-cast
  done
done
echo "$compiled compilations, $broken failed"
[ "$broken" -eq 0 ] && [ "$compiled" -gt 0 ]
