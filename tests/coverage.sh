#!/bin/sh
# coverage.sh [--missed]: runs the test programs on the preset coverage and prints how many lines and branches of each
# source file they reached. Fails when a test does, when less than 95 % of the branches of src were taken, and when
# docs/coverage.md has no reason for a file that is not at 100 %.
# --missed: no run; prints the branches that the last one did not take, as file:line: source.
set -eu
cd -- "$(dirname -- "$0")/.."
objects=build/coverage/src/CMakeFiles/traj_objects.dir
least=95

if [ "${1-}" != --missed ]; then
  cmake --preset coverage >/dev/null
  cmake --build --preset coverage -j "$(nproc)" >build/coverage/build.log 2>&1 || { cat build/coverage/build.log; exit 1; }
  find "$objects" -name '*.gcda' -delete
  ctest --preset coverage -L 'unit|acceptance|fault' -j "$(nproc)"
fi

missing=build/coverage/missing
: >"$missing"
# gcov's listing of each object, headers included: a line or branch counts as reached when it was in any object.
find "$objects" -name '*.gcda' | LC_ALL=C sort | while read -r data; do
  gcov --stdout --branch-probabilities --branch-counts "$data"
done 2>/dev/null | awk -v missed="${1-}" -v least="$least" -v missing="$missing" '
  / -: +0:Source:/ { file = $0; sub(/.*0:Source:/, "", file); kept = sub(/.*\/src\//, "src/", file); next }
  !kept { next }
  /^ *[^ ]+: *[0-9]+:/ {
    split($0, part, ":")
    line = part[2] + 0
    if (line == 0) next
    text[file, line] = substr($0, index($0, part[3]))
    branches = 0
    if (part[1] ~ /-$/) next
    if (!((file, line) in lines)) { lines[file, line] = 0; all[file]++ }
    if (part[1] !~ /#|=/ && !lines[file, line]++) hit[file]++
    next
  }
  /^branch/ {
    key = file SUBSEP line SUBSEP branches++
    if (!(key in taken)) { taken[key] = 0; ways[file]++; sum++ }
    if ($3 == "taken" && $4 > 0 && !taken[key]++) { went[file]++; reached++ }
  }
  END {
    if (missed != "") {
      for (key in taken) if (!taken[key]) { split(key, at, SUBSEP); untaken[at[1] ":" at[2] ":" text[at[1], at[2]]]++ }
      for (place in untaken) print place | "LC_ALL=C sort -t: -k1,1 -k2,2n"
      exit
    }
    for (file in ways) if (went[file] < ways[file]) print file >missing
    for (file in all)
      printf "%-30s %6.2f %% of %4d lines, %6.2f %% of %4d branches\n", file, 100 * hit[file] / all[file], all[file],
             ways[file] ? 100 * went[file] / ways[file] : 100, ways[file] | "LC_ALL=C sort"
    close("LC_ALL=C sort")
    printf "%d of %d branches: %.2f %%\n", reached, sum, sum ? 100 * reached / sum : 0
    exit sum == 0 || 100 * reached < least * sum
  }
'
while read -r file; do
  grep -qF "\`$file\`" docs/coverage.md || { echo "$file: branches not taken, and no reason in docs/coverage.md"; exit 1; }
done <"$missing"
