#!/bin/sh
# Prints the line and branch coverage of each source file, after a test run of the preset coverage.
set -eu
cd -- "$(dirname -- "$0")/.."
objects=build/coverage/src/CMakeFiles/traj_objects.dir
if [ ! -d "$objects" ]; then
  echo "Run first: cmake --preset coverage && cmake --build --preset coverage && ctest --preset coverage" >&2
  exit 1
fi

# The figures of a file follow its name; a second count of lines, after the last file, is the total.
find "$objects" -name '*.gcda' -exec gcov --no-output --branch-probabilities {} + | awk '
  /^File / { file = $2; gsub(/\047/, "", file); sub(/.*\/src\//, "src/", file); next }
  /^Lines executed/ && file in lines { file = "" }
  file !~ /^src\/.*\.c$/ { next }
  /^Lines executed/ { split($2, part, /[:%]/); lines[file] = part[2]; count[file] = $4 }
  /^Taken at least once/ { split($4, part, /[:%]/); branches[file] = part[2] " %" }
  END {
    for (file in lines)
      printf "%-36s %7.2f %% of %4d lines  %8s of branches\n", file, lines[file], count[file],
             file in branches ? branches[file] : "none"
  }
' | LC_ALL=C sort
