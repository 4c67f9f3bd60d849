#!/bin/sh
# Installs what is missing, builds some of the examples, runs them and draws their plots.
set -eu
cd -- "$(dirname -- "$0")/.."
. cmake/deps.sh
. cmake/packages.sh
deps_require $packages_examples

plots=$PWD/build/plots
mkdir -p "$plots"
cmake -S . -B build/examples -G Ninja -DTRAJ_BUILD_TESTS=OFF -DTRAJ_BUILD_BENCH=OFF >build/examples.log
cmake --build build/examples --target example_pendulum example_cartpole example_quadrotor >>build/examples.log || {
  cat build/examples.log
  exit 1
}

for example in pendulum cartpole quadrotor; do
  printf '\n== %s\n' "$example"
  "build/examples/examples/$example" --plot "$plots"
done
printf '\nThe plots are in %s:\n' "$plots"
ls "$plots"
