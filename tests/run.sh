#!/bin/sh
# Installs what is missing, builds, and runs every test.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
. cmake/deps.sh
. tests/packages.sh
deps_require $packages_test
