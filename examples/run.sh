#!/bin/sh
# Installs what is missing, builds the examples, runs them and draws their plots.
set -eu
cd -- "$(dirname -- "$0")/.."
. cmake/deps.sh
. cmake/packages.sh
deps_require $packages_examples

plots=$PWD/build/plots
mkdir -p "$plots"
cmake -S . -B build/examples -G Ninja -DTRAJ_BUILD_TESTS=OFF -DTRAJ_BUILD_BENCH=OFF >build/examples.log
cmake --build build/examples >>build/examples.log || {
  cat build/examples.log
  exit 1
}

for source in examples/*.c; do
  example=$(basename "$source" .c)
  printf '\n== %s\n' "$example"
  "build/examples/examples/$example" --plot "$plots"
done
printf '\nThe plots are in %s:\n' "$plots"
ls "$plots"
