#!/bin/sh
# mirror.sh TREE: src/<room>/<x>.c and tests/unit/<room>/test_<x>.c come in pairs.
set -eu
cd "$1"
pairs=0
lonely=0

# expect_partner FILE PARTNER
expect_partner() {
  if [ -f "$2" ]; then
    pairs=$((pairs + 1))
  else
    echo "$1: there is no $2"
    lonely=$((lonely + 1))
  fi
}

for source in src/*/*.c; do
  [ -f "$source" ] || continue
  room=$(basename "$(dirname "$source")")
  expect_partner "$source" "tests/unit/$room/test_$(basename "$source")"
done
for test in tests/unit/*/test_*.c; do
  [ -f "$test" ] || continue
  room=$(basename "$(dirname "$test")")
  name=$(basename "$test")
  expect_partner "$test" "src/$room/${name#test_}"
done
echo "$((pairs / 2)) pairs, $lonely files without a partner"
[ "$lonely" -eq 0 ] && [ "$pairs" -gt 0 ]
